package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
)

// A popInquiry is a command of POP3 that makes sense alone, and whose answer is in the session:
// STAT, NOOP, RSET, CAPA.
type popInquiry struct {
	popCall
	ask func(l *live, s *popSession) (verdict string, err error)
}

func (p *program) newPOP3Inquiry(use string) (*popInquiry, *cobra.Command) {
	q := &popInquiry{popCall: p.newPOP3Call()}
	c := p.command(use, func(c *cobra.Command, _ []string) error { return q.run(c.Context()) })
	q.flags(c)
	return q, c
}

func (q *popInquiry) run(ctx context.Context) error {
	if err := q.check(ctx); err != nil {
		return err
	}
	l, err := q.open()
	if err != nil {
		return err
	}
	err = q.popCall.run(ctx, l, func(s *popSession) error {
		verdict, err := q.ask(l, s)
		if err == nil {
			l.judge = func(*tally) string { return verdict }
		}
		return err
	})
	return l.finish(err, offer{"mailtool pop3 list" + q.words(), "next/pop3/list"},
		offer{"mailtool pop3 shell" + q.shellWords(), "next/pop3/shell"})
}

// newPOP3Stat is "pop3 stat".
func (p *program) newPOP3Stat() *cobra.Command {
	q, c := p.newPOP3Inquiry("stat")
	q.ask = func(_ *live, s *popSession) (string, error) {
		have, err := s.Stat()
		if err != nil {
			return "", s.refused("STAT", err)
		}
		return p.say("verdict/pop3/stat", "messages", p.counted("verdict/messages", have.Messages),
			"octets", p.inOctets(int64(have.Octets))), nil
	}
	return c
}

// newPOP3Noop is "pop3 noop".
func (p *program) newPOP3Noop() *cobra.Command {
	q, c := p.newPOP3Inquiry("noop")
	q.ask = func(_ *live, s *popSession) (string, error) {
		_, err := s.Noop()
		return p.say("verdict/pop3/noop"), s.refused("NOOP", err)
	}
	return c
}

// newPOP3Capa is "pop3 capa". Nobody has to log in: what a server can do it says before, and
// perhaps otherwise after.
func (p *program) newPOP3Capa() *cobra.Command {
	q, c := p.newPOP3Inquiry("capa")
	q.who.needed = false
	q.ask = func(_ *live, s *popSession) (string, error) {
		if known := q.who.given(); known || !s.asked {
			if err := s.capa(known); err != nil {
				return "", s.refused("CAPA", err)
			}
		}
		if s.Capabilities == nil {
			return "", fail(exitRefused, "error/pop3/no-capa")
		}
		return p.counted("verdict/pop3/capabilities", len(s.Capabilities)), nil
	}
	return c
}

// newPOP3Reset is "pop3 reset": marks are set and taken back.
func (p *program) newPOP3Reset() *cobra.Command {
	q, c := p.newPOP3Inquiry("rset [N...]")
	var words []string
	c.Args = func(_ *cobra.Command, args []string) error {
		words = args
		_, err := messageNumbers(args)
		return err
	}
	q.ask = func(l *live, s *popSession) (string, error) {
		numbers, err := messageNumbers(words)
		if err != nil {
			return "", err
		}
		for _, n := range numbers {
			if _, err := s.Delete(n); err != nil {
				return "", s.refused("DELE "+strconv.Itoa(n), err)
			}
		}
		if _, err := s.Reset(); err != nil {
			return "", s.refused("RSET", err)
		}
		have, err := s.Stat()
		if err != nil {
			return "", s.refused("STAT", err)
		}
		return p.say("verdict/pop3/reset", "messages", p.counted("verdict/messages", have.Messages),
			"marks", p.counted("verdict/pop3/marks", len(numbers))), nil
	}
	return c
}
