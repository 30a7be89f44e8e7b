package main

import (
	"context"
	"errors"
	"io"
	"time"
)

// An interruptibleFile is read until Ctrl-C ends ctx: what looks into a large file is given
// up then, whatever it was about to do with it.
type interruptibleFile struct {
	ctx  context.Context
	file io.ReaderAt
}

func (f interruptibleFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.file.ReadAt(p, off)
}

// An interruptible is a stream of which a read that waits, for a person at the keyboard or for
// another program, is given up with Ctrl-C. It takes no more than it is asked for: the rest of
// the input is for others.
type interruptible struct {
	in    io.Reader
	ended <-chan struct{}
}

// typed is the input for whoever waits for a line or an answer that a person types.
func (p *program) typed() io.Reader { return interruptible{p.in, p.ended} }

func (s interruptible) Read(into []byte) (int, error) {
	select {
	case <-s.ended: // also where the octets are there already
		return 0, context.Canceled
	default:
	}
	type result struct {
		n   int
		err error
	}
	own := make([]byte, len(into)) // a read that is not waited for must not write into into
	done := make(chan result, 1)
	go func() {
		n, err := s.in.Read(own)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(into, own[:r.n]), inputEnd(r.err, isTerminal(s.in), s.ended)
	case <-s.ended:
		return 0, context.Canceled
	}
}

// ctrlC is how much later than that the input has ended a console of Windows may say why.
const ctrlC = 100 * time.Millisecond

// inputEnd is what the error of a read means. Where Ctrl-C is pressed at a console of Windows,
// the input ends, and the signal comes a moment later; nobody who is asked may be taken to
// have answered nothing.
func inputEnd(err error, keyboard bool, ended <-chan struct{}) error {
	if !keyboard || !errors.Is(err, io.EOF) {
		return err
	}
	select {
	case <-ended:
		return context.Canceled
	case <-time.After(ctrlC):
		return err
	}
}
