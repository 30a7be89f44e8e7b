package smtp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
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
	Peer Peer
	ID   string // unique for the server; it stands in the Received field
}

// mail opens a transaction (RFC 5321 §4.1.1.2).
func (s *session) mail(c Command) *Reply {
	t := &Transaction{Envelope: Envelope{From: c.Path}, Peer: s.peer}
	for _, p := range c.Params {
		if r := s.mailParam(t, p); r != nil {
			return r
		}
	}
	if !c.Path.IsASCII() && !t.UTF8 {
		return s.refuse(notASCII())
	}
	if s.srv.Sender != nil {
		if r := replyTo(s.srv.Sender(s.ctx, t)); r != nil {
			return s.refuse(r)
		}
	}
	s.begun++
	t.ID = fmt.Sprintf("%s.%d.%d", strconv.FormatInt(s.srv.now().Unix(), 36), s.serial, s.begun)
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
