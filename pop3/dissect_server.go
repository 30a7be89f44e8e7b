package pop3

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// A reply is a status line of the server, as far as it is made out.
type reply struct {
	n     int // number of its event
	to    sent
	got   outcome
	block bool // lines follow, up to a lone dot
	lf    bool // it ended with LF alone
}

// stepServer makes one event of the server's octets, if there are enough of them.
func (d *Dissector) stepServer() bool {
	d.rememberHeld()
	switch {
	case d.mode == inHandshake, d.mode == inClear:
		return d.stepHandshake()
	case d.answer.on:
		return d.stepAnswer()
	}
	ev, line, ok := d.line(trace.Server)
	if !ok {
		return false
	}
	if d.cut != nil { // the rest of a line that was too long
		d.write(ev)
		if !ev.More {
			r := d.cut
			d.cut, r.lf = nil, ev.EOL == 1
			d.conclude(*r)
		}
		return true
	}
	d.statusLine(ev, line)
	return true
}

// stepHandshake takes what a server sends behind its +OK to STLS: records of TLS, or
// lines that nobody asked for.
func (d *Dissector) stepHandshake() bool {
	held := d.scribe.Held(trace.Server)
	begins := len(held) > 0 && d.scribe.Scanned(trace.Server, 0) == 0
	if begins && held[0] >= tlsFirst && held[0] <= tlsLast {
		return d.stepOpaque(trace.Server)
	}
	ev, _, ok := d.line(trace.Server)
	if ok {
		ev.Kind = trace.Undecided
		d.write(ev)
	}
	return ok
}

// statusLine makes out the line that answers a command, or begins to.
func (d *Dissector) statusLine(ev *trace.Event, line wire.Line) {
	text := ev.Payload()
	r := ParseReply(text)
	d.resync(ev, r)
	out := reply{got: outcomeOf(r)}
	if len(d.sent) > 0 {
		out.to = d.sent[0]
	}
	isAuth := out.to.verb == verbAuth && !out.to.multi || out.to.verb == authLine
	if out.got == challenged && !isAuth && out.to.verb != greeting {
		out.to = sent{} // nobody asked for a challenge
	}
	ev.Verb, ev.Answers = r.Status, out.to.n
	if out.to.verb == greeting {
		ev.Kind = trace.Greeting
	}
	if d.lost && r.Status == "" {
		ev.Kind = trace.Undecided
	}
	asked := out.to.verb != noVerb || out.to.n != 0
	if asked {
		d.settle(out)
		d.sizes.hear(out.to, out.got, r)
		ev.Phase = phases[out.to.phase]
		if out.to.verb == verbQuit && !d.known.auth {
			ev.Phase = phases[phaseAuthorization]
		}
	}
	out.block = out.to.multi && out.got == accepted
	ev.Final = !out.block
	d.judge(&unit{ev: ev, where: onReply, line: line, text: text, reply: r, asked: asked,
		lost: d.lost})
	var hide []trace.Span
	if r.Status == Challenge {
		hide = d.challenge(ev, bytes.TrimLeft(text[len(Challenge):], " "), isAuth)
	}
	d.write(ev, hide...)
	out.n, out.lf = ev.N, ev.EOL == 1
	if ev.More {
		d.cut = &out
		return
	}
	d.conclude(out)
}

func outcomeOf(r Reply) outcome {
	switch r.Status {
	case OK:
		return accepted
	case Challenge:
		return challenged
	}
	return refused
}

// resync finds the thread again where it was lost. Two things are taken for a proof:
// the greeting, when it is the first line of all that the record holds; and two numbers
// in the line that follows upon STAT, since only STAT and LIST of one message answer so,
// both in TRANSACTION, and in one line: nothing else is on its way then.
func (d *Dissector) resync(ev *trace.Event, r Reply) {
	if !d.lost {
		return
	}
	first := ev.Off == 0 && d.scribe.Seen(trace.Client) == 0 && len(d.scribe.Held(trace.Client)) == 0
	switch {
	case first && d.midway && r.Status == OK && r.Timestamp() != "":
		d.found(seen{})
		d.sent = append(d.sent, sent{verb: greeting})
		d.torn = false
	case len(d.sent) == 0:
	case r.dropListing():
		d.lost = false
		d.known = seen{greeted: true, auth: true}
		d.hope()
	default:
		d.sent = d.sent[:0]
	}
}

// settle draws what the reply says about the session's state.
func (d *Dissector) settle(r reply) {
	d.sent = d.sent[1:]
	d.known = d.known.after(r.to, r.got)
	d.hope()
}

// conclude does what is to be done when the status line has come to its end: it lets
// the client's octets go that hung on it, and begins the lines that follow.
func (d *Dissector) conclude(r reply) {
	verb := r.to.verb
	switch {
	case r.block:
		d.beginAnswer(r)
	case r.got == challenged && (verb == verbAuth || verb == authLine):
		d.hung = verbAuth
		d.release(inAuth)
	case r.got == challenged && d.lost && d.auth != "" && d.mode == inCommands:
		d.release(inAuth)
	case verb == verbAuth && !r.to.multi, verb == authLine:
		d.tried = d.tried && r.got != accepted
		d.auth, d.hung = "", verbAuth
		d.release(inCommands)
	case verb == verbSTLS && r.got == accepted:
		d.handshake()
	case verb == verbSTLS:
		d.hung = verbSTLS
		d.release(inCommands)
	}
}

// handshake waits for the octets of TLS. What the client sent in clear behind STLS is not
// protected, and must not be taken for what is (RFC 2595 §4).
func (d *Dissector) handshake() {
	d.release(inHandshake)
	d.unsure = true
}

// flushServer makes an event of octets that the server left unfinished.
func (d *Dissector) flushServer() {
	n := min(len(d.scribe.Held(trace.Server)), trace.MaxUnit)
	if d.answer.on {
		d.flushAnswer(n)
		return
	}
	kind := trace.Reply
	if d.lost || d.mode == inHandshake || d.mode == inClear {
		kind = trace.Undecided
	}
	ev := d.scribe.Take(trace.Server, n, kind)
	if ev.Part != 0 {
		ev.Lines = 0
	}
	d.write(ev)
}
