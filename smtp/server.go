package smtp

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"mailtool/internal/serving"
)

// A Server receives mail (RFC 5321). Its fields are set before it serves and not changed
// afterwards. What happens to the mail is the business of whoever sets the callbacks;
// they are called by many sessions at once. An error that is a *Reply is said as it is,
// any other as 451.
type Server struct {
	// Domain is the server's name, in the greeting, EHLO and Received fields.
	Domain string
	// Banner is the greeting's text behind the domain; by default "ESMTP mailtool", or
	// "SMTP mailtool" where there are no extensions.
	Banner string
	// Extensions are offered after EHLO: StandardExtensions, FullExtensions, or none. The
	// server gives SIZE its number. Parameters of extensions that are not offered are refused.
	Extensions Extensions

	// Sender, if set, says whether the client may send mail that comes from t.From.
	Sender func(ctx context.Context, t *Transaction) error
	// Recipient says whether to is taken; nil takes nobody but the server's own
	// postmaster. It decides about relaying, and has to take the postmaster of every
	// domain that it takes mail for (RFC 5321 §4.5.1). t holds what came before.
	Recipient func(ctx context.Context, t *Transaction, to Path) error
	// Deliver begins the delivery of a message to the recipients in t, before its first
	// octet has come. An error refuses it then and there; see Delivery for what follows.
	// ErrFull, here or there, is said as 452 (RFC 5321 §4.2.3). nil takes no mail.
	Deliver func(ctx context.Context, t *Transaction) (Delivery, error)
	// Verify and Expand answer VRFY and EXPN with the mailboxes that the name stands
	// for, as "<bob@lab.test>" or "Bob <bob@lab.test>", none if there is no such name.
	// Where they are nil, the server answers 252 and 502. EXPN is there only where Extensions
	// offer it, as they must (RFC 5321 §3.5.2).
	Verify, Expand func(ctx context.Context, name string) ([]string, error)

	// TLS, if set, has the server offer STARTTLS until there is TLS (RFC 3207). Implicit
	// begins with it at once, before the greeting (RFC 8314 §3.3): what is not TLS is told
	// nothing then.
	TLS      *tls.Config
	Implicit bool
	// Login, if set, has the server offer AUTH (RFC 4954). NeedsLogin says that nothing is
	// done for a client that has not logged in (RFC 6409 §4.3).
	Login      Login
	NeedsLogin bool

	// Intercept is asked before each command, and at the end of a message as for a
	// command whose verb is "."; a reply takes the place of what would have
	// happened. A reply of 421 closes the session.
	Intercept func(state State, c Command) *Reply
	// Strict refuses what is tolerated otherwise, but for a space at the end of a line:
	// see Fault.Fatal.
	Strict bool
	// Lenient takes a message with lone CRs or LFs and makes CRLF of them, instead of
	// refusing it.
	Lenient bool

	// Limits that are zero have their defaults.
	Limits Limits
	// Tap, if set, is given each connection and returns the one to use instead.
	Tap func(net.Conn) net.Conn
	// Now is the clock of Received fields and of the length of sessions; time.Now by
	// default.
	Now func() time.Time

	connections serving.Register
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = serving.ErrClosed

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// Serve accepts connections and serves each in a goroutine, until Shutdown or an error.
// It closes l.
func (s *Server) Serve(l net.Listener) error { return s.connections.Serve(l, s.ServeConn) }

// Shutdown stops accepting, tells sessions that wait between transactions that the
// server closes (421, RFC 5321 §3.8), and lets the others finish theirs. When ctx ends
// first, their connections are closed and its error is returned; no message that has not
// been answered is kept then.
func (s *Server) Shutdown(ctx context.Context) error { return s.connections.Shutdown(ctx) }

// ServeConn serves one connection to its end and closes it.
func (s *Server) ServeConn(nc net.Conn) {
	if s.Tap != nil {
		nc = s.Tap(nc)
	}
	limits := s.Limits.orDefault()
	most := serving.Limits{Connections: limits.Connections, PerHost: limits.PerHost,
		Session: limits.Session + limits.Idle}
	begin := func(ctx context.Context, serial int) serving.Session {
		return s.newSession(ctx, nc, serial)
	}
	s.connections.ServeConn(nc, most, begin, s.refusal)
}

// refusal is what a client is told that is not served: nothing where it expects TLS, since there
// may be thousands of them at once, and a handshake for each would be dear.
func (s *Server) refusal(why error) []byte {
	if s.Implicit {
		return nil
	}
	enhanced := "4.7.0"
	if why == serving.ErrClosed {
		enhanced = "4.3.2"
	}
	r := s.closing(enhanced, why.Error())
	return r.forWire(nil, s.Extensions.Has("ENHANCEDSTATUSCODES"), false)
}

// A Peer is what a server knows of the client.
type Peer struct {
	Addr     net.Addr
	Hello    string               // what EHLO or HELO said
	Extended bool                 // it was EHLO
	TLS      *tls.ConnectionState // nil in clear
	Account  string               // who has logged in, "" for nobody
}

// literal is the client's address as an address literal (RFC 5321 §4.1.3). What has no IP
// address, as a pipe within a program, is called by the address of this machine.
func (p Peer) literal() string {
	tcp, ok := p.Addr.(*net.TCPAddr)
	switch {
	case !ok:
		return "[127.0.0.1]"
	case tcp.IP.To4() == nil:
		return "[IPv6:" + tcp.IP.String() + "]"
	}
	return "[" + tcp.IP.String() + "]"
}
