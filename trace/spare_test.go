package trace

import "testing"

// A spare keeps no more than it may, and what is asked for again and again comes back,
// though sizes that nobody asks for any more had filled it.
func TestSpare(t *testing.T) {
	s := spare{most: 64 << 10}
	for range 100 {
		s.put(make([]byte, 0, 3*spareStep))
	}
	if s.octets > s.most || s.octets < s.most-3*spareStep {
		t.Fatalf("%d octets are kept, %d may be", s.octets, s.most)
	}
	for range 200 {
		s.put(s.room(1 << 10))
	}
	if got := testing.AllocsPerRun(20, func() { s.put(s.room(1 << 10)) }); got > 0 {
		t.Errorf("what was given back is made anew: %v allocations", got)
	}
	for _, octets := range []int{0, 1, spareStep, spareStep + 1, laterChunk, laterChunk + 1} {
		b := s.fitting(octets)
		if len(b) > 0 || cap(b) < octets || cap(b) > octets+spareStep {
			t.Errorf("%d octets asked for, %d of %d got", octets, len(b), cap(b))
		}
		s.put(b)
	}
	if s.octets > s.most {
		t.Errorf("%d octets are kept, %d may be", s.octets, s.most)
	}
}
