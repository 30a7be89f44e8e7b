package main

import (
	"errors"

	"mailtool/imap"
	"mailtool/pop3"
	"mailtool/smtp"
)

// A reply is what a server said to a command, in any protocol.
type reply interface {
	error
	Positive() bool
	Transient() bool // a refusal for now
}

var _, _, _ reply = (*smtp.Reply)(nil), (*pop3.Reply)(nil), (*imap.Response)(nil)

// replyIn is the reply that an error is, nil where it is something else.
func replyIn(err error) reply {
	var s *smtp.Reply
	var f *pop3.Reply
	var m *imap.Response
	switch {
	case errors.As(err, &s):
		return s
	case errors.As(err, &f):
		return f
	case errors.As(err, &m):
		return m
	}
	return nil
}

// closes says that the server ends the session with this refusal (RFC 5321 §3.8).
func closes(r reply) bool {
	s, ok := r.(*smtp.Reply)
	return ok && s.Code == 421
}

// A breach is what a server said that is none of the protocol.
type breach struct {
	protocol *protocol
	to       string // the command that was to be answered, or "the connection"
	line     []byte // what came
	why      string // what is wrong with it
}

// breachIn is what an error says of a breach, nil where it is something else.
func breachIn(err error) *breach {
	var s *smtp.ProtocolError
	var f *pop3.ProtocolError
	var m *imap.ProtocolError
	var d *imap.DataError
	switch {
	case errors.As(err, &s):
		return &breach{&smtpProtocol, s.To, s.Line, s.Why}
	case errors.As(err, &f):
		return &breach{&pop3Protocol, f.To, f.Line, f.Why}
	case errors.As(err, &m):
		return &breach{&imapProtocol, m.To, m.Line, m.Why}
	case errors.As(err, &d):
		return &breach{&imapProtocol, d.To, d.Line, "not the data that its name says"}
	}
	return nil
}
