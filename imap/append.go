package imap

import (
	"bytes"
	"time"

	"mailtool/internal/wire"
)

// An Append is APPEND: messages for a mailbox (RFC 3501 §6.3.11), one or more of them (RFC 3502).
type Append struct {
	Mailbox  string
	Messages []AppendMessage
}

// An AppendMessage is one of an Append's messages.
type AppendMessage struct {
	Flags    Flags
	Keywords []string
	Date     time.Time // INTERNALDATE, zero for none
	// UTF8 says that there may be UTF-8 in the header (RFC 6855 §4), Binary that there may be NUL
	// (RFC 3516 §4.4).
	UTF8, Binary bool
	// Text is the message. The server never has it here: it goes straight into the Store.
	Text []byte
}

// Verb implements Command.
func (c *Append) Verb() string { return "APPEND" }

func (c *Append) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
	for i := range c.Messages {
		m := &c.Messages[i]
		w.appendHead(m, int64(len(m.Text)))
		w.b = append(w.b, m.Text...)
		w.appendTail(m)
	}
}

// appendHead writes what stands before a message of n octets.
func (w *writer) appendHead(m *AppendMessage, n int64) {
	if m.Flags != 0 || len(m.Keywords) > 0 {
		w.sp()
		w.b = AppendFlags(w.b, m.Flags, m.Keywords)
	}
	if !m.Date.IsZero() {
		w.sp()
		w.dateTime(m.Date)
	}
	w.sp()
	if m.UTF8 {
		w.raw("UTF8 (")
	}
	if m.UTF8 || m.Binary {
		w.raw("~")
	}
	w.announce(n)
}

// appendTail writes what stands behind it.
func (w *writer) appendTail(m *AppendMessage) {
	if m.UTF8 {
		w.raw(")")
	}
}

// parseAppend parses an APPEND that is whole. The server parses one piece by piece.
func parseAppend(s *scanner) Command {
	c := &Append{}
	s.sp()
	c.Mailbox = s.mailbox()
	for {
		m := s.appendHead()
		m.Text = bytes.Clone(s.literal())
		if m.UTF8 {
			s.expect(')')
		}
		c.Messages = append(c.Messages, m)
		if s.ended() {
			return c
		}
	}
}

// appendHead reads what stands before a message, from the space on (RFC 4466 §6, append-message).
// It leaves off at the announcement of the literal.
func (s *scanner) appendHead() AppendMessage {
	m := AppendMessage{}
	s.sp()
	if s.next() == '(' {
		m.Flags, m.Keywords = s.flags()
		s.sp()
	}
	if s.next() == '"' {
		m.Date = s.dateTime()
		s.sp()
	}
	if m.UTF8 = s.word("UTF8"); m.UTF8 {
		s.sp()
		s.expect('(')
	}
	switch m.Binary = s.next() == '~'; {
	case m.UTF8 && !m.Binary:
		s.fail("a literal with ~ in the parentheses of UTF8")
	case !m.Binary && s.next() != '{':
		s.fail("flags, a date or a literal, which is the message,")
	}
	m.Binary = m.Binary && !m.UTF8
	return m
}

// messageComes says that the literal which a line announces is a message: of APPEND, and not
// the name of its mailbox.
func messageComes(c line, l wire.Literal) bool {
	return c.verb == "APPEND" && l.At > c.args.at+1
}
