package main

import (
	"context"
	"io"
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

// An interruptible stream is the same of what is read from its beginning to its end. A read
// that waits for a person at the keyboard, or for another program, is given up, too.
type interruptible struct {
	ctx  context.Context
	in   io.Reader
	held []byte // read, and not yet handed on
	err  error  // that came with it
}

// pieceRead is how much of a stream is read at once, in octets.
const pieceRead = 64 << 10

func (s *interruptible) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if len(s.held) == 0 && s.err == nil {
		s.more()
	}
	n := copy(p, s.held)
	s.held = s.held[n:]
	if len(s.held) > 0 {
		return n, nil
	}
	return n, s.err
}

// more waits for a piece. The read that was given up has a buffer of its own, and ends with
// the program.
func (s *interruptible) more() {
	type piece struct {
		octets []byte
		err    error
	}
	read := make(chan piece, 1)
	go func() {
		octets := make([]byte, pieceRead)
		n, err := s.in.Read(octets)
		read <- piece{octets[:n], err}
	}()
	select {
	case got := <-read:
		s.held, s.err = got.octets, got.err
	case <-s.ctx.Done():
		s.err = s.ctx.Err()
	}
}

// typed is the input for whoever waits for a line or an answer that a person types: a read
// ends with Ctrl-C, too, but takes no more than it is asked for, since the rest of the input
// is for others.
type typed struct {
	in    io.Reader
	ended <-chan struct{}
}

func (p *program) typed() io.Reader { return typed{p.in, p.ended} }

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
