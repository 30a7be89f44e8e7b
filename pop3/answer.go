package pop3

import (
	"bytes"
	"errors"
	"io"
	"iter"
)

// A writerTo writes the lines of an answer. It does not say how many octets they have:
// nobody asks.
type writerTo func(w io.Writer) error

func (f writerTo) WriteTo(w io.Writer) (int64, error) { return 0, f(w) }

// lines are an answer's lines without their CRLF.
type lines iter.Seq[string]

func (l lines) WriteTo(w io.Writer) (n int64, err error) {
	for text := range l {
		k, err := io.WriteString(w, text+crlf)
		if n += int64(k); err != nil {
			return n, err
		}
	}
	return n, nil
}

// errEnough ends the writing of a message of which no more is wanted.
var errEnough = errors.New("pop3: enough of the message")

// A beginning passes on the header section of a message, the empty line behind it, and some
// lines of the body (RFC 1939 §7: TOP).
type beginning struct {
	w     io.Writer
	lines int64 // of the body that are still wanted
	body  bool  // the header section has ended
	at    int   // octets of the line so far
}

func (b *beginning) Write(p []byte) (int, error) {
	n, enough := b.scan(p)
	if k, err := b.w.Write(p[:n]); err != nil {
		return k, err
	}
	if enough {
		return n, errEnough
	}
	return n, nil
}

// scan returns how many octets of p are wanted, and whether no more are.
func (b *beginning) scan(p []byte) (n int, enough bool) {
	for n < len(p) {
		if b.body && b.lines == 0 {
			return n, true
		}
		k := bytes.IndexByte(p[n:], '\n') + 1
		if k == 0 {
			b.at += len(p) - n
			return len(p), false
		}
		n += k
		switch {
		case b.body:
			b.lines--
		case b.at+k == len(crlf):
			b.body = true
		}
		b.at = 0
	}
	return n, b.body && b.lines == 0
}
