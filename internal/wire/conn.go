package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// ErrBuffered is returned by Upgrade when octets from below the new layer are still
// unread or unsent: whoever put them there would have them taken for protected ones
// (RFC 3207 §5, command injection).
var ErrBuffered = errors.New("wire: octets are buffered, the layer cannot change")

// ErrEndless is returned for a line that goes on after Drain octets: it is not worth
// waiting for its end.
var ErrEndless = errors.New("wire: the line does not end")

// Drain is how much of an over-long line is read and thrown away, in octets, so that
// the session can go on after it.
const Drain = 1 << 20

// A LineError is an unusual line that was read to its end: reading can go on.
type LineError struct {
	Anomaly Anomaly // the gravest
	At      int     // index of the octet in the line, from 0
	Line    []byte  // a copy of the line's first 80 octets, without its ending
}

// Error names the anomaly and the octet's place, counted from 1.
func (e *LineError) Error() string {
	name := map[Anomaly]string{BareCR: "a lone CR", BareLF: "a lone LF", NUL: "a NUL octet",
		TooLong: "too long"}[e.Anomaly]
	return fmt.Sprintf("wire: line %q: %s at byte %d", e.Line, name, e.At+1)
}

// Fault says why a line of a peer is none, for the error that quotes it.
func (e *LineError) Fault() string {
	switch e.Anomaly {
	case BareLF:
		return "the line ends in a lone LF"
	case BareCR:
		return "a lone CR"
	case NUL:
		return "a NUL octet"
	}
	return "the line is too long"
}

// clip copies the start of a line: the error may outlive the buffer.
func clip(b []byte) []byte { return append([]byte(nil), b[:min(len(b), 80)]...) }

// A Conn reads and writes units over a connection. It is strict: a line that is
// unusual is returned with a LineError. Reads and writes may each be used by one
// goroutine at a time.
type Conn struct {
	nc net.Conn

	// ReadTimeout is how long a line, or the next piece of a body, may take to
	// come; 0 for ever. WriteTimeout is the same for what is sent, up to a 64th more.
	ReadTimeout, WriteTimeout time.Duration
	// ReadUntil, if set, is a time after which no read waits, whatever ReadTimeout says.
	ReadUntil time.Time
	// Gate is called with what is about to be sent, once a command or body, before
	// the first octet leaves; an error keeps it from leaving. Deadlines are armed
	// after it, so that it may wait for a person.
	Gate func(pending []byte) error
	// BeforeWait is called before each wait for octets of the other end: a server
	// sets it to Flush, so that replies to a group of commands leave together and
	// never later than when the server begins to wait (RFC 2920 §3.2).
	BeforeWait func() error

	in    []byte // read and not yet given out: in[from:]
	from  int
	spent int  // octets of in[from:] that the last result occupies
	full  bool // the last read filled in

	reading, writing deadline

	out   []byte
	gated bool // Gate has seen the unit that is being written
}

const (
	bufferSize = 8 << 10
	bodyBuffer = 64 << 10 // of a body that comes faster than it is read
)

// NewConn returns a Conn over nc.
func NewConn(nc net.Conn) *Conn {
	return &Conn{nc: nc, in: make([]byte, 0, bufferSize), out: make([]byte, 0, bufferSize)}
}

// NetConn is the connection below.
func (c *Conn) NetConn() net.Conn { return c.nc }

// Close closes the connection without sending what is buffered.
func (c *Conn) Close() error { return c.nc.Close() }

// Buffered is how many octets were read from the connection and not yet asked for.
func (c *Conn) Buffered() int { return len(c.in) - c.from - c.spent }

// Unread is a copy of the first of those octets, n at most.
func (c *Conn) Unread(n int) []byte {
	b := c.in[c.from+c.spent:]
	return append([]byte(nil), b[:min(n, len(b))]...)
}

