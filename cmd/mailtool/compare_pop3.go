package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"mailtool/pop3"
	"mailtool/sandbox"
	"mailtool/trace"
)

// byPOP3 is what is done by POP3: a session that breaks, and another one.
func (s *side) byPOP3(ctx context.Context) error {
	first, c, err := s.popSession(ctx, "first")
	if err != nil {
		return err
	}
	id, err := s.popReads(first, c)
	if err != nil {
		return err
	}
	if !s.alone {
		if err := s.popSecond(ctx); err != nil {
			return err
		}
	}
	if err := s.arrives(ctx, newLetter); err != nil {
		return err
	}
	e, err := first.during(func() error { _, err := c.Stat(); return err })
	if err != nil {
		return err
	}
	s.saw("arrives", "compare/said", "command", "STAT", "line", e.said("+OK"))
	before := s.count()
	e, err = first.during(func() error { _, err := c.Delete(2); return err })
	if err != nil {
		return err
	}
	s.saw("marked", "compare/change", "command", e.command(trace.POP3),
		"before", before, "after", s.count())
	first.tap.Close() // no QUIT: the connection breaks
	if err := s.popFree(ctx); err != nil {
		return err
	}
	return s.popAgain(ctx, id)
}

// popSession begins a session, in which bob has logged in.
func (s *side) popSession(ctx context.Context, name string) (*witness, *pop3.Client, error) {
	w, err := s.begin(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	c := pop3.NewClient(w.tap)
	if err := c.Greet(); err != nil {
		return nil, nil, err
	}
	_, err = c.Pass("bob", sandbox.DefaultPassword)
	return w, c, err
}

// popReads looks at the list, sees a subject, reads a letter, and would file another one. It
// returns how the first letter is known.
func (s *side) popReads(w *witness, c *pop3.Client) (id string, err error) {
	drop, err := c.Stat()
	if err != nil {
		return "", err
	}
	s.saw("reach", "compare/reach", "n", strconv.Itoa(drop.Messages), "all", s.all())
	uid, err := c.UIDL(1)
	if err != nil {
		return "", err
	}
	for _, step := range []struct {
		row string
		do  func() error
	}{
		{"glance", func() error { _, err := c.Top(1, 0, io.Discard); return err }},
		{"whole", func() error { _, err := c.Retrieve(1, io.Discard); return err }},
	} {
		e, err := w.during(step.do)
		if err != nil {
			return "", err
		}
		s.saw(step.row, "compare/octets", "command", e.command(trace.POP3), "n", size(e.octets()))
	}
	for row, verb := range map[string]string{"flag": "FLAG", "file": "MOVE"} {
		e, err := w.during(func() error {
			_, err := c.Do(pop3.Command{Verb: verb, Arg: "2 " + archive}, nil)
			return err
		})
		if r := (*pop3.Reply)(nil); err != nil && !errors.As(err, &r) {
			return "", err
		}
		s.saw(row, "compare/said", "command", verb, "line", e.result(trace.POP3))
	}
	return uid.UID, nil
}

// popSecond is another client that comes at the same time.
func (s *side) popSecond(ctx context.Context) error {
	other, c, err := s.popSession(ctx, "other")
	if r := (*pop3.Reply)(nil); err != nil && !errors.As(err, &r) {
		return err
	}
	s.quotes("second", other.all().result(trace.POP3))
	defer c.Close()
	_, err = c.Quit()
	return err
}

// popFree waits until the server has noticed that a session is over, and the maildrop is free.
func (s *side) popFree(ctx context.Context) error {
	for limit := time.Now().Add(ownPatience); ; {
		conn, err := s.connect(ctx, s.box.POP3Addr())
		if err != nil {
			return err
		}
		c := pop3.NewClient(conn)
		if err = c.Greet(); err == nil {
			_, err = c.Pass("bob", sandbox.DefaultPassword)
		}
		c.Quit()
		if r := (*pop3.Reply)(nil); err == nil || !errors.As(err, &r) || time.Now().After(limit) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// popAgain is the second session: it finds what the server has remembered.
func (s *side) popAgain(ctx context.Context, id string) error {
	w, c, err := s.popSession(ctx, "second")
	if err != nil {
		return err
	}
	drop, err := c.Stat()
	if err != nil {
		return err
	}
	s.saw("folder", "compare/reach", "n", strconv.Itoa(drop.Messages), "all", s.all())
	uid, err := c.UIDL(1)
	if err != nil {
		return err
	}
	s.number("UIDL", uid.UID, id)
	for n, row := range []string{"remembered", "broken"} {
		e, err := w.during(func() error { _, err := c.List(n + 1); return err })
		if err != nil {
			return err
		}
		s.saw(row, "compare/said", "command", e.command(trace.POP3), "line", e.result(trace.POP3))
	}
	if _, err := c.Delete(2); err != nil {
		return err
	}
	before := s.count()
	if _, err := c.Quit(); err != nil {
		return err
	}
	s.saw("done", "compare/change", "command", "QUIT", "before", before, "after", s.count())
	s.quotes("phases", strings.Join(w.phases(), s.say("compare/comma")))
	return nil
}
