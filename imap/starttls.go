package imap

import (
	"crypto/tls"
	"net"
)

// offersStartTLS says that TLS can be begun (RFC 3501 §6.2.1).
func (s *session) offersStartTLS() bool { return s.offers("STARTTLS") && s.peer.TLS == nil }

// startTLS puts TLS below the session, which stays in the not authenticated state. What came
// behind the command in clear, anybody may have put there: to obey it above TLS would be to take
// it for the client's.
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