// fill reads once from the connection. Octets already given out are dropped first.
func (c *Conn) fill() error {
	if c.BeforeWait != nil {
		if err := c.BeforeWait(); err != nil {
			return err
		}
	}
	if c.from > 0 {
		n := copy(c.in, c.in[c.from:])
		c.in, c.from = c.in[:n], 0
	}
	if len(c.in) == cap(c.in) {
		bigger := make([]byte, len(c.in), 2*cap(c.in))
		copy(bigger, c.in)
		c.in = bigger
	}
	n, err := c.nc.Read(c.in[len(c.in):cap(c.in)])
	if errors.Is(err, os.ErrDeadlineExceeded) && n == 0 && c.reading.tooEarly(c.nc.SetReadDeadline) {
		n, err = c.nc.Read(c.in[len(c.in):cap(c.in)])
	}
	c.in = c.in[:len(c.in)+n]
	c.full = len(c.in) == cap(c.in)
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// Peek waits for an octet and returns it without taking it: the next read begins with
// it.
func (c *Conn) Peek() (byte, error) {
	c.release()
	if c.from == len(c.in) {
		if err := c.armRead(); err != nil {
			return 0, err
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	return c.in[c.from], nil
}

// release gives up what the last read returned.
func (c *Conn) release() {
	c.from += c.spent
	c.spent = 0
	if c.from == len(c.in) {
		c.in, c.from = c.in[:0], 0
		if cap(c.in) > bufferSize && !c.full {
			c.in = make([]byte, 0, bufferSize)
		}
	}
}

func (c *Conn) armRead() error {
	timeout := c.ReadTimeout
	if !c.ReadUntil.IsZero() {
		left := max(time.Until(c.ReadUntil), 1) // what is over fails at once
		if timeout == 0 || left < timeout {
			timeout = left
		}
	}
	return c.reading.early(timeout, c.nc.SetReadDeadline)
}

func (c *Conn) armWrite() error { return c.writing.late(c.WriteTimeout, c.nc.SetWriteDeadline) }

// Wake ends a read that waits, with os.ErrDeadlineExceeded. Any goroutine may call it; it
// means nothing to a read that has not begun yet.
func (c *Conn) Wake() error { return c.reading.wake(c.nc.SetReadDeadline) }

// ReadLine reads a line of at most maximum octets, CRLF included, and returns it
// without its ending. The octets are valid until the next read. A line that holds a
// lone CR or a NUL, ends in a lone LF, or is too long is returned, as far as it is
// kept, with a *LineError. An end of the connection within a line is
// io.ErrUnexpectedEOF. ReadTimeout counts for the whole line.
func (c *Conn) ReadLine(maximum int) ([]byte, error) {
	c.release()
	s := LineScanner{Max: maximum}
	scanned, armed := 0, false // a line that is here already needs no deadline
	for {
		n, done := s.Scan(c.in[c.from+scanned:])
		scanned += n
		if done {
			break
		}
		if scanned > maximum {
			return c.drain(&s, scanned)
		}
		if !armed {
			armed = true
			if err := c.armRead(); err != nil {
				return nil, err
			}
		}
		if err := c.fill(); err != nil {
			if err == io.EOF && scanned > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	c.spent = scanned
	line := s.Line()
	text := c.in[c.from : c.from+scanned-line.EOL]
	if line.Anomalies&TooLong != 0 { // what is kept must not hang on how it arrived
		text = text[:min(len(text), maximum)]
	}
	return text, strict(&line, text)
}

// drain throws away the rest of a line that is too long, so that the next line is
// read from its start.
func (c *Conn) drain(s *LineScanner, scanned int) ([]byte, error) {
	kept := append([]byte(nil), c.in[c.from:c.from+s.Max]...)
	total := scanned
	c.from, c.in = 0, c.in[:0]
	for {
		if err := c.fill(); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return kept, err
		}
		n, done := s.Scan(c.in)
		total += n
		if done {
			c.from = n
			return kept, &LineError{Anomaly: TooLong, At: s.Max, Line: clip(kept)}
		}
		if c.in = c.in[:0]; total > Drain {
			return kept, ErrEndless
		}
	}
}

// strict makes an error of the gravest anomaly of a line.
func strict(line *Line, text []byte) error {
	for _, a := range []Anomaly{TooLong, BareLF, BareCR, NUL} {
		if line.Anomalies&a != 0 {
			return &LineError{Anomaly: a, At: line.First(a), Line: clip(text)}
		}
	}
	return nil
}

// ReadFull fills p with the octets of a counted literal or chunk.
func (c *Conn) ReadFull(p []byte) error {
	c.release()
	for len(p) > 0 {
		if err := c.more(); err != nil {
			return err
		}
		n := copy(p, c.in[c.from:])
		p = p[n:]
		c.spent = n
		c.release()
	}
	return nil
}

// more waits for the next piece of a body, unless one is here. Where the last one filled
// the buffer, much is on its way, and the buffer grows.
func (c *Conn) more() error {
	if c.from < len(c.in) {
		return nil
	}
	if c.full && cap(c.in) < bodyBuffer {
		c.in = make([]byte, 0, bodyBuffer)
		c.from = 0
	}
	if err := c.armRead(); err != nil {
		return err
	}
	err := c.fill()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Upgrade puts a layer below: TLS, or deflate. It refuses while octets of the layer
// above are buffered in either direction. A connection with an Upgrade method of its
// own, as a tap has, is asked to put the layer below itself.
func (c *Conn) Upgrade(name string, wrap func(net.Conn) (net.Conn, error)) error {
	if c.Buffered() > 0 || len(c.out) > 0 {
		return ErrBuffered
	}
	c.release()
	defer c.reading.lost() // the handshake may have had deadlines of its own
	defer c.writing.lost()
	if u, ok := c.nc.(interface {
		Upgrade(string, func(net.Conn) (net.Conn, error)) error
	}); ok {
		return u.Upgrade(name, wrap)
	}
	nc, err := wrap(c.nc)
	if err == nil {
		c.nc = nc
	}
	return err
}
