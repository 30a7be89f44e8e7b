package pop3

import (
	"bytes"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
	"mailtool/trace"
)

// maxSent is how many commands may wait for their replies before the dissector gives
// up counting: a client that never reads would fill the memory.
const maxSent = 4096

// A mode is what the client's octets are.
type mode uint8

const (
	inCommands  mode = iota
	inHold           // what they are hangs on a reply: after AUTH and STLS
	inAuth           // one line that answers a challenge
	inHandshake      // STLS was accepted: octets of TLS, which nobody opened
	inClear          // clear text where TLS was to begin: lines that nobody answers
	inOpaque         // not POP3 at all
)

// A Dissector tells what the octets of a POP3 session are. See trace.Dissector for the
// laws that it keeps.
//
// In POP3 it is the server that sends long bodies, so little hangs on a reply: only
// what follows AUTH and STLS is held. A line of a listing (LIST, UIDL, CAPA) is a
// reply that is a part of the status line's; a line of a message (RETR, TOP) is data.
// Both end in a data-end, the lone dot; only a message's measures a body.
type Dissector struct {
	scribe trace.Scribe
	lines  [2]wire.LineScanner // of the client, of the server

	mode   mode
	known  seen   // what the replies so far say
	hopes  seen   // known, and the waiting commands taken for accepted
	sent   []sent // commands that wait for their replies, oldest first
	lost   bool   // replies cannot be counted any more: no findings about order
	midway bool   // the record began in the middle: what lies below may be TLS

	// What the client knew when it began the line that is unfinished.
	partial bool
	began   seen
	ahead   int

	early    int           // octets of the client that were sent before the reply they hung on
	hung     verbID        // what they hung on
	torn     bool          // the client's next line may be the rest of one that was not recorded
	tried    bool          // an AUTH was seen: lines of base64 may be its
	swallow  bool          // the rest of the line lies under a mask that was written
	long     *longLine     // the line was cut, and its end has not come
	read     int           // octets of what is held that rememberHeld has read: whole lines
	over     bool          // more was held than may be: what it was is not known
	auth     string        // mechanism of the AUTH that is going on
	authN    int           // responses of the client in it so far
	dialogue sasl.Dialogue // the server's challenges in it
	tls      bool          // a TLS layer lies below
	unsure   bool          // inHandshake: whether the client's octets are TLS is not known yet
	phase    uint8

	answer answer
	sizes  sizes
	unit   unit   // what is being judged: there is one at a time
	cut    *reply // the server's status line was cut, and its end has not come
	ended  bool   // an end will send no more: the way in which that came was judged
	closed bool
}

// NewDissector returns a Dissector for the session of that name.
func NewDissector(session string) *Dissector {
	return &Dissector{scribe: trace.NewScribe(session), sent: []sent{{verb: greeting}}}
}

// Mark implements trace.Dissector.
func (d *Dissector) Mark(m trace.Mark, emit func(*trace.Event)) {
	d.scribe.Begin(m, emit)
	switch m.Kind {
	case trace.MarkOpen:
		d.open(m.Open)
	case trace.MarkBytes:
		d.run(m.End)
	case trace.MarkLayer:
		d.layer(m.Layer)
	case trace.MarkGap:
		d.gap(m.End, m.N)
	case trace.MarkEOF:
		d.flush(m.End)
		d.finish(d.scribe.Mark(m.End, trace.Closed, "fin"))
	case trace.MarkClose:
		d.flush(trace.Server) // first: what it left behind may be older
		d.flush(trace.Client)
		d.finish(d.scribe.Mark(m.End, trace.Closed, string(m.Why)))
		d.closed = true
	}
	if m.Kind == trace.MarkBytes && m.End == trace.Client {
		d.rememberPartial()
	}
	d.scribe.End()
}

// run makes events of e's octets, and of the client's when a reply has told what they
// are.
func (d *Dissector) run(e trace.End) {
	if e == trace.Server {
		for d.stepServer() {
			if len(d.scribe.Held(trace.Client)) > 0 {
				d.run(trace.Client)
			}
		}
		return
	}
	for d.stepClient() {
	}
}

// rememberPartial keeps what the client knew when it began its unfinished line: its
// end may come after replies that the client had not seen.
func (d *Dissector) rememberPartial() {
	if d.partial || d.mode != inCommands || len(d.scribe.Held(trace.Client)) == 0 {
		return
	}
	if d.long != nil || d.swallow { // the rest of a line that was judged
		return
	}
	d.partial, d.began, d.ahead = true, d.hopes, d.waiting()
}

// waiting is how many commands wait for their replies, or for the end of them.
func (d *Dissector) waiting() int {
	if d.answer.on {
		return len(d.sent) + 1
	}
	return len(d.sent)
}

func (d *Dissector) open(o *trace.Opening) {
	ev := d.scribe.Mark(trace.NoEnd, trace.Connect, "")
	if o != nil {
		ev.Text = o.ServerAddr
		if o.Midway {
			d.midway, d.torn = true, true
			d.lose()
		}
	}
	d.writeMark(ev, 0)
}

func (d *Dissector) writeMark(ev *trace.Event, n int64) {
	ev.Phase, ev.State = phases[d.phase], d.state()
	d.scribe.WriteMark(ev, n)
}

// state is what the replies so far say of the session.
func (d *Dissector) state() string {
	if d.lost {
		return unknown
	}
	return d.known.state().String()
}

