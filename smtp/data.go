package smtp

import (
	"fmt"
	"strings"
	"time"
)

// data takes the message (RFC 5321 §4.1.1.4). It is one of the dialogues within a
// command: 354 goes out, and lines that are no commands come in.
func (s *session) data(Command) *Reply {
	if r := s.begin(); r != nil {
		return r
	}
	s.state = StateData
	s.say(NewReply(354, "", "End data with <CR><LF>.<CR><LF>"))
	if s.state == StateQuit || s.err != nil {
		return nil
	}
	if _, err := s.conn.ReadDot(s.message, 0); err != nil { // Write never fails
		return s.broken(err)
	}
	return s.end()
}

// begin asks for somebody to keep the message, and says why there is nobody.
func (s *session) begin() *Reply {
	if s.srv.Deliver == nil {
		return NewReply(554, "5.3.2", "No mail is taken here")
	}
	to, err := s.srv.Deliver(s.ctx, s.tx)
	if err != nil {
		return replyTo(err)
	}
	a := &arrival{to: to, limits: s.limits, lenient: s.srv.Lenient,
		until: time.Now().Add(s.limits.Message)}
	s.message = a
	s.setUntil()
	if _, err := a.to.Write(s.tx.received(s.srv.Domain, s.srv.now())); err != nil {
		a.refuse(replyTo(err))
	}
	return nil
}

// end has the message delivered that has come to its end, unless it is refused. The
// transaction is over then, one way or the other.
func (s *session) end() *Reply {
	a := s.message
	r := s.intercept(Command{Verb: "."})
	if r == nil {
		r = a.finish()
	}
	if r == nil {
		r = a.commit(s.ctx)
	}
	if r == nil {
		r = NewReply(250, "2.0.0", "Ok, stored for %s", named(s.tx.To))
	}
	s.commands = 0
	s.reset()
	return r
}

func (s *session) intercept(c Command) *Reply {
	if s.srv.Intercept == nil {
		return nil
	}
	return s.srv.Intercept(s.state, c)
}

// named names up to three recipients, and counts more.
func named(to []Path) string {
	if len(to) > 3 {
		return fmt.Sprintf("%d recipients", len(to))
	}
	var b strings.Builder
	for i, p := range to {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Mailbox.String())
	}
	return b.String()
}
