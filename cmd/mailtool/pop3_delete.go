package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
)

// A deletion is one run of "pop3 dele": messages are marked, and QUIT deletes them.
type deletion struct {
	popCall
	drop bool // --drop: the line is cut in place of QUIT

	before, marked int
	refusals       []refusal
	update         error // what QUIT was answered with, where that was a refusal
}

// newPOP3Delete is "pop3 dele N...".
func (p *program) newPOP3Delete() *cobra.Command {
	d := &deletion{popCall: p.newPOP3Call()}
	c := p.command("dele N...", func(c *cobra.Command, args []string) error {
		return d.run(c.Context(), args)
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return p.words("N")(c, args)
		}
		return nil
	}
	c.Flags().BoolVar(&d.drop, "drop", false, "")
	d.flags(c)
	return c
}

func (d *deletion) run(ctx context.Context, args []string) error {
	numbers, err := messageNumbers(args)
	if err != nil {
		return err
	}
	if err := d.check(ctx); err != nil {
		return err
	}
	l, err := d.open()
	if err != nil {
		return err
	}
	err = d.popCall.run(ctx, l, func(s *popSession) error {
		if err := d.mark(s, numbers); err != nil {
			return err
		}
		l.judge = func(*tally) string { return d.verdict() }
		return d.end(s)
	})
	next := []offer{{"mailtool pop3 stat" + d.words(), "next/pop3/stat"}}
	if d.ours() && !d.to.inside() {
		next = append(next, offer{"mailtool trace show last", "next/trace"})
	}
	return l.finish(err, next...)
}

// mark marks the messages. One that is refused is told of at the end; the others go on.
func (d *deletion) mark(s *popSession, numbers []int) error {
	have, err := s.Stat()
	if err != nil {
		return s.refused("STAT", err)
	}
	d.before = have.Messages
	for _, n := range numbers {
		_, err := s.Delete(n)
		if r := replyIn(err); r != nil {
			d.refusals = append(d.refusals, refusal{about("DELE", n), r})
			continue
		}
		if err != nil {
			return s.refused(about("DELE", n), err)
		}
		d.marked++
	}
	return nil
}

// end says QUIT, or cuts the line.
func (d *deletion) end(s *popSession) error {
	if d.drop {
		s.over = true
		s.Close()
	} else if err := s.quit(); err != nil {
		d.update = err
		return s.refused("QUIT", err)
	}
	return d.added(d.refusals)
}

// verdict says what is in the mailbox before and after the update, as far as the server has
// said so (RFC 1939 §6).
func (d *deletion) verdict() string {
	after, key := d.before-d.marked, "verdict/pop3/update"
	switch {
	case d.drop && d.marked == 1:
		after, key = d.before, "verdict/pop3/dropped/one"
	case d.drop:
		after, key = d.before, "verdict/pop3/dropped"
	case d.update != nil && replyIn(d.update) != nil:
		key = "verdict/pop3/not-updated"
	case d.update != nil:
		key = "verdict/pop3/no-answer"
	}
	return d.p.say(key, "before", d.p.counted("verdict/messages", d.before),
		"after", strconv.Itoa(after))
}
