package smtp

import (
	"bytes"
	"strings"

	"mailtool/internal/sasl"
	"mailtool/trace"
)

// hide finds what is secret in a line of the client, finished or not.
func (d *Dissector) hide(text []byte) []trace.Span {
	if d.mode == inAuth || d.mode == inHold && d.auth != "" {
		if t := string(text); t == "*" || t == "=" || t == "" {
			return nil
		}
		return []trace.Span{{At: 0, Len: len(text)}}
	}
	switch d.mode {
	case inHold, inHandshake, inSuspect:
		hide, _ := d.hideLines(text, d.spokeAuth)
		return append(hide, d.hideTorn(text)...)
	case inCommands:
	default:
		return nil
	}
	at := authSecret(text)
	if at <= 0 && d.chunkless { // a server that knows BDAT all the same sees one behind the chunk
		if i := bytes.LastIndex(bytes.ToUpper(text), []byte("AUTH")); i > 0 {
			if at = authSecret(text[i:]); at > 0 {
				at += i
			}
		}
	}
	if at <= 0 {
		at = strangeLogin(text)
	}
	if at > 0 {
		return []trace.Span{{At: at, Len: len(bytes.TrimRight(text[at:], " \t"))}}
	}
	if (d.lost || d.secrecy) && trace.IsBase64(text) && !knownVerb(strings.ToUpper(string(text))) {
		return []trace.Span{{At: 0, Len: len(text)}}
	}
	return d.hideTorn(text)
}

// hideReply finds what is secret in a line of a reply, beside what the client has said.
func (d *Dissector) hideReply(u *unit) (hide []trace.Span) {
	if !u.ok {
		return nil
	}
	if u.code == 334 {
		hide = d.challenge(u.ev, u.rest)
	}
	if !u.first || !u.ev.Final { // a secret may be quoted in several lines
		at := len(u.text) - len(u.rest) + enhancedLen(u.rest)
		hide = append(hide, d.scribe.Spread(u.ev, at, u.first)...)
	}
	return hide
}

// enhancedLen is how much of a reply's text an enhanced code takes, whatever its class, with
// the space behind it (RFC 2034 §4).
func enhancedLen(rest []byte) int {
	if len(rest) < 6 || rest[1] != '.' {
		return 0
	}
	word, _, _ := strings.Cut(string(rest[:min(len(rest), 12)]), " ")
	if !isEnhanced(word, int(word[0]-'0')*100) {
		return 0
	}
	return min(len(word)+1, len(rest))
}

// hideUnfinished finds what is secret in octets of the client that are no event yet.
func (d *Dissector) hideUnfinished(text []byte) []trace.Span {
	line := bytes.TrimSuffix(text, []byte("\r"))
	all := []trace.Span{{At: 0, Len: len(line)}}
	switch hide := d.hide(line); {
	case d.swallow:
		return all
	case len(hide) > 0 || d.mode != inCommands || !d.lost && !d.secrecy:
		return hide
	case len(line) > 4 && trace.MayBeBase64(line) && !beginsVerb(line): // base64 in the making
		return all
	}
	return nil
}

func beginsVerb(text []byte) bool {
	for _, verb := range queuedVerbs[firstVerb:] {
		if len(text) <= len(verb) && strings.EqualFold(string(text), verb[:len(text)]) {
			return true
		}
	}
	return false
}

