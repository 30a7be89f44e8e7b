package pop3

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"mailtool/internal/serving"
)

// A Server lets users fetch their mail (RFC 1939). Its fields are set before it serves and
// not changed afterwards. Whose mail there is, is the business of whoever sets the
// callbacks; they are called by many sessions at once.
type Server struct {
	// Domain is the server's name, in the greeting.
	Domain string
	// Banner is the greeting's text; by default the domain and "POP3 mailtool".
	Banner string
	// Capabilities are what CAPA tells of: StandardCapabilities, or part of them. The server
	// adds USER, SASL and STLS where they can be had. Where TOP, UIDL or UTF8 is not among
	// them, there is no such command. With nil there is what RFC 1939 has, TOP and UIDL
	// included, and nothing else: neither CAPA nor AUTH nor STLS.
	Capabilities Capabilities

	// Open locks an account's maildrop after the log-in. An error that is a *Reply is said
	// as it is, with CodeInUse where another session has it; any other as [SYS/TEMP].
	Open func(ctx context.Context, p Peer, account string) (Maildrop, error)
	// Login says who may log in, and how. Where it is nil, nobody can.
	Login Login

	// TLS, if set, has the server offer STLS until there is TLS (RFC 2595). Implicit begins
	// with it at once, before the greeting (RFC 8314 §3.3): what is not TLS is told nothing
	// then.
	TLS      *tls.Config
	Implicit bool

	// Intercept is asked before each command; a reply takes the place of what would have
	// happened. One whose Body fails closes the connection.
	Intercept func(state State, c Command) *Reply

	// Limits that are zero have their defaults.
	Limits Limits
	// Tap, if set, is given each connection and returns the one to use instead.
	Tap func(net.Conn) net.Conn
	// Now is the clock of timestamps and of the length of sessions; time.Now by default.
	Now func() time.Time
	// Stamp makes the timestamp of a greeting, brackets included, never the same twice
	// (RFC 1939 §7). By default it is made at random.
	Stamp func() string

	connections serving.Register
}

// A Peer is what a server knows of the client at the other end of a session.
type Peer struct {
	Addr net.Addr
	TLS  *tls.ConnectionState // nil in clear
	// Stamp is the timestamp that the greeting had, "" if it had none: what APOP's digest is
	// made of (RFC 1939 §7).
	Stamp string
	// UTF8 says that the client takes messages with header fields in UTF-8 (RFC 6856 §2.1).
	UTF8 bool
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = serving.ErrClosed

// Serve accepts connections and serves each in a goroutine, until Shutdown or an error.
// It closes l.
func (s *Server) Serve(l net.Listener) error { return s.connections.Serve(l, s.ServeConn) }

// Shutdown stops accepting, ends sessions that wait for a command, without an update, and
// lets the others finish theirs. When ctx ends first, their connections are closed and its
// error is returned.
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
	return Refuse(CodeTemporary, "%s: %s", s.Domain, why).forWire(nil, s.Capabilities, false)
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// stamp makes a timestamp: something random, the time, the host (RFC 1939 §7).
func (s *Server) stamp() string {
	if s.Stamp != nil {
		return s.Stamp()
	}
	return fmt.Sprintf("<%s.%d@%s>", rand.Text(), s.now().Unix(), s.Domain)
}
