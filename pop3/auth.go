package pop3

import (
	"context"
	"errors"
	"slices"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
)

// A Login decides who may log in, and how. Its methods are called by many sessions at once.
// An error that is a *Reply is said as it is.
type Login interface {
	// Mechanisms are those that p may use now: of AUTH, and sasl.APOP, by which the greeting
	// has a timestamp. USER and PASS are there where PLAIN is: they say the same in two
	// commands. They may be others after STLS.
	Mechanisms(p Peer) []string
	// Begin begins an exchange by one of them. That of APOP is sasl.NewAPOPServer with
	// p.Stamp.
	Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error)
	// Done is told once how an exchange that has begun ended: with nil for success, with
	// what Next of it returned, with sasl.ErrCancelled, or with an error of the connection.
	// What it returns is said instead, unless it is nil. The maildrop is opened afterwards.
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

// saslOnly are those of AUTH.
func saslOnly(mechanisms []string) []string {
	return slices.DeleteFunc(slices.Clone(mechanisms), func(m string) bool { return m == sasl.APOP })
}

func (s *session) offersAPOP() bool { return slices.Contains(s.mechanisms(), sasl.APOP) }

// userName is USER. Whether there is such a user is not said (RFC 1939 §13).
func (s *session) userName(c Command) *Reply {
	if r := s.inTheWay(sasl.Plain); r != nil {
		return s.refuse(r)
	}
	s.user = c.Arg
	return Accept("Now the password")
}

// pass is PASS: USER and PASS say in two commands what PLAIN says in one.
func (s *session) pass(c Command) *Reply {
	name := s.user
	s.user = ""
	if name == "" {
		return s.refuse(Refuse("", "USER first: who are you?"))
	}
	return s.login(sasl.Plain, func(x sasl.Server) error {
		return oneMessage(x, []byte("\x00"+name+"\x00"+c.Arg))
	})
}

// apop logs in by a digest of the greeting's timestamp and the password (RFC 1939 §7).
func (s *session) apop(c Command) *Reply {
	if s.peer.Stamp == "" {
		return s.refuse(Refuse("", "The greeting had no timestamp: APOP cannot be had"))
	}
	return s.login(sasl.APOP, func(x sasl.Server) error { return oneMessage(x, []byte(c.Arg)) })
}

// oneMessage is an exchange that has one message.
func oneMessage(x sasl.Server, message []byte) error {
	_, done, err := x.Next(message)
	if err == nil && !done {
		err = sasl.ErrSyntax
	}
	return err
}

// auth is AUTH (RFC 5034 §4). Without an argument, many servers list the mechanisms by it,
// and some clients ask so.
func (s *session) auth(c Command) *Reply {
	words := c.Args()
	if len(words) == 0 {
		r := Accept("These are the mechanisms")
		r.Body = lines(slices.Values(saslOnly(s.mechanisms())))
		return r
	}
	mechanism := upper([]byte(words[0]))
	if mechanism == sasl.APOP {
		return s.refuse(Refuse("", "APOP is a command of its own"))
	}
	var initial []byte
	if len(words) > 1 {
		initial = []byte(words[1])
	}
	return s.login(mechanism, func(x sasl.Server) error { return s.exchange(x, mechanism, initial) })
}

// inTheWay says why a mechanism cannot be used, nil if it can.
func (s *session) inTheWay(mechanism string) *Reply {
	offered := s.mechanisms()
	switch {
	case slices.Contains(offered, mechanism):
		return nil
	case s.offersSTLS() && (len(offered) == 0 || slices.Contains(sasl.Mechanisms(true), mechanism)):
		// others, or more of them, may be there then
		return Refuse("", "Encryption required: say STLS first")
	case mechanism == sasl.Plain && len(offered) > 0:
		return Refuse("", "No log-in by a plain password here")
	}
	return Refuse("", "The mechanism was not offered")
}

// login has an exchange made, and opens the maildrop of whom it shows the client to be.
func (s *session) login(mechanism string, exchange func(sasl.Server) error) *Reply {
	if r := s.inTheWay(mechanism); r != nil {
		return s.refuse(r)
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
	return s.enter(x.Account())
}

// enter locks the maildrop, which leads to TRANSACTION (RFC 1939 §4). Where it cannot be had
// the client may try again.
func (s *session) enter(account string) *Reply {
	m, err := s.srv.Open(s.ctx, s.peer, account)
	if err != nil {
		return s.refuse(replyTo(err))
	}
	s.drop, s.state = newDrop(m), StateTransaction
	return s.drop.count()
}

// exchange hands challenges and responses to and fro until it is known who the client is.
// The error is that of the mechanism, or says why there is none.
func (s *session) exchange(x sasl.Server, mechanism string, initial []byte) error {
	var response []byte
	if initial != nil {
		if mechanism == sasl.CRAMMD5 { // RFC 5034 §4
			return Refuse("", "No initial response: the server speaks first in this mechanism")
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
		if done { // nothing goes with +OK, so the last challenge is answered by nothing
			if len(response) > 0 {
				return sasl.ErrSyntax
			}
			return nil
		}
	}
}

// ask says a challenge and returns the response to it.
func (s *session) ask(challenge []byte) ([]byte, error) {
	if err := s.conn.WriteLine(Challenge + " " + sasl.Encode(challenge)); err != nil {
		return nil, lost{err}
	}
	s.setWaiting(true)
	line, err := s.conn.ReadLine(maxAuthLine)
	s.setWaiting(false)
	if unusual := (*wire.LineError)(nil); errors.As(err, &unusual) {
		return nil, lineReply(unusual)
	}
	if err != nil {
		return nil, lost{err}
	}
	return sasl.Decode(line)
}

// denied is the answer to a log-in that ended in err. Wrong passwords are counted on their
// own: whoever guesses is sent away sooner than who mistypes commands.
func (s *session) denied(err error) *Reply {
	if gone := (lost{}); errors.As(err, &gone) { // nobody is there to hear it
		return s.broken(gone.error)
	}
	r := authReply(err)
	if r.Code == CodeAuth {
		if s.failed++; s.failed >= s.limits.Logins {
			return s.closing(CodeAuth, "too many log-ins failed; the last: "+r.Text)
		}
	}
	return s.refuse(r)
}

// authReply says why there is no log-in. [AUTH] says that name or password were wrong, and
// nothing else does (RFC 3206 §5).
func authReply(err error) *Reply {
	var r *Reply
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, sasl.ErrCancelled):
		return Refuse("", "Cancelled, as you wished")
	case errors.Is(err, sasl.ErrSyntax):
		return Refuse("", "Not what the mechanism says")
	case errors.Is(err, sasl.ErrRefused):
		return Refuse(CodeAuth, "Wrong name or password")
	case errors.Is(err, sasl.ErrBinding): // no secret, and else one would doubt one's password
		return Refuse(CodeAuth, "The log-in is not bound to this TLS connection")
	}
	return Refuse(CodeTemporary, "No log-in for now; try again later")
}
