package main

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/smtp"
)

// smtpText is what the SMTP clients say, beside what all commands say.
var smtpText = sentence.New(textFiles, "text/smtp")

// An smtpCall is a call of SMTP: the greeting, EHLO, what the command is for, QUIT.
type smtpCall struct {
	call
	helo     string     // --helo
	textbook bool       // HELO, as in the books
	at       smtp.Break // where to break off on purpose

	name string // what EHLO said
}

func (p *program) newSMTPCall() smtpCall { return smtpCall{call: call{p: p}} }

// flags are those of a command that has no others of its own about the session.
func (k *smtpCall) flags(c *cobra.Command) {
	c.Flags().StringVar(&k.helo, "helo", "", "")
	k.call.flags(c)
}

// check looks at the flags, as that of call does.
func (k *smtpCall) check(ctx context.Context) error {
	if strings.ContainsAny(k.helo, "\r\n") {
		return fail(exitUsage, "error/helo")
	}
	if !k.textbook {
		return k.call.check(ctx)
	}
	if k.lock.mode == tlsStart {
		return fail(exitUsage, "error/textbook", "flag", "--tls starttls")
	}
	if flag := k.who.flag(); flag != "" { // HELO, and so no AUTH (RFC 4954 §3)
		return fail(exitUsage, "error/textbook", "flag", flag)
	}
	k.to.tls, k.lock.never = k.lock.mode, "live/tls-textbook"
	return k.lock.check(k.p)
}

// run holds the session; speak is what stands between EHLO and QUIT. The error is
// smtp.ErrBroken where the session was broken off on purpose.
func (k *smtpCall) run(ctx context.Context, l *live, speak func(c *smtp.Client) error) error {
	s := &smtpSession{k: k}
	open := func(tap net.Conn, conn *line) speaker {
		s.conn, s.Client = conn, smtp.NewClient(tap)
		s.Break = k.at
		return s
	}
	return k.call.run(ctx, l, open, func() error { return speak(s.Client) })
}

// An smtpSession is the client of an smtpCall. It implements speaker.
type smtpSession struct {
	*smtp.Client
	k    *smtpCall
	conn *line
}

func (s *smtpSession) Greet() error {
	err := s.Client.Greet()
	if r := (*smtp.Reply)(nil); errors.As(err, &r) {
		s.Quit() // RFC 5321 §3.1: 554 is answered with QUIT
	}
	return err
}

// hello says EHLO. After STARTTLS it does so again: what the server offered in clear does not
// count any more (RFC 3207 §4.2).
func (s *smtpSession) hello() error {
	if s.k.name = s.k.helo; s.k.name == "" {
		s.k.name = addressLiteral(s.conn)
	}
	if s.k.textbook {
		_, err := s.Helo(s.k.name)
		return err
	}
	return s.k.ehlo(s.Client, false)
}

// ehlo says EHLO and keeps what is offered; known says that somebody has logged in.
func (k *smtpCall) ehlo(c *smtp.Client, known bool) error {
	_, err := c.Hello(k.name)
	if err == nil {
		h := hearing{secret: c.TLS() != nil, known: known, mechanisms: c.Extensions.Mechanisms()}
		for _, x := range c.Extensions {
			h.offers = append(h.offers, offering(x))
		}
		k.heard = append(k.heard, h)
	}
	return err
}

func (s *smtpSession) offersTLS() bool      { return s.Extensions.Has("STARTTLS") }
func (s *smtpSession) mechanisms() []string { return s.Extensions.Mechanisms() }
func (s *smtpSession) leave()               { s.Quit() }

func (s *smtpSession) auth(x sasl.Client) error {
	_, err := s.Auth(x)
	return err
}

func (s *smtpSession) logIn(_ context.Context, l *live) error { return s.k.logIn(l, s) }

func (s *smtpSession) mailtools() bool {
	return strings.Contains(s.Greeting.Text(), "ESMTP mailtool")
}

// helpSMTP adds to a problem what may help where a reply refuses what.
func (k *call) helpSMTP(e *problem, what string, r *smtp.Reply) {
	switch own := k.ours(); {
	case k.who.given() && r.Enhanced == "5.7.1" && strings.HasPrefix(what, "MAIL "):
		e.hint("hint/refused/sender", "", "user", k.who.user)
		if own {
			e.hint("hint/refused/any-sender", "mailtool serve --allow-any-sender")
		}
	case own && r.Enhanced == "5.1.1", own && r.Enhanced == "5.7.1":
		if k.to.inside() {
			e.hint("hint/refused/accounts", "")
		} else { // it may have others, as that of a class has
			e.hint("hint/refused/own-accounts", "")
		}
	case r.Code == 530: // RFC 4954 §6
		e.hint("hint/refused/log-in", "--user USER")
	case r.Transient():
		e.hint("hint/refused/later", "")
	}
}
