package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"mailtool/internal/wire"
)

// offersStartTLS says that TLS can be begun (RFC 3501 §6.2.1).
func (s *session) offersStartTLS() bool { return s.offers("STARTTLS") && s.peer.TLS == nil }

// startTLS lets the client begin with TLS; the handshake follows the result. The session stays in
// the not authenticated state. What came behind the command in clear, anybody may have put there:
// to obey it above TLS would be to take it for the client's.
func (s *session) startTLS(Simple) *Response {
	switch {
	case s.peer.TLS != nil:
		return Reject("TLS is active already")
	case s.conn.Buffered() > 0:
		s.bye(CodeClientBug, "something came in clear behind STARTTLS")
		return nil
	}
	return Accept("Go ahead with TLS")
}

// handshake puts TLS below the session. Where that fails there is nobody to tell: TLS has
// said why.
func (s *session) handshake() {
	s.peer.TLS, s.err = s.conn.StartTLS(s.ctx, s.limits.Handshake, func(nc net.Conn) *tls.Conn {
		return tls.Server(nc, s.srv.TLS)
	})
}

// ErrTLS is returned to a client that asks for TLS where it has it.
var ErrTLS = errors.New("imap: TLS is active already")

// ErrLoggedIn is returned to a client that asks for TLS after the log-in (RFC 3501 §6.2.1).
// Where it was the greeting that said so, anybody may have made it up to keep TLS away.
var ErrLoggedIn = errors.New("imap: TLS has to begin before the log-in")

// StartTLS has the session go on in TLS (RFC 3501 §6.2.1). What the server offered before is
// forgotten: ask Capability again. An error that is a *Response is a refusal, and the session can
// go on in clear, if that is wanted; a NotOfferedError too. After any other the connection is of
// no use.
func (c *Client) StartTLS(ctx context.Context, cfg *tls.Config) error {
	switch {
	case c.over != nil:
		return c.over
	case c.tls != nil:
		return ErrTLS
	case c.loggedIn:
		return ErrLoggedIn
	case !c.Capabilities.Has("STARTTLS"):
		return &NotOfferedError{"STARTTLS"}
	}
	if _, err := c.Do(Simple{"STARTTLS"}, nil); err != nil {
		return err
	}
	c.Capabilities = nil
	return c.handshake(ctx, cfg)
}

// ImplicitTLS begins TLS before the greeting, as is done on a port of its own (RFC 8314 §3.2).
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
		const why = "something came in clear behind the OK"
		return c.fail(&ProtocolError{"STARTTLS", c.conn.Unread(80), why})
	case err != nil:
		return c.fail(err)
	}
	c.tls = state
	return nil
}

// TLS is what was agreed on, nil where the session is in clear.
func (c *Client) TLS() *tls.ConnectionState { return c.tls }
