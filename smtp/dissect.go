package smtp

import (
	"time"

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
	inHold           // what they are hangs on a reply: after DATA, AUTH, STARTTLS
	inData           // a dot block
	inSuspect        // a dot block in which the end may have been: it hangs on a reply
	inChunk          // BDAT's counted octets
	inAuth           // one line that answers a challenge
	inHandshake      // STARTTLS was accepted: octets of TLS, which nobody opened
	inOpaque         // not SMTP at all
)

// A Dissector tells what the octets of an SMTP session are. See trace.Dissector for
// the laws that it keeps.
type Dissector struct {
	scribe trace.Scribe
	lines  [2]wire.LineScanner // of the client, of the server

	mode    mode
	lost    bool     // replies cannot be counted any more: no findings about order
	swallow bool     // the rest of the line lies under a mask that was written
	known   seen     // what the replies so far say
	hopes   seen     // known, and the waiting commands taken for successful
	sent    []queued // commands that wait for their replies, oldest first

	// What the client knew when it began the line that is unfinished.
	partial bool
	began   seen
	ahead   int
	behind  string

	early     int       // octets of the client that were sent before the reply they hung on,
	heldBy    string    // and the verb of the command that it answered
	long      *longLine // the line was cut, and its end has not come
	phase     string
	message   body
	chunk     int64         // octets of BDAT that are still to come
	inLine    bool          // they begin within a line
	chunkless bool          // BDAT was said of which nobody counts the octets
	chunkView seen          // what the client knew when it said BDAT: the record may be further
	auth      string        // mechanism of the AUTH that is going on, "?" where none was named
	authN     int           // lines of the client in it so far
	dialogue  sasl.Dialogue // the server's challenges in it
	secrecy   bool          // AUTH was said or answered: what looks like its base64 is a secret
	torn      bool          // the start of the client's next line was not seen together with it
	remote    bool          // the record was not made at the client: what it had read is not known
	tls       bool          // the client began with TLS, as its next event is to say
	over      bool          // more was held than may be: what it was is not known
	beyond    bool          // the ends are known to be on different machines
	secure    bool          // there is TLS below
	former    bool          // an EHLO was answered before it was
	spokeAuth bool          // what was held and passed ended with AUTH, or answers to it

	read   heldLines // of what is held
	reply  reply
	cut    bool    // the last line of the server was cut
	ended  [2]bool // an end will send no more
	judged [2]bool // and how it ended has been judged
	first  [2]bool // its first octets behind the 220 to STARTTLS are still to be judged
	closed bool
	unit   unit      // what is being judged: there is one at a time
	spoke  time.Time // when octets came last
	quiet  time.Duration
}

// reply is the reply of the server that is not complete yet.
type reply struct {
	code   int
	first  int // event of its first line, 0 when none has begun
	lines  int
	to     sent       // what it answers,
	asked  bool       // if there is anything
	offers Extensions // of an EHLO reply
}

// NewDissector returns a Dissector for the session of that name.
func NewDissector(session string) *Dissector {
	return &Dissector{scribe: trace.NewScribe(session), phase: Handshake,
		sent: []queued{sent{verb: greeting, phase: Handshake}.queued()}}
}

// Mark implements trace.Dissector.
func (d *Dissector) Mark(m trace.Mark, emit func(*trace.Event)) {
	d.scribe.Begin(m, emit)
	if m.Kind == trace.MarkBytes || d.spoke.IsZero() {
		d.spoke, d.quiet = m.When, 0
	} else {
		d.quiet = m.When.Sub(d.spoke)
	}
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
		d.eof(m.End)
	case trace.MarkClose:
		d.close(m.End, m.Why)
	}
	if m.Kind == trace.MarkBytes && m.End == trace.Client {
		d.rememberPartial()
	}
	if d.unit.ev != nil {
		d.unit = unit{} // it points into the mark
	}
	d.scribe.End()
}

// run makes events of e's octets, and of the client's when a reply has told what they
// are.
func (d *Dissector) run(e trace.End) {
	if e == trace.Client {
		for d.stepClient() {
		}
		return
	}
	for d.stepServer() {
		for d.stepClient() {
		}
	}
}

// rememberPartial keeps what the client knew when it began its unfinished line: its
// end may come after replies that the client had not seen.
func (d *Dissector) rememberPartial() {
	if d.partial || d.early > 0 || d.mode != inCommands || d.long != nil || d.swallow ||
		len(d.scribe.Held(trace.Client)) == 0 {
		return
	}
	d.partial, d.began, d.ahead, d.behind = true, d.hopes, len(d.sent), d.lastSent()
}

// lastSent is the verb of the newest command that waits for its reply.
func (d *Dissector) lastSent() string {
	if len(d.sent) == 0 {
		return ""
	}
	return d.sent[len(d.sent)-1].sent().verb
}

func (d *Dissector) open(o *trace.Opening) {
	ev := d.scribe.Mark(trace.NoEnd, trace.Connect, "")
	if o != nil {
		ev.Text = o.ServerAddr
		d.remote = o.Vantage != trace.AtClient
		d.beyond = beyond(o)
		if o.Midway {
			d.torn = true
			d.lose()
		}
	}
	d.writeMark(ev, 0)
}

