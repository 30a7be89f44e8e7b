package imap

import (
	"mailtool/internal/wire"
	"mailtool/trace"
)

// stepServer makes one event of the server's octets, if there are enough of them.
func (d *Dissector) stepServer() bool {
	s := &d.ends[1]
	d.rememberHeld()
	switch {
	case s.flowing:
		return d.stepLiteral(trace.Server)
	case d.mode == inHandshake:
		return d.stepOpaque(trace.Server)
	}
	rest := s.cut
	ev, line, ok := d.line(trace.Server)
	if !ok {
		return false
	}
	if rest || s.first != 0 {
		d.moreOfResponse(ev, line, rest)
		return true
	}
	d.respond(ev, line)
	return true
}

// respond makes out the first line of a response (RFC 3501 §7).
func (d *Dissector) respond(ev *trace.Event, line wire.Line) {
	text := ev.Payload()
	r := parseResponseLine(text)
	ev.Verb = r.word
	u := &d.judged
	*u = unit{ev: ev, where: onStatus, end: trace.Server, line: line, text: text, response: r,
		view: d.known, box: d.box, moving: d.waiting.moving(), mayExpunge: d.mayExpunge(),
		idling: d.mode == inIdle, lost: d.lost, doubt: d.doubt || d.flooded, stray: d.stray}
	switch {
	case !d.known.greeted && !d.lost:
		ev.Kind = trace.Greeting
		u.where = onGreeting
		d.greet(&r, ev)
	case r.kind == tagged:
		d.settle(&r, u)
	case r.kind == untagged:
		if !r.isStatus() {
			u.where = onData
		}
		d.learn(&r, ev)
		d.look(&r)
	case r.kind == continuation && d.mode == inHold && d.hang <= onIdling:
		ev.Answers, u.asked = d.current.n, true
	}
	d.ends[1].silent = r.kind != untagged || r.isStatus()
	literal, is := d.announced(ev)
	u.literal = literal
	ev.Final = !ev.More && !is
	ev.State = d.known.state.String()
	d.judge(u)
	if d.fetched = (fetchReader{}); r.kind == untagged && r.word == "FETCH" {
		d.fetched = fetchReader{active: true, number: r.number}
		d.fetch(ev, r.text)
	}
	var hide []trace.Span
	if r.kind == continuation {
		hide = d.challenge(ev, r.text, u.asked && d.hang == onPrompt)
	}
	d.writeLine(ev, hide...)
	d.flow(ev, literal, is)
	d.conclude(&r, u)
}

// announced looks for a literal behind a line of the server. The text of a status, which
// is for people, announces none, whatever it ends in (RFC 3501 §7.1).
func (d *Dissector) announced(ev *trace.Event) (wire.Literal, bool) {
	if ev.More {
		return wire.Literal{}, false
	}
	l, is := d.ends[1].literal(ev.Raw)
	if d.ends[1].silent {
		return wire.Literal{}, false
	}
	return l, is
}

// flow begins the literal that a line announced, or ends the response with the line.
func (d *Dissector) flow(ev *trace.Event, l wire.Literal, is bool) {
	s := &d.ends[1]
	switch {
	case ev.More:
		return
	case !is:
		d.goesOn(trace.Server, 0)
		return
	case s.first == 0:
		first := ev.N
		if ev.Part != 0 {
			first = ev.Part
		}
		d.goesOn(trace.Server, first)
	}
	d.scribe.Continues(trace.Server, s.first)
	d.beginLiteral(trace.Server, l.Size, false)
}

// moreOfResponse makes out a line behind a literal, or the rest of a line that was cut.
func (d *Dissector) moreOfResponse(ev *trace.Event, line wire.Line, rest bool) {
	literal, is := d.announced(ev)
	ev.Final = !ev.More && !is
	d.judged = unit{ev: ev, where: onMoreResponse, end: trace.Server, line: line,
		text: ev.Payload(), literal: literal, lost: d.lost}
	if !rest {
		d.judge(&d.judged)
	}
	d.fetch(ev, ev.Payload())
	if !rest {
		d.writeLine(ev)
	} else {
		d.write(ev)
	}
	d.flow(ev, literal, is)
}

// greet takes the server's first response (RFC 3501 §7.1).
func (d *Dissector) greet(r *responseLine, ev *trace.Event) {
	d.known.greeted, d.known.strange = true, !isGreeting(r)
	if r.kind == untagged && r.word == "PREAUTH" {
		d.known.state = StateAuthenticated
	}
	d.learn(r, ev)
	d.rehope()
	d.phase = d.known.state
}

// learn takes what an untagged response says of the session.
func (d *Dissector) learn(r *responseLine, ev *trace.Event) {
	name, arg := r.code()
	switch {
	case r.kind != untagged:
		return
	case r.word == "BAD" && !d.lost: // RFC 3501 §7.1.3: about a line whose tag was not found
		d.waiting.removeUnknown()
		return
	case r.word == "BYE":
		d.known.bye, d.known.byeAt = true, uint32(d.current.n)
		d.known.state = StateLogout
		if d.phase != stateUnknown {
			d.phase = StateLogout
		}
	case r.word == "CAPABILITY" && !ev.More:
		d.offer(r.text)
		d.known.fresh = d.waiting.loggingIn()
	case r.word == "ENABLED":
		d.known.utf8 = d.known.utf8 || allowsUTF8(r.text)
	case sameWord(name, "CAPABILITY"):
		d.offer(arg)
	case sameWord(name, "CLOSED") && d.known.state == StateSelected:
		d.known.state = StateAuthenticated // RFC 9051 §7.1
	default:
		return
	}
	d.rehope()
}

