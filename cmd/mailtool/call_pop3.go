package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strings"

	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/pop3"
	"mailtool/trace"
)

// pop3Text is what the clients of POP3 say.
var pop3Text = sentence.New(textFiles, "text/pop3")

// userPass is the word of --auth for POP3's own log-in, by USER and PASS (RFC 1939 §7).
const userPass = "USER"

// pop3Ways are POP3's own ways to log in, beside AUTH.
var pop3Ways = []string{sasl.APOP, userPass}

// A popCall is a call of POP3: the greeting, a log-in, what the command is for, QUIT.
type popCall struct {
	call
	toldAll bool // the server is asked for all that it can do, even where nothing hangs on it
	result  bool // the result goes to stdout, and the session to stderr
}

// newPOP3Call is a call in which bob logs in, unless somebody else is named.
func (p *program) newPOP3Call() popCall {
	return popCall{call: call{p: p, to: target{protocol: &pop3Protocol},
		who: credentials{sample: sampleTo, needed: true, protocol: pop3Protocol.title, more: pop3Ways}}}
}

// open makes the screen of the session.
func (k *popCall) open() (*live, error) {
	return k.p.newLive(&k.shown, liveOptions{Protocol: trace.POP3, Result: k.result})
}

// pull draws that mail is fetched.
func (k *popCall) pull(l *live) {
	user, _, _ := strings.Cut(k.who.user, "@")
	k.draw(l, "picture/pull", "whose", k.p.say("picture/mailbox", "user", user))
}

// run holds the session; speak is what stands between the log-in and QUIT.
func (k *popCall) run(ctx context.Context, l *live, speak func(s *popSession) error) error {
	s := &popSession{k: k, live: l}
	open := func(tap net.Conn, conn *line) speaker {
		s.conn, s.Client = conn, pop3.NewClient(tap)
		return s
	}
	return k.call.run(ctx, l, open, func() error { return speak(s) })
}

// A popSession is the client of a popCall. It implements speaker.
type popSession struct {
	*pop3.Client
	k    *popCall
	conn *line
	live *live

	asked bool // CAPA was said
	over  bool // no more is to be said: QUIT was, or the line is to be cut
}

// hello asks what the server can do, where anything hangs on that. A session in clear on this
// machine needs nothing: it is that of the books, without CAPA.
func (s *popSession) hello() error {
	k := s.k
	named := k.who.mechanism != "" && k.who.mechanism != userPass && k.who.mechanism != sasl.APOP
	if k.toldAll || named || s.TLS() != nil || s.conn.beyond() || k.must(s.conn) {
		return s.capa(false)
	}
	return nil
}

// capa says CAPA and keeps what is offered; known says that somebody has logged in.
func (s *popSession) capa(known bool) error {
	offered, err := s.Capa()
	if err != nil {
		return err
	}
	s.asked = true
	h := hearing{secret: s.TLS() != nil, known: known, mechanisms: offered.Mechanisms()}
	for _, c := range offered {
		h.offers = append(h.offers, offering(c))
	}
	s.k.heard = append(s.k.heard, h)
	return nil
}

func (s *popSession) offersTLS() bool      { return s.Capabilities.Has("STLS") }
func (s *popSession) mechanisms() []string { return s.Capabilities.Mechanisms() }

func (s *popSession) auth(x sasl.Client) error {
	_, err := s.Auth(x)
	return err
}

func (s *popSession) mailtools() bool {
	return strings.Contains(s.Greeting.Text, "POP3 mailtool")
}

// leave says QUIT. Whoever has to know what the server says to that, has said it before.
func (s *popSession) leave() {
	if !s.over {
		s.Quit()
	}
}

// quit says QUIT and returns what the server says: with it what is marked is gone, or is not
// (RFC 1939 §6). The error is net.ErrClosed where the connection was lost before, so that nothing
// is gone.
func (s *popSession) quit() error {
	s.over = true
	r, err := s.Quit()
	if r == nil && err == nil {
		err = net.ErrClosed
	}
	return err
}

// logIn logs in, by USER and PASS or APOP where AUTH has no say.
func (s *popSession) logIn(_ context.Context, l *live) error {
	k := s.k
	if !k.who.given() {
		return nil
	}
	way := s.way()
	if way == "" {
		return k.logIn(l, s)
	}
	if err := k.mayTell(l, s, way); err != nil {
		return err
	}
	var err error
	if way == sasl.APOP {
		_, err = s.APOP(k.who.user, k.who.secret)
	} else {
		_, err = s.Pass(k.who.user, k.who.secret)
	}
	missing := (*pop3.NotOfferedError)(nil)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return fail(exitAuth, "error/pop3/no-log-in", "mechanism", missing.Keyword).because(err).
			hint("hint/pop3/no-log-in", "mailtool pop3 probe"+k.to.words()+k.lock.words())
	case errors.Is(err, sasl.ErrCredentials):
		return fail(exitAuth, "error/auth/unsayable", "mechanism", way).because(err).
			hint("hint/pop3/unsayable", "")
	}
	return k.logInProblem(l, s, way, err)
}

// way is by what the user logs in: USER or APOP, "" for AUTH. On this machine and in clear it is
// what the books have. Elsewhere it is AUTH, where the server has a mechanism of ours; else,
// where others could read along, what does not show them the password.
func (s *popSession) way() string {
	asked := s.k.who.mechanism
	bound := sasl.TLSExporter(s.TLS()) != nil
	switch {
	case asked == userPass || asked == sasl.APOP:
		return asked
	case asked != "", len(inCommon(sasl.Mechanisms(bound), s.mechanisms())) > 0 && !s.books():
		return ""
	case s.TLS() == nil && s.conn.beyond() && s.Greeting.Timestamp() != "":
		return sasl.APOP
	}
	return userPass
}

// books says that the session is that of the books: in clear, on this machine.
func (s *popSession) books() bool { return s.TLS() == nil && !s.conn.beyond() }

// refused tells of what the server would not do, or of what became of the connection. The
// session's own trace says which command that was.
func (s *popSession) refused(what string, err error) error {
	if err == nil {
		return nil
	}
	return s.k.told(cmp.Or(what, s.live.culprit(err)), err)
}
