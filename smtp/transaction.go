package smtp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Envelope is what SMTP needs to know of a message (RFC 5321 §2.3.1). It is not the
// message's header: who is named there may differ.
type Envelope struct {
	From Path   // the reverse-path, where reports of failure go
	To   []Path // the forward-paths
	// Body is what BODY declares: "7BIT", "8BITMIME", or "" (RFC 6152 §3).
	Body string
	// UTF8 says that addresses or header are internationalised (RFC 6531 §3.4).
	UTF8 bool
	// Size is what SIZE declares, in octets, 0 for nothing (RFC 1870 §6).
	Size int64
	// Return and EnvID are what RET and ENVID say, "" for nothing (RFC 3461 §4.3, §4.4).
	// EnvID is the text itself, not its xtext.
	Return Return
	EnvID  string
	// Notices are what is asked for beside each recipient in To; see Notice. It may be
	// shorter than To (RFC 3461 §4.1, §4.2).
	Notices []Notice
}

// A Transaction is a mail transaction as the server sees it (RFC 5321 §3.3).
type Transaction struct {
	Envelope
	Peer  Peer
	ID    string    // unique for the server; it stands in the Received field
	Begun time.Time // when MAIL came
}

func (s *session) ehlo(c Command) *Reply {
	s.hello(c, true)
	r := s.greets()
	for _, e := range s.srv.Extensions {
		if e.Keyword == "SIZE" { // RFC 1870 §3
			e.Params = strconv.FormatInt(s.limits.Size, 10)
		}
		r.Lines = append(r.Lines, e.String())
	}
	if s.srv.TLS != nil && s.peer.TLS == nil { // RFC 3207 §4.2
		r.Lines = append(r.Lines, "STARTTLS")
	}
	if mechanisms := s.mechanisms(); len(mechanisms) > 0 {
		r.Lines = append(r.Lines, "AUTH "+strings.Join(mechanisms, " "))
	}
	return r
}

func (s *session) helo(c Command) *Reply {
	s.hello(c, false)
	return s.greets()
}

// hello begins the session, or begins it anew: a transaction that is open ends
// (RFC 5321 §4.1.4).
func (s *session) hello(c Command, extended bool) {
	s.reset()
	s.wide = false
	s.state = StateReady
	s.peer.Hello, s.peer.Extended = c.Domain, extended
}

// greets says the client's name back, if it is one.
func (s *session) greets() *Reply {
	name := s.peer.Hello
	if _, ok := ParseDomain(name); !ok {
		name = s.peer.literal()
	}
	return NewReply(250, "", "%s greets %s", s.srv.Domain, name)
}

// mail opens a transaction (RFC 5321 §4.1.1.2).
func (s *session) mail(c Command) *Reply {
	now := s.srv.now()
	t := &Transaction{Envelope: Envelope{From: c.Path}, Peer: s.peer, Begun: now}
	for _, p := range c.Params {
		if r := s.mailParam(t, p); r != nil {
			return r
		}
	}
	if !c.Path.IsASCII() && !t.UTF8 {
		return s.refuse(notASCII())
	}
	s.transactions++
	t.ID = fmt.Sprintf("%s.%d.%d", strconv.FormatInt(now.Unix(), 36), s.serial, s.transactions)
	s.tx, s.tried, s.wide, s.state = t, false, t.UTF8, StateSender
	return NewReply(250, "2.1.0", "Ok")
}

// mailParam reads a parameter of MAIL. Only what was offered is known
// (RFC 5321 §4.1.1.11).
func (s *session) mailParam(t *Transaction, p Param) *Reply {
	offers := s.srv.Extensions
	switch {
	case p.Key == "SIZE" && offers.Has("SIZE"): // RFC 1870 §6.1
		n, err := strconv.ParseUint(p.Value, 10, 64)
		if errors.Is(err, strconv.ErrSyntax) || len(p.Value) > 20 {
			return s.refuse(NewReply(501, "5.5.4", "SIZE is a number of octets"))
		}
		if n > uint64(s.limits.Size) {
			return tooLarge(s.limits.Size)
		}
		t.Size = int64(n)
	case p.Key == "BODY" && offers.Has("8BITMIME"): // RFC 6152 §3
		t.Body = capitals(p.Value)
		if t.Body != "7BIT" && t.Body != "8BITMIME" {
			return s.refuse(NewReply(501, "5.5.4", "BODY is 7BIT or 8BITMIME"))
		}
	case p.Key == "SMTPUTF8" && offers.Has("SMTPUTF8"): // RFC 6531 §3.4
		if p.Value != "" {
			return s.refuse(NewReply(501, "5.5.4", "SMTPUTF8 takes no value"))
		}
		t.UTF8 = true
	case p.Key == "AUTH" && s.offersAuth():
		if !isSubmitter(p.Value) {
			return s.refuse(NewReply(501, "5.5.4", "AUTH is a mailbox in xtext, or <>"))
		}
	default:
		r, done := mailReport(&t.Envelope, p)
		if !done || !offers.Has("DSN") {
			r = unknownParameter(p)
		}
		if r != nil {
			return s.refuse(r)
		}
	}
	return nil
}

