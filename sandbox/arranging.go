package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"

	"mailtool/imap"
	"mailtool/internal/sasl"
	"mailtool/mime"
	"mailtool/trace"
)

// lessonIMAPBanner is lessonBanner for IMAP.
const lessonIMAPBanner = "IMAP4rev1 mailtool " + LessonWords

// mailboxes is a server at which users read and arrange their mail: with STARTTLS where there is
// TLS, or with TLS from the first octet (RFC 8314 §3.2).
func (b *Sandbox) mailboxes(cfg *tls.Config, implicit bool) *imap.Server {
	s := &imap.Server{Domain: b.Host(), Capabilities: b.o.imapCapabilities(), TLS: cfg,
		Implicit: implicit, Login: imapLogin{b.logins}, Open: b.openFolders, Now: b.o.Now,
		ID: []string{"name", "mailtool"}, Charset: mime.DecodeCharset,
		Lenient: b.o.Lenient,
		Limits: imap.Limits{PerHost: b.o.Limits.PerHost, Connections: b.o.Limits.Connections,
			Message: b.o.Limits.Size}}
	if b.o.lesson() {
		s.Banner = b.Host() + " " + lessonIMAPBanner
	}
	s.Tap = b.tap(trace.IMAP, func(name string) trace.Dissector { return imap.NewDissector(name) })
	return s
}

// imapCapabilities are what CAPABILITY tells of. The textbook's server has what RFC 3501 has.
func (o *Options) imapCapabilities() imap.Capabilities {
	switch o.Profile {
	case Textbook:
		return nil
	case Full:
		return imap.StandardCapabilities()
	}
	usual := []string{"IMAP4rev1", "IDLE", "UIDPLUS", "MOVE", "NAMESPACE", "SPECIAL-USE", "LITERAL+",
		"UNSELECT", "ID"}
	return slices.DeleteFunc(imap.StandardCapabilities(), func(c string) bool {
		return !slices.Contains(usual, c)
	})
}

// imapLogin has users log in over IMAP.
type imapLogin struct{ *logins }

var _ imap.Login = imapLogin{}

// Mechanisms implements imap.Login.
func (l imapLogin) Mechanisms(p imap.Peer) []string { return l.mechanisms(peer{p.Addr, p.TLS}) }

// Begin implements imap.Login.
func (l imapLogin) Begin(ctx context.Context, p imap.Peer, mechanism string) (sasl.Server, error) {
	return l.newExchange(ctx, peer{p.Addr, p.TLS}, mechanism)
}

// Done implements imap.Login. Who has failed too often is asked to come again later.
func (l imapLogin) Done(_ context.Context, p imap.Peer, _ string, x sasl.Server, err error) error {
	l.ended(trace.IMAP, p.Addr, x, err)
	if errors.Is(err, ErrTooMany) {
		return imap.Refuse(imap.CodeUnavailable, "Too many log-ins have failed, try again later")
	}
	return nil
}
