package pop3

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// A drop is a maildrop in a session: which messages are marked.
type drop struct {
	Maildrop
	messages []Message // their numbers begin with 1
	marked   []bool
	left     int   // messages that are not marked
	octets   int64 // of them
}

func newDrop(m Maildrop) *drop {
	d := &drop{Maildrop: m, messages: m.Messages()}
	d.reset()
	return d
}

// reset takes all marks back.
func (d *drop) reset() {
	d.marked = make([]bool, len(d.messages))
	d.left, d.octets = len(d.messages), 0
	for i := range d.messages {
		d.octets += d.messages[i].Octets
	}
}

// mark marks message n, which is there.
func (d *drop) mark(n int) {
	d.marked[n-1] = true
	d.left--
	d.octets -= d.messages[n-1].Octets
}

// deleted are the numbers of those that are marked.
func (d *drop) deleted() []int {
	var numbers []int
	for i, m := range d.marked {
		if m {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// count says how much there is that is not marked.
func (d *drop) count() *Reply {
	return Accept("%s (%d octets)", counted(d.left, "message"), d.octets)
}

// counted is so many things, as English has it.
func counted[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.FormatInt(int64(n), 10) + " " + thing + "s"
}

// release gives the lock back, once.
func (s *session) release() {
	if s.drop != nil {
		s.drop.Close()
		s.drop = nil
	}
}

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

func (s *session) stat(Command) *Reply { // RFC 1939 §5: two numbers, one space between
	return Accept("%d %d", s.drop.left, s.drop.octets)
}

func (s *session) list(c Command) *Reply {
	return s.listing(c, func(b []byte, m *Message) []byte {
		return strconv.AppendInt(b, m.Octets, 10)
	})
}

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

// open is Maildrop.Open, or says why the message cannot be had.
func (s *session) open(n int) (io.WriterTo, *Reply) {
	text, err := s.drop.Open(s.ctx, n)
	if err != nil {
		return nil, trouble(err)
	}
	return text, nil
}

// trouble is what is said of an error of a callback: what it says itself if it is a reply,
// otherwise nothing that it knows of the server.
func trouble(err error) *Reply {
	if r := (*Reply)(nil); errors.As(err, &r) {
		return r
	}
	return Refuse(CodeTemporary, "Trouble in the server; try again later")
}

func (s *session) dele(c Command) *Reply {
	n, r := s.message(c.Args()[0])
	if r != nil {
		return r
	}
	s.drop.mark(n)
	return Accept("Message %d is marked as deleted", n)
}

func (s *session) noop(Command) *Reply { return Accept("") }

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
