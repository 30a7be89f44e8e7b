package smtp

import (
	"context"
	"time"
)

// Shutdown stops accepting, tells sessions that wait between transactions that the
// server closes (421, RFC 5321 §3.8), and lets the others finish theirs. When ctx ends
// first, their connections are closed and its error is returned; no message that has not
// been answered is kept then.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.init()
	s.closed.Store(true)
	for l := range s.listeners {
		l.Close()
	}
	s.mu.Unlock()
	// A session may begin to wait just after it was looked at, so look again.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if s.wakeAll() == 0 {
			s.cancel()
			return nil
		}
		select {
		case <-ctx.Done():
			s.abandon()
			return ctx.Err()
		case <-again.C:
		}
	}
}

// wakeAll wakes the sessions that are idle and returns how many there are in all.
func (s *Server) wakeAll() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.live {
		x.wake()
	}
	return len(s.live)
}

func (s *Server) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel()
	for _, nc := range s.live {
		nc.Close()
	}
}
