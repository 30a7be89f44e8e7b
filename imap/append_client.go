package imap

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrShort is returned where a message has fewer octets than were announced. Nothing is stored,
// and the connection is closed: there is no other way to end a literal.
var ErrShort = errors.New("imap: the message has fewer octets than were announced")

// Append puts a message of so many octets into a mailbox (RFC 3501 §6.3.11), as it is read from
// r. date is its INTERNALDATE, zero for now. A flag that is none, as ParseFlag has it, is an error,
// and nothing was sent. Where the server has UIDPLUS, Code.AppendUID of the
// result says which UID it got.
func (c *Client) Append(
	name string, flags []string, date time.Time, size int64, r io.Reader,
) (*Response, error) {
	for _, flag := range flags {
		if _, _, err := ParseFlag(flag); err != nil {
			return nil, err
		}
	}
	x := &exchange{verb: "APPEND"}
	w := c.newCommand(x)
	w.raw("APPEND ")
	w.mailbox(name)
	w.sp()
	if len(flags) > 0 {
		w.atoms(flags)
		w.sp()
	}
	if !date.IsZero() {
		w.raw(`"`)
		w.b = AppendDateTime(w.b, date)
		w.raw(`" `)
	}
	w.announce(size)
	w.open = true
	if r, err := c.send(x, w); r != nil || err != nil {
		return r, err
	}
	if err := c.stream(x, r, size); err != nil {
		return nil, err
	}
	if err := c.write(x, []byte("\r\n")); err != nil {
		return nil, err
	}
	return c.result(x)
}

// stream sends the octets of a literal as they are read from r. Where they are too few, or cannot
// be read, the connection is closed.
func (c *Client) stream(x *exchange, r io.Reader, size int64) error {
	from := &source{r: r}
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

// A source keeps the error of a reader.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.err = err
	return n, err
}
