package imap

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// hold keeps the client's octets until the server says what they are.
func (d *Dissector) hold(h hang) {
	d.mode, d.hang, d.curtain = inHold, h, curtain{}
	d.readers = [2]reader{}
	if h == onGoAhead {
		d.readers[1].curtain.taken = guess{veil: d.veil, left: d.current.literal}
	}
}

// concealed says that what is held may be a secret as a whole, or hold the secret of the
// command that goes on.
func (d *Dissector) concealed() bool {
	return d.hang == onPrompt || d.hang == onGoAhead && (d.veil.secret || d.veil.from > 0)
}

// A reader looks for secrets in octets that are held.
type reader struct {
	curtain curtain
	read    int // octets that it has read: whole lines and literals
}

// rememberHeld has the secrets in what is held masked wherever they are repeated: the
// server has read them, and what it says next may quote them. It is asked whenever the
// server speaks, and does not read again what it has read. The first reader takes what is
// held for commands; the second, behind the announcement of a literal, for the literal.
func (d *Dissector) rememberHeld() {
	if d.mode != inHold && d.mode != inHandshake {
		return
	}
	for i := range d.readers {
		if r := &d.readers[i]; i == 0 || d.hang == onGoAhead {
			d.readHeld(r, i == 0)
		}
	}
}

func (d *Dissector) readHeld(r *reader, commands bool) {
	held := d.scribe.Held(trace.Client)
	for {
		rest := held[r.read:]
		n := int64(bytes.IndexByte(rest, '\n') + 1)
		if r.curtain.taken.left > 0 {
			n = r.curtain.taken.left
		}
		if n == 0 || int64(len(rest)) < n {
			return
		}
		line := bytes.TrimRight(rest[:n], "\r\n")
		isName := d.hang == onPrompt && d.current.login.wantsName() && r.read == 0
		if c := parseCommandLine(line); commands && d.concealed() && !isName && c.id == noVerb {
			d.rememberSpans(line, []trace.Span{{Len: len(line)}})
		}
		d.rememberSpans(rest, r.curtain.cover(rest[:n]))
		r.read += int(n)
	}
}

// rememberSpans remembers what stands in spans of text, but for the sizes of literals.
func (d *Dissector) rememberSpans(text []byte, spans []trace.Span) {
	for _, span := range spans {
		if span.At > 0 && text[span.At-1] == '{' {
			continue
		}
		for _, p := range passwords(text[span.At : span.At+span.Len]) {
			d.scribe.Remember(p)
		}
	}
}

// given says that n octets of what was held are no more.
func (d *Dissector) given(n int) {
	for i := range d.readers {
		d.readers[i].read = max(0, d.readers[i].read-n)
	}
}

// release lets go of what was held: it is what m says.
func (d *Dissector) release(m mode) {
	if d.over {
		d.giveUp()
		return
	}
	d.hung, d.hidden = d.hang, d.concealed()
	d.mode, d.hang, d.partial = m, onNothing, false
	if d.early = len(d.scribe.Held(trace.Client)); d.early == 0 {
		d.hung = onNothing
	}
}

// giveUp ends a hold of which a part was given up already, somewhere within a line or a
// literal: the rest of what is held goes the same way.
func (d *Dissector) giveUp() {
	for n := len(d.scribe.Held(trace.Client)); n > 0; n = len(d.scribe.Held(trace.Client)) {
		d.undecided(trace.Client, min(n, trace.MaxUnit))
	}
	c, s, concealed := d.curtain, &d.ends[0], d.concealed()
	d.lose()
	d.goesOn(trace.Client, 0)
	d.prompt = concealed
	switch {
	case c.taken.left > 0:
		s.flowing, s.left, s.begun, s.inLine = true, c.taken.left, true, false
		s.secret = c.taken.veil.secret
	case c.within:
		s.cut, s.kind, d.veil = true, trace.Undecided, c.taken.veil
		d.swallow = concealed && !d.scribe.ShowsSecrets()
	}
}

// soon is what the client did not wait for. It is told once.
func (d *Dissector) soon() hang {
	h := d.hung
	d.hung = onNothing
	if d.early == 0 {
		return onNothing
	}
	return h
}

// stepHeld makes events of held octets only when there are more than may be held.
func (d *Dissector) stepHeld() bool {
	held := d.scribe.Held(trace.Client)
	if len(held) <= trace.MaxHeld {
		return false
	}
	d.over = true
	d.undecided(trace.Client, trace.MaxUnit)
	return true
}

// idleLine makes out a line while IDLE is active: it should be DONE (RFC 2177 §3).
func (d *Dissector) idleLine(ev *trace.Event, line wire.Line) {
	ev.Kind = trace.Continuation
	text := ev.Payload()
	d.veil = veil{}
	hide := d.coverIdle(ev, d.veil.cover(text, !ev.More))
	d.rememberSpans(text, hide)
	isDone := sameWord(text, "DONE")
	d.judge(&unit{ev: ev, where: onIdle, end: trace.Client, line: line, text: text, isDone: isDone,
		soon: d.soon(), lost: d.lost})
	if isDone {
		ev.Verb, d.current.answered = "DONE", true // the server's turn
	}
	d.mask(ev, hide)
}

// coverIdle adds to hide what is secret in a line that should be DONE: it may belong to a
// command, with its literals.
func (d *Dissector) coverIdle(ev *trace.Event, hide []trace.Span) []trace.Span {
	for _, h := range d.curtain.cover(ev.Raw) {
		h.Len = min(h.Len, len(ev.Payload())-h.At)
		hide = append(hide, h)
	}
	return hide
}
