package main

import (
	"context"
	"os"
	"time"

	"mailtool/trace"
)

// A heard has the verbs of what a server says, for who waits until it has said something:
// "EXISTS", "+". It is nil where nobody does.
type heard chan string

func newHeard() heard { return make(heard, 256) }

// event takes in what is said. It never waits: what nobody asks for is lost when there is too much.
func (h heard) event(ev *trace.Event) {
	if h == nil || ev.Kind != trace.Reply {
		return
	}
	select {
	case h <- ev.Verb:
	default:
	}
}

// ownPatience is how long a server is waited for that is in this process.
const ownPatience = 20 * time.Second

// until waits until the server has said something.
func (h heard) until(ctx context.Context, verb string) error {
	timer := time.NewTimer(ownPatience)
	defer timer.Stop()
	for {
		select {
		case said := <-h:
			if said == verb {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return cutProblem(verb, os.ErrDeadlineExceeded)
		}
	}
}
