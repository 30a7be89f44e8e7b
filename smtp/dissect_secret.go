package smtp

import (
	"bytes"
	"strings"

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
		return d.hideLines(text)
	case inCommands:
	default:
		return nil
	}
	if at := authSecret(text); at > 0 {
		return []trace.Span{{At: at, Len: len(bytes.TrimRight(text[at:], " \t"))}}
	}
	if (d.lost || d.secrecy) && trace.IsBase64(text) && !knownVerbs[strings.ToUpper(string(text))] {
		return []trace.Span{{At: 0, Len: len(text)}}
	}
	return d.hideTorn(text)
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
	for verb := range knownVerbs {
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
	if knownVerbs[cmd.Verb] || !trace.MayBeBase64(text[at:]) {
		return nil
	}
	return []trace.Span{{At: at, Len: len(text) - at}}
}

// hideLines finds what is secret in several lines of which nobody knows whether they are
// commands.
func (d *Dissector) hideLines(text []byte) []trace.Span {
	hide := d.hideTorn(text)
	at := 0
	for line := range bytes.Lines(text) {
		if i := authSecret(bytes.TrimRight(line, "\r\n")); i > 0 {
			hide = append(hide, trace.Span{At: at + i, Len: len(bytes.TrimRight(line[i:], " \t\r\n"))})
		}
		at += len(line)
	}
	return hide
}

// rememberHeld has secrets in held lines masked where the server quotes them, since it
// has read what waits here.
func (d *Dissector) rememberHeld() {
	held := d.scribe.Held(trace.Client)
	if d.mode != inHold || len(held) == 0 {
		return
	}
	if d.auth == "" {
		for _, h := range d.hideLines(held) {
			d.scribe.Remember(held[h.At : h.At+h.Len])
		}
		return
	}
	first := d.auth == "LOGIN" && d.authN == 0 // a name, not a password
	for line := range bytes.Lines(held) {
		line = bytes.TrimRight(line, "\r\n")
		if _, faults := ParseCommand(line); !first && len(faults) > 0 { // QUIT is no answer
			d.scribe.Remember(line)
		}
		first = false
	}
}

// authSecret returns where the initial response of an AUTH command begins, 0 if there
// is none: "=" says that it is empty (RFC 4954 §4). A control octet divides words as a
// space does: it makes the command wrong, and the secret no less one.
func authSecret(text []byte) int {
	verb, rest := divide(text)
	if len(verb) != len("AUTH") || !bytes.EqualFold(verb, []byte("AUTH")) {
		return 0
	}
	mechanism, rest := divide(rest)
	if len(mechanism) == 0 {
		return 0
	}
	rest = skip(rest, true)
	if len(rest) == 0 || len(bytes.TrimRight(rest, " \t")) == 1 && rest[0] == '=' {
		return 0
	}
	return len(text) - len(rest)
}

// divide returns the first word of text and what follows it.
func divide(text []byte) (word, rest []byte) {
	text = skip(text, true)
	rest = skip(text, false)
	return text[:len(text)-len(rest)], rest
}

// skip passes over the octets at the start of text that divide words, or over those that
// do not.
func skip(text []byte, divides bool) []byte {
	for i, c := range text {
		if (c <= ' ' || c == 0x7f) != divides {
			return text[i:]
		}
	}
	return nil
}

// rememberInitial has what an AUTH command gave away masked from now on; but not the
// name that LOGIN begins with, nor what is masked only because it might be a secret.
func (d *Dissector) rememberInitial(cmd Command, text []byte, hide []trace.Span) {
	if len(hide) == 0 || strings.EqualFold(firstWord(cmd.Arg), "LOGIN") {
		return
	}
	value := text[hide[0].At : hide[0].At+hide[0].Len]
	if authSecret(text) > 0 || trace.IsBase64(value) {
		d.scribe.Remember(value)
	}
}

// openSecret finds where to mask a line that was cut before it showed a secret, as it is
// or may become an AUTH: what follows then lies under the mask.
func openSecret(cmd Command, text []byte) []trace.Span {
	if cmd.Verb != "" && cmd.Verb != "AUTH" {
		return nil
	}
	at := min(len(bytes.TrimRight(text, " \t")), len(text)-1)
	return []trace.Span{{At: at, Len: len(text) - at}}
}
