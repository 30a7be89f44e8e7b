package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/term"
)

// A sending is one run of "smtp send".
type sending struct {
	p      *program
	to     target
	shown  display
	letter letterFlags

	count      int
	helo       string
	pipelining bool
	textbook   bool

	refusals []refusal
}

// A refusal is what a server would not do, and its reply.
type refusal struct {
	what  string
	reply *smtp.Reply
}

// newSend is "smtp send": a letter, or files with messages, over one connection.
func (p *program) newSend() *cobra.Command {
	s := &sending{p: p}
	c := p.command("send [FILE.eml...|-]", func(c *cobra.Command, args []string) error {
		return s.run(c.Context(), args)
	})
	c.Args = cobra.ArbitraryArgs
	s.letter.flags(c)
	fs := c.Flags()
	fs.IntVar(&s.count, "count", 1, "")
	fs.StringVar(&s.helo, "helo", "", "")
	fs.BoolVar(&s.pipelining, "pipelining", false, "")
	fs.BoolVar(&s.textbook, "textbook", false, "")
	s.to.flags(c)
	s.shown.liveFlags(fs)
	fs.BoolVar(&s.shown.step, "step", false, "")
	return c
}

func (s *sending) run(ctx context.Context, args []string) error {
	if s.count < 1 {
		return fail(exitUsage, "error/count")
	}
	if s.textbook && s.pipelining {
		return fail(exitUsage, "error/textbook-pipelining")
	}
	if strings.ContainsAny(s.helo, "\r\n") {
		return fail(exitUsage, "error/helo")
	}
	// Everything is read and checked before a server is bothered.
	letters, notes, err := s.letter.letters(s.p, args)
	if err != nil {
		return err
	}
	l, err := s.p.newLive(&s.shown, liveOptions{Protocol: trace.SMTP,
		Messages: s.count * len(letters)})
	if err != nil {
		return err
	}
	for _, n := range notes {
		l.note(n.key, n.args...)
	}
	s.picture(l, letters)
	err = s.connect(ctx, l, letters)
	return l.finish(err, s.next()...)
}

// picture draws who pushes what to whom.
func (s *sending) picture(l *live, letters []*letter) {
	host := "mail.lab.test" // the sandbox
	if addr, err := s.p.address(&s.to); !s.to.sandbox && !s.to.offline && err == nil {
		if s.to.server != "" || s.p.Getenv("MAILTOOL_SERVER") != "" {
			host = addr
		}
	}
	readers := map[string]string{}
	for _, m := range letters {
		for _, to := range m.envelope.To {
			readers[to.String()] = to.Local
		}
	}
	whose := s.p.counted("picture/mailboxes", len(readers))
	if len(readers) == 1 {
		whose = s.p.say("picture/mailbox", "user", letters[0].envelope.To[0].Local)
	}
	text := s.p.say("picture/push", "host", host, "whose", whose)
	push := s.p.say("picture/push/word")
	gap := max(2, 73-term.Columns(text)-term.Columns(push))
	l.note("picture", "text", text+strings.Repeat(" ", gap)+push)
}

