package smtp

import (
	"strings"
	"unicode/utf8"

	"mailtool/internal/sasl"
	"mailtool/trace"
)

// A question is what the newest challenge of an AUTH LOGIN asked for. Servers ask for the
// name first; one that does not must not have the answer taken for a name.
type question uint8

const (
	askedSomething question = iota
	askedName
	askedPassword
)

// questionOf tells what a challenge, decoded, asks for.
func questionOf(challenge string) question {
	switch strings.ToLower(strings.TrimRight(challenge, ":\x00")) {
	case "username", "user name":
		return askedName
	case "password":
		return askedPassword
	}
	return askedSomething
}

// An answer is what the client says in a log-in, decoded: what may be shown of it, and what
// of it is secret.
type answer struct {
	shown   string
	secrets []string
	known   bool // it has the form that its mechanism gives it
}

// answer makes out a message of the client, which is number step of the exchange.
func (d *Dissector) answer(mechanism string, step int, message []byte) (a answer) {
	if a.shown, a.known = sasl.Reveal(mechanism, step, false, message); a.known {
		a.secrets = sasl.Hidden(message, a.shown)
	}
	switch {
	case d.scribe.ShowsSecrets():
		a.shown = readable(message)
	case !a.known:
		a.shown = trace.Mask
	}
	return a
}

// readable is a message as a string, "" where it is no text.
func readable(message []byte) string {
	if !utf8.Valid(message) {
		return ""
	}
	return string(message)
}

// authInitial decodes the initial response of an AUTH command, which stands where hide says,
// and has it masked from now on.
func (d *Dissector) authInitial(ev *trace.Event, cmd *Command, text []byte, hide []trace.Span) {
	if len(hide) == 0 {
		return
	}
	value := text[hide[0].At : hide[0].At+hide[0].Len]
	mechanism := capitals(firstWord(cmd.Arg))
	var a answer
	if cmd.Verb == "AUTH" && !ev.More && authSecret(text) > 0 {
		if message, err := sasl.DecodeInitial(value); err == nil {
			a = d.answer(mechanism, 0, message)
			ev.Decoded = a.shown
		}
	}
	switch {
	case mechanism == sasl.Login: // a name, which others may say
	case a.known:
		d.scribe.RememberParts(value, a.secrets)
	case authSecret(text) > 0 || trace.IsBase64(value):
		d.scribe.Remember(value)
	}
}

// authLine makes out the line that answers a challenge (RFC 4954 §4).
func (d *Dissector) authLine(ev *trace.Event) {
	ev.Kind = trace.Continuation
	if ev.Part != 0 {
		d.write(ev)
		if !ev.More {
			d.endLong()
		}
		return
	}
	text := ev.Payload()
	hide := d.hide(text)
	if len(hide) > 0 {
		d.authAnswer(ev, text)
	}
	u := d.about(ev, onAuth)
	u.line, u.view = d.lines[slot(trace.Client)].Line(), &d.hopes
	u.mechanism, u.step = d.auth, d.authN
	d.authN++
	d.judge(u)
	d.swallow = ev.More && len(hide) > 0 && !d.scribe.ShowsSecrets()
	d.write(ev, hide...)
	if ev.More {
		d.long = newLongLine(ev, &Command{})
		return
	}
	d.awaitAuth(ev)
}

// authAnswer decodes an answer to a challenge and has it masked from now on.
func (d *Dissector) authAnswer(ev *trace.Event, text []byte) {
	first := d.auth == sasl.Login && d.authN == 0
	var a answer
	if message, err := sasl.Decode(text); err == nil && !ev.More && !d.lost {
		if a = d.answer(d.auth, d.authN, message); first && d.asked != askedName {
			a = answer{shown: trace.Mask}
			if d.scribe.ShowsSecrets() {
				a.shown = readable(message)
			}
		}
		ev.Decoded = a.shown
	}
	switch {
	case first && d.asked != askedPassword: // a name, which others may say
	case a.known && authSecret(text) == 0:
		d.scribe.RememberParts(text, a.secrets)
	default:
		d.rememberAnswer(text)
	}
}

func (d *Dissector) awaitAuth(ev *trace.Event) {
	if !d.lost {
		d.sent = append(d.sent, sent{n: ev.N, verb: authLine, phase: Handshake}.queued())
		d.mode = inHold
		return
	}
	d.mode = inCommands
}

// challenge decodes what stands behind 334, and tells what of the line is to be masked: a
// server's signature is made of the password, and whoever has it can try passwords.
func (d *Dissector) challenge(ev *trace.Event, rest []byte) (hide []trace.Span) {
	mechanism := d.auth
	exchange := !d.lost && (d.reply.to.verb == "AUTH" || d.reply.to.verb == authLine)
	if exchange {
		d.asked = questionOf(string(rest)) // some servers forget the base64
	}
	message, err := sasl.Decode(rest)
	if err != nil || ev.More {
		return nil
	}
	if !exchange {
		mechanism = sasl.SCRAMSHA256 // the one of which something would have to be hidden
	}
	shown, ok := sasl.Reveal(mechanism, d.challenges, true, message)
	if ok && len(sasl.Hidden(message, shown)) > 0 {
		hide = append(hide, trace.Span{At: len(ev.Payload()) - len(rest), Len: len(rest)})
	}
	if !exchange {
		return hide
	}
	d.challenges++
	if ok && d.asked == askedSomething {
		d.asked = questionOf(shown)
	}
	if d.scribe.ShowsSecrets() {
		shown = readable(message)
	}
	ev.Decoded = shown
	return hide
}
