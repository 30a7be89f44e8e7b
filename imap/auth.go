package imap

import (
	"context"
	"errors"
	"slices"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
)

// A Login decides who may log in, and how. Its methods are called by many sessions at once.
// An error that is a *Response is said as it is.
type Login interface {
	// Mechanisms are those that p may use now. LOGIN is there where PLAIN is: it says the
	// same. They may be others after STARTTLS.
	Mechanisms(p Peer) []string
	// Begin begins an exchange by one of them.
	Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error)
	// Done is told once how an exchange that has begun ended: with nil for success, with
	// what Next of it returned, with sasl.ErrCancelled, or with an error of the connection.
	// What it returns is said instead, unless it is nil.
	Done(ctx context.Context, p Peer, mechanism string, x sasl.Server, err error) error
}

// A LoginCommand is LOGIN: name and password in clear (RFC 3501 §6.2.3).
type LoginCommand struct{ User, Password string }

// Verb implements Command.
func (c *LoginCommand) Verb() string { return "LOGIN" }

func (c *LoginCommand) print(w *writer) {
	w.sp()
	w.astring(c.User)
	w.sp()
	w.astring(c.Password)
}

func parseLogin(s *scanner) Command {
	c := &LoginCommand{}
	s.sp()
	c.User = s.astring()
	s.sp()
	c.Password = s.astring()
	return c
}

// An Authenticate is AUTHENTICATE (RFC 3501 §6.2.2), with an initial response where the server
// offers SASL-IR (RFC 4959 §3).
type Authenticate struct {
	Mechanism string
	Initial   string // in base64, "=" for an empty one, "" for none
}

// Verb implements Command.
func (c *Authenticate) Verb() string { return "AUTHENTICATE" }

func (c *Authenticate) print(w *writer) {
	w.sp()
	w.raw(c.Mechanism)
	if c.Initial != "" {
		w.sp()
		w.raw(c.Initial)
	}
}

func parseAuthenticate(s *scanner) Command {
	c := &Authenticate{}
	s.sp()
	c.Mechanism = s.upper()
	if s.take(' ') {
		c.Initial = s.run("base64", func(o byte) bool { return o > ' ' && o < 0x7f })
	}
	return c
}

// A lost is an error of the connection in the middle of an exchange.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

// mechanisms are those that the client may use now.
func (s *session) mechanisms() []string {
	if s.srv.Login == nil {
		return nil
	}
	return s.srv.Login.Mechanisms(s.peer)
}

// loginDisabled says that a password cannot be said in clear (RFC 3501 §6.2.3).
func (s *session) loginDisabled() bool { return !slices.Contains(s.mechanisms(), sasl.Plain) }

// login is LOGIN, which says in a command what PLAIN says in a response. The name or the password
// may be a string that PLAIN has not, such as "": nobody's, but no mistake in the command.
func (s *session) login(c *LoginCommand) *Response {
	return s.authorize(sasl.Plain, func(x sasl.Server) error {
		_, done, err := x.Next([]byte("\x00" + c.User + "\x00" + c.Password))
		if err == nil && !done || errors.Is(err, sasl.ErrSyntax) {
			err = sasl.ErrRefused
		}
		return err
	})
}

func (s *session) authenticate(c *Authenticate) *Response {
	if c.Initial != "" && !s.srv.Capabilities.Has("SASL-IR") {
		return Reject("No initial response: SASL-IR was not offered")
	}
	return s.authorize(c.Mechanism, func(x sasl.Server) error { return s.exchange(x, c) })
}

// inTheWay says why a mechanism cannot be used, nil if it can.
func (s *session) inTheWay(mechanism string) *Response {
	offered := s.mechanisms()
	switch {
	case slices.Contains(offered, mechanism):
		return nil
	case s.offersStartTLS() && (len(offered) == 0 || slices.Contains(sasl.Mechanisms(true), mechanism)):
		// others, or more of them, may be there then
		return Refuse(CodePrivacyRequired, "Encryption required: say STARTTLS first")
	case mechanism == sasl.Plain && len(offered) > 0:
		return Refuse("", "No log-in by a plain password here")
	}
	return Refuse("", "The mechanism was not offered")
}

