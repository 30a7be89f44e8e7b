package trace

import (
	"bytes"
	"reflect"
	"strings"
	"time"

	"mailtool/trace/rule"
)

// What a Session keeps of a body: its head, as much as these allow.
const (
	headLines  = 40
	headOctets = 4 << 10
)

// What is kept beside the octets, measured once. The allocator rounds up, by an eighth
// at most.
var (
	eventSize   = int(reflect.TypeFor[Event]().Size())*9/8 + 16 // with the pointer to it
	findingSize = int(reflect.TypeFor[rule.Finding]().Size()) * 9 / 8
	sessionSize = int(reflect.TypeFor[Session]().Size())*9/8 + maxVerdict + 64 // its place in the map
)

const maxVerdict = 80

// RingFull is the Text of the gap events that stand for what a Ring had no room for.
const RingFull = "ring-full"

// A Session is one session in a Ring. Its Events method is the Sink of its recorder.
//
// While the session lives, its chunks point to the events as they were made; a chunk is
// dropped as a whole. When the session has finished, what is kept is copied, so that
// nothing stays alive that the estimate of its size does not know.
type Session struct {
	ring    *Ring
	number  int
	summary Summary
	verdict []byte
	chunks  []*chunk
	size    int        // of the chunks
	name    string     // as its events call it
	lost    [2]loss    // of the client's events, of the server's
	bodies  [2]passage // the body that each end is sending
}

// A chunk holds events and their octets.
type chunk struct {
	events []*Event
	size   int
}

// A passage is how much of a body has passed.
type passage struct {
	lines, octets int64
}

// A loss is how far the lost events of an end reached: what a gap event needs.
type loss struct {
	number, layer, line int
	upto                int64
	last                time.Duration
	phase, state        string
}

// Number is the session's place among all of the process, from 1.
func (s *Session) Number() int { return s.number }

// Events adds events. The close event finishes the session.
func (s *Session) Events(events []*Event) {
	r := s.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	before := s.summary.words()
	for _, ev := range events {
		if !s.summary.Live {
			break
		}
		s.name = ev.Session
		s.summary.count(ev)
		s.note(ev)
		s.add(ev)
		if ev.Kind == Closed {
			s.finish()
		}
	}
	r.size += s.summary.words() - before
	if r.size > r.budget {
		r.evict()
	}
}

// Finish says that no event will follow, for a record that has no close.
func (s *Session) Finish() {
	s.ring.mu.Lock()
	defer s.ring.mu.Unlock()
	s.finish()
}

func (s *Session) finish() {
	if !s.summary.Live {
		return
	}
	s.summary.Live = false
	if n := len(s.chunks); n > 0 {
		old := s.chunks[n-1]
		s.chunks[n-1] = old.compact()
		s.grow(s.chunks[n-1].size - old.size)
	}
	s.ring.finished = append(s.ring.finished, s)
}

// compact returns a copy of c that shares nothing with events that were not kept.
func (c *chunk) compact() *chunk {
	octets := 0
	for _, ev := range c.events {
		octets += len(ev.Raw)
	}
	var (
		events = make([]Event, len(c.events))
		arena  = make([]byte, 0, octets)
		copied = &chunk{events: make([]*Event, len(c.events)), size: chunkSize + octets}
	)
	for i, ev := range c.events {
		events[i] = *ev
		if ev.Raw != nil {
			n := len(arena)
			arena = append(arena, ev.Raw...)
			events[i].Raw = arena[n:len(arena):len(arena)]
		}
		copied.events[i] = &events[i]
		copied.size += eventSize + extras(ev)
	}
	return copied
}

// note keeps the last reply.
func (s *Session) note(ev *Event) {
	if ev.Kind == Reply || ev.Kind == Greeting {
		p := ev.Payload()
		s.verdict = append(s.verdict[:0], p[:min(len(p), maxVerdict)]...)
	}
}

func (s *Session) report() Summary {
	out := s.summary
	out.Verdict = string(s.verdict)
	for _, c := range s.chunks {
		out.Events += len(c.events)
	}
	return out
}

func (s *Session) grow(n int) {
	s.size += n
	s.ring.size += n
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
	head.Raw = bytes.Clone(ev.Raw[:n])
	s.put(&head)
	rest.Off, rest.Len = ev.Off+n, ev.Len-n
	s.fold(&rest)
}

