package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"

	"mailtool/internal/sasl"
	"mailtool/smtp"
	"mailtool/trace"
)

// A peer is what a log-in has to know of the client, whatever protocol it speaks.
type peer struct {
	addr net.Addr
	tls  *tls.ConnectionState // nil in clear
}

// mechanisms are those that the server offers a client: the same for whatever account it
// will name.
func (l *logins) mechanisms(p peer) []string {
	if p.tls == nil && !l.inClear(p.addr) {
		return nil
	}
	return slices.DeleteFunc(sasl.Mechanisms(sasl.TLSExporter(p.tls) != nil), func(m string) bool {
		switch m {
		case sasl.Plain, sasl.Login:
			return false
		case sasl.SCRAMSHA1, sasl.CRAMMD5:
			return l.anyone() || !l.box.legacy()
		}
		return l.anyone() // who takes any password has to be told one
	})
}

// inClear says that a client may log in without TLS. A password must not cross a network in
// clear, so that is for this machine only; but for a lesson, where it is to be seen there.
func (l *logins) inClear(from net.Addr) bool {
	switch {
	case l.box.o.RequireTLS:
		return false
	case l.box.o.lesson():
		return inRoom(from)
	}
	return l.box.o.loopback() && !fromElsewhere(from)
}

// fromElsewhere says that a client is on another machine.
func fromElsewhere(from net.Addr) bool {
	tcp, ok := from.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}

// anyone says that every log-in succeeds, which is for this machine only.
func (l *logins) anyone() bool { return l.box.o.AcceptAll && l.box.o.loopback() }

// An exchange is one that is going on, with the attempt that it is.
type exchange struct {
	sasl.Server
	attempt *attempt
}

// newExchange begins an exchange. It is bound to TLS where -PLUS is offered: wherever TLS has
// something to be bound to. Who could be bound and says that it was not offered is refused
// then, as RFC 5802 §6 wants and as GNU SASL's server does. That keeps nobody out: programs
// that know no binding say so, and get in by SCRAM-SHA-256 (interop has those that we know of).
func (l *logins) newExchange(ctx context.Context, p peer, mechanism string) (sasl.Server, error) {
	a := l.attempt(p.addr)
	var binding sasl.Binding
	if !l.anyone() {
		binding = sasl.TLSExporter(p.tls)
	}
	x, err := sasl.NewServer(ctx, mechanism, a, binding)
	if err != nil {
		return nil, err
	}
	return &exchange{x, a}, nil
}

// ended is told the error that an exchange ended in. It counts what has failed, and tells
// who watches the session who has got in.
func (l *logins) ended(p trace.Protocol, from net.Addr, x sasl.Server, err error) {
	if x, ok := x.(*exchange); ok {
		x.attempt.done(err)
	}
	if err == nil {
		l.box.loggedIn(p, from, x.Account())
	}
}

// smtpLogin has users log in over SMTP.
type smtpLogin struct{ *logins }

var _ smtp.Login = smtpLogin{}

// Mechanisms implements smtp.Login.
func (l smtpLogin) Mechanisms(p smtp.Peer) []string { return l.mechanisms(peer{p.Addr, p.TLS}) }

// Begin implements smtp.Login.
func (l smtpLogin) Begin(ctx context.Context, p smtp.Peer, mechanism string) (sasl.Server, error) {
	return l.newExchange(ctx, peer{p.Addr, p.TLS}, mechanism)
}

// Done implements smtp.Login. Who has failed too often is asked to come again later.
func (l smtpLogin) Done(_ context.Context, p smtp.Peer, _ string, x sasl.Server, err error) error {
	l.ended(trace.SMTP, p.Addr, x, err)
	if errors.Is(err, ErrTooMany) {
		return smtp.NewReply(454, "4.7.0", "Too many log-ins have failed, try again later")
	}
	return nil
}