func (d *Dissector) writeMark(ev *trace.Event, n int64) {
	ev.Phase, ev.State = d.phase, d.known.state()
	d.scribe.WriteMark(ev, n)
}

func (d *Dissector) gap(e trace.End, n int64) {
	d.flush(e)
	d.lose()
	d.run(trace.Client) // no reply will tell what was held
	d.torn = d.torn || e == trace.Client
	d.writeMark(d.scribe.Mark(e, trace.Gap, ""), n)
}

// lose gives up counting replies: what each answers is not known any more.
func (d *Dissector) lose() {
	d.lost = true
	d.sent = d.sent[:0]
	d.known, d.hopes = seen{}, seen{}
	if d.mode == inHold {
		d.mode = inCommands
	}
}

// found ends being lost: a hello was answered, which begins a session anew.
func (d *Dissector) found(hello string, offers Extensions) {
	d.lost = false
	d.sent = d.sent[:0]
	d.known = seen{greeted: true, hello: hello, offers: offers, known: true}
	d.hopes = d.known
}

func (d *Dissector) eof(e trace.End) {
	d.flush(e)
	d.ended[slot(e)] = true
	ev := d.scribe.Mark(e, trace.Closed, "fin")
	d.judgeEnd(ev, e)
	d.phase = Close
	d.writeMark(ev, 0)
}

func (d *Dissector) close(e trace.End, why trace.Why) {
	d.flushAll()
	ev := d.scribe.Mark(e, trace.Closed, string(why))
	if why == trace.ClosedEOF && e != trace.NoEnd && !d.ended[slot(e.Peer())] {
		d.judgeEnd(ev, e)
	}
	d.phase, d.closed = Close, true
	d.writeMark(ev, 0)
}

// judgeEnd judges the way in which e ended the session, once.
func (d *Dissector) judgeEnd(ev *trace.Event, e trace.End) {
	if d.closed || d.judged[slot(e)] || d.mode == inHandshake { // QUIT may lie under TLS
		return
	}
	d.judged[slot(e)] = true
	if e == trace.Client && d.ended[slot(trace.Server)] {
		return // the server was the first to go
	}
	u := d.about(ev, onEnd)
	u.end, u.hopes, u.ahead, u.quiet = e, &d.hopes, len(d.sent), d.quiet
	d.judge(u)
}

func slot(e trace.End) int {
	if e == trace.Server {
		return 1
	}
	return 0
}

// flush makes events of whatever e left unfinished.
func (d *Dissector) flush(e trace.End) {
	d.giveUpSuspect()
	for len(d.scribe.Held(e)) > 0 {
		d.flushUnit(e)
	}
	d.rescan(e)
}

// flushAll makes events of whatever both ends left unfinished, in the order in which it
// came.
func (d *Dissector) flushAll() {
	d.giveUpSuspect()
	for e := d.scribe.Oldest(); e != trace.NoEnd; e = d.scribe.Oldest() {
		d.flushUnit(e)
	}
	d.rescan(trace.Client)
	d.rescan(trace.Server)
}

// giveUpSuspect goes on in a message that is held at a place where its end may have
// been: no reply will tell.
func (d *Dissector) giveUpSuspect() {
	if d.mode == inSuspect {
		d.honest()
		d.run(trace.Client)
	}
}

func (d *Dissector) rescan(e trace.End) {
	d.lines[slot(e)].Reset()
	if e == trace.Client {
		d.message.scan = wire.DotReader{}
		d.message.starts = 0
	}
}

// flushUnit makes an event of e's oldest octets, as many as an event may have.
func (d *Dissector) flushUnit(e trace.End) {
	s := &d.scribe
	if d.swallow && e == trace.Client {
		s.Drop(e, len(s.Held(e)))
		d.swallow = false
		return
	}
	n, kind := min(len(s.Held(e)), trace.MaxUnit), d.leftover(e)
	var ev *trace.Event
	var hide []trace.Span
	switch {
	case e == trace.Server:
		d.rememberHeld()
		ev = s.Take(e, n, kind)
	case d.mode == inHold || d.mode == inHandshake:
		ev, hide = d.takeHeld(n)
	default:
		ev = s.Take(e, n, kind)
		hide = d.hide(ev.Payload())
	}
	ev.Phase, ev.State = d.phase, d.known.state()
	d.judgeClear(ev)
	if e == trace.Client {
		d.judgeTLS(ev)
		d.torn = ev.EOL == 0
	}
	s.Write(ev, hide...)
}

// leftover is what e's unfinished octets are.
func (d *Dissector) leftover(e trace.End) trace.Kind {
	switch {
	case d.mode == inHandshake || d.mode == inOpaque && e == trace.Client:
		return trace.Undecided
	case e == trace.Server:
		return trace.Reply
	case d.mode == inCommands:
		return trace.Command
	case d.mode == inAuth:
		return trace.Continuation
	case d.mode == inData || d.mode == inChunk:
		return trace.Data
	}
	return trace.Undecided
}