func (d *Dissector) offer(list []byte) { d.known.offers = parseCapabilities(list) }

// rehope draws anew what the client may hope for.
func (d *Dissector) rehope() {
	d.hopes = d.known
	for _, c := range d.waiting.sent {
		if changes(c.verb) {
			d.hopes = d.hopes.after(c, assumed)
		}
	}
}

// settle draws what a result says of the command that it answers.
func (d *Dissector) settle(r *responseLine, u *unit) {
	i := d.waiting.find(r.tag)
	if i < 0 {
		return
	}
	c := d.waiting.remove(i)
	d.lost = false
	u.to, u.asked = c, true
	u.ev.Answers, u.ev.Phase = int(c.n), c.from.phase()
	before := d.known
	d.known = d.known.after(c, outcomeOf(r.word))
	d.box.leave(c, outcomeOf(r.word))
	switch name, arg := r.code(); {
	case sameWord(name, "CAPABILITY"):
		d.offer(arg)
	case sameWord(name, "READ-ONLY") && c.verb == verbSelect:
		d.known.examined = true
	}
	if d.known != before || changes(c.verb) {
		d.rehope()
	}
	if d.known.state != before.state {
		d.phase = d.known.state
	}
}

// conclude lets the client's octets go that hung on the response.
func (d *Dissector) conclude(r *responseLine, u *unit) {
	switch {
	case r.kind == continuation && u.asked:
		d.goAhead()
	case r.kind == continuation:
		d.prompt = d.lost
	case u.asked && int(u.to.n) == d.current.n && d.current.n != 0:
		d.answered(r.word == "OK")
	case d.mode == inHold && !u.asked && d.unnamed(r):
		d.drop()
	}
}

// unnamed says that the response refuses a command whose tag the server could not make
// out, or which the record does not show (RFC 3501 §7.1.3).
func (d *Dissector) unnamed(r *responseLine) bool {
	if d.current.tagged && !d.lost {
		return false
	}
	return r.kind == tagged || r.kind == untagged && r.word == "BAD"
}

// goAhead takes the server's + (RFC 3501 §7.5).
func (d *Dissector) goAhead() {
	switch d.hang {
	case onGoAhead:
		over := d.over
		d.release(inCommands)
		if !over {
			d.beginLiteral(trace.Client, d.current.literal, d.veil.secret)
		}
	case onPrompt:
		d.release(inAuth)
	case onIdling:
		d.release(inIdle)
		d.curtain = curtain{}
	}
}

// drop ends a command of which more was to come: what follows are commands. But the
// client may send what it had at hand all the same.
func (d *Dissector) drop() {
	prompt := d.concealed()
	d.release(inCommands)
	d.prompt = d.prompt || prompt
	d.goesOn(trace.Client, 0)
}

// answered takes the result of the newest command.
func (d *Dissector) answered(ok bool) {
	d.current.answered = true
	switch d.mode {
	case inHold:
		switch {
		case ok && d.hang == onTLSReady, ok && d.hang == onDeflate:
			over := d.over
			d.deflate = d.hang == onDeflate
			d.release(inHandshake)
			if over {
				d.mode = inHandshake
			}
			d.handshake()
		default:
			d.drop()
		}
	case inAuth, inIdle: // before the client answered
		if len(d.scribe.Held(trace.Client)) > 0 || d.ends[0].cut {
			return // its line is on the way, and is what it was meant for
		}
		d.prompt = d.mode == inAuth
		d.mode = inCommands
		d.goesOn(trace.Client, 0)
	}
}

// endHandshake is called at the end of a session. What is held behind STARTTLS or COMPRESS then was
// sent too early, whatever the result would have been: a server may close because of it.
func (d *Dissector) endHandshake() {
	held := d.scribe.Held(trace.Client)
	if d.mode != inHold || d.over || len(held) == 0 ||
		d.hang != onDeflate && (d.hang != onTLSReady || held[0] == 0x16) {
		return
	}
	d.release(inHandshake)
	d.handshake()
	d.mode = inCommands
}

// handshake gives up octets that the client sent in clear behind STARTTLS: they are not
// protected, and must not be taken for what is (RFC 3501 §6.2.1). Behind COMPRESS they
// are not compressed (RFC 4978 §3).
func (d *Dissector) handshake() {
	held := d.scribe.Held(trace.Client)
	if len(held) == 0 || d.hung == onTLSReady && held[0] == 0x16 {
		d.hung = onNothing
		return
	}
	for n := len(held); n > 0; n = len(d.scribe.Held(trace.Client)) {
		d.undecided(trace.Client, min(n, trace.MaxUnit))
	}
}
