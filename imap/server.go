package imap

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"mailtool/internal/serving"
)

// A Server lets users read and arrange their mail where it lies (RFC 3501). Its fields are set
// before it serves and not changed afterwards. Whose mail there is, is the business of whoever
// sets the callbacks; they are called by many sessions at once.
type Server struct {
	// Domain is the server's name, in the greeting.
	Domain string
	// Banner is the greeting's text; by default the domain and "IMAP4rev1 mailtool".
	Banner string
	// Capabilities are what CAPABILITY tells of: StandardCapabilities, or part of them. What
	// belongs to one that is not among them cannot be used. The server adds AUTH=…, STARTTLS and
	// LOGINDISABLED where they apply. With nil there is what RFC 3501 has without any of these.
	Capabilities Capabilities

	// Open is an account's mail, after the log-in. An error that is a *Response is said as it
	// is, any other as NO [UNAVAILABLE].
	Open func(ctx context.Context, p Peer, account string) (Store, error)
	// Login says who may log in, and how. Where it is nil, nobody can.
	Login Login

	// TLS, if set, has the server offer STARTTLS until there is TLS (RFC 3501 §6.2.1). Implicit
	// begins with it at once, before the greeting (RFC 8314 §3.3): what is not TLS is told
	// nothing then.
	TLS      *tls.Config
	Implicit bool

	// Charset turns octets of a charset into UTF-8, for search keys that are in none of those that
	// RFC 3501 has, US-ASCII and UTF-8. The error is for a charset that it does not know. Without
	// it all others are refused.
	Charset func(charset string, octets []byte) (string, error)

	// ID is what the server tells of itself where the client asks, name and value by turns
	// (RFC 2971 §3.3).
	ID []string

	// Intercept is asked before each command that can be parsed; a response takes the place of
	// what would have happened.
	Intercept func(state State, c Command) *Response

	// Lenient takes a message of APPEND with lone CRs or LFs and makes CRLF of them, instead of
	// refusing it.
	Lenient bool

	// Limits that are zero have their defaults.
	Limits Limits
	// Tap, if set, is given each connection and returns the one to use instead.
	Tap func(net.Conn) net.Conn
	// Now is the clock; time.Now by default.
	Now func() time.Time

	connections serving.Register
}

// A Peer is what a server knows of the client at the other end of a session.
type Peer struct {
	Addr net.Addr
	TLS  *tls.ConnectionState // nil in clear
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = serving.ErrClosed

// Serve accepts connections and serves each in a goroutine, until Shutdown or an error.
// It closes l.
func (s *Server) Serve(l net.Listener) error { return s.connections.Serve(l, s.ServeConn) }

// Shutdown stops accepting, says BYE to sessions that wait for a command or are in IDLE, and
// lets the others finish theirs. When ctx ends first, their connections are closed and its error
// is returned.
func (s *Server) Shutdown(ctx context.Context) error { return s.connections.Shutdown(ctx) }

// ServeConn serves one connection to its end and closes it.
func (s *Server) ServeConn(nc net.Conn) {
	if s.Tap != nil {
		nc = s.Tap(nc)
	}
	limits := s.Limits.orDefault()
	most := serving.Limits{Connections: limits.Connections, PerHost: limits.PerHost,
		Session: limits.Session + limits.Write}
	begin := func(ctx context.Context, _ int) serving.Session {
		return s.newSession(ctx, nc)
	}
	s.connections.ServeConn(nc, most, begin, s.refusal)
}

// refusal is what a client is told that is not served: nothing where it expects TLS, since there
// may be thousands of them at once, and a handshake for each would be dear.
func (s *Server) refusal(why error) []byte {
	if s.Implicit {
		return nil
	}
	return respond(BYE, CodeUnavailable, "%s: %s", []any{s.Domain, why}).Append(nil)
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
