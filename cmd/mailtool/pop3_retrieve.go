package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/pop3"
)

// A retrieval is one run of "pop3 retr" or "pop3 top": one message, or its first lines.
type retrieval struct {
	popCall
	output string // -o
	ask    func(s *popSession, n int, w io.Writer) (pop3.Retrieved, error)
	what   string // the command as it is said, but for the number
}

// newPOP3Retrieve is "pop3 retr N".
func (p *program) newPOP3Retrieve() *cobra.Command {
	r, c := p.newRetrieval("retr N")
	r.what = "RETR"
	c.Args = p.words("N")
	r.ask = func(s *popSession, n int, w io.Writer) (pop3.Retrieved, error) { return s.Retrieve(n, w) }
	return c
}

// topLines is how many lines of the body "pop3 top" asks for where nobody says.
const topLines = 10

// newPOP3Top is "pop3 top N [LINES]".
func (p *program) newPOP3Top() *cobra.Command {
	r, c := p.newRetrieval("top N [LINES]")
	r.what = "TOP"
	lines := topLines
	c.Args = func(c *cobra.Command, args []string) error {
		if err := p.between(1, 2, "N", "LINES")(c, args); err != nil || len(args) < 2 {
			return err
		}
		var err error
		if lines, err = strconv.Atoi(args[1]); err != nil || lines < 0 {
			return fail(exitUsage, "error/pop3/lines", "word", args[1])
		}
		return nil
	}
	r.ask = func(s *popSession, n int, w io.Writer) (pop3.Retrieved, error) {
		return s.Top(n, lines, w)
	}
	return c
}

func (p *program) newRetrieval(use string) (*retrieval, *cobra.Command) {
	r := &retrieval{popCall: p.newPOP3Call()}
	r.popCall.result = true
	c := p.command(use, func(c *cobra.Command, args []string) error {
		return r.run(c.Context(), args)
	})
	c.Flags().StringVarP(&r.output, "output", "o", "", "")
	r.flags(c)
	return r, c
}

func (r *retrieval) run(ctx context.Context, args []string) error {
	numbers, err := messageNumbers(args[:1])
	if err != nil {
		return err
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	l, err := r.open()
	if err != nil {
		return err
	}
	n := numbers[0]
	if len(args) < 2 && r.what == "TOP" {
		l.note("assume/pop3/lines", "n", strconv.Itoa(topLines))
	}
	r.pull(l)
	err = r.popCall.run(ctx, l, func(s *popSession) error { return r.fetch(l, s, n) })
	return l.finish(err, offer{"mailtool pop3 dele " + strconv.Itoa(n) + r.words(), "next/pop3/dele"})
}

// fetch has the message written where it is wanted: as it is into a file or a pipe, and for a
// person as a reader sees it, when all of the session was shown.
func (r *retrieval) fetch(l *live, s *popSession, n int) error {
	if r.output != "" {
		return r.intoFile(l, s, n)
	}
	if !isTerminal(r.p.out) {
		return r.take(l, s, n, r.p.out)
	}
	message := &head{most: shownMessage}
	err := r.take(l, s, n, message)
	if err == nil {
		l.print = func() error {
			r.p.reader(mime.Read(message.octets))
			if message.more {
				r.p.note(r.p.out, "pop3/cut", "size", size(shownMessage))
			}
			return nil
		}
	}
	return err
}

// shownMessage is how much of a message is shown to a person, in octets.
const shownMessage = 16 << 20

// take asks for the message. What goes wrong with w is trouble of this machine.
func (r *retrieval) take(l *live, s *popSession, n int, w io.Writer) error {
	local := &trouble{w: w}
	got, err := r.ask(s, n, local)
	if err != nil && local.err != nil {
		return local.err
	}
	if err == nil {
		l.judge = func(*tally) string {
			return r.p.say("verdict/pop3/"+strings.ToLower(r.what), "n", strconv.Itoa(n),
				"octets", r.p.inOctets(int64(got.Octets)))
		}
	}
	return s.refused(about(r.what, n), err)
}

// A trouble keeps the error of a writer apart from those of a session.
type trouble struct {
	w   io.Writer
	err error
}

func (t *trouble) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if err != nil && t.err == nil {
		t.err = err
	}
	return n, err
}

// intoFile writes the message into a file, which is there when it is whole.
func (r *retrieval) intoFile(l *live, s *popSession, n int) error {
	f, err := newWhole(r.output)
	if err != nil {
		return err
	}
	if err := r.take(l, s, n, f); err != nil {
		return errors.Join(err, f.discard())
	}
	return f.keep()
}
