package trace

import "time"

// FailedDissector is the Text of the undecided events that stand where a dissector
// failed.
const FailedDissector = "dissector-failed"

// A ledger keeps count of a record from outside its dissector: how many octets went in,
// how many the events told of.
type ledger struct {
	opened time.Time
	now    time.Duration
	last   newest
	layer  int
	ends   [2]account
}

// newest is what goes on after the newest event.
type newest struct {
	number, line          int
	session, phase, state string
}

// An account is one end's part of a ledger, in the present layer.
type account struct {
	in   int64 // octets that were recorded
	told int64 // where the events that were made of them end, in their measure
}

func (l *ledger) of(e End) *account {
	if e == Server {
		return &l.ends[1]
	}
	return &l.ends[0]
}

func (l *ledger) mark(m *Mark) {
	if l.opened.IsZero() {
		l.opened = m.When
	}
	l.now = max(m.When.Sub(l.opened), l.now)
	switch m.Kind {
	case MarkBytes:
		l.of(m.End).in += int64(len(m.B))
	case MarkGap:
		l.of(m.End).in += m.N
	case MarkLayer:
		if m.Layer.Err == "" {
			l.layer++
			l.ends = [2]account{}
		}
	}
}

func (l *ledger) event(ev *Event) {
	if a := l.of(ev.End); ev.End != NoEnd && ev.Layer == l.layer {
		a.told = ev.Off + ev.Len
		a.in = max(a.in, a.told) // a mask may be longer than what it hides
	}
	l.last.number = ev.N
	if line := ev.Line + max(ev.Lines-1, 0); line > l.last.line {
		l.last.line = line
	}
	if l.last.phase != ev.Phase || l.last.state != ev.State || l.last.session != ev.Session {
		l.last.session, l.last.phase, l.last.state = ev.Session, ev.Phase, ev.State
	}
}

// A blind dissector knows no protocol. It shows no octet, since it could not tell which
// are secret, and counts them all.
type blind struct{ ledger }

// giveUp makes the events for what the dissector before it left untold. There is one at
// least, to say what happened.
func (b *blind) giveUp(emit func(*Event)) {
	said := false
	for _, e := range []End{Client, Server} {
		if a := b.of(e); a.in > a.told {
			b.tell(e, Undecided, a.in-a.told, FailedDissector, emit)
			said = true
		}
	}
	if !said {
		b.tell(NoEnd, Undecided, 0, FailedDissector, emit)
	}
}

// Mark implements Dissector.
func (b *blind) Mark(m Mark, emit func(*Event)) {
	b.mark(&m)
	switch m.Kind {
	case MarkOpen:
		b.tell(NoEnd, Connect, 0, "", emit)
	case MarkBytes:
		b.tell(m.End, Undecided, int64(len(m.B)), FailedDissector, emit)
	case MarkGap:
		b.tell(m.End, Gap, m.N, "", emit)
	case MarkLayer:
		b.tell(NoEnd, LayerChange, 0, m.Layer.Name+" "+m.Layer.Agreed+m.Layer.Err, emit)
	case MarkClose:
		b.tell(NoEnd, Closed, 0, string(m.Why), emit)
	}
}

func (b *blind) tell(e End, k Kind, n int64, text string, emit func(*Event)) {
	ev := &Event{N: b.last.number + 1, Session: b.last.session, End: e, Layer: b.layer, Kind: k,
		Len: n, First: b.now, Last: b.now, Line: b.last.line, Text: text,
		Phase: b.last.phase, State: b.last.state}
	if e != NoEnd {
		ev.Off = b.of(e).told
	}
	b.event(ev)
	emit(ev)
}

// Waiting implements Dissector: nobody knows.
func (b *blind) Waiting() Waiting { return Waiting{} }

// Pending implements Dissector: nothing is shown.
func (b *blind) Pending(End) []byte { return nil }

// Preview implements Dissector: nothing is shown.
func (b *blind) Preview(End, []byte) []*Event { return nil }

// Masked implements Dissector: nothing is shown.
func (b *blind) Masked(string) string { return "" }
