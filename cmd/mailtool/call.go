package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
	"mailtool/internal/sasl"
	"mailtool/internal/wire"
	"mailtool/pop3"
	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/term"
)

// A call is one session with a server, as far as it is the same in every protocol: the
// connection, TLS, the log-in, and in their midst what the command is for.
type call struct {
	p     *program
	to    target
	lock  secureFlags // TLS
	who   credentials // who logs in
	shown display

	heard []hearing // what was offered, and when
}

// A speaker is the client of a protocol, as a call uses it.
type speaker interface {
	Greet() error
	ImplicitTLS(context.Context, *tls.Config) error
	StartTLS(context.Context, *tls.Config) error
	TLS() *tls.ConnectionState
	Wire() *wire.Conn
	Close() error

	hello() error                             // what comes before all else, in clear and in TLS
	offersTLS() bool                          // as far as it was asked
	mechanisms() []string                     // that the server offers
	auth(x sasl.Client) error                 // AUTH
	logIn(ctx context.Context, l *live) error // as whoever is to log in, if anybody is
	mailtools() bool                          // the server says that it is one of ours
	leave()                                   // the last word, where it was not said
}

// flags are those of a command that has no others of its own about the session.
func (k *call) flags(c *cobra.Command) {
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

// words are those flags, to be put behind another command; but no password.
func (k *call) words() string { return k.to.words() + k.lock.words() + k.who.words() }

// shellWords are those that a shell takes: there a person logs in, and says STARTTLS.
func (k *call) shellWords() string {
	lock := k.lock
	if lock.mode == tlsStart {
		lock.mode = tlsAuto
	}
	return k.to.words() + lock.words()
}

// check looks at the flags before a server is bothered, and asks for a password where one is
// wanted and none is known.
func (k *call) check(ctx context.Context) error {
	k.to.tls = k.lock.mode
	if err := k.lock.check(k.p); err != nil {
		return err
	}
	return k.identify(ctx)
}

// run opens the connection and holds the session over it; speak is what stands between the
// log-in and the last word.
func (k *call) run(ctx context.Context, l *live, open func(tap net.Conn, conn *line) speaker,
	speak func() error) error {
	for _, n := range k.who.assumed {
		l.note(n.key, n.args...)
	}
	conn, err := k.p.dial(ctx, &k.to, l.note)
	if err != nil {
		return err
	}
	defer conn.stop()
	conn.toClass(l, k.who.user)
	tap := l.connect(conn, k.to.speaks().dissector("1"), conn.opening())
	tap.Look = k.lock.look(k.p, conn)
	s := open(tap, conn)
	s.Wire().Gate = l.gate(ctx)
	stop := context.AfterFunc(ctx, func() { tap.CloseWhy(trace.ClosedShutdown) })
	defer stop()
	err = k.session(ctx, l, s, conn, speak)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (k *call) session(ctx context.Context, l *live, s speaker, conn *line,
	speak func() error) error {
	defer s.Close()
	if conn.implicit {
		if err := k.secureFirst(ctx, s, conn); err != nil {
			return err
		}
	}
	if err := s.Greet(); err != nil {
		return k.noGreeting(l, err)
	}
	if err := s.hello(); err != nil {
		what := l.culprit(err)
		s.leave()
		return k.told(what, err)
	}
	err := k.secure(ctx, l, s, conn)
	if err == nil {
		err = s.logIn(ctx, l)
	}
	if err == nil {
		err = speak()
	}
	s.leave() // what was accepted stays accepted, whatever comes of it
	return err
}

// noGreeting tells of a connection that did not begin as the protocol does.
func (k *call) noGreeting(l *live, err error) error {
	if errors.Is(err, smtp.ErrBroken) {
		return err
	}
	first := l.greeted()
	if e := k.to.speaks().strangerProblem(k.p.asked, first, err); e != nil {
		return e
	}
	err = k.told(k.p.say("what/greeting"), err)
	if e := (*problem)(nil); errors.As(err, &e) && e.status == exitNoConnection && first == nil {
		e.hint("hint/cut/tls", "--tls implicit")
	}
	return err
}

// A hearing is what a server offered at one point of a session.
type hearing struct {
	secret, known bool // it was in TLS; the client had logged in
	offers        []offering
	mechanisms    []string // of AUTH
}

// An offering is a keyword that a server offers something by, and its parameters.
type offering struct{ Keyword, Params string }

func (o offering) String() string { return strings.TrimSpace(o.Keyword + " " + o.Params) }

// A refusal is what a server would not do, and its reply.
type refusal struct {
	what  string
	reply reply
}

// told says what was being done when err came.
func (k *call) told(what string, err error) error {
	if r := replyIn(err); r != nil {
		return k.refusedProblem(refusal{what, r}, 0)
	}
	if isFarewell(err) {
		return k.farewell(what, err)
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
	switch said := r.reply.(type) {
	case *smtp.Reply:
		k.helpSMTP(e, r.what, said)
	case *pop3.Reply:
		if said.Transient() {
			e.hint(laterHint(said), "")
		} else if ofMessage(r.what) {
			e.hint("hint/pop3/number", "mailtool pop3 list"+k.words())
		}
	case *imap.Response:
		k.helpIMAP(e, said)
	}
	return e
}

// added is the error that refusals add up to.
func (k *call) added(refusals []refusal) error {
	statuses := make([]int, len(refusals))
	for i, r := range refusals {
		statuses[i] = replyStatus(r.reply)
	}
	worst := gravest(statuses...)
	for i, r := range refusals {
		if statuses[i] == worst {
			return k.refusedProblem(r, len(refusals)-1)
		}
	}
	return nil
}

// draw draws who brings what to whom, {host} being the server; at the right stands what that is
// called: push, pull.
func (k *call) draw(l *live, key string, args ...string) {
	host := "mail.lab.test" // the sandbox
	if to, err := k.p.address(&k.to); !k.to.inside() && err == nil && !k.ours() {
		host = to.addr
	}
	text := k.p.say(key, append(args, "host", host)...)
	word := k.p.say(key + "/word")
	gap := max(2, 73-term.Columns(text)-term.Columns(word))
	l.note("picture", "text", text+strings.Repeat(" ", gap)+word)
}

// ours says that nobody named a server, and no class was joined: it is the sandbox.
func (k *call) ours() bool {
	r, err := k.to.class(k.p)
	return r == nil && err == nil && !k.to.named(k.p)
}
