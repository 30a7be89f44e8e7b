package pop3

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// message reads a message number, or says why there is no such message. One that is marked
// is there for RSET alone (RFC 1939 §5).
func (s *session) message(word string) (n int, r *Reply) {
	n = int(number(word))
	switch {
	case n == 0 || n > len(s.drop.messages):
		return 0, s.refuse(Refuse("", "No such message; the maildrop has %s",
			counted(len(s.drop.messages), "message")))
	case s.drop.marked[n-1]:
		return 0, s.refuse(Refuse("", "Message %d is marked as deleted; RSET takes that back", n))
	}
	return n, nil
}

// stat says how much is not marked: two numbers, one space between (RFC 1939 §5).
func (s *session) stat(Command) *Reply {
	return Accept("%d %d", s.drop.left, s.drop.octets)
}

// list tells sizes (RFC 1939 §5).
func (s *session) list(c Command) *Reply {
	return s.listing(c, func(b []byte, m *Message) []byte {
		return strconv.AppendInt(b, m.Octets, 10)
	})
}

// uidl tells unique-ids (RFC 1939 §7).
func (s *session) uidl(c Command) *Reply {
	return s.listing(c, func(b []byte, m *Message) []byte { return append(b, m.UID...) })
}

// listing answers with a line for one message, or for each that is not marked: its number,
// a space, and what is asked for.
func (s *session) listing(c Command, tell func([]byte, *Message) []byte) *Reply {
	if c.Arg != "" && len(c.Args()) > 0 {
		n, r := s.message(c.Args()[0])
		if r == nil {
			r = Accept("%d %s", n, tell(nil, &s.drop.messages[n-1]))
		}
		return r
	}
	r, d := s.drop.count(), s.drop
	r.Body = writerTo(func(w io.Writer) error {
		line := make([]byte, 0, 128)
		for i := range d.messages {
			if d.marked[i] {
				continue
			}
			line = append(strconv.AppendInt(line[:0], int64(i+1), 10), ' ')
			line = append(tell(line, &d.messages[i]), crlf...)
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	return r
}

// retr answers with a message (RFC 1939 §5). One that turns out longer or shorter than LIST
// said is an error of the body, so that it gets no end.
func (s *session) retr(c Command) *Reply {
	n, r := s.message(c.Args()[0])
	if r != nil {
		return r
	}
	octets := s.drop.messages[n-1].Octets
	text, r := s.open(n)
	if r != nil {
		return r
	}
	r = Accept("%d octets", octets)
	r.Body = writerTo(func(w io.Writer) error {
		written, err := text.WriteTo(w)
		if err == nil && written != octets {
			err = fmt.Errorf("pop3: a message of %d octets has %d", octets, written)
		}
		return err
	})
	return r
}

// top answers with a header section and some lines of the body (RFC 1939 §7).
func (s *session) top(c Command) *Reply {
	n, r := s.message(c.Args()[0])
	if r != nil {
		return r
	}
	text, r := s.open(n)
	if r != nil {
		return r
	}
	most, err := strconv.ParseInt(c.Args()[1], 10, 64)
	if err != nil { // decimal, so it is too large
		most = math.MaxInt64
	}
	r = Accept("The header and %s", counted(most, "line"))
	r.Body = writerTo(func(w io.Writer) error {
		_, err := text.WriteTo(&beginning{w: w, lines: most})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return r
}

// open is Maildrop.Open, or says why the message cannot be had.
func (s *session) open(n int) (io.WriterTo, *Reply) {
	text, err := s.drop.Open(s.ctx, n)
	if err != nil {
		return nil, replyTo(err)
	}
	return text, nil
}

// dele marks a message (RFC 1939 §5).
func (s *session) dele(c Command) *Reply {
	n, r := s.message(c.Args()[0])
	if r != nil {
		return r
	}
	s.drop.mark(n)
	return Accept("Message %d is marked as deleted", n)
}

// noop does nothing (RFC 1939 §5).
func (s *session) noop(Command) *Reply { return Accept("") }

// rset takes all marks back (RFC 1939 §5).
func (s *session) rset(Command) *Reply {
	s.drop.reset()
	return s.drop.count()
}

// quit ends the session. After the log-in it leads to UPDATE, where what is marked is deleted
// (RFC 1939 §6). The lock is given back before the client is told: it may come again at once.
func (s *session) quit(Command) *Reply {
	s.closed = true
	if s.state != StateTransaction {
		return Accept("Bye")
	}
	s.state = StateUpdate
	deleted, left := s.drop.deleted(), s.drop.left
	var err error
	if len(deleted) > 0 {
		err = s.drop.Update(s.ctx, deleted)
	}
	s.release()
	switch r := (*Reply)(nil); {
	case errors.As(err, &r):
		return r
	case err != nil:
		return Refuse(CodeTemporary, "Nothing was deleted: trouble in the server")
	}
	return Accept("Bye: %d deleted, %d left", len(deleted), left)
}
