package main

import (
	"context"
	"io"
)

// typed is the input of a program for whoever waits for what a person types: a read ends
// with Ctrl-C. What comes in after that is nobody's; the run is over.
type typed struct {
	in    io.Reader
	ended <-chan struct{}
}

func (p *program) typed() io.Reader { return typed{p.in, p.ended} }

// Read reads as much as it is asked for and no more: the rest of the input is for others.
func (t typed) Read(into []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	own := make([]byte, len(into)) // a read that is not waited for must not write into into
	done := make(chan result, 1)
	go func() {
		n, err := t.in.Read(own)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(into, own[:r.n]), r.err
	case <-t.ended:
		return 0, context.Canceled
	}
}
