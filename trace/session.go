package trace

import (
	"reflect"
	"sync"
	"time"
)

// What a Session keeps of a body: its head, as much as these allow.
const (
	headLines  = 40
	headOctets = 4 << 10
)

// sessionSize is what a session takes beside its events, its place in the maps included.
var sessionSize = int(reflect.TypeFor[Session]().Size())*9/8 + 64

const maxVerdict = 80

// RingFull is the Text of the gap events that stand for what a Ring had no room for.
const RingFull = "ring-full"

// A Session is one session in a Ring. Its Events method is the Sink of its recorder.
type Session struct {
	ring   *Ring
	number int

	mu      sync.Mutex // guards what follows; whoever needs Ring.mu too takes that first
	summary Summary
	verdict verdict
	chunks  []chunk
	size    int        // of the chunks
	grown   bool       // it is more since begin
	kept    int        // how many events are in them
	name    string     // as its events call it
	like    likeness   // of the last event in the newest chunk
	tail    [2]loss    // the last event of each end
	lost    *[2]loss   // of the client's events, of the server's; nil where none are
	bodies  [2]passage // the body that each end is sending
	folded  *Event     // what was folded last, while more may be folded into it

	recorder *Recorder // that may hold marks back; nil when the session is over

	counted int  // what Ring.size has of it; it changes under both locks
	filed   bool // the Ring knows that it is over
}

// A chunk holds packed events. It is dropped as a whole.
type chunk struct {
	packed []byte
	events int
	tail   *[2]loss // the last event of each end before the next chunk; nil where none is
}

const (
	laterChunk = 16 << 10
	chunkSize  = 300 // what a chunk takes beside its octets
	usualEvent = 200 // octets of a packed event beside its Raw, if it has few findings
)

// A verdict is the last reply, or its beginning.
type verdict struct {
	octets int
	text   [maxVerdict]byte
}

func (c *chunk) size() int { return chunkBytes(cap(c.packed)) }

func chunkBytes(room int) int { return room*9/8 + chunkSize }

// A passage is how much of a body has passed.
type passage struct {
	lines, octets int64
}

// A loss is how far the lost events of an end reached: what a gap event needs.
type loss struct {
	number, layer, line, lines int
	upto                       int64
	first, last                time.Duration
	phase, state               string
}

// reach moves l on to ev. The words change seldom.
func (l *loss) reach(ev *Event) {
	l.number, l.layer, l.line, l.lines = ev.N, ev.Layer, ev.Line, ev.Lines
	l.upto, l.first, l.last = ev.Off+ev.Len, ev.First, ev.Last
	if l.phase != ev.Phase || l.state != ev.State {
		l.phase, l.state = ev.Phase, ev.State
	}
}

// Number is the session's place among all of the process, from 1.
func (s *Session) Number() int { return s.number }

// Events adds events. The close event finishes the session.
func (s *Session) Events(events []*Event) {
	s.begin()
	for _, ev := range events {
		s.take(ev)
	}
	s.commit()
}

// LoggedIn notes who the client is, for the summary. The server knows it; the record often
// does not: what AUTH says is masked.
func (s *Session) LoggedIn(account string) {
	s.begin()
	s.summary.Account = account
	s.grown = true
	s.commit()
}

// begin comes before take, commit after it. One lock for all events of a mark is enough;
// the Ring's own is asked for only when the session takes more memory than before.
func (s *Session) begin() { s.mu.Lock() }

func (s *Session) commit() {
	changed := s.grown || s.summary.Live == s.filed
	s.grown = false
	s.mu.Unlock()
	if changed {
		s.ring.settle(s)
	}
}

// take adds an event, which may be gone when it returns.
func (s *Session) take(ev *Event) {
	if !s.summary.Live {
		return
	}
	s.name = ev.Session
	s.summary.count(ev)
	s.note(ev)
	s.add(ev)
	if ev.Kind == Closed {
		s.finish()
	}
}

// recordedBy says who makes the session's events. It is called before anything is recorded.
func (s *Session) recordedBy(r *Recorder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recorder = r
}

// catchUp has the marks dissected that its recorder holds. It is called without any lock.
func (s *Session) catchUp() {
	s.mu.Lock()
	r := s.recorder
	s.mu.Unlock()
	if r != nil {
		r.askedFor()
	}
}

// takes is how much memory the session takes beside sessionSize.
func (s *Session) takes() int { return s.size + s.summary.words() }

func (s *Session) finish() {
	if !s.summary.Live {
		return
	}
	s.unfold()
	s.summary.Live = false
	s.recorder = nil
	if n := len(s.chunks); n > 0 { // the room that it kept for what might come
		c := &s.chunks[n-1]
		s.size -= c.size()
		room := c.packed
		c.packed = append(s.ring.spare.fitting(len(room)), room...)
		s.size += c.size()
		s.ring.spare.put(room)
	}
}

// note keeps the last reply.
func (s *Session) note(ev *Event) {
	if ev.Kind == Reply || ev.Kind == Greeting {
		s.verdict.octets = copy(s.verdict.text[:], ev.Payload())
	}
}

func (s *Session) report() Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.summary
	out.Verdict = string(s.verdict.text[:s.verdict.octets])
	out.Events = s.kept
	if s.folded != nil {
		out.Events++
	}
	return out
}

