package serving

import (
	"context"
	"time"
)

// Shutdown stops accepting, wakes the sessions that wait, and lets the others come to their
// end. When ctx ends first, their connections are closed and its error is returned.
func (r *Register) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	r.init()
	r.closed.Store(true)
	for l := range r.listeners {
		l.Close()
	}
	r.mu.Unlock()
	// A session may begin to wait just after it was looked at, so look again.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if r.wakeAll() == 0 {
			r.cancel()
			return nil
		}
		select {
		case <-ctx.Done():
			r.abandon()
			return ctx.Err()
		case <-again.C:
		}
	}
}

// wakeAll wakes the sessions and returns how many there are.
func (r *Register) wakeAll() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.live {
		s.Wake()
	}
	return len(r.live)
}

func (r *Register) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cancel()
	for _, nc := range r.live {
		nc.Close()
	}
}
