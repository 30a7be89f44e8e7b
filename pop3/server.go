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
	defer nc.Close()
	x, err := s.enter(nc)
	if err != nil {
		s.turnAway(nc, err)
		return
	}
	defer s.connections.Leave(x)
	// A client that takes what it is told octet by octet escapes the session's look at the
	// clock.
	last := time.AfterFunc(x.limits.Session+x.limits.Write, func() { nc.Close() })
	defer last.Stop()
	x.run()
	if x.err == nil {
		serving.Linger(x.conn.NetConn())
	}
	x.conn.Close() // TLS ends with a word of its own, before the connection does
}

// enter counts a connection, or says why it is not served.
func (s *Server) enter(nc net.Conn) (x *session, err error) {
	limits := s.Limits.orDefault()
	most := serving.Limits{Connections: limits.Connections, PerHost: limits.PerHost}
	err = s.connections.Enter(nc, most, func(ctx context.Context, _ int) serving.Session {
		x = s.newSession(ctx, nc)
		return x
	})
	return x, err
}

// turnAway tells a client why it is not served. It takes no session: there may be thousands
// of them at once, and a handshake of TLS for each would be dear.
func (s *Server) turnAway(nc net.Conn, why error) {
	text := "the server is shutting down"
	switch why {
	case serving.ErrTooMany:
		text = "too many connections"
	case serving.ErrTooManyHost:
		text = "too many connections from your address"
	}
	if s.Implicit {
		serving.Linger(nc)
		return
	}
	r := Refuse(CodeTemporary, "%s: %s", s.Domain, text)
	serving.TurnAway(nc, r.forWire(nil, s.Capabilities, false))
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
