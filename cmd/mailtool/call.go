package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/smtp"
	"mailtool/trace"
)

// smtpText is what the SMTP clients say, beside what all commands say.
var smtpText = sentence.New(textFiles, "text/smtp")

// A call is one session with an SMTP server: the connection, the greeting, EHLO, what the
// command is for, QUIT.
type call struct {
	p     *program
	to    target
	lock  secureFlags // TLS
	who   credentials // who logs in
	shown display

	helo     string     // --helo
	textbook bool       // HELO, as in the books
	at       smtp.Break // where to break off on purpose

	name  string    // what EHLO said
	heard []hearing // and what was offered then
}

// flags are those of a command that has no others of its own about the session.
func (k *call) flags(c *cobra.Command) {
	c.Flags().StringVar(&k.helo, "helo", "", "")
	k.serverFlags(c)
	k.shown.liveFlags(c.Flags())
	c.Flags().BoolVar(&k.shown.step, "step", false, "")
}

// serverFlags are those that say which server is spoken to, how, and as whom.
func (k *call) serverFlags(c *cobra.Command) {
	k.to.flags(c)
	k.lock.flags(c.Flags())
	k.who.flags(c.Flags())
}

// words are those flags, to be put behind another command.
func (k *call) words() string { return k.to.words() + k.lock.words() }

// check looks at the flags before a server is bothered, and asks for a password where one is
// wanted and none is known.
func (k *call) check(ctx context.Context) error {
	if strings.ContainsAny(k.helo, "\r\n") {
		return fail(exitUsage, "error/helo")
	}
	if k.textbook && k.lock.mode == tlsStart {
		return fail(exitUsage, "error/textbook", "flag", "--tls starttls")
	}
	k.to.tls = k.lock.mode
	if err := k.lock.check(k.p); err != nil {
		return err
	}
	return k.identify(ctx)
}

// run opens the connection and holds the session over it; speak is what stands between
// EHLO and QUIT. The error is smtp.ErrBroken where the session was broken off on purpose.
func (k *call) run(ctx context.Context, l *live, speak func(c *smtp.Client) error) error {
	for _, n := range k.who.assumed {
		l.note(n.key, n.args...)
	}
	conn, err := k.p.dial(ctx, &k.to, l.note)
	if err != nil {
		return err
	}
	defer conn.stop()
	conn.toClass(l, k.who.user)
	tap := l.connect(conn, smtp.NewDissector("1"), conn.opening())
	tap.Look = k.lock.look(k.p, conn)
	c := smtp.NewClient(tap)
	c.Break = k.at
	c.Wire().Gate = l.gate(ctx)
	stop := context.AfterFunc(ctx, func() { tap.CloseWhy(trace.ClosedShutdown) })
	defer stop()
	err = k.session(ctx, l, c, conn, speak)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (k *call) session(ctx context.Context, l *live, c *smtp.Client, conn *line,
	speak func(c *smtp.Client) error) error {
	defer c.Close()
	if conn.implicit {
		if err := k.secureFirst(ctx, c, conn); err != nil {
			return err
		}
	}
	if err := c.Greet(); err != nil {
		if r := (*smtp.Reply)(nil); errors.As(err, &r) {
			c.Quit() // RFC 5321 §3.1: 554 is answered with QUIT
		}
		return k.noGreeting(l, err)
	}
	if err := k.hello(c, conn); err != nil {
		what := l.culprit(err)
		c.Quit()
		return k.told(what, err)
	}
	err := k.secure(ctx, l, c, conn)
	if err == nil {
		err = k.logIn(ctx, l, c)
	}
	if err == nil {
		err = speak(c)
	}
	c.Quit() // what was accepted stays accepted, whatever comes of it
	return err
}

// noGreeting tells of a connection that did not begin as SMTP does.
func (k *call) noGreeting(l *live, err error) error {
	if errors.Is(err, smtp.ErrBroken) {
		return err
	}
	first := l.greeted()
	if e := strangerProblem(first, err); e != nil {
		return e
	}
	err = k.told(k.p.say("what/greeting"), err)
	if e := (*problem)(nil); errors.As(err, &e) && e.status == exitNoConnection && first == nil {
		e.hint("hint/cut/tls", "--tls implicit")
	}
	return err
}

func (k *call) hello(c *smtp.Client, conn *line) error {
	name := k.helo
	if name == "" {
		name = addressLiteral(conn)
	}
	if k.textbook {
		_, err := c.Helo(name)
		return err
	}
	k.name = name
	return k.ehlo(c, c.TLS() != nil, false)
}

// A hearing is what a server offered at one point of a session.
type hearing struct {
	secret, known bool // it was in TLS; the client had logged in
	offers        smtp.Extensions
}

// ehlo says EHLO by the name that was said before, and keeps what is offered.
func (k *call) ehlo(c *smtp.Client, secret, known bool) error {
	_, err := c.Hello(k.name)
	if err == nil {
		k.heard = append(k.heard, hearing{secret, known, c.Extensions})
	}
	return err
}

// A refusal is what a server would not do, and its reply.
type refusal struct {
	what  string
	reply *smtp.Reply
}

// told says what was being done when err came.
func (k *call) told(what string, err error) error {
	var reply *smtp.Reply
	if errors.As(err, &reply) {
		return k.refusedProblem(refusal{what, reply}, 0)
	}
	return cutProblem(what, err)
}

func (k *call) refusedProblem(r refusal, more int) *problem {
	key := "error/refused"
	if more > 0 {
		key = "error/refused/more"
	}
	e := fail(replyStatus(r.reply), key, "what", r.what, "reply", r.reply.Error(),
		"n", strconv.Itoa(more))
	switch own := k.ours(); {
	case k.who.given() && r.reply.Enhanced == "5.7.1" && strings.HasPrefix(r.what, "MAIL "):
		e.hint("hint/refused/sender", "", "user", k.who.user)
		if own {
			e.hint("hint/refused/any-sender", "mailtool serve --allow-any-sender")
		}
	case own && r.reply.Enhanced == "5.1.1", own && r.reply.Enhanced == "5.7.1":
		e.hint("hint/refused/accounts", "")
	case r.reply.Code == 530: // RFC 4954 §6
		e.hint("hint/refused/log-in", "--user USER")
	case r.reply.Transient():
		e.hint("hint/refused/later", "")
	}
	return e
}

// ours says that nobody named a server, and no class was joined: it is the sandbox.
func (k *call) ours() bool {
	r, err := k.to.class(k.p)
	return r == nil && err == nil && !k.to.named(k.p)
}
