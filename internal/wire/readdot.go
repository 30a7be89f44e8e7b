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
func (c *Conn) ReadDot(w io.Writer, maximum int64) (Body, error) {
	c.release()
	var (
		r    DotReader
		body Body
		fail error
	)
	for {
		if c.from == len(c.in) {
			if err := c.more(); err != nil {
				return body, err
			}
		}
		n, u, text := r.Scan(c.in[c.from:])
		c.spent = n
		body.Octets += int64(len(text))
		switch {
		case fail != nil:
		case maximum > 0 && body.Octets > maximum:
			fail = ErrTooLarge
		case len(text) > 0:
			_, fail = w.Write(text)
		}
		c.release()
		if u&DotLine != 0 {
			body.note(r.Line())
		}
		if u == DotEnd {
			return body, fail
		}
	}
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
