package pop3

import (
	"bytes"

	"mailtool/internal/sasl"
	"mailtool/trace"
)

// beginAuth begins to count the messages of both ends: the initial response is the
// client's first.
func (d *Dissector) beginAuth(cmd Command) {
	d.auth, d.authN = mechanism(cmd), max(0, min(1, len(cmd.Args())-1))
	d.challenges, d.question = 0, sasl.AskedSomething
}

// authInitial decodes the initial response of an AUTH command, which stands where hide
// says, and has it masked from now on (RFC 5034 §4).
func (d *Dissector) authInitial(ev *trace.Event, cmd Command, value []byte) {
	var a sasl.Answer
	mech := mechanism(cmd)
	if message, err := sasl.DecodeInitial(value); err == nil && ev.Kind == trace.Command && ev.EOL > 0 {
		a = sasl.Look(mech, 0, message, d.scribe.ShowsSecrets())
		ev.Decoded = a.Shown
	}
	switch {
	case mech == sasl.Login: // a name, which others may say
	case a.Known:
		d.scribe.RememberParts(value, a.Secrets)
	default:
		d.scribe.Remember(value)
	}
}

// authAnswer decodes an answer to a challenge, and has it masked from now on.
func (d *Dissector) authAnswer(ev *trace.Event, text []byte) {
	first := d.auth == sasl.Login && d.authN == 0
	var a sasl.Answer
	if message, err := sasl.Decode(text); err == nil && !ev.More && !d.lost {
		a = sasl.Look(d.auth, d.authN, message, d.scribe.ShowsSecrets())
		if first && d.question != sasl.AskedName && !d.scribe.ShowsSecrets() {
			a = sasl.Answer{Shown: trace.Mask}
		}
		ev.Decoded = a.Shown
	}
	switch at := secretAt(text); {
	case first && d.question != sasl.AskedPassword: // a name, which others may say
	case a.Known && at == 0:
		d.scribe.RememberParts(text, a.Secrets)
	default:
		d.scribe.Remember(text)
		if at > 0 { // somebody typed a command
			d.scribe.Remember(bytes.TrimSpace(text[at:]))
		}
	}
}

// challenge decodes what stands behind "+ ", and tells what of the line is to be masked: a
// server's signature is made of the password, and whoever has it can try passwords. asked
// says that it answers an AUTH, or what belongs to one.
func (d *Dissector) challenge(ev *trace.Event, rest []byte, asked bool) (hide []trace.Span) {
	exchange := asked && !d.lost
	if exchange {
		d.question = sasl.QuestionOf(string(rest)) // some servers forget the base64
	}
	message, err := sasl.Decode(rest)
	if err != nil || ev.More {
		return nil
	}
	mech := d.auth
	if !exchange {
		mech = sasl.SCRAMSHA256 // the one of which something would have to be hidden
	}
	shown, ok := sasl.Reveal(mech, d.challenges, true, message)
	if ok && len(sasl.Hidden(message, shown)) > 0 {
		hide = []trace.Span{{At: len(ev.Payload()) - len(rest), Len: len(rest)}}
	}
	if !exchange {
		return hide
	}
	d.challenges++
	if ok && d.question == sasl.AskedSomething {
		d.question = sasl.QuestionOf(shown)
	}
	if d.scribe.ShowsSecrets() {
		shown = sasl.Readable(message)
	}
	ev.Decoded = shown
	return hide
}
