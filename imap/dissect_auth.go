package imap

import (
	"bytes"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
	"mailtool/trace"
)

// A login is an AUTHENTICATE that is going on (RFC 3501 §6.2.2).
type login struct {
	mechanism string // in capitals
	step      int    // messages of the client so far; the initial response is one
	dialogue  sasl.Dialogue
}

// beginLogin begins to count the messages of both ends; initial says that the command
// has an initial response (RFC 4959 §3).
func (d *Dissector) beginLogin(text []byte, c *commandLine, initial bool) login {
	if c.id != verbAuthenticate {
		return login{}
	}
	l := login{mechanism: mechanismOf(text, c), dialogue: sasl.Dialogue{Open: d.scribe.ShowsSecrets()}}
	if initial {
		l.step = 1
	}
	return l
}

// wantsName says that the next message of the client may be a name, which others may say.
func (l *login) wantsName() bool { return l.mechanism == sasl.Login && l.step == 0 }

// mechanismOf returns the mechanism that AUTHENTICATE names.
func mechanismOf(text []byte, c *commandLine) string {
	word, _ := nextWord(text, c.args)
	return string(capitals(nil, word))
}

// remember has what a command gave away masked from now on, and decodes an initial
// response, which stands where hide says.
func (d *Dissector) remember(ev *trace.Event, text []byte, hide []trace.Span, c *commandLine) {
	if len(hide) == 0 {
		return
	}
	value := text[hide[0].At : hide[0].At+hide[0].Len]
	if c.id == verbAuthenticate {
		onlooker := sasl.Dialogue{Open: d.scribe.ShowsSecrets()}
		whole := !ev.More && ev.EOL > 0 && len(hide) == 1
		a := onlooker.Initial(mechanismOf(text, c), value, whole)
		ev.Decoded = a.Shown
		switch {
		case a.Name:
			return
		case a.Known:
			d.scribe.RememberParts(value, a.Secrets)
			return
		}
	}
	for _, p := range passwords(value) {
		d.scribe.Remember(p)
	}
}

// authLine makes out the line that answers a challenge.
func (d *Dissector) authLine(ev *trace.Event, line wire.Line) {
	ev.Kind = trace.Continuation
	text := ev.Payload()
	hide := d.cover(text, nil)
	if len(hide) > 0 {
		d.authAnswer(ev, text)
	}
	d.current.login.step++
	d.veil = veil{}
	d.judge(&unit{ev: ev, where: onAuth, end: trace.Client, line: line, text: text, soon: d.soon(),
		lost: d.lost})
	d.mask(ev, hide)
}

// authAnswer decodes an answer to a challenge, and has it masked from now on.
func (d *Dissector) authAnswer(ev *trace.Event, text []byte) {
	l := &d.current.login
	a := l.dialogue.Answer(l.mechanism, l.step, text, !ev.More && !d.lost)
	ev.Decoded = a.Shown
	var v veil
	typed := v.cover(text, !ev.More) // somebody typed a command
	switch {
	case a.Name && !d.lost: // else nobody knows what the server asked for
	case a.Known && len(typed) == 0:
		d.scribe.RememberParts(text, a.Secrets)
	default:
		d.scribe.Remember(text)
		d.rememberSpans(text, typed)
	}
}

// challenge decodes what stands behind "+ ", and tells what of the line is to be masked.
// asked says that it answers an AUTHENTICATE, or what belongs to one.
func (d *Dissector) challenge(ev *trace.Event, rest []byte, asked bool) []trace.Span {
	var hide bool
	rest = bytes.TrimLeft(rest, " \t")
	switch {
	case asked && !d.lost:
		l := &d.current.login
		ev.Decoded, hide = l.dialogue.Challenge(l.mechanism, rest, !ev.More)
	case !ev.More:
		hide = sasl.IsSignature(rest)
	}
	if !hide {
		return nil
	}
	return []trace.Span{{At: len(ev.Payload()) - len(rest), Len: len(rest)}}
}