// fold keeps ev without its octets, as part of the event before it where that is folded
// too.
func (s *Session) fold(ev *Event) {
	if last := s.last(); last != nil && ev.Kind == Data && last.Kind == Data && last.Raw == nil &&
		last.End == ev.End && last.Layer == ev.Layer && last.Off+last.Len == ev.Off {
		last.Len += ev.Len
		last.Lines += ev.Lines
		last.Last = ev.Last
		last.More = ev.More
		if n := len(ev.Findings); n > 0 && len(last.Findings)+n <= maxFolded {
			last.Findings = append(last.Findings[:len(last.Findings):len(last.Findings)],
				ev.Findings...)
			s.enlarge(findingsSize(ev.Findings))
		}
		return
	}
	folded := *ev
	folded.Raw, folded.EOL, folded.Secrets = nil, 0, nil
	s.put(&folded)
}

// maxFolded is how many findings a folded event keeps; the summary counts them all.
const maxFolded = 16

func (s *Session) last() *Event {
	if n := len(s.chunks); n > 0 {
		if evs := s.chunks[n-1].events; len(evs) > 0 {
			return evs[len(evs)-1]
		}
	}
	return nil
}

func (s *Session) enlarge(n int) {
	s.chunks[len(s.chunks)-1].size += n
	s.grow(n)
}

// chunkSize is what a chunk takes beside its events, and chunkLength how many it holds.
const (
	chunkSize   = 128
	chunkLength = 64
)

// put adds ev to the newest chunk.
func (s *Session) put(ev *Event) {
	n := len(s.chunks)
	if n == 0 || len(s.chunks[n-1].events) == chunkLength {
		s.chunks = append(s.chunks, &chunk{})
		s.enlarge(chunkSize)
	}
	c := s.chunks[len(s.chunks)-1]
	c.events = append(c.events, ev)
	s.enlarge(eventSize + len(ev.Raw)*9/8 + extras(ev))
}

// extras is what ev points to, beside its octets.
func extras(ev *Event) int {
	n := len(ev.Verb) + len(ev.Text) + 16*len(ev.Secrets) + findingsSize(ev.Findings)
	if ev.Body != nil {
		n += 128
	}
	return n
}

func findingsSize(findings []rule.Finding) int {
	n := len(findings) * findingSize
	for i := range findings {
		for _, a := range findings[i].Args {
			n += len(a) + 24
		}
	}
	return n
}

// lose drops the oldest chunk and returns how much that freed.
func (s *Session) lose() int {
	c := s.chunks[0]
	s.chunks[0] = nil
	s.chunks = s.chunks[1:]
	s.size -= c.size
	s.summary.Lost += len(c.events)
	for _, ev := range c.events {
		if ev.End != NoEnd {
			s.lost[index(ev.End)] = loss{ev.N, ev.Layer, ev.Line, ev.Off + ev.Len, ev.Last,
				ev.Phase, ev.State}
		}
	}
	return c.size
}

// events are copies of what is kept, after gaps for what is not.
func (s *Session) events() []*Event {
	var out []*Event
	for i, end := range []End{Client, Server} {
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
		for _, ev := range c.events {
			copied := *ev // the newest may still grow: see fold
			out = append(out, &copied)
		}
	}
	return out
}

func index(e End) int {
	if e == Server {
		return 1
	}
	return 0
}

// parties learns from a command who sends to whom.
func (s *Summary) parties(ev *Event) {
	switch ev.Verb {
	case "MAIL":
		s.From, s.To, s.More = path(ev.Payload()), "", 0
	case "RCPT":
		if s.To != "" {
			s.More++
			return
		}
		s.To = path(ev.Payload())
	case "USER", "APOP":
		s.To = argument(ev, 1)
	case "LOGIN":
		s.To = argument(ev, 2) // after the tag
	}
}

// path is what stands between the angle brackets, 256 octets at most
// (RFC 5321 §4.5.3.1.3).
func path(line []byte) string {
	_, after, _ := bytes.Cut(line, []byte("<"))
	inside, _, ok := bytes.Cut(after, []byte(">"))
	if !ok {
		return ""
	}
	return string(inside[:min(len(inside), 256)])
}

func argument(ev *Event, i int) string {
	if words := ev.Words(); i < len(words) {
		w := strings.Trim(words[i], `"`)
		return w[:min(len(w), 256)]
	}
	return ""
}
