package imap

import "mailtool/trace"

// What the dissector can be asked between two marks.

// Waiting implements trace.Dissector.
func (d *Dissector) Waiting() trace.Waiting {
	var w trace.Waiting
	switch {
	case d.closed:
		return w
	case d.mode == inHandshake && d.deflate:
		return trace.Waiting{Client: "deflate", Server: "deflate"}
	case d.mode == inHandshake:
		return trace.Waiting{Client: "tls", Server: "tls"}
	case !d.known.greeted:
		w.Client = "greeting"
	case d.mode == inHold && d.hang <= onIdling:
		w.Client = "continuation"
	case len(d.waiting.sent) > 0 && d.mode != inIdle:
		w.Client = "reply"
	}
	switch {
	case d.ends[0].flowing:
		w.Server = "literal"
	case d.mode == inAuth:
		w.Server = "auth"
	case d.mode == inIdle:
		w.Server = "done"
	case d.mode != inCommands:
	case d.ends[0].first != 0 || d.ends[0].cut:
		w.Server = "continuation"
	case len(d.scribe.Held(trace.Client)) > 0:
		w.Server = "crlf"
	case len(d.waiting.sent) == 0 && d.known.greeted:
		w.Server = "command"
	}
	return w
}

// Pending implements trace.Dissector.
func (d *Dissector) Pending(e trace.End) []byte {
	d = d.knowing()
	text := d.scribe.Held(e)
	if e == trace.Server || len(text) == 0 {
		return d.scribe.Pending(text)
	}
	c := d.curtain
	return d.scribe.Pending(text, d.cover(text, &c)...)
}

// Masked implements trace.Dissector.
func (d *Dissector) Masked(text string) string { return d.knowing().scribe.Masked(text) }

// knowing is d with the secrets of what is held: they may not have been met yet.
func (d *Dissector) knowing() *Dissector {
	if d.mode != inHold && d.mode != inHandshake {
		return d
	}
	copied := *d
	copied.scribe = d.scribe.Clone()
	copied.rememberHeld()
	return &copied
}

// Preview implements trace.Dissector.
func (d *Dissector) Preview(e trace.End, b []byte) []*trace.Event {
	c := *d
	c.scribe = d.scribe.Clone()
	c.waiting = d.waiting.clone()
	c.ends = [2]side{d.ends[0].clone(), d.ends[1].clone()}
	var evs []*trace.Event
	c.Mark(d.scribe.Next(e, b), func(ev *trace.Event) { evs = append(evs, ev.Clone()) })
	return evs
}
