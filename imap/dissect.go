package imap

import "mailtool/trace"

// A mode is what the client's octets are, where they are no literal.
type mode uint8

const (
	inCommands  mode = iota
	inHold           // what they are hangs on a reply: see hang
	inAuth           // one line that answers a challenge
	inIdle           // lines, of which DONE is the one that belongs there
	inHandshake      // STARTTLS or COMPRESS was accepted: nobody opened what follows
	inOpaque         // not IMAP at all
)

// A hang is what octets of the client that are held hang on.
type hang uint8

const (
	onNothing  hang = iota
	onGoAhead       // a synchronising literal: +, or a result that refuses it
	onPrompt        // AUTHENTICATE or a line of it: + or the result
	onIdling        // IDLE: + or the result
	onTLSReady      // STARTTLS: the result
	onDeflate       // COMPRESS: the result
)

// A Dissector tells what the octets of an IMAP session are. See trace.Dissector for the
// laws that it keeps.
//
// A record that begins in the middle, or lacks octets, leaves it lost: which octets are
// commands is not known. It is found again when a result bears the tag of a command
// that it took for one. The state of the session remains unknown then, until a command
// succeeds that tells it.
type Dissector struct {
	scribe trace.Scribe
	ends   [2]side // client, server

	mode    mode
	deflate bool // inHandshake: it was COMPRESS that was accepted
	hang    hang
	known   seen  // what the responses so far say
	hopes   seen  // known, and the waiting commands taken for successful
	waiting queue // commands that wait for their results
	current ongoing
	veil    veil    // of the client's line, or of the command that goes on
	curtain curtain // of octets that are held, as far as they have been given up
	readers [2]reader
	box     open // the mailbox that is selected
	fetched fetchReader
	told    once // what is told once a session
	judged  unit // memory for a response: there are many
	lost    bool // what the client's octets are is not known
	doubt   bool // there may be commands that the record does not show
	stray   bool // DONE was said while nobody was idle
	flooded bool // more waited than are counted

	// What the client knew when it began the line that is unfinished.
	partial bool
	began   seen

	early   int   // octets of the client that were sent before the reply they hung on
	hung    hang  // what they hung on, until that was said
	hidden  bool  // they are secret unless they are commands
	swallow bool  // the rest of the line lies under a mask that was written
	phase   State // the phase of what is going on
	tls     bool  // the client began with TLS, as its next event is to say
	over    bool  // more was held than may be: what it was is not known
	prompt  bool  // the next line may be an answer to a challenge, or a literal: see command
	closed  bool
}

// ongoing is the newest command of the client, which its next units may belong to.
type ongoing struct {
	n        int // its first event, 0 where there is none
	id       verbID
	tagged   bool  // it has a tag: a result bears it
	answered bool  // the result has come
	literal  int64 // size of the literal that waits for +
	login    login // what AUTHENTICATE began
}