func unknownParameter(p Param) *Reply {
	return NewReply(555, "5.5.4", "The parameter %s was not offered", p.Key)
}

// tooLarge refuses a message for its size, announced or real (RFC 1870 §6.1, §6.4).
func tooLarge(limit int64) *Reply {
	return NewReply(552, "5.3.4", "The message is larger than %d octets", limit)
}

// rcpt adds a recipient (RFC 5321 §4.1.1.3).
func (s *session) rcpt(c Command) *Reply {
	var notice Notice
	if len(c.Params) > 0 {
		r := unknownParameter(c.Params[0])
		if s.srv.Extensions.Has("DSN") {
			notice, r = rcptReport(c.Params, s.tx.UTF8)
		}
		if r != nil {
			s.tried = true
			return s.refuse(r)
		}
	}
	switch {
	case !c.Path.IsASCII() && !s.tx.UTF8:
		s.tried = true
		return s.refuse(notASCII())
	case len(s.tx.To) >= s.limits.Recipients: // 452, not 552: RFC 5321 §4.5.3.1.10
		return NewReply(452, "4.5.3", "Too many recipients: %d in a transaction",
			s.limits.Recipients)
	}
	if r := s.askRecipient(c.Path); r != nil {
		s.tried = true
		return r
	}
	if !s.has(c.Path.Mailbox) {
		s.tx.To = append(s.tx.To, c.Path)
		if s.tx.Notices != nil || notice != (Notice{}) {
			for len(s.tx.Notices) < len(s.tx.To)-1 {
				s.tx.Notices = append(s.tx.Notices, Notice{})
			}
			s.tx.Notices = append(s.tx.Notices, notice)
		}
	}
	s.state = StateRecipient
	return NewReply(250, "2.1.5", "Ok")
}

// askRecipient asks whoever keeps the mailboxes. The server's own postmaster is always
// there (RFC 5321 §4.5.1).
func (s *session) askRecipient(to Path) *Reply {
	if to.IsPostmaster() && (to.Domain == "" || strings.EqualFold(to.Domain, s.srv.Domain)) {
		return nil
	}
	if s.srv.Recipient == nil {
		return NewReply(550, "5.7.1", "%s: no mail is taken here", to)
	}
	return replyTo(s.srv.Recipient(s.ctx, s.tx, to))
}

// has says that the transaction has the recipient already: one copy is enough.
func (s *session) has(m Mailbox) bool {
	for _, to := range s.tx.To {
		if to.Local == m.Local && strings.EqualFold(to.Domain, m.Domain) {
			return true
		}
	}
	return false
}

// rset ends the transaction without a message (RFC 5321 §4.1.1.5).
func (s *session) rset(Command) *Reply {
	s.reset()
	return NewReply(250, "2.0.0", "Ok")
}

// reset forgets the transaction, if there is one, with what has come of its message.
func (s *session) reset() {
	if s.message != nil {
		s.message.discard()
		s.message = nil
		s.setUntil()
	}
	if s.tx != nil && s.state != StateQuit {
		s.state = StateReady
	}
	s.tx, s.tried, s.spoiled = nil, false, nil
}

// ErrFull says that there is no room: the client may try again when there is, so that the
// reply is 452 and not 552 (RFC 5321 §4.2.3).
var ErrFull = errors.New("smtp: no room for mail")

// replyTo makes a reply of a callback's error: a *Reply is said as it is, anything else
// is the server's own trouble, and the client may try again.
func replyTo(err error) *Reply {
	if err == nil {
		return nil
	}
	var r *Reply
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, ErrFull): // RFC 3463 §3.4
		return NewReply(452, "4.3.1", "No room for the message now")
	case errors.Is(err, context.Canceled):
		return NewReply(451, "4.3.2", "The server is shutting down")
	}
	return NewReply(451, "4.3.0", "Trouble in the server; try again later")
}
