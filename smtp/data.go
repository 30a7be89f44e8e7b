package smtp

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"mailtool/internal/wire"
)

// data takes the message (RFC 5321 §4.1.1.4). It is one of the dialogues within a
// command: 354 goes out, and lines that are no commands come in.
func (s *session) data(Command) *Reply {
	s.state = StateData
	s.say(NewReply(354, "", "End data with <CR><LF>.<CR><LF>"))
	if s.state == StateQuit || s.err != nil {
		return nil
	}
	box := s.srv.newCollector()
	defer box.discard()
	body, err := s.conn.ReadDot(box, s.limits.Size)
	ended := err == nil || errors.Is(err, wire.ErrTooLarge) || errors.Is(err, errMemory)
	if !ended {
		return s.broken(err)
	}
	t := s.tx
	r := s.intercept(Command{Verb: "."})
	if r == nil {
		r = s.judge(box, body, err)
	}
	if r == nil {
		r = s.deliver(t, box)
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

// judge says why a message that came to its end is refused, nil if it is not.
func (s *session) judge(box *collector, body wire.Body, err error) *Reply {
	switch {
	case errors.Is(err, wire.ErrTooLarge):
		return s.tooLarge()
	case err != nil: // RFC 5321 §4.2.3
		return NewReply(452, "4.3.1", "No memory for a message of this size now")
	case box.hops.count >= s.limits.Hops: // RFC 5321 §6.3
		return NewReply(554, "5.4.6", "%d Received fields: the message goes round in circles",
			box.hops.count)
	case body.Unusual == nil:
		return nil
	case s.srv.Lenient:
		box.normalise()
		return nil
	}
	what := map[wire.Anomaly]string{wire.BareLF: "A lone LF", wire.BareCR: "A lone CR",
		wire.NUL: "A NUL octet"}[body.Unusual.Anomaly]
	return NewReply(554, "5.6.0", "%s in line %d of the message (byte %d); lines end in CRLF",
		what, body.UnusualLine, body.Unusual.At+1)
}

// deliver hands the message over. With 250 the server takes on the duty for it
// (RFC 5321 §6.1).
func (s *session) deliver(t *Transaction, box *collector) *Reply {
	if s.srv.Deliver == nil {
		return NewReply(554, "5.3.2", "No mail is taken here")
	}
	received := t.received(s.srv.Domain, s.srv.now())
	message := io.MultiReader(strings.NewReader(received), box.reader())
	if r := replyTo(s.srv.Deliver(s.ctx, t, message)); r != nil {
		return r
	}
	return NewReply(250, "2.0.0", "Ok, stored for %s", named(t.To))
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
