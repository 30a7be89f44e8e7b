package smtp

import (
	"mailtool/internal/sasl"
	"mailtool/trace"
)

// authInitial decodes the initial response of an AUTH command, which stands where hide says,
// and has it masked from now on.
func (d *Dissector) authInitial(ev *trace.Event, cmd *Command, text []byte, hide []trace.Span) {
	if len(hide) == 0 {
		return
	}
	value := text[hide[0].At : hide[0].At+hide[0].Len]
	mechanism := capitals(firstWord(cmd.Arg))
	var a sasl.Answer
	if cmd.Verb == "AUTH" && !ev.More && authSecret(text) > 0 {
		if message, err := sasl.DecodeInitial(value); err == nil {
			a = sasl.Look(mechanism, 0, message, d.scribe.ShowsSecrets())
			ev.Decoded = a.Shown
		}
	}
	switch {
	case mechanism == sasl.Login: // a name, which others may say
	case a.Known:
		d.scribe.RememberParts(value, a.Secrets)
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
	var a sasl.Answer
	if message, err := sasl.Decode(text); err == nil && !ev.More && !d.lost {
		if a = sasl.Look(d.auth, d.authN, message, d.scribe.ShowsSecrets()); first && d.asked != sasl.AskedName {
			a = sasl.Answer{Shown: trace.Mask}
			if d.scribe.ShowsSecrets() {
				a.Shown = sasl.Readable(message)
			}
		}
		ev.Decoded = a.Shown
	}
	switch {
	case first && d.asked != sasl.AskedPassword: // a name, which others may say
	case a.Known && authSecret(text) == 0:
		d.scribe.RememberParts(text, a.Secrets)
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
		d.asked = sasl.QuestionOf(string(rest)) // some servers forget the base64
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
	if ok && d.asked == sasl.AskedSomething {
		d.asked = sasl.QuestionOf(shown)
	}
	if d.scribe.ShowsSecrets() {
		shown = sasl.Readable(message)
	}
	ev.Decoded = shown
	return hide
}
