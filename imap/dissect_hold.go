package imap

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// hold keeps the client's octets until the server says what they are.
func (d *Dissector) hold(h hang) {
	d.mode, d.hang, d.curtain = inHold, h, curtain{}
}

// concealed says that what is held may be a secret as a whole.
func (d *Dissector) concealed() bool {
	return d.hang == onPrompt || d.hang == onGoAhead && d.veil.secret
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
	case c.left > 0:
		s.flowing, s.left, s.begun, s.inLine, s.secret = true, c.left, true, false, c.veil.secret
	case c.within:
		s.cut, s.kind, d.veil = true, trace.Undecided, c.veil
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

// authLine makes out the line that answers a challenge (RFC 3501 §6.2.2).
func (d *Dissector) authLine(ev *trace.Event, line wire.Line) {
	ev.Kind = trace.Continuation
	text := ev.Payload()
	hide := d.cover(text, nil)
	if len(hide) > 0 && !d.current.name {
		d.scribe.Remember(text)
	}
	d.current.name, d.veil = false, veil{}
	d.judge(&unit{ev: ev, where: onAuth, end: trace.Client, line: line, text: text, soon: d.soon(),
		lost: d.lost})
	d.mask(ev, hide)
}

// idleLine makes out a line while IDLE is active: it should be DONE (RFC 2177 §3).
func (d *Dissector) idleLine(ev *trace.Event, line wire.Line) {
	ev.Kind = trace.Continuation
	text := ev.Payload()
	d.veil = veil{}
	hide := d.veil.cover(text, !ev.More)
	d.remember(text, hide, &command{})
	isDone := bytes.EqualFold(text, []byte("DONE"))
	d.judge(&unit{ev: ev, where: onIdle, end: trace.Client, line: line, text: text, isDone: isDone,
		soon: d.soon(), lost: d.lost})
	if isDone {
		ev.Verb, d.current.answered = "DONE", true // the server's turn
	}
	d.mask(ev, hide)
}
