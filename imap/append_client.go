package imap

import (
	"errors"
	"fmt"
	"io"
	"time"

	"mailtool/internal/wire"
)

// ErrShort is returned where a message has fewer octets than were announced. Nothing is stored,
// and the connection is closed: there is no other way to end a literal.
var ErrShort = errors.New("imap: the message has fewer octets than were announced")

// Append puts a message of so many octets into a mailbox (RFC 3501 §6.3.11), as it is read from
// r. date is its INTERNALDATE, zero for now. A flag that is none, as ParseFlag has it, is an error,
// and nothing was sent. A message that is refused for what is in it is a *MessageError. Where the
// server has UIDPLUS, Code.AppendUID of the result says which UID it got.
func (c *Client) Append(
	name string, flags []string, date time.Time, size int64, r io.Reader,
) (*Response, error) {
	m := AppendMessage{Date: date}
	for _, text := range flags {
		flag, keyword, err := ParseFlag(text)
		if err != nil {
			return nil, err
		}
		if m.Flags |= flag; keyword != "" {
			m.Keywords = append(m.Keywords, keyword)
		}
	}
	x := &exchange{verb: "APPEND"}
	w := c.newCommand(x)
	w.raw("APPEND ")
	w.mailbox(name)
	w.appendHead(&m, size)
	w.open = true
	if r, err := c.send(x, w); r != nil || err != nil {
		return r, err
	}
	from := &source{r: r}
	if err := c.stream(x, from, size); err != nil {
		return nil, err
	}
	if err := c.write(x, []byte("\r\n")); err != nil {
		return nil, err
	}
	result, err := c.result(x)
	return result, from.blame(err)
}

// stream sends the octets of a literal as they are read. Where they are too few, or cannot be read,
// the connection is closed.
func (c *Client) stream(x *exchange, from *source, size int64) error {
	c.conn.WriteTimeout = c.Timeouts.Write
	n, err := io.CopyN(c.conn, from, size)
	switch {
	case n == size:
		return nil
	case from.err == io.EOF:
		err = fmt.Errorf("%w: %d of %d", ErrShort, n, size)
	case from.err != nil:
		err = from.err
	default:
		return c.lastWords(x, err)
	}
	c.conn.Close()
	return c.fail(err)
}

// A MessageError says that a server has refused a message, and what is in it that servers refuse:
// a NUL, which a literal cannot have (RFC 3501 §9, CHAR8), or a header that is not US-ASCII, which
// is for clients and servers with UTF8=ACCEPT (RFC 6855 §4).
type MessageError struct {
	Line    int  // the first that has it, from 1
	NUL     bool // else it is a header
	Refused *Response
}

func (e *MessageError) Error() string {
	if e.NUL {
		return fmt.Sprintf("imap: there is a NUL in line %d of the message, which APPEND cannot carry: %v",
			e.Line, e.Refused)
	}
	return fmt.Sprintf("imap: line %d of the message's header is not US-ASCII, which needs "+
		"UTF8=ACCEPT: %v", e.Line, e.Refused)
}

// Unwrap returns what the server said.
func (e *MessageError) Unwrap() error { return e.Refused }

// A source keeps the error of a reader, and what is unusual about the message that it has read.
type source struct {
	r   io.Reader
	err error

	lines     wire.LineScanner
	n         int // the line, from 0
	body      bool
	nul, utf8 int // the first line with a NUL, and of the header with octets above 127; 0 for none
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.err = err
	for rest := p[:n]; len(rest) > 0; {
		k, done := s.lines.Scan(rest)
		rest = rest[k:]
		l := s.lines.Line()
		if s.nul == 0 && l.Anomalies&wire.NUL != 0 {
			s.nul = s.n + 1
		}
		if s.utf8 == 0 && !s.body && l.Anomalies&wire.EightBit != 0 {
			s.utf8 = s.n + 1
		}
		if done {
			s.n++
			s.body = s.body || l.Len == l.EOL
		}
	}
	return n, err
}

// blame makes a MessageError of a refusal that may be for what is in the message.
func (s *source) blame(err error) error {
	refused := (*Response)(nil)
	if s.nul+s.utf8 == 0 || !errors.As(err, &refused) {
		return err
	}
	switch refused.Code.Name {
	case "", CodeUnknownCTE, CodeCannot:
	default:
		return err
	}
	if s.nul > 0 {
		return &MessageError{s.nul, true, refused}
	}
	return &MessageError{s.utf8, false, refused}
}