// add keeps ev, and folds what goes beyond the head of a body while the body flows:
// neighbours that are folded become one event without octets, so that a long body takes
// no more memory than a short one.
func (s *Session) add(ev *Event) {
	if ev.Kind != Data && ev.Kind != DataEnd || ev.End == NoEnd {
		s.put(ev)
		return
	}
	b := &s.bodies[index(ev.End)]
	room := headOctets - b.octets
	if b.lines >= headLines {
		room = 0
	}
	b.lines += int64(ev.Lines)
	b.octets += ev.Len
	if ev.Kind == DataEnd {
		*b = passage{}
		room = max(room, 8) // a lone dot is always shown
	}
	switch n := int64(len(ev.Raw)); {
	case ev.Raw == nil:
		s.fold(ev)
	case n <= room:
		s.put(ev)
	case room <= 0 || ev.Secrets != nil || ev.Kind == DataEnd || n != ev.Len:
		s.fold(ev)
	default:
		s.split(ev, room)
	}
}

// split keeps the first n octets of a long unit and folds the rest.
func (s *Session) split(ev *Event, n int64) {
	head, rest := *ev, *ev
	head.Len, head.EOL, head.More, head.Lines, head.Findings = n, 0, true, 0, nil
	head.Raw = ev.Raw[:n]
	s.put(&head)
	rest.Off, rest.Len = ev.Off+n, ev.Len-n
	s.fold(&rest)
}

// fold keeps ev without its octets, as part of the event before it where that is folded
// too.
func (s *Session) fold(ev *Event) {
	if last := s.folded; last != nil && ev.Kind == Data && last.Kind == Data &&
		last.End == ev.End && last.Layer == ev.Layer && last.Off+last.Len == ev.Off {
		last.Len += ev.Len
		last.Lines += ev.Lines
		last.Last = ev.Last
		last.More = ev.More
		if n := len(ev.Findings); n > 0 && len(last.Findings)+n <= maxFolded {
			last.Findings = append(last.Findings[:len(last.Findings):len(last.Findings)],
				ev.Findings...)
		}
		return
	}
	s.unfold()
	folded := *ev
	folded.Raw, folded.EOL, folded.Secrets = nil, 0, nil
	s.folded = &folded
}

// maxFolded is how many findings a folded event keeps; the summary counts them all.
const maxFolded = 16

// unfold writes what was folded: nothing more belongs to it.
func (s *Session) unfold() {
	if ev := s.folded; ev != nil {
		s.folded = nil
		s.put(ev)
	}
}

// put packs ev into the newest chunk.
func (s *Session) put(ev *Event) {
	s.unfold()
	c := s.room(len(ev.Raw) + usualEvent)
	before := cap(c.packed)
	if ev.End == NoEnd {
		c.packed = pack(c.packed, ev, &s.like, nil)
	} else {
		tail := &s.tail[index(ev.End)]
		c.packed = pack(c.packed, ev, &s.like, tail)
		tail.reach(ev)
	}
	c.events++
	s.kept++
	if cap(c.packed) != before {
		s.size += c.size() - chunkBytes(before)
		s.grown = true
	}
}

// room returns the chunk to which the next octets are packed, so many as a rule.
func (s *Session) room(octets int) *chunk {
	n := len(s.chunks)
	if n > 0 {
		c := &s.chunks[n-1]
		old := c.packed
		if len(old)+octets <= cap(old) {
			return c
		}
		if len(old)+octets <= laterChunk {
			c.packed = append(s.ring.spare.room(len(old)+octets), old...)
			s.ring.spare.put(old)
			s.size += c.size() - chunkBytes(cap(old))
			s.grown = true
			return c
		}
		tail := s.tail
		c.tail, octets = &tail, laterChunk
	}
	s.chunks = append(s.chunks, chunk{packed: s.ring.spare.room(octets)})
	c := &s.chunks[n]
	s.size += c.size()
	s.grown = true
	return c
}

// lose drops the oldest chunk.
func (s *Session) lose() {
	c := s.chunks[0]
	switch {
	case c.tail != nil:
		s.lost = c.tail
	case !s.summary.Live:
		s.lost = &s.tail
	default:
		tail := s.tail
		s.lost = &tail
	}
	s.chunks[0] = chunk{}
	s.chunks = s.chunks[1:]
	s.size -= c.size()
	s.kept -= c.events
	s.summary.Lost += c.events
	s.ring.spare.put(c.packed)
}

// events are copies of what is kept, after gaps for what is not.
func (s *Session) events() []*Event {
	var out []*Event
	for i, end := range []End{Client, Server} {
		if s.lost == nil {
			break
		}
		if l := s.lost[i]; l.number > 0 {
			out = append(out, &Event{N: l.number, Session: s.name, End: end, Layer: l.layer,
				Len: l.upto, Last: l.last, Line: l.line, Kind: Gap, Phase: l.phase,
				State: l.state, Text: RingFull})
		}
	}
	if len(out) == 2 && out[0].N > out[1].N {
		out[0], out[1] = out[1], out[0]
	}
	for _, c := range s.chunks {
		for u := (unpacker{b: c.packed}); len(u.b) > 0; {
			out = append(out, u.event(s.name))
		}
	}
	if s.folded != nil {
		folded := *s.folded
		out = append(out, &folded)
	}
	return out
}

func index(e End) int {
	if e == Server {
		return 1
	}
	return 0
}
