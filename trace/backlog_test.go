package trace

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// chatter is a session in pieces as they might come: lines cut anywhere, now and then a
// long one, and an end.
func chatter(rng *rand.Rand, boom bool) []Mark {
	var marks []Mark
	for i := range 300 {
		text := fmt.Sprintf("BAD %d %s\r\n", i, strings.Repeat("x", rng.IntN(100)))
		switch {
		case i%70 == 69:
			text = "NOOP " + strings.Repeat("long ", rng.IntN(2000)) + "\r\n"
		case i%50 == 9:
			text = "PASS sesame\r\n"
		case boom && i == 200:
			text = "BOOM\r\n"
		}
		for len(text) > 0 {
			n := 1 + rng.IntN(len(text))
			marks = append(marks, Mark{Kind: MarkBytes, End: Client, B: []byte(text[:n])})
			text = text[n:]
		}
		marks = append(marks, Mark{Kind: MarkBytes, End: Server, B: []byte("250 Ok\r\n")})
		if i%90 == 89 {
			marks = append(marks, Mark{Kind: MarkLayer, Layer: &Layer{Name: "tls", Agreed: "1.3"}})
		}
	}
	return append(marks, Mark{Kind: MarkEOF, End: Client}, Mark{Kind: MarkClose, Why: ClosedEOF})
}

// TestBacklog: a session that nobody watches has the events, with the times, of one that
// somebody does.
func TestBacklog(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 20 {
		marks := chatter(rng, i%4 == 3)
		var watched log
		one := NewRecorder(newLines(), Opening{}, tick(), watched.take)
		ring := NewRing(0)
		two := ring.Begin(Info{}).Record(newLines(), Opening{}, tick())
		for k, m := range marks {
			one.Record(m)
			if m.B != nil {
				m.B = append([]byte(nil), m.B...)
			}
			two.Record(m)
			clear(m.B) // it is the caller's
			if k == len(marks)/2 {
				ring.Show(1)
			}
		}
		got, _ := ring.Show(1)
		if len(got) != len(watched.events) {
			t.Fatalf("%d events, want %d", len(got), len(watched.events))
		}
		for k, want := range watched.events {
			if got, want := fmt.Sprintf("%+v", got[k]), fmt.Sprintf("%+v", want); got != want {
				t.Fatalf("event %d is\n%s, want\n%s", k+1, got, want)
			}
		}
		if n := ring.held.Load(); n != 0 {
			t.Errorf("%d octets are held for a session that is over", n)
		}
	}
}

// A counter counts the marks that its dissector is given.
type counter struct {
	*lineDissector
	marks int
}

func (c *counter) Mark(m Mark, emit func(*Event)) {
	c.marks++
	c.lineDissector.Mark(m, emit)
}

// TestBacklogIsAsked: whatever can be asked about a session is answered with all of it.
func TestBacklogIsAsked(t *testing.T) {
	ring := NewRing(0)
	d := &counter{lineDissector: newLines()}
	s := ring.Begin(Info{})
	r := s.Record(d, Opening{}, tick())
	for name, ask := range map[string]func(){
		"list":       func() { ring.List() },
		"last":       func() { ring.Last() },
		"show":       func() { ring.Show(s.Number()) },
		"waiting":    func() { r.Waiting() },
		"pending":    func() { r.Pending(Client) },
		"preview":    func() { r.Preview(Client, []byte("x")) },
		"last event": func() { r.LastEvent() },
		"error":      func() { r.Err() },
		"end of one": func() { r.Record(Mark{Kind: MarkEOF, End: Server}) },
		"long mark":  func() { say(r, Client, strings.Repeat("x", backlogMark)+"\r\n") },
	} {
		d.marks = 0
		for range 3 {
			say(r, Client, "NOOP\r\n")
		}
		if d.marks != 0 {
			t.Errorf("before %s: %d marks were not held", name, d.marks)
		}
		if ask(); d.marks < 3 {
			t.Errorf("%s: answered after %d marks of 3", name, d.marks)
		}
	}
	r.Record(Mark{Kind: MarkClose, Why: ClosedEOF})
	if s.recorder != nil {
		t.Error("a session that is over keeps its dissector")
	}
}

// A deliverer is a connection that asks, whenever something is written to it, how many marks were
// dissected before.
type deliverer struct {
	net.Conn
	count func() int
	then  []int
}

func (d *deliverer) Write(p []byte) (int, error) {
	d.then = append(d.then, d.count())
	return len(p), nil
}

// TestBacklogAfterWrite: what waits is dissected when a long write has left, not while the other
// end waits for it, and only where it is much.
func TestBacklogAfterWrite(t *testing.T) {
	d := &counter{lineDissector: newLines()}
	c := &deliverer{count: func() int { return d.marks }}
	tap := NewTap(c, NewRing(0).Begin(Info{}).Record(d, Opening{}, tick()), Server)
	line := []byte("250 " + strings.Repeat("x", backlogMany/2) + "\r\n")
	for i, want := range []int{0, 3, 3, 5, 5} { // the opening mark is one of them
		if _, err := tap.Write(line); err != nil || d.marks != want {
			t.Errorf("after write %d %d marks were dissected, want %d, %v", i+1, d.marks, want, err)
		}
	}
	if want := []int{0, 0, 3, 3, 5}; !slices.Equal(c.then, want) {
		t.Errorf("%v marks were dissected before the writes, want %v", c.then, want)
	}
}

