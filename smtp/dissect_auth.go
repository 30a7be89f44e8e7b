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
	if authSecret(text) <= 0 && strangeLogin(text) > 0 {
		d.rememberArgument(value)
		return
	}
	mechanism := capitals(firstWord(cmd.Arg))
	whole := cmd.Verb == "AUTH" && !ev.More && authSecret(text) > 0
	onlooker := sasl.Dialogue{Open: d.scribe.ShowsSecrets()}
	a := onlooker.Initial(mechanism, value, whole)
	ev.Decoded = a.Shown
	switch {
	case a.Name:
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
	a := d.dialogue.Answer(d.auth, d.authN, text, !ev.More && !d.lost)
	ev.Decoded = a.Shown
	switch {
	case a.Name:
	case a.Known && secretAt(text) == 0:
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

// challenge decodes what stands behind 334, and tells what of the line is to be masked.
func (d *Dissector) challenge(ev *trace.Event, rest []byte) []trace.Span {
	var hide bool
	switch verb := d.reply.to.verb; {
	case !d.lost && (verb == "AUTH" || verb == authLine):
		ev.Decoded, hide = d.dialogue.Challenge(d.auth, rest, !ev.More)
	case !ev.More:
		hide = sasl.IsSignature(rest)
	}
	if !hide {
		return nil
	}
	return []trace.Span{{At: len(ev.Payload()) - len(rest), Len: len(rest)}}
}