// layer flushes what the old layer left behind and begins the new one.
func (d *Dissector) layer(l *trace.Layer) {
	ok := l != nil && l.Err == ""
	if ok {
		spoke := d.scribe.Seen(trace.Client) > 0 || len(d.scribe.Held(trace.Client)) > 0
		d.flush(trace.Server) // first: what it left behind may be older
		d.flush(trace.Client)
		d.scribe.Rebase()
		d.restart(l.Name == "tls", spoke)
	}
	ev := d.scribe.Mark(trace.NoEnd, trace.LayerChange, "")
	if l != nil {
		ev.Verb, ev.Text, ev.Security = l.Name, l.Agreed, l.Security
		if !ok {
			ev.Text = l.Err
		}
	}
	d.writeMark(ev, 0)
}

// restart begins the dialogue above a new layer. TLS in the midst of a session can only
// be STLS's: it leads back to AUTHORIZATION, without a new greeting, and what was known
// of the server is void (RFC 2595 §4). That holds even where the record did not tell
// what came before.
func (d *Dissector) restart(tls, spoke bool) {
	d.mode, d.swallow, d.partial, d.early, d.over = inCommands, false, false, 0, false
	d.long, d.cut, d.auth, d.tried, d.torn = nil, nil, "", false, false
	d.lines = [2]wire.LineScanner{}
	d.answer, d.sizes = answer{}, sizes{}
	d.tls = d.tls || tls
	if d.lost && !(tls && spoke) {
		return
	}
	d.found(seen{greeted: d.known.greeted || d.lost})
	d.phase = phaseAuthorization
	if !d.known.greeted {
		d.sent = append(d.sent, sent{verb: greeting})
	}
}

// gap loses the thread: replies cannot be counted over it. An answer of many lines goes
// on to its end, unless the octets that are missing were the server's.
func (d *Dissector) gap(e trace.End, n int64) {
	d.flush(e)
	if e == trace.Server {
		d.cut = nil
		d.leaveAnswer()
	} else {
		d.torn = true
	}
	d.lose()
	d.run(trace.Client) // what was held, if it was
	d.writeMark(d.scribe.Mark(e, trace.Gap, ""), n)
}

// lose gives up counting replies: what each answers is not known any more.
func (d *Dissector) lose() {
	d.lost = true
	d.sent = d.sent[:0]
	d.known, d.hopes, d.sizes = seen{}, seen{}, sizes{}
	if d.mode == inHold {
		d.torn = d.torn || d.auth != "" // the next line may be a response of AUTH
		d.release(inCommands)
	}
}

// found ends being lost: v is what is known from here on.
func (d *Dissector) found(v seen) {
	d.lost = false
	d.sent = d.sent[:0]
	d.known = v
	d.hope()
}

// hope draws what the client hopes for from what is known and what waits.
func (d *Dissector) hope() {
	d.hopes = d.known
	for _, c := range d.sent {
		d.hopes = d.hopes.after(c, assumed)
	}
}

// finish writes a mark that ends the session or one of its directions. Whoever ended
// it: without QUIT the maildrop is never updated (RFC 1939 §6).
func (d *Dissector) finish(ev *trace.Event) {
	if !d.ended {
		d.ended = true
		d.judge(&unit{ev: ev, where: onEnd, view: d.known, hopes: d.hopes, lost: d.lost})
	}
	d.writeMark(ev, 0)
}

func slot(e trace.End) int {
	if e == trace.Server {
		return 1
	}
	return 0
}

// flush makes events of whatever e left unfinished.
func (d *Dissector) flush(e trace.End) {
	d.rememberHeld()
	for len(d.scribe.Held(e)) > 0 {
		if e == trace.Client {
			d.spill()
		} else {
			d.flushServer()
		}
	}
	d.lines[slot(e)].Reset()
	if d.long != nil && e == trace.Client {
		d.long = nil
	}
	d.swallow = d.swallow && e == trace.Server
	d.scribe.Continues(e, 0)
}

// spill makes an event of a line of the client that cannot be waited for any longer: of
// the first MaxUnit octets, where it is longer.
func (d *Dissector) spill() {
	before := len(d.scribe.Held(trace.Client))
	d.spillLine()
	d.read = max(0, d.read-(before-len(d.scribe.Held(trace.Client))))
}

func (d *Dissector) spillLine() {
	s, kind := &d.scribe, trace.Undecided
	if d.mode == inCommands {
		kind = trace.Command
	}
	held := s.Held(trace.Client)
	if d.mode == inHandshake || d.mode == inOpaque {
		d.opaque(trace.Client, min(len(held), trace.MaxUnit))
		return
	}
	n := bytes.IndexByte(held[:min(len(held), trace.MaxUnit)], '\n') + 1
	whole := n > 0
	if !whole {
		n = min(len(held), trace.MaxUnit)
	}
	rest := d.swallow
	if rest {
		keep := 0
		if whole {
			keep = min(n, lineEnd(held[:n]))
		}
		d.drop(n - keep)
		if n = keep; n == 0 {
			return
		}
	}
	ev := s.Take(trace.Client, n, kind)
	if rest || ev.Part != 0 {
		ev.Lines = 0
	}
	if rest {
		d.swallow = false
		d.write(ev)
		return
	}
	hide := d.hideLine(ev.Payload(), whole)
	d.remember(ev, ParseCommand(ev.Payload()), ev.Payload(), hide)
	d.torn = false
	d.swallow = !whole && len(hide) > 0
	d.write(ev, hide...)
}

// lineEnd is how many octets of a line with its LF are its ending.
func lineEnd(line []byte) int {
	if n := len(line); n > 1 && line[n-2] == '\r' {
		return 2
	}
	return 1
}
