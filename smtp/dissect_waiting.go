package smtp

import "mailtool/trace"

// What the dissector can be asked between two marks.

// Waiting implements trace.Dissector.
func (d *Dissector) Waiting() trace.Waiting {
	var w trace.Waiting
	switch {
	case d.closed:
		return w
	case d.mode == inHandshake:
		return trace.Waiting{Client: "tls", Server: "tls"}
	case len(d.sent) > 0 && d.sent[0].sent().verb == greeting:
		w.Client = "greeting"
	case len(d.sent) > 0:
		w.Client = "reply"
	}
	held := len(d.scribe.Held(trace.Client)) > 0
	switch d.mode {
	case inData, inSuspect:
		w.Server = "end-of-data"
	case inChunk:
		w.Server = "chunk"
	case inAuth:
		w.Server = "auth"
	case inCommands:
		if held {
			w.Server = "crlf"
		} else if len(d.sent) == 0 {
			w.Server = "command"
		}
	}
	return w
}

// Pending implements trace.Dissector.
func (d *Dissector) Pending(e trace.End) []byte {
	text := d.scribe.Held(e)
	switch {
	case len(text) == 0:
		return nil
	case e == trace.Client:
		return d.scribe.Pending(text, d.hideUnfinished(text)...)
	}
	c := *d // the server may quote what is held; but only its whole line is to be remembered
	c.scribe = d.scribe.Clone()
	c.rememberHeld()
	if n := len("535-"); d.reply.first != 0 && len(text) > n && d.scribe.Spreads(e) {
		return c.scribe.Pending(text, trace.Span{At: n, Len: len(text) - n})
	}
	return c.scribe.Pending(text)
}

// Preview implements trace.Dissector.
func (d *Dissector) Preview(e trace.End, b []byte) []*trace.Event {
	c := *d
	c.scribe = d.scribe.Clone()
	c.sent = append([]queued(nil), d.sent...)
	c.message = d.message.clone()
	var evs []*trace.Event
	c.Mark(d.scribe.Next(e, b), func(ev *trace.Event) { evs = append(evs, ev.Clone()) })
	return evs
}

// Masked implements trace.Dissector.
func (d *Dissector) Masked(text string) string { return d.scribe.Masked(text) }
