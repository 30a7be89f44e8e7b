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
	d.dialogue = sasl.Dialogue{Open: d.scribe.ShowsSecrets()}
}

// authInitial decodes the initial response of an AUTH command, which stands where hide
// says, and has it masked from now on (RFC 5034 §4).
func (d *Dissector) authInitial(ev *trace.Event, cmd Command, value []byte) {
	onlooker := sasl.Dialogue{Open: d.scribe.ShowsSecrets()}
	a := onlooker.Initial(mechanism(cmd), value, ev.Kind == trace.Command && ev.EOL > 0)
	ev.Decoded = a.Shown
	switch {
	case a.Name:
	case a.Known:
		d.scribe.RememberParts(value, a.Secrets)
	default:
		d.scribe.Remember(value)
	}
}

// authAnswer decodes an answer to a challenge, and has it masked from now on.
func (d *Dissector) authAnswer(ev *trace.Event, text []byte) {
	a := d.dialogue.Answer(d.auth, d.authN, text, !ev.More && !d.lost)
	ev.Decoded = a.Shown
	switch at := secretAt(text); {
	case a.Name:
	case a.Known && at == 0:
		d.scribe.RememberParts(text, a.Secrets)
	default:
		d.scribe.Remember(text)
		if at > 0 { // somebody typed a command
			d.scribe.Remember(bytes.TrimSpace(text[at:]))
		}
	}
}

// challenge decodes what stands behind "+ ", and tells what of the line is to be masked.
// asked says that it answers an AUTH, or what belongs to one.
func (d *Dissector) challenge(ev *trace.Event, rest []byte, asked bool) []trace.Span {
	var hide bool
	switch {
	case asked && !d.lost:
		ev.Decoded, hide = d.dialogue.Challenge(d.auth, rest, !ev.More)
	case !ev.More:
		hide = sasl.IsSignature(rest)
	}
	if !hide {
		return nil
	}
	return []trace.Span{{At: len(ev.Payload()) - len(rest), Len: len(rest)}}
}
