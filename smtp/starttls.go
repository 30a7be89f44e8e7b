package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"mailtool/internal/wire"
)

// tlsLayer is the name of TLS in a record.
const tlsLayer = wire.TLSLayer

// starttls puts TLS below the session, which begins anew then, as after the greeting
// (RFC 3207 §4). What came behind the command in clear, anybody may have put there: to obey
// it above TLS would be to take it for the client's. RFC 3207 §4 has STARTTLS be the last of
// a group, so that nothing may stand there, and the session ends.
func (s *session) starttls(Command) *Reply {
	if s.peer.TLS != nil { // RFC 3207 §4.2
		return s.refuse(NewReply(503, "5.5.1", "TLS is active already"))
	}
	if s.conn.Buffered() > 0 {
		return s.closing("4.7.0", "something came in clear behind STARTTLS")
	}
	s.say(NewReply(220, "2.0.0", "Go ahead with TLS"))
	if s.err == nil {
		s.err = s.conn.Flush()
	}
	if s.err != nil {
		return nil
	}
	s.reset()
	s.state, s.wide = StateGreeted, false
	s.peer = Peer{Addr: s.peer.Addr}
	s.handshake()
	return nil
}

// handshake puts TLS below the session. Where that fails there is nobody to tell: TLS has
// said why.
func (s *session) handshake() {
	s.peer.TLS, s.err = s.conn.StartTLS(s.ctx, s.limits.Handshake, func(nc net.Conn) *tls.Conn {
		return tls.Server(nc, s.srv.TLS)
	})
}

// ErrTLS is returned to a client that asks for TLS where it has it (RFC 3207 §4.2).
var ErrTLS = errors.New("smtp: TLS is active already")

// StartTLS has the session go on in TLS (RFC 3207). What the server offered before is
// forgotten: say EHLO again. An error that is a *Reply is a refusal, and the session can go
// on in clear, if that is wanted; a NotOfferedError too. After any other the connection is
// of no use.
func (c *Client) StartTLS(ctx context.Context, cfg *tls.Config) error {
	switch {
	case c.over != nil:
		return c.over
	case c.tls != nil:
		return ErrTLS
	case !c.Extensions.Has("STARTTLS"):
		return &NotOfferedError{"STARTTLS"}
	}
	r, err := c.Do(Command{Verb: "STARTTLS"})
	if err != nil {
		return err
	}
	if r.Code != 220 {
		const why = "neither 220 nor a refusal"
		return c.fail(&ProtocolError{"STARTTLS", []byte(r.Error()), why})
	}
	c.open, c.Extensions = false, nil
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
		const why = "something came in clear behind the 220"
		return c.fail(&ProtocolError{To: "STARTTLS", Why: why, Line: c.conn.Unread(80)})
	case err != nil:
		return c.fail(err)
	}
	c.tls = state
	return nil
}

// TLS is what was agreed on, nil where the session is in clear.
func (c *Client) TLS() *tls.ConnectionState { return c.tls }