// NewDissector returns a Dissector for the session of that name.
func NewDissector(session string) *Dissector {
	d := &Dissector{scribe: trace.NewScribe(session), phase: StateNotAuthenticated}
	d.known.state = StateNotAuthenticated
	d.hopes = d.known
	return d
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
		d.eof(m.End)
	case trace.MarkClose:
		d.close(m.End, m.Why)
	}
	if m.Kind == trace.MarkBytes {
		d.rememberPartial(m.End)
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

// flushBoth makes events of what both ends left unfinished, in the order in which it
// came. What is held is late anyway.
func (d *Dissector) flushBoth() {
	first := d.scribe.Oldest()
	if first == trace.NoEnd || d.mode == inHold {
		first = trace.Server
	}
	d.flush(first)
	d.flush(first.Peer())
}

// rememberPartial keeps what the client knew when it began its unfinished line: its
// end may come after replies that the client had not seen.
func (d *Dissector) rememberPartial(e trace.End) {
	s := &d.ends[0]
	if e != trace.Client || d.partial || d.mode != inCommands || len(d.scribe.Held(e)) == 0 ||
		d.early > 0 || s.flowing || s.cut || s.first != 0 {
		return
	}
	d.partial, d.began = true, d.hopes
}

func (d *Dissector) open(o *trace.Opening) {
	ev := d.scribe.Mark(trace.NoEnd, trace.Connect, "")
	if o != nil {
		ev.Text = o.ServerAddr
		if o.Midway {
			d.lose()
		}
	}
	d.writeMark(ev, 0)
}

func (d *Dissector) writeMark(ev *trace.Event, n int64) {
	ev.Phase, ev.State = d.phase.phase(), d.known.state.String()
	d.scribe.WriteMark(ev, n)
}

// write completes and writes an event that needs no more than the current state.
func (d *Dissector) write(ev *trace.Event, hide ...trace.Span) {
	if ev.Phase == "" {
		ev.Phase = d.phase.phase()
	}
	if ev.State == "" {
		ev.State = d.known.state.String()
	}
	if ev.End == trace.Client {
		d.early = max(0, d.early-len(ev.Raw)) // before it is masked
	}
	d.scribe.Write(ev, hide...)
}

// layer flushes what the old layer left behind and begins the new one.
func (d *Dissector) layer(l *trace.Layer) {
	ok := l != nil && l.Err == ""
	if ok {
		d.flushBoth()
		d.scribe.Rebase()
		d.restart(l.Name)
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

// restart begins anew above a layer. TLS has everything forgotten that was said below it
// (RFC 3501 §6.2.1); compression changes nothing but the octets (RFC 4978 §3).
func (d *Dissector) restart(name string) {
	d.settleDown()
	d.ends = [2]side{{ended: d.ends[0].ended}, {ended: d.ends[1].ended}}
	if name != "tls" {
		return
	}
	d.waiting.clear()
	d.lost, d.doubt, d.flooded = false, false, false
	d.known = seen{greeted: d.known.greeted, state: StateNotAuthenticated, tls: true,
		stale: staleOf(d.known, staleByTLS)}
	d.box, d.fetched = open{}, fetchReader{}
	d.hopes, d.phase = d.known, d.known.state
}

// settleDown has the client's next octets be commands.
func (d *Dissector) settleDown() {
	d.mode, d.hang = inCommands, onNothing
	d.current = ongoing{}
	d.partial, d.over, d.prompt = false, false, false
	d.early, d.hung, d.hidden = 0, onNothing, false
	d.curtain = curtain{}
}

// gap is where octets of e are missing: what follows may be anything.
func (d *Dissector) gap(e trace.End, n int64) {
	d.flush(e)
	if d.mode == inHold {
		d.flush(trace.Client)
	}
	opaque := d.mode == inHandshake || d.mode == inOpaque
	d.ends[slot(e)] = side{ended: d.ends[slot(e)].ended}
	d.goesOn(e, 0)
	if !opaque {
		d.lose()
	}
	d.writeMark(d.scribe.Mark(e, trace.Gap, ""), n)
}

// lose gives up knowing what the client's octets are.
func (d *Dissector) lose() {
	prompt := d.mode == inAuth || d.mode == inHold && d.hang == onPrompt
	d.settleDown()
	d.prompt = prompt
	if s := &d.ends[0]; !s.flowing && !s.cut {
		d.goesOn(trace.Client, 0)
	}
	d.lost, d.doubt = true, true
	d.waiting.clear()
	d.known = seen{greeted: true, tls: d.known.tls}
	d.box, d.fetched = open{}, fetchReader{}
	d.hopes, d.phase = d.known, stateUnknown
}

func (d *Dissector) eof(e trace.End) {
	d.flush(e)
	d.ends[slot(e)].ended = true
	ev := d.scribe.Mark(e, trace.Closed, "fin")
	d.judgeEnd(ev, e)
	d.writeMark(ev, 0)
}

func (d *Dissector) close(e trace.End, why trace.Why) {
	d.endHandshake()
	d.flushBoth()
	ev := d.scribe.Mark(e, trace.Closed, string(why))
	if why == trace.ClosedEOF {
		d.judgeEnd(ev, trace.Client)
	}
	d.phase, d.closed = StateLogout, true
	d.writeMark(ev, 0)
}

// judgeEnd judges the way in which the first end to go ended the session.
func (d *Dissector) judgeEnd(ev *trace.Event, e trace.End) {
	again := d.ends[slot(e)].ended && ev.Text != "fin"
	opaque := d.mode == inHandshake || d.mode == inOpaque
	if d.closed || opaque || again || d.ends[slot(e.Peer())].ended {
		return
	}
	d.judge(&unit{ev: ev, where: onEnd, end: e, view: d.known, hopes: d.hopes,
		idling: d.mode == inIdle, lost: d.lost, doubt: d.doubt})
}

func slot(e trace.End) int {
	if e == trace.Server {
		return 1
	}
	return 0
}

// flush makes events of whatever e left unfinished.
func (d *Dissector) flush(e trace.End) {
	s := &d.ends[slot(e)]
	if e == trace.Client && d.swallow {
		d.scribe.Drop(e, len(d.scribe.Held(e)))
		d.swallow = false
	}
	for n := len(d.scribe.Held(e)); n > 0; n = len(d.scribe.Held(e)) {
		n = min(n, trace.MaxUnit)
		d.rememberHeld()
		if e == trace.Client {
			d.given(n)
		}
		if s.flowing {
			ev := d.takeLiteral(e, n)
			ev.EOL = 0 // the literal never ended
			d.writeLiteral(s, ev)
			continue
		}
		if d.opaque(e) {
			d.undecided(e, n)
			continue
		}
		var hide []trace.Span
		if e == trace.Client {
			hide = d.cover(d.scribe.Held(e)[:n], &d.curtain)
		}
		ev := d.scribe.Take(e, n, d.unfinished(e))
		if s.cut {
			ev.Lines = 0
		}
		d.write(ev, hide...)
	}
	s.scan.Reset()
}

func (d *Dissector) opaque(e trace.End) bool {
	return d.mode == inHandshake || d.mode == inOpaque && e == trace.Client
}

// unfinished is the kind of what e left unfinished.
func (d *Dissector) unfinished(e trace.End) trace.Kind {
	switch {
	case e == trace.Client && (d.mode == inHold || d.lost):
		return trace.Undecided
	case e == trace.Server:
		return trace.Reply
	case d.mode == inAuth || d.mode == inIdle:
		return trace.Continuation
	}
	return trace.Command
}
