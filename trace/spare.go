package trace

import "sync"

// A spare keeps the memory of chunks that were dropped, for the next ones. It may be
// asked under any lock.
type spare struct {
	most int // octets that it keeps

	mu     sync.Mutex
	octets int
	chunks [laterChunk/spareStep + 1][][]byte // by their size, in steps
	forgot int                                // the size of which one was given up last
}

const spareStep = 256

// A session's first chunk is moved to larger memory as it fills: many sessions are short.
var chunkRooms = [...]int{1 << 10, 4 << 10, laterChunk}

// room returns memory for a chunk of so many octets at least, which may grow. They are no
// more than laterChunk.
func (s *spare) room(octets int) []byte {
	i := 0
	for i < len(chunkRooms)-1 && chunkRooms[i] < octets {
		i++
	}
	return s.fitting(chunkRooms[i])
}

// fitting returns memory for so many octets, and no more than spareStep besides.
func (s *spare) fitting(octets int) []byte {
	i := (octets + spareStep - 1) / spareStep
	if i >= len(s.chunks) {
		return make([]byte, 0, octets)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.chunks[i]) == 0 {
		return make([]byte, 0, i*spareStep)
	}
	return s.take(i)
}

func (s *spare) take(i int) []byte {
	last := len(s.chunks[i]) - 1
	b := s.chunks[i][last]
	s.chunks[i][last] = nil
	s.chunks[i] = s.chunks[i][:last]
	s.octets -= cap(b)
	return b
}

// put takes the memory of a chunk that nobody reads any more. Where there is no room, one
// of each size in turn is given up: what is never asked for goes, the rest comes back.
func (s *spare) put(packed []byte) {
	i := cap(packed) / spareStep
	if i == 0 || i >= len(s.chunks) || cap(packed)%spareStep != 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.octets += cap(packed)
	s.chunks[i] = append(s.chunks[i], packed[:0])
	for s.octets > s.most {
		if s.forgot = (s.forgot + 1) % len(s.chunks); len(s.chunks[s.forgot]) > 0 {
			s.take(s.forgot)
		}
	}
}
