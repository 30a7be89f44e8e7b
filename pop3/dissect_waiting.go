package pop3

import "mailtool/trace"

// What the dissector can be asked between two marks.

// Waiting implements trace.Dissector.
func (d *Dissector) Waiting() trace.Waiting {
	var w trace.Waiting
	switch {
	case d.closed:
		return w
	case d.mode == inHandshake, d.mode == inClear:
		return trace.Waiting{Client: "tls", Server: "tls"}
	case d.answer.on:
		w.Client = "end-of-data"
	case len(d.sent) > 0 && d.sent[0].verb == greeting:
		w.Client = "greeting"
	case len(d.sent) > 0:
		w.Client = "reply"
	}
	switch {
	case d.mode == inAuth:
		w.Server = "auth"
	case d.mode != inCommands:
	case len(d.scribe.Held(trace.Client)) > 0:
		w.Server = "crlf"
	case d.waiting() == 0:
		w.Server = "command"
	}
	return w
}

// Pending implements trace.Dissector.
func (d *Dissector) Pending(e trace.End) []byte {
	if d.mode == inHold { // the secrets in what is held may not have been met yet
		c := *d
		c.scribe = d.scribe.Clone()
		c.rememberHeld()
		d = &c
	}
	text := d.scribe.Held(e)
	if e == trace.Server || len(text) == 0 {
		return d.scribe.Pending(text)
	}
	return d.scribe.Pending(text, d.hideLines(text)...)
}

// Preview implements trace.Dissector.
func (d *Dissector) Preview(e trace.End, b []byte) []*trace.Event {
	c := *d
	c.scribe = d.scribe.Clone()
	c.sent = append([]sent(nil), d.sent...)
	c.answer, c.sizes = d.answer.clone(), d.sizes.clone()
	var evs []*trace.Event
	c.Mark(d.scribe.Next(e, b), func(ev *trace.Event) { evs = append(evs, ev.Clone()) })
	return evs
}

// Masked implements trace.Dissector.
func (d *Dissector) Masked(text string) string { return d.scribe.Masked(text) }
