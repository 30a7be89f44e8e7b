package trace

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// RingBudget is how much memory a Ring takes for events where nothing else is asked for,
// in octets.
const RingBudget = 16 << 20

// A Ring keeps the newest sessions of the process within one budget of memory. When it
// is full, finished sessions shrink to their summaries, the oldest first; then live
// sessions lose their oldest events; a quarter of the budget is for summaries, and
// when that is used up the oldest are forgotten. It may be used by any number of
// goroutines.
type Ring struct {
	budget int

	mu       sync.Mutex
	size     int // of everything
	began    int // sessions so far
	sessions map[int]*Session
	live     map[int]*Session // those of them that go on
	finished []*Session       // that have events, in the order in which they ended
	shrunk   []*Session       // that have none any more, likewise

	held  atomic.Int64 // octets of the sessions' backlogs
	spare spare
}

// NewRing returns a Ring that takes about budget octets; 0 stands for RingBudget.
func NewRing(budget int) *Ring {
	if budget == 0 {
		budget = RingBudget
	}
	return &Ring{budget: budget, sessions: map[int]*Session{}, live: map[int]*Session{},
		spare: spare{most: max(4*laterChunk, budget/16)}}
}

// Info is what is known of a session when it begins.
type Info struct {
	Protocol Protocol
	Vantage  Vantage
	Start    time.Time
	Peer     string // the other end's address
}

// Begin adds a session. Its number is taken in the order of the calls, from 1.
func (r *Ring) Begin(info Info) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began++
	s := &Session{ring: r, number: r.began}
	s.summary.Number, s.summary.Info, s.summary.Live = r.began, info, true
	s.counted = s.takes()
	r.sessions[s.number] = s
	r.live[s.number] = s
	r.size += sessionSize + s.counted
	r.evict()
	return s
}

// List returns the sessions that the Ring knows of, in the order of their numbers.
func (r *Ring) List() []Summary {
	for _, s := range r.going() {
		s.catchUp()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Summary, 0, len(r.sessions))
	for _, s := range r.sessions {
		out = append(out, s.report())
	}
	slices.SortFunc(out, func(a, b Summary) int { return a.Number - b.Number })
	return out
}

// Last returns the session that began last; false when there is none.
func (r *Ring) Last() (Summary, bool) {
	r.mu.Lock()
	last := r.began
	r.mu.Unlock()
	s := r.find(last)
	if s == nil {
		return Summary{}, false
	}
	return s.report(), true
}

// find returns session n with all that was recorded of it; nil when the Ring does not know
// it (any more).
func (r *Ring) find(n int) *Session {
	r.mu.Lock()
	s := r.sessions[n]
	r.mu.Unlock()
	if s != nil {
		s.catchUp()
	}
	return s
}

// going are the sessions that are not over.
func (r *Ring) going() []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.live))
}

// Show returns copies of the events that are kept of session n; false when the Ring
// does not know the session (any more). Where the oldest are lost, a gap event of each
// end stands for them.
func (r *Ring) Show(n int) ([]*Event, bool) {
	s := r.find(n)
	if s == nil {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events(), true
}

// Size is how many octets the Ring takes, by its own estimate.
func (r *Ring) Size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size + int(r.held.Load())
}

// over says that the Ring takes more than it may.
func (r *Ring) over() bool { return r.size+int(r.held.Load()) > r.budget }

// hold takes n octets more for a backlog, and makes room for them. All backlogs together may
// take an eighth of the budget. It is called without a session's lock.
func (r *Ring) hold(n int) bool {
	if r.held.Add(int64(n)) > int64(r.budget/8) {
		r.held.Add(-int64(n))
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over() {
		r.evict()
	}
	return true
}

// drop gives n octets of a backlog back.
func (r *Ring) drop(n int) { r.held.Add(-int64(n)) }

// settle takes note of what s has come to take, and makes room for it.
func (r *Ring) settle(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.mu.Lock()
	r.recount(s)
	over := !s.summary.Live && !s.filed
	s.filed = s.filed || over
	s.mu.Unlock()
	if over {
		delete(r.live, s.number)
		r.finished = append(r.finished, s)
	}
	if r.over() {
		r.evict()
	}
}

// recount is called under both locks.
func (r *Ring) recount(s *Session) {
	r.size += s.takes() - s.counted
	s.counted = s.takes()
}

// evict makes room. It looks for the largest live session, not the oldest: one that
// transfers a lot must not cost the quiet ones their beginnings.
func (r *Ring) evict() {
	for r.over() && len(r.finished) > 0 {
		s := r.finished[0]
		r.finished[0] = nil
		r.finished = r.finished[1:]
		s.mu.Lock()
		for len(s.chunks) > 0 {
			s.lose()
		}
		r.recount(s)
		s.mu.Unlock()
		r.shrunk = append(r.shrunk, s)
	}
	for len(r.shrunk)*sessionSize > r.budget/4 {
		r.forget()
	}
	for r.over() && r.loseLive() {
	}
	for r.over() && len(r.shrunk) > 0 {
		r.forget()
	}
}

// forget drops the oldest summary.
func (r *Ring) forget() {
	s := r.shrunk[0]
	r.shrunk[0] = nil
	r.shrunk = r.shrunk[1:]
	delete(r.sessions, s.number)
	r.size -= sessionSize + s.counted
}

// loseLive takes the oldest events of the largest live session. It returns false where
// no session has more than what it needs to go on.
func (r *Ring) loseLive() bool {
	var largest *Session
	most := 0
	for _, s := range r.live {
		s.mu.Lock()
		if s.size > most {
			largest, most = s, s.size
		}
		s.mu.Unlock()
	}
	if largest == nil {
		return false
	}
	largest.mu.Lock()
	defer largest.mu.Unlock()
	largest.lose()
	r.recount(largest)
	return true
}