// TestBacklogAfterShortWrite: behind a short reply nothing is dissected, since the other end speaks
// again at once.
func TestBacklogAfterShortWrite(t *testing.T) {
	d := &counter{lineDissector: newLines()}
	c := &deliverer{count: func() int { return d.marks }}
	tap := NewTap(c, NewRing(0).Begin(Info{}).Record(d, Opening{}, tick()), Server)
	line := []byte("250 " + strings.Repeat("x", longWrite/2) + "\r\n")
	for n := 0; n < backlogMany+4*len(line); n += len(line) {
		if _, err := tap.Write(line); err != nil || d.marks > 0 {
			t.Fatalf("after %d octets %d marks were dissected, %v", n, d.marks, err)
		}
	}
}

// TestBacklogWatched: who watches sees each mark at once.
func TestBacklogWatched(t *testing.T) {
	var l log
	d := &counter{lineDissector: newLines()}
	r := NewRing(0).Begin(Info{}).Record(d, Opening{}, tick(), l.take)
	say(r, Client, "NOOP\r\n")
	if d.marks != 2 || l.batches != 2 {
		t.Errorf("%d marks and %d batches of 2", d.marks, l.batches)
	}
}

// TestBacklogBudget: the backlogs of many sessions take an eighth of the budget.
func TestBacklogBudget(t *testing.T) {
	const budget = 256 << 10
	ring := NewRing(budget)
	var recorders []*Recorder
	for range 100 {
		r := ring.Begin(Info{}).Record(newLines(), Opening{}, tick())
		recorders = append(recorders, r)
	}
	most := int64(0)
	for i := range 1000 {
		say(recorders[i%len(recorders)], Client, "NOOP "+strings.Repeat("x", 200)+"\r\n")
		most = max(most, ring.held.Load())
	}
	if most < budget/16 || most > budget/8 {
		t.Errorf("%d octets were held, of a budget of %d", most, budget)
	}
	for _, r := range recorders {
		r.Record(Mark{Kind: MarkClose, Why: ClosedEOF})
	}
	if n := ring.held.Load(); n != 0 {
		t.Errorf("%d octets are held for sessions that are over", n)
	}
}

// TestBacklogTogether: who looks may do so while others speak.
func TestBacklogTogether(t *testing.T) {
	ring := NewRing(0)
	var speakers sync.WaitGroup
	for range 4 {
		speakers.Go(func() {
			r := ring.Begin(Info{}).Record(newLines(), Opening{}, nil)
			for range 500 {
				say(r, Client, "NOOP\r\n")
			}
			r.Record(Mark{Kind: MarkClose, Why: ClosedEOF})
		})
	}
	for range 50 {
		for _, s := range ring.List() {
			evs, _ := ring.Show(s.Number)
			for i, ev := range evs {
				if ev.N != i+1 {
					t.Fatalf("session %d: event %d stands at %d", s.Number, ev.N, i+1)
				}
			}
		}
	}
	speakers.Wait()
	for _, s := range ring.List() {
		if s.Live || s.Commands != 500 {
			t.Errorf("%+v", s)
		}
	}
}

// TestBacklogOpenings: a record that is opened twice, which it should not be, has both
// openings, whether its marks wait or not.
func TestBacklogOpenings(t *testing.T) {
	var watched log
	one := NewRecorder(newLines(), Opening{}, tick(), watched.take)
	ring := NewRing(0)
	two := ring.Begin(Info{}).Record(newLines(), Opening{}, tick())
	for _, m := range []Mark{
		{Kind: MarkOpen, Open: &Opening{ServerAddr: "b"}},
		{Kind: MarkBytes, End: Client, B: []byte("NOOP\r\n")},
		{Kind: MarkOpen, Open: &Opening{ServerAddr: "c"}},
		{Kind: MarkClose},
	} {
		one.Record(m)
		two.Record(m)
	}
	got, _ := ring.Show(1)
	if len(got) != 5 || len(watched.events) != 5 {
		t.Fatalf("%d and %d events of 3 openings, a line and a close", len(got),
			len(watched.events))
	}
	for k, want := range watched.events {
		if got, want := fmt.Sprintf("%+v", got[k]), fmt.Sprintf("%+v", want); got != want {
			t.Errorf("event %d is\n%s, want\n%s", k+1, got, want)
		}
	}
}

// TestBacklogMakesRoom: what is held belongs to the budget, and others make room for it.
func TestBacklogMakesRoom(t *testing.T) {
	const budget = 256 << 10
	ring := NewRing(budget)
	for ring.Size() < budget*19/20 {
		hold(ring, false, strings.Repeat("x", 200))
	}
	var recorders []*Recorder
	for range 20 {
		recorders = append(recorders, ring.Begin(Info{}).Record(newLines(), Opening{}, tick()))
	}
	for i := range 200 {
		say(recorders[i%len(recorders)], Client, "NOOP "+strings.Repeat("x", 200)+"\r\n")
		if n := ring.Size(); n > budget {
			t.Fatalf("%d octets are taken, of a budget of %d, %d of them held", n, budget,
				ring.held.Load())
		}
	}
}
