package imap

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"mailtool/internal/wire"
)

// read reads a response, whole: a line, and where it announces literals, their octets and the
// line going on behind them. It is valid until the next is read, or, where a
// literal is kept in it, for ever.
func (c *Client) read(x *exchange, timeout time.Duration) ([]byte, error) {
	if c.over != nil {
		return nil, c.over
	}
	c.conn.ReadTimeout = timeout
	text, kept := c.text[:0], false // kept: what is parsed may point into it
	for {
		line, err := c.conn.ReadLine(cmp.Or(c.Bounds.Line, math.MaxInt))
		if err == io.EOF && len(text) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, c.broken(x, line, err)
		}
		text = append(text, line...)
		l, ok := wire.FindLiteral(line)
		ok = ok && mayHoldLiteral(text)
		x.octets += int64(len(line)) + 2
		if ok {
			x.octets += l.Size
		}
		switch {
		case c.Bounds.Data > 0 && x.octets > c.Bounds.Data && !x.idle:
			return nil, c.fault(x, text, "the answer does not end")
		case c.Bounds.Literal > 0 && int64(len(text)) > c.Bounds.Literal+int64(c.Bounds.Line):
			return nil, c.fault(x, text, "the data does not end")
		case !ok:
			if c.text = text; kept || cap(text) > 64<<10 {
				c.text = nil
			}
			return text, nil
		}
		if to := x.writer(text, l); to != nil {
			text, err = c.passLiteral(x, to, text, l)
		} else {
			text, err = c.readLiteral(x, text, l)
			kept = true
		}
		if err != nil {
			return nil, err
		}
	}
}

// mayHoldLiteral says that what text begins is no status: text for people may end in {5}.
func mayHoldLiteral(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte("* "))
	if !ok {
		return false
	}
	s := scanner{text: rest}
	return !isStatus(s.upper())
}

// writer is where the octets of the literal are wanted that text announces; nil for memory.
func (x *exchange) writer(text []byte, l wire.Literal) io.Writer {
	if x.into == nil {
		return nil
	}
	n, item, ok := sectionBefore(text[:len(text)-announced(text)])
	if !ok {
		return nil
	}
	return x.into(n, item, l.Size)
}

// readLiteral appends the octets of a literal to what announced it. Memory is taken as they come:
// the count may be a lie.
func (c *Client) readLiteral(x *exchange, text []byte, l wire.Literal) ([]byte, error) {
	if c.Bounds.Literal > 0 && l.Size > c.Bounds.Literal-int64(len(text)) {
		return nil, c.fault(x, text, "the literal is too long")
	}
	text = slices.Grow(text, int(min(l.Size+32, 64<<10))) // all of most, and the end of the line
	b := bytes.NewBuffer(append(text, "\r\n"...))
	if err := c.conn.CopyFull(b, l.Size); err != nil {
		return nil, c.broken(x, nil, err)
	}
	return b.Bytes(), nil
}

// passLiteral writes the octets of a literal to w. An error of w is kept until the result.
func (c *Client) passLiteral(
	x *exchange, w io.Writer, text []byte, l wire.Literal,
) ([]byte, error) {
	to := &sink{w: w}
	if err := c.conn.CopyFull(to, l.Size); err != nil {
		return nil, c.broken(x, nil, err)
	}
	if to.err != nil {
		x.blame(to.err)
	}
	return append(text[:len(text)-announced(text)], `""`...), nil
}

// announced is how many octets the announcement of the literal takes that text ends in.
func announced(text []byte) int {
	l, _ := wire.FindLiteral(text)
	return len(text) - l.At
}

// A sink passes on what is written to it until that fails, and keeps the error.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	return len(p), nil
}

// longestItem is how many octets before a literal are looked at for what it is: more would be time
// that a server can have the client waste.
const longestItem = 16 << 10

// sectionBefore says what stands before a literal in data of FETCH: the message's number, and
// the item that the literal is the octets of. ok is false where it is a string of another kind,
// in an ENVELOPE, say.
func sectionBefore(text []byte) (number uint32, item string, ok bool) {
	s := scanner{text: text}
	s.expect('*')
	s.sp()
	number = s.nzNumber()
	s.sp()
	if ok = s.word("FETCH") && bytes.HasSuffix(text, []byte(" ")); !ok {
		return 0, "", false
	}
	text = text[max(s.at, len(text)-longestItem) : len(text)-1]
	from := len(text)
	if n := bytes.LastIndexByte(text, '['); n >= 0 && (bytes.HasSuffix(text, []byte("]")) ||
		bytes.HasSuffix(text, []byte(">"))) {
		from = n
	}
	from = bytes.LastIndexAny(text[:from], " (") + 1
	item = string(capitals(nil, text[from:]))
	for _, name := range []string{"BODY[", "BINARY[", "RFC822"} {
		if len(item) >= len(name) && item[:len(name)] == name {
			return number, item, true
		}
	}
	return 0, "", false
}

// broken says what is wrong when reading failed; line is what came of it.
func (c *Client) broken(x *exchange, line []byte, err error) error {
	unusual := (*wire.LineError)(nil)
	switch {
	case errors.As(err, &unusual):
		return c.fault(x, unusual.Line, unusual.Fault())
	case errors.Is(err, wire.ErrEndless):
		return c.fault(x, line, "a line does not end")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.fail(fmt.Errorf("no answer to %s for %v: %w", x.verb, c.conn.ReadTimeout, err))
	}
	return c.fail(err)
}