// hideTorn finds what may be a secret, or the end of one, in a line whose start is not
// known: a last word that is base64 by its octets.
func (d *Dissector) hideTorn(text []byte) []trace.Span {
	if !d.torn {
		return nil
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	text = bytes.TrimRight(text, " \t\r")
	cmd, _ := ParseCommand(text)
	at := bytes.LastIndexAny(text, " \t") + 1
	if knownVerb(cmd.Verb) || !trace.MayBeBase64(text[at:]) {
		return nil
	}
	return []trace.Span{{At: at, Len: len(text) - at}}
}

// hideLines finds what is secret in several lines of which nobody knows whether they are
// commands. spoke says that an AUTH stood before them: what follows it answers challenges,
// up to the next command. It returns the same for what follows the last whole line.
func (d *Dissector) hideLines(text []byte, spoke bool) ([]trace.Span, bool) {
	var hide []trace.Span
	at, secrecy := 0, d.secrecy
	for line := range bytes.Lines(text) {
		said := bytes.TrimRight(line, " \t\r\n")
		span := trace.Span{At: at, Len: len(said)}
		at += len(line)
		i, auth := authArgument(said)
		strange := strangeLogin(said)
		whole := line[len(line)-1] == '\n'
		secrecy = secrecy || auth
		switch {
		case auth && i > 0:
			hide = append(hide, trace.Span{At: span.At + i, Len: span.Len - i})
		case strange > 0:
			hide = append(hide, trace.Span{At: span.At + strange, Len: span.Len - strange})
		case auth || span.Len == 0 || whole && isCommand(said) || !whole && beginsVerb(said):
		case spoke || secrecy && trace.IsBase64(said):
			hide = append(hide, span)
			continue
		}
		spoke = whole && (auth || spoke && span.Len == 0) || !whole && spoke
	}
	return hide, spoke
}

func isCommand(line []byte) bool {
	_, faults := ParseCommand(line)
	return len(faults) == 0
}

// takeHeld is Take for the client's octets of which nobody knows what they are, and finds
// what is secret in them. The server may quote it, since it has read what waits here.
func (d *Dissector) takeHeld(n int) (*trace.Event, []trace.Span) {
	ev := d.scribe.Take(trace.Client, n, trace.Undecided)
	hide := d.hide(ev.Payload())
	d.spokeAuth = d.rememberLines(ev.Raw, d.spokeAuth, true)
	d.secrecy = d.secrecy || d.spokeAuth
	d.read.octets, d.read.lines = d.read.octets-n, d.read.lines-n
	if d.read.lines < 0 {
		d.read = heldLines{}
	}
	return ev, hide
}

// A heldLines says how far rememberHeld has read what is held. It is asked at every line
// of the server, and must not begin anew each time.
type heldLines struct {
	octets int  // that were held then,
	lines  int  // those of them up to the end of the last whole line,
	spoke  bool // and whether answers to challenges may follow there
}

// rememberHeld has secrets in held lines masked where the server quotes them.
func (d *Dissector) rememberHeld() {
	held := d.scribe.Held(trace.Client)
	if d.mode != inHold && d.mode != inHandshake || len(held) == d.read.octets {
		return
	}
	from := d.read.lines
	d.read.octets, d.read.lines = len(held), bytes.LastIndexByte(held, '\n')+1
	d.read.spoke = d.rememberLines(held[from:], d.read.spoke || from == 0 && d.spokeAuth, from == 0)
}

// rememberLines has secrets in lines of the client masked where they are repeated. first
// says that nothing of the hold stands before them; the rest is as in hideLines.
func (d *Dissector) rememberLines(text []byte, spoke, first bool) bool {
	if d.auth == "" {
		hide, spoke := d.hideLines(text, spoke)
		for _, h := range hide {
			d.rememberArgument(text[h.At : h.At+h.Len])
		}
		return spoke
	}
	name := first && d.auth == "LOGIN" && d.authN == 0 // the first line is no password
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if !name && (!isCommand(line) || secretAt(line) > 0) { // QUIT is no answer
			d.rememberAnswer(line)
		}
		name = false
	}
	return spoke
}

// rememberAnswer has an answer to a challenge masked where it is repeated, and also what it
// holds where it is a command with a secret: who was lost may take that for an answer.
func (d *Dissector) rememberAnswer(line []byte) {
	d.scribe.Remember(line)
	if at := secretAt(line); at > 0 {
		d.rememberArgument(line[at:])
	}
}

// secretAt returns where in a command the secret begins, 0 if it has none.
func secretAt(text []byte) int {
	if at := authSecret(text); at > 0 {
		return at
	}
	return strangeLogin(text)
}

// authSecret returns where the initial response of an AUTH command begins, 0 if there
// is none: "=" says that it is empty (RFC 4954 §4).
func authSecret(text []byte) int {
	at, _ := authArgument(text)
	return at
}

// authArgument is authSecret, and says besides whether it is AUTH.
func authArgument(text []byte) (at int, auth bool) {
	verb, rest := sasl.Word(text)
	// Octets before it may be a chunk that the server did not take for one: the secret
	// behind them is no less one.
	if n := len(verb) - len("AUTH"); n < 0 || !bytes.EqualFold(verb[n:], []byte("AUTH")) {
		return 0, false
	}
	_, rest = sasl.Word(rest) // the mechanism
	initial, rest := sasl.Word(rest)
	if len(initial) == 0 || string(initial) == "=" && len(bytes.TrimRight(rest, " \t")) == 0 {
		return 0, true
	}
	return len(text) - len(rest) - len(initial), true
}

// rememberArgument has what a command said masked from now on, without IMAP's quotes, too.
func (d *Dissector) rememberArgument(secret []byte) {
	d.scribe.Remember(secret)
	d.scribe.Remember(bytes.Trim(secret, `"`))
}

// strangeLogin returns where the secret begins in a log-in of POP3 or IMAP, which people type here,
// too. It is 0 if text is none.
func strangeLogin(text []byte) int { return sasl.Typed(text, isVerb) }

func isVerb(word []byte) bool { return knownVerb(capitals(string(word))) }

// openSecret finds where to mask a line that was cut before it showed a secret, as it is
// or may become an AUTH, or a log-in of another protocol: what follows then lies under the mask.
func openSecret(text []byte) []trace.Span {
	if _, auth := authArgument(text); !auth && !sasl.TypedCut(text, isVerb) {
		return nil
	}
	at := min(len(bytes.TrimRight(text, " \t")), len(text)-1)
	return []trace.Span{{At: at, Len: len(text) - at}}
}

// dropSecret throws away n octets that lie under a mask. What they hold is the secret, or its end;
// of several words the last, since the name may stand before it.
func (d *Dissector) dropSecret(n int) {
	secret := bytes.TrimSpace(d.scribe.Held(trace.Client)[:n])
	d.rememberArgument(secret)
	d.rememberArgument(secret[bytes.LastIndexAny(secret, " \t")+1:])
	d.scribe.Drop(trace.Client, n)
}