// connect opens the connection and holds the dialogue over it.
func (s *sending) connect(ctx context.Context, l *live, letters []*letter) error {
	conn, err := s.p.dial(ctx, &s.to)
	if err != nil {
		return err
	}
	defer conn.stop()
	tap := l.connect(conn, smtp.NewDissector("1"), conn.opening())
	c := smtp.NewClient(tap)
	c.Wire().Gate = l.gate(ctx)
	stop := context.AfterFunc(ctx, func() { tap.CloseWhy(trace.ClosedShutdown) })
	defer stop()
	err = s.dialogue(ctx, l, c, conn, letters)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// dialogue is the session: greeting, hello, the messages, QUIT.
func (s *sending) dialogue(ctx context.Context, l *live, c *smtp.Client, conn *line,
	letters []*letter) error {
	defer c.Close()
	if err := c.Greet(); err != nil {
		if r := (*smtp.Reply)(nil); errors.As(err, &r) {
			c.Quit() // RFC 5321 §3.1: 554 is answered with QUIT
		}
		return s.noGreeting(l, err)
	}
	if err := s.hello(c, conn); err != nil {
		what := l.culprit(err)
		c.Quit()
		return s.told(what, err)
	}
	var local error
	for i := range s.count * len(letters) {
		m := letters[i%len(letters)]
		if i >= len(letters) {
			if err := m.renew(); err != nil {
				return err
			}
		}
		err := s.send(ctx, l, c, m)
		if missing := (*smtp.NotOfferedError)(nil); errors.As(err, &missing) {
			if local == nil {
				local = s.p.notOffered(m, missing)
			}
			continue
		}
		if err != nil {
			c.Quit()
			return err
		}
	}
	c.Quit() // what was accepted stays accepted, whatever comes of it
	if local != nil {
		return local
	}
	return s.result()
}

// noGreeting tells of a connection that did not begin as SMTP does.
func (s *sending) noGreeting(l *live, err error) error {
	first := l.greeted()
	if e := strangerProblem(first, err); e != nil {
		return e
	}
	err = s.told(s.p.say("what/greeting"), err)
	if e := (*problem)(nil); errors.As(err, &e) && e.status == exitNoConnection && first == nil {
		e.hint("hint/cut/tls", "")
	}
	return err
}

func (s *sending) hello(c *smtp.Client, conn *line) error {
	name := s.helo
	if name == "" {
		name = addressLiteral(conn)
	}
	var err error
	if s.textbook {
		_, err = c.Helo(name)
	} else {
		_, err = c.Hello(name)
	}
	return err
}

// send sends one message. A refusal is noted, and the next may still be sent; what is
// returned ends the session.
func (s *sending) send(ctx context.Context, l *live, c *smtp.Client, m *letter) error {
	envelope, data := m.ready(c.Extensions)
	how := smtp.SendOptions{Pipelining: s.pipelining}
	out, err := c.Send(context.WithoutCancel(ctx), envelope, data, how) // we close it ourselves
	for _, r := range out.Refused {
		s.refusals = append(s.refusals, refusal{"RCPT TO:" + r.To.String(), r.Reply})
	}
	var reply *smtp.Reply
	switch {
	case err == nil:
		return nil
	case errors.As(err, &reply) && reply.Code != 421:
		if len(out.Refused) == 0 {
			s.refusals = append(s.refusals, refusal{s.what(l, m, err), reply})
		}
		return nil
	}
	return s.told(s.what(l, m, err), err)
}

// what names the part of the transaction that err is about.
func (s *sending) what(l *live, m *letter, err error) string {
	switch verb := l.culprit(err); verb {
	case "":
		return s.p.say("what/reply")
	case "MAIL":
		return "MAIL FROM:" + m.envelope.From.String()
	case ".":
		return s.p.say("what/message")
	default:
		return verb
	}
}

// result is the error that the refusals add up to.
func (s *sending) result() error {
	if len(s.refusals) == 0 {
		return nil
	}
	statuses := make([]int, len(s.refusals))
	for i, r := range s.refusals {
		statuses[i] = replyStatus(r.reply)
	}
	worst := gravest(statuses...)
	for i, r := range s.refusals {
		if statuses[i] == worst {
			return s.refusedProblem(r, len(s.refusals)-1)
		}
	}
	return nil
}

// told says what was being done when err came.
func (s *sending) told(what string, err error) error {
	var reply *smtp.Reply
	if errors.As(err, &reply) {
		return s.refusedProblem(refusal{what, reply}, 0)
	}
	return cutProblem(what, err)
}

func (s *sending) refusedProblem(r refusal, more int) error {
	key := "error/refused"
	if more > 0 {
		key = "error/refused/more"
	}
	e := fail(replyStatus(r.reply), key, "what", r.what, "reply", r.reply.Error(),
		"n", strconv.Itoa(more))
	own := s.to.sandbox || s.to.offline ||
		s.to.server == "" && s.p.Getenv("MAILTOOL_SERVER") == ""
	switch {
	case own && r.reply.Enhanced == "5.1.1", own && r.reply.Enhanced == "5.7.1":
		e.hint("hint/refused/accounts", "")
	case r.reply.Code == 530: // RFC 4954 §6
		e.hint("hint/refused/log-in", "")
	case r.reply.Transient():
		e.hint("hint/refused/later", "")
	}
	return e
}

// notOffered tells of a message that would have to be changed for this server. A header
// with other letters than ASCII needs more than 8BITMIME, whatever was missed first.
func (p *program) notOffered(m *letter, missing *smtp.NotOfferedError) error {
	name, keyword := m.name, missing.Keyword
	if name == "" {
		name = p.say("name/letter")
	}
	if m.envelope.UTF8 {
		keyword = "SMTPUTF8"
	}
	e := fail(exitLocal, "error/not-offered/"+strings.ToLower(keyword), "file", name)
	return e.hint("hint/not-offered/"+strings.ToLower(keyword), "")
}

func (s *sending) next() []offer {
	return []offer{
		{"mailtool smtp send -e", "next/explain"},
		{"mailtool pop3 list", "next/pop3"},
		{"mailtool smtp shell", "next/shell"},
	}
}