// authorize has an exchange made, and opens the mail of whom it shows the client to be.
func (s *session) authorize(mechanism string, exchange func(sasl.Server) error) *Response {
	if r := s.inTheWay(mechanism); r != nil {
		return r
	}
	x, err := s.srv.Login.Begin(s.ctx, s.peer, mechanism)
	if err != nil {
		return s.denied(err)
	}
	err = exchange(x)
	if other := s.srv.Login.Done(s.ctx, s.peer, mechanism, x, err); other != nil {
		err = other
	}
	if err != nil {
		return s.denied(err)
	}
	return s.admit(x.Account())
}

// admit opens an account's mail, which leads to the authenticated state. What can be done may be
// other than before, and is said with the result (RFC 3501 §6.2.3).
func (s *session) admit(account string) *Response {
	store, err := s.srv.Open(s.ctx, s.peer, account)
	if err != nil {
		return responseTo(err, CodeUnavailable)
	}
	s.store, s.state = store, StateAuthenticated
	s.conn.ReadUntil = s.last
	r := Accept("Welcome, %s", account)
	if s.srv.Capabilities != nil {
		r = s.withCapabilities(r)
	}
	return r
}

// responseTo is what is said of an error: the error itself if it is a response, or else a NO
// with a code. What went wrong in here is no business of the client's.
func responseTo(err error, code string) *Response {
	if r := (*Response)(nil); errors.As(err, &r) {
		again := *r // it gets a tag of its own
		return &again
	}
	return Refuse(code, "It cannot be done for now; try again later")
}

// exchange hands challenges and responses to and fro until it is known who the client is.
// The error is that of the mechanism, or says why there is none.
func (s *session) exchange(x sasl.Server, c *Authenticate) error {
	var response []byte
	if c.Initial != "" {
		if c.Mechanism == sasl.CRAMMD5 { // RFC 4959 §3
			return Refuse("", "No initial response: the server speaks first in this mechanism")
		}
		var err error
		if response, err = sasl.DecodeInitial([]byte(c.Initial)); err != nil {
			return err
		}
	}
	for {
		challenge, done, err := x.Next(response)
		if err != nil || done && len(challenge) == 0 {
			return err
		}
		if response, err = s.ask(challenge); err != nil {
			return err
		}
		if done { // nothing goes with OK, so the last challenge is answered by nothing
			if len(response) > 0 {
				return sasl.ErrSyntax
			}
			return nil
		}
	}
}

// maxAuthLine is how long a response of a mechanism may be, in octets with its CRLF.
const maxAuthLine = 12288

// ask says a challenge and returns the response to it.
func (s *session) ask(challenge []byte) ([]byte, error) {
	s.goAhead(sasl.Encode(challenge))
	if s.err != nil {
		return nil, lost{s.err}
	}
	s.setWaiting(true)
	line, err := s.conn.ReadLine(maxAuthLine)
	s.setWaiting(false)
	if unusual := (*wire.LineError)(nil); errors.As(err, &unusual) {
		return nil, badLine(unusual)
	}
	if err != nil {
		return nil, lost{err}
	}
	return sasl.Decode(line)
}

// denied is the answer to a log-in that ended in err. Whoever guesses passwords is sent away
// sooner than who mistypes commands.
func (s *session) denied(err error) *Response {
	if gone := (lost{}); errors.As(err, &gone) {
		s.broken(gone.error)
		return nil
	}
	r := authResponse(err)
	if r.Code.Name == CodeAuthenticationFailed {
		if s.failed++; s.failed >= s.limits.Logins {
			s.bye("", "too many log-ins failed")
		}
	}
	return r
}

// authResponse says why there is no log-in (RFC 5530 §3).
func authResponse(err error) *Response {
	switch {
	case errors.Is(err, sasl.ErrCancelled):
		return Reject("Cancelled, as you wished") // RFC 3501 §6.2.2
	case errors.Is(err, sasl.ErrSyntax):
		return Reject("Not what the mechanism says")
	case errors.Is(err, sasl.ErrRefused):
		return Refuse(CodeAuthenticationFailed, "Wrong name or password")
	case errors.Is(err, sasl.ErrBinding): // no secret, and else one would doubt one's password
		return Refuse(CodeAuthenticationFailed, "The log-in is not bound to this TLS connection")
	}
	return responseTo(err, CodeUnavailable)
}
