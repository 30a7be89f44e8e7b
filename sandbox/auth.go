package sandbox

import (
	"context"
	"errors"
	"net"
	"slices"

	"mailtool/internal/sasl"
	"mailtool/smtp"
)

// logins are the smtp.Login of the servers that offer AUTH.
var _ smtp.Login = (*logins)(nil)

// Mechanisms are those that the server offers a client: the same for whatever account it
// will name.
func (l *logins) Mechanisms(p smtp.Peer) []string {
	if p.TLS == nil && !l.inClear(p) {
		return nil
	}
	return slices.DeleteFunc(sasl.Mechanisms(sasl.TLSExporter(p.TLS) != nil), func(m string) bool {
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
func (l *logins) inClear(p smtp.Peer) bool {
	switch {
	case l.box.o.RequireTLS:
		return false
	case l.box.o.lesson():
		return inRoom(p)
	}
	return l.box.o.loopback() && !fromElsewhere(p)
}

// fromElsewhere says that a client is on another machine.
func fromElsewhere(p smtp.Peer) bool {
	tcp, ok := p.Addr.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}

// anyone says that every log-in succeeds, which is for this machine only.
func (l *logins) anyone() bool { return l.box.o.AcceptAll && l.box.o.loopback() }

// An exchange is one that is going on, with the attempt that it is.
type exchange struct {
	sasl.Server
	attempt *attempt
}

// Begin begins an exchange. It is bound to TLS where -PLUS is offered: wherever TLS has
// something to be bound to. Who could be bound and says that it was not offered is refused
// then, as RFC 5802 §6 wants and as GNU SASL's server does. That keeps nobody out: programs
// that know no binding say so, and get in by SCRAM-SHA-256 (interop has those that we know of).
func (l *logins) Begin(ctx context.Context, p smtp.Peer, mechanism string) (sasl.Server, error) {
	a := l.attempt(p.Addr)
	var binding sasl.Binding
	if !l.anyone() {
		binding = sasl.TLSExporter(p.TLS)
	}
	x, err := sasl.NewServer(ctx, mechanism, a, binding)
	if err != nil {
		return nil, err
	}
	return &exchange{x, a}, nil
}

// Done counts what has failed. Who has failed too often is asked to come again later.
func (l *logins) Done(_ context.Context, _ smtp.Peer, _ string, x sasl.Server, err error) error {
	if x, ok := x.(*exchange); ok {
		x.attempt.done(err)
	}
	if errors.Is(err, ErrTooMany) {
		return smtp.NewReply(454, "4.7.0", "Too many log-ins have failed, try again later")
	}
	return nil
}
