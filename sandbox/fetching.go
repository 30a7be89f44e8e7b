package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"

	"mailtool/internal/sasl"
	"mailtool/pop3"
	"mailtool/trace"
)

// lessonPOP3Banner is lessonBanner for POP3.
const lessonPOP3Banner = "POP3 mailtool " + LessonWords

// maildrops is a server from which users fetch their mail: with STLS where there is TLS, or
// with TLS from the first octet (RFC 8314 §3.3).
func (b *Sandbox) maildrops(cfg *tls.Config, implicit bool) *pop3.Server {
	s := &pop3.Server{Domain: b.Host(), Capabilities: b.o.capabilities(), TLS: cfg,
		Implicit: implicit, Login: pop3Login{b.logins}, Open: b.openMaildrop, Now: b.o.Now,
		Limits: pop3.Limits{PerHost: b.o.Limits.PerHost, Connections: b.o.Limits.Connections}}
	if b.o.lesson() {
		s.Banner = b.Host() + " " + lessonPOP3Banner
	}
	s.Tap = b.tap(trace.POP3, func(name string) trace.Dissector { return pop3.NewDissector(name) })
	return s
}

// capabilities are what CAPA tells of. The textbook's server does not even know CAPA.
func (o *Options) capabilities() pop3.Capabilities {
	switch o.Profile {
	case Textbook:
		return nil
	case Full:
		return pop3.StandardCapabilities()
	}
	return slices.DeleteFunc(pop3.StandardCapabilities(), func(c pop3.Capability) bool {
		return slices.Contains([]string{"UTF8", "EXPIRE", "IMPLEMENTATION"}, c.Keyword)
	})
}

// pop3Login has users log in over POP3.
type pop3Login struct{ *logins }

var _ pop3.Login = pop3Login{}

// Mechanisms implements pop3.Login. APOP is one of old, as CRAM-MD5 is, and needs the same: it
// is offered wherever that is.
func (l pop3Login) Mechanisms(p pop3.Peer) []string {
	all := l.mechanisms(peer{p.Addr, p.TLS})
	if slices.Contains(all, sasl.CRAMMD5) {
		all = append(all, sasl.APOP)
	}
	return all
}

// Begin implements pop3.Login.
func (l pop3Login) Begin(ctx context.Context, p pop3.Peer, mechanism string) (sasl.Server, error) {
	if mechanism == sasl.APOP {
		a := l.attempt(p.Addr)
		return &exchange{sasl.NewAPOPServer(ctx, a, p.Stamp), a}, nil
	}
	return l.newExchange(ctx, peer{p.Addr, p.TLS}, mechanism)
}

// Done implements pop3.Login. Who has failed too often is asked to come again later.
func (l pop3Login) Done(_ context.Context, p pop3.Peer, _ string, x sasl.Server, err error) error {
	l.ended(trace.POP3, p.Addr, x, err)
	if errors.Is(err, ErrTooMany) {
		return pop3.Refuse(pop3.CodeTemporary, "Too many log-ins have failed, try again later")
	}
	return nil
}
