package wire

import (
	"errors"
	"io"
)

// ErrTooLarge is returned for a body that is larger than its reader allows. The body
// was read to its end.
var ErrTooLarge = errors.New("wire: the body is too large")

// A Body says what a dot block held, with dot-stuffing and terminator removed.
type Body struct {
	Octets   int64 // CRLF counted
	Lines    int
	Longest  int // octets of the longest line on the wire, CRLF included
	EightBit bool
	// Unusual is the first line with a lone CR, a lone LF or a NUL, nil if there is
	// none, and UnusualLine its number, from 1.
	Unusual     *LineError
	UnusualLine int
}

// ReadDot reads a dot block to its end and writes what it holds to w, dot-stuffing
// removed (RFC 5321 §4.5.2). Lone CRs and LFs end nothing; they are written as they
// came, and Body.Unusual tells of the first. At most maximum octets are written, 0
// for no limit; the rest is read and thrown away, since what follows a body left
// half read would be taken for commands. The error is then ErrTooLarge; an error of
// w is returned likewise after the end. ReadTimeout counts for each piece.
//
// w is given what was read at once in as few pieces as the dots allow, none copied: they
// are of the connection's own memory.
func (c *Conn) ReadDot(w io.Writer, maximum int64) (Body, error) {
	c.release()
	var (
		r    DotReader
		body Body
		out  = run{w: w, room: maximum}
	)
	for {
		if err := c.more(); err != nil {
			return body, err
		}
		b, at := c.in[c.from:], 0
		for at < len(b) {
			n, u, text := r.Scan(b[at:])
			body.Octets += int64(len(text))
			if held := len(text) - n; held > 0 { // the start of a line, kept from before
				out.flush(b)
				if out.take(held); out.err == nil {
					out.write(text[:held])
				}
				text = text[held:]
			}
			at += n
			out.add(b, at-len(text), at)
			if u&DotLine != 0 {
				body.note(r.Line())
			}
			if u == DotEnd {
				out.flush(b)
				c.spent = at
				c.release()
				return body, out.err
			}
		}
		out.flush(b)
		c.spent = at
		c.release()
	}
}

// A run collects what stands side by side in a buffer, to write it in one piece.
type run struct {
	w        io.Writer
	from, to int   // of the buffer
	room     int64 // octets that may be written, 0 for any number
	taken    int64
	err      error // why no more is written
}

// add appends b[from:to].
func (r *run) add(b []byte, from, to int) {
	if from == to || r.err != nil {
		return
	}
	r.take(to - from)
	if r.err == nil && from == r.to {
		r.to = to
		return
	}
	r.flush(b)
	if r.err == nil {
		r.from, r.to = from, to
	}
}

// take counts n octets. Where they are too many, what was collected before is the last.
func (r *run) take(n int) {
	if r.taken += int64(n); r.room > 0 && r.taken > r.room {
		r.err = ErrTooLarge
	}
}

func (r *run) flush(b []byte) {
	r.write(b[r.from:r.to])
	r.from, r.to = 0, 0
}

func (r *run) write(p []byte) {
	if len(p) == 0 || r.err != nil && r.err != ErrTooLarge {
		return
	}
	if _, err := r.w.Write(p); err != nil && r.err == nil {
		r.err = err
	}
}

// CopyFull writes the next n octets, of a counted chunk, to w. An error of w does not keep
// it from reading all of them, and is returned then. ReadTimeout counts for each piece.
func (c *Conn) CopyFull(w io.Writer, n int64) error {
	c.release()
	var fail error
	for n > 0 {
		if err := c.more(); err != nil {
			return err
		}
		p := c.in[c.from:]
		p = p[:min(int64(len(p)), n)]
		if fail == nil {
			_, fail = w.Write(p)
		}
		n -= int64(len(p))
		c.spent = len(p)
		c.release()
	}
	return fail
}

func (b *Body) note(l Line) {
	b.Lines++
	b.Longest = max(b.Longest, l.Len)
	b.EightBit = b.EightBit || l.Anomalies&EightBit != 0
	if b.Unusual == nil {
		if err, ok := strict(&l, nil).(*LineError); ok {
			b.Unusual, b.UnusualLine = err, b.Lines
		}
	}
}
