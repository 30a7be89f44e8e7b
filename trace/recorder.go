package trace

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// A Sink takes the events that one mark made, in order. It is called under the
// recorder's lock, so it must be quick and must not block, nor call the recorder. The
// slice and the events are lent for the call; who keeps an event keeps a Clone.
type Sink func(events []*Event)

// A Recorder is one session's record being made: it gives marks to a dissector, one at a
// time, and the events to sinks. Where a ring alone keeps the events, it may let marks wait
// until somebody asks. It may be used by any number of goroutines.
type Recorder struct {
	now   func() time.Time
	open  Opening
	ring  *Session // keeps the events in a form of its own; nil for none
	sinks []Sink

	mu        sync.Mutex // one lock for both ends: it makes the record causal (law 3)
	dissector Dissector
	emit      func(*Event) // take, as a value
	batch     []*Event     // copies, for the sinks; those of earlier marks lie behind it
	late      *backlog     // marks that are not dissected yet; nil where there are sinks
	spoken    time.Time
	closed    bool
	ledger    ledger
	failure   error
}

// NewRecorder begins a record with its opening mark. now may be nil for the system's
// clock.
func NewRecorder(d Dissector, open Opening, now func() time.Time, sinks ...Sink) *Recorder {
	return newRecorder(d, open, now, nil, sinks)
}

// Record begins a record whose events s keeps, besides giving them to sinks.
func (s *Session) Record(d Dissector, open Opening, now func() time.Time, sinks ...Sink) *Recorder {
	return newRecorder(d, open, now, s, sinks)
}

func newRecorder(d Dissector, open Opening, now func() time.Time, ring *Session,
	sinks []Sink) *Recorder {
	if now == nil {
		now = time.Now
	}
	r := &Recorder{now: now, ring: ring, sinks: sinks, dissector: d, open: open}
	r.emit = r.take
	if ring != nil && len(sinks) == 0 {
		r.late = &backlog{ring: ring.ring}
		ring.recordedBy(r)
	}
	r.Record(Mark{Kind: MarkOpen, Open: &r.open})
	return r
}

// Record adds a mark. Where it has no time, it gets the present one, taken under the
// lock, so that times rise as the marks do. A close ends the record: what comes after
// it is not recorded.
func (r *Recorder) Record(m Mark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = m.Kind == MarkClose
	if m.When.IsZero() {
		m.When = r.now()
	}
	if r.late != nil {
		if r.late.hold(&m) {
			return
		}
		r.catchUp()
		if r.late.hold(&m) {
			return
		}
	}
	r.begin()
	r.dissect(&m)
	r.deliver()
}

// catchUp dissects the marks that were held. What asks about the session comes after it.
func (r *Recorder) catchUp() {
	if r.late == nil || r.late.empty() {
		return
	}
	r.begin()
	r.late.each(r.dissect)
	r.deliver()
}

// passed is called when a long write that was recorded has left. Marks that wait have to be
// dissected sooner or later: where they are many, best while the other end reads what it was sent,
// else it would wait for that.
func (r *Recorder) passed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.late != nil && len(r.late.packed) >= backlogMany {
		r.catchUp()
	}
}

// askedFor has all that was recorded so far dissected and given to the ring.
func (r *Recorder) askedFor() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
}

// dissect has a mark made into events.
func (r *Recorder) dissect(m *Mark) {
	r.ledger.mark(m)
	told := r.ledger.last.number
	func() {
		defer r.rescue()
		r.dissector.Mark(*m, r.emit)
	}()
	if r.ledger.last.number > told {
		r.spoken = m.When
	}
}

// begin comes before whatever may emit events.
func (r *Recorder) begin() {
	if r.ring != nil {
		r.ring.begin()
	}
}

// take keeps an event, which lives for as long as the call does.
func (r *Recorder) take(ev *Event) {
	r.ledger.event(ev)
	if r.ring != nil {
		r.ring.take(ev)
	}
	if len(r.sinks) > 0 {
		r.copy(ev)
	}
}

// What a Recorder keeps of a batch for the next one.
const (
	keptEvents = 32
	keptOctets = 1 << 10 // of an event
)

// copy adds ev to the batch. Its memory is that of an event that was lent before.
func (r *Recorder) copy(ev *Event) {
	n := len(r.batch)
	if n == cap(r.batch) || r.batch[:n+1][n] == nil {
		r.batch = append(r.batch, new(Event))
	} else {
		r.batch = r.batch[:n+1]
	}
	c := r.batch[n]
	room := c.Raw[:0]
	*c = *ev
	if room == nil {
		room = []byte{} // an event without octets is not one whose octets were folded away
	}
	if ev.Raw != nil {
		c.Raw = append(room, ev.Raw...)
	}
}

// deliver ends what begin began: it hands the batch to the sinks.
func (r *Recorder) deliver() {
	if r.ring != nil {
		r.ring.commit()
	}
	if len(r.batch) == 0 {
		return
	}
	for _, sink := range r.sinks {
		sink(r.batch)
	}
	for i, ev := range r.batch {
		if i >= keptEvents || cap(ev.Raw) > keptOctets {
			r.batch[i] = nil
			continue
		}
		*ev = Event{Raw: ev.Raw[:0]} // who kept it sees that it is gone
	}
	r.batch = r.batch[:0]
}

// rescue is deferred by whoever calls the dissector. A dissector must not panic; where
// one does nevertheless, the session that is watched goes on, and only the watching is
// poorer: what nobody told of becomes an undecided event of each end, and a blind
// dissector takes over.
func (r *Recorder) rescue() {
	v := recover()
	if v == nil {
		return
	}
	what := fmt.Sprintf("%T", v) // the value itself might quote a secret
	if err, ok := v.(runtime.Error); ok {
		what = err.Error()
	}
	r.failure = fmt.Errorf("trace: the dissector failed: %s\n%s", what, debug.Stack())
	b := &blind{r.ledger}
	r.dissector = b
	b.giveUp(r.emit)
}

// Err says how the dissector failed, with a stack and no octet of the session, or is
// nil.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	return r.failure
}

// Waiting says who waits for what.
func (r *Recorder) Waiting() (w Waiting) {
	r.ask(func() { w = r.dissector.Waiting() })
	return w
}

// Pending returns the octets of e's unfinished line, masked.
func (r *Recorder) Pending(e End) (b []byte) {
	r.ask(func() { b = r.dissector.Pending(e) })
	return b
}

// Preview returns the events that b would make if e sent it now, masked.
func (r *Recorder) Preview(e End, b []byte) (evs []*Event) {
	r.ask(func() { evs = r.dissector.Preview(e, b) })
	return evs
}

// Masked returns words about the session, with the secrets masked that were said in it.
func (r *Recorder) Masked(text string) (masked string) {
	r.ask(func() { masked = r.dissector.Masked(text) })
	return masked
}

func (r *Recorder) ask(question func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	r.begin() // there are events only where the question breaks the dissector
	func() {
		defer r.rescue()
		question()
	}()
	r.deliver()
}

// LastEvent is when the newest event was made: since then both ends are silent.
func (r *Recorder) LastEvent() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	return r.spoken
}
