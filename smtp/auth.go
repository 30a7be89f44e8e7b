package smtp

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
)

// A Login decides who may log in, and how. Its methods are called by many sessions at once.
// An error that is a *Reply is said as it is.
type Login interface {
	// Mechanisms are those that p may use now. They may be others after STARTTLS.
	Mechanisms(p Peer) []string
	// Begin begins an exchange by one of them.
	Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error)
	// Done is told once how an exchange that has begun ended: with nil for success, with
	// what Next of it returned, with sasl.ErrCancelled, or with an error of the connection.
	// What it returns is said instead, unless it is nil.
	Done(ctx context.Context, p Peer, mechanism string, x sasl.Server, err error) error
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

// offersAuth says that the parameter AUTH of MAIL is known (RFC 4954 §5).
func (s *session) offersAuth() bool { return s.peer.Account != "" || len(s.mechanisms()) > 0 }

// isSubmitter says that v is a value of AUTH of MAIL (RFC 4954 §5). Nothing is made of it:
// nobody is trusted to say who wrote a message.
func isSubmitter(v string) bool {
	text, ok := parseXtext(v, true)
	if !ok || text == "<>" {
		return ok
	}
	_, err := ParseMailbox(text)
	return err == nil
}

// needsLogin says that the client has to log in before the command is obeyed. Those that
// lead there, and those that do nothing, are free (RFC 4954 §6).
func (s *session) needsLogin(verb string) bool {
	if !s.srv.NeedsLogin || s.peer.Account != "" || s.state == StateGreeted {
		return false
	}
	switch verb {
	case "AUTH", "EHLO", "HELO", "NOOP", "RSET", "QUIT", "STARTTLS", "HELP":
		return false
	}
	return true
}

// auth logs the client in (RFC 4954 §4).
func (s *session) auth(c Command) *Reply {
	mechanism, initial, r := s.mechanism(c.Arg)
	if r != nil {
		return s.refuse(r)
	}
	x, err := s.srv.Login.Begin(s.ctx, s.peer, mechanism)
	if err != nil {
		return s.denied(err)
	}
	err = s.exchange(x, mechanism, initial)
	if other := s.srv.Login.Done(s.ctx, s.peer, mechanism, x, err); other != nil {
		err = other
	}
	if err != nil {
		return s.denied(err)
	}
	s.peer.Account = x.Account()
	return NewReply(235, "2.7.0", "Authentication succeeded")
}

const authSyntax = "AUTH mechanism [initial-response]"

// mechanism reads the argument of AUTH, and says whether the mechanism can be had. The
// initial response is not decoded; it is nil where there is none.
func (s *session) mechanism(arg string) (mechanism string, initial []byte, r *Reply) {
	word, rest, more := strings.Cut(arg, " ")
	mechanism = capitals(word)
	offered := s.mechanisms()
	switch {
	case !s.peer.Extended:
		return "", nil, NewReply(503, "5.5.1", "Say EHLO first")
	case s.peer.Account != "": // RFC 4954 §4
		return "", nil, NewReply(503, "5.5.1", "You have logged in already")
	case strings.Contains(rest, " "):
		return "", nil, NewReply(501, "5.5.4", "Syntax: "+authSyntax)
	case len(offered) == 0 && s.srv.TLS != nil && s.peer.TLS == nil: // RFC 4954 §6
		return "", nil, NewReply(538, "5.7.11", "Encryption required: say STARTTLS first")
	case !slices.Contains(offered, mechanism): // RFC 4954 §4
		return "", nil, NewReply(504, "5.5.4", "The mechanism was not offered")
	}
	if more {
		initial = []byte(rest)
	}
	return mechanism, initial, nil
}

// exchange hands challenges and responses to and fro until it is known who the client is.
// The error is that of the mechanism, or says why there is none.
func (s *session) exchange(x sasl.Server, mechanism string, initial []byte) error {
	var response []byte
	if initial != nil {
		if mechanism == sasl.CRAMMD5 { // RFC 4954 §4
			return NewReply(501, "5.7.0", "No initial response: the server speaks first in this mechanism")
		}
		var err error
		if response, err = sasl.DecodeInitial(initial); err != nil {
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
		if done { // SMTP has the last challenge answered by nothing
			if len(response) > 0 {
				return sasl.ErrSyntax
			}
			return nil
		}
	}
}

// ask says a challenge and returns the response to it. A challenge is a reply that may be
// longer than others.
func (s *session) ask(challenge []byte) ([]byte, error) {
	if err := s.conn.WriteLine("334 " + sasl.Encode(challenge)); err != nil {
		return nil, lost{err}
	}
	s.setWaiting(true)
	line, err := s.conn.ReadLine(maxAuthLine)
	s.setWaiting(false)
	if err != nil {
		return nil, lost{err}
	}
	return sasl.Decode(line)
}

// denied is the reply to an AUTH that ended in err. Wrong passwords are counted on their
// own: whoever guesses is sent away sooner than who mistypes commands.
func (s *session) denied(err error) *Reply {
	r := s.authReply(err)
	switch {
	case r == nil || r.Code == 421 || r.Transient():
		return r
	case r.Code == 535:
		if s.failed++; s.failed >= s.limits.Logins {
			return s.closing("4.7.0", "too many log-ins failed; the last: "+r.Text())
		}
	}
	return s.refuse(r)
}

// authReply says why there is no log-in (RFC 4954 §4, §6). It is nil where nobody is there
// to hear it.
func (s *session) authReply(err error) *Reply {
	var r *Reply
	var line *wire.LineError
	var gone lost
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &line):
		return authLineReply(line)
	case errors.As(err, &gone):
		return s.broken(gone.error)
	case errors.Is(err, sasl.ErrCancelled):
		return NewReply(501, "5.7.0", "Cancelled, as you wished")
	case errors.Is(err, sasl.ErrLong):
		return authTooLong()
	case errors.Is(err, sasl.ErrSyntax):
		return NewReply(501, "5.5.2", "Not base64, or not what the mechanism says")
	case errors.Is(err, sasl.ErrRefused):
		return NewReply(535, "5.7.8", "Authentication credentials invalid")
	case errors.Is(err, sasl.ErrBinding): // no secret, and else one would doubt one's password
		return NewReply(535, "5.7.8", "The log-in is not bound to this TLS connection")
	}
	return NewReply(454, "4.7.0", "Temporary authentication failure")
}

// authLineReply is lineReply for a line of an exchange.
func authLineReply(e *wire.LineError) *Reply {
	if e.Anomaly == wire.TooLong {
		return authTooLong()
	}
	return lineReply(e)
}

func authTooLong() *Reply { // RFC 4954 §6
	return NewReply(500, "5.5.6", "Authentication Exchange line is too long")
}
