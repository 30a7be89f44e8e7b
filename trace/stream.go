package trace

import "time"

// maxStamps bounds how many times of arrival a stream remembers: octets that are held
// while they trickle in would fill the memory with their times alone. Beyond it the
// times of neighbours are merged.
const maxStamps = 1024

// A stream holds the octets of one end that no event has been made of yet.
type stream struct {
	bytes   []byte // the octets; while a mark is dissected they may be the mark's own
	own     []byte // storage that outlives a mark
	scanned int    // how many of bytes the scanner of the current unit has seen
	stamps  []stamp
	raw     int64  // octets taken so far, masks not counted: stamps are measured by it
	off     int64  // the same in an event's measure: a mask counts 8
	first   int    // event that began the unit of which the next event is a part, 0 if none
	text    []byte // see Scribe.Spread
	tail    []byte // the end of the event before, where a secret may have begun
}

// A stamp is when octets came.
type stamp struct {
	upto int64 // raw offset behind the last octet that it covers
	when time.Duration
	turn int // how often the ends had taken turns to speak
}

// add puts b behind the octets that wait. It may keep b until keep is called.
func (s *stream) add(b []byte, when time.Duration, turn int) {
	if len(b) == 0 {
		return
	}
	if len(s.bytes) == 0 {
		s.bytes = b
	} else {
		s.keep()
		s.own = append(s.own, b...)
		s.bytes = s.own
	}
	upto := s.raw + int64(len(s.bytes))
	if n := len(s.stamps); n > 0 {
		last := &s.stamps[n-1]
		if last.when == when && last.turn == turn || n >= maxStamps {
			last.upto = upto
			return
		}
	}
	s.stamps = append(s.stamps, stamp{upto, when, turn})
}

// keep copies the octets that wait into storage of the stream's own, which is no larger
// than they ask for: a mark may have been.
func (s *stream) keep() {
	if len(s.bytes) == 0 {
		s.bytes, s.own = nil, s.own[:0]
		if cap(s.own) > MaxUnit {
			s.own = nil
		}
		return
	}
	if cap(s.own) > 2*len(s.bytes)+MaxUnit {
		s.own = append([]byte(nil), s.bytes...)
	} else if len(s.own) == 0 || &s.own[0] != &s.bytes[0] {
		s.own = append(s.own[:0], s.bytes...)
	} else {
		s.own = s.own[:len(s.bytes)]
	}
	s.bytes = s.own
}

// drop takes n octets from the front and returns the stamps of the first and the last
// of them.
func (s *stream) drop(n int) (first, last stamp) {
	first = s.stampAt(s.raw)
	last = s.stampAt(s.raw + int64(n) - 1)
	s.raw += int64(n)
	s.bytes = s.bytes[n:]
	s.scanned = max(0, s.scanned-n)
	i := 0
	for i < len(s.stamps) && s.stamps[i].upto <= s.raw {
		i++
	}
	if i > 0 {
		s.stamps = append(s.stamps[:0], s.stamps[i:]...)
	}
	return first, last
}

func (s *stream) stampAt(raw int64) stamp {
	for _, t := range s.stamps {
		if raw < t.upto {
			return t
		}
	}
	return stamp{}
}

func (s *stream) clone() stream {
	c := *s
	c.own = append([]byte(nil), s.bytes...)
	c.bytes = c.own
	c.stamps = append([]stamp(nil), s.stamps...)
	return c
}
