package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"mailtool/internal/wire"
)

// offersSTLS says that TLS can be begun (RFC 2595 §4).
func (s *session) offersSTLS() bool { return s.offers("STLS") && s.peer.TLS == nil }

// stls puts TLS below the session, which stays in AUTHORIZATION (RFC 2595 §4). There is no
// new greeting: its timestamp holds on. What came behind the command in clear, anybody may
// have put there: to obey it above TLS would be to take it for the client's.
func (s *session) stls(Command) *Reply {
	switch {
	case s.peer.TLS != nil:
		return s.refuse(Refuse("", "TLS is active already"))
	case s.peer.UTF8: // RFC 6856 §2.1
		return s.refuse(Refuse("", "Not after UTF8"))
	case s.conn.Buffered() > 0:
		return s.closing("", "something came in clear behind STLS")
	}
	s.say(Accept("Go ahead with TLS"))
	if s.err == nil {
		s.err = s.conn.Flush()
	}
	if s.err == nil {
		s.handshake()
	}
	return nil
}

// handshake puts TLS below the session. Where that fails there is nobody to tell: TLS has
// said why.
func (s *session) handshake() {
	s.peer.TLS, s.err = s.conn.StartTLS(s.ctx, s.limits.Handshake, func(nc net.Conn) *tls.Conn {
		return tls.Server(nc, s.srv.TLS)
	})
}

// ErrTLS is returned to a client that asks for TLS where it has it (RFC 2595 §4).
var ErrTLS = errors.New("pop3: TLS is active already")

// StartTLS has the session go on in TLS (RFC 2595). What the server offered before is
// forgotten: ask Capa again. An error that is a *Reply is a refusal, and the session can go
// on in clear, if that is wanted; a NotOfferedError too. After any other the connection is
// of no use.
func (c *Client) StartTLS(ctx context.Context, cfg *tls.Config) error {
	switch {
	case c.over != nil:
		return c.over
	case c.tls != nil:
		return ErrTLS
	case !c.Capabilities.Has("STLS"):
		return &NotOfferedError{"STLS"}
	}
	if _, err := c.Do(Command{Verb: "STLS"}, nil); err != nil {
		return err
	}
	c.Capabilities = nil
	return c.handshake(ctx, cfg)
}

// ImplicitTLS begins TLS before the greeting, as is done on a port of its own
// (RFC 8314 §3.3).
func (c *Client) ImplicitTLS(ctx context.Context, cfg *tls.Config) error {
	if c.tls != nil {
		return ErrTLS
	}
	return c.handshake(ctx, cfg)
}

func (c *Client) handshake(ctx context.Context, cfg *tls.Config) error {
	state, err := c.conn.StartTLS(ctx, c.Timeouts.Handshake, func(nc net.Conn) *tls.Conn {
		return tls.Client(nc, cfg)
	})
	switch {
	case errors.Is(err, wire.ErrBuffered): // whoever put it there had no part in TLS
		const why = "something came in clear behind the +OK"
		return c.fail(&ProtocolError{To: "STLS", Why: why, Line: c.conn.Unread(80)})
	case err != nil:
		return c.fail(err)
	}
	c.tls = state
	return nil
}

// TLS is what was agreed on, nil where the session is in clear.
func (c *Client) TLS() *tls.ConnectionState { return c.tls }
