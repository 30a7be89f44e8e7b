package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"

	"mailtool/internal/sasl"
	"mailtool/smtp"
)

// A door is how the submission servers let people in: smtp.Login over the accounts.
type door struct{ box *Sandbox }

// legacyMechanisms are offered with Options.LegacyAuth only: they need the password itself,
// or a hash that is broken.
var legacyMechanisms = []string{sasl.SCRAMSHA1, sasl.CRAMMD5}

// Mechanisms implements smtp.Login. Who comes from elsewhere has to say STARTTLS first: a
// password is not to be read on the way (RFC 8314 §3.3).
func (d door) Mechanisms(p smtp.Peer) []string {
	if p.TLS == nil && (p.Addr == nil || !IsLoopback(p.Addr.String())) {
		return nil
	}
	offered := sasl.Mechanisms(p.TLS != nil)
	if !d.box.legacy() {
		offered = slices.DeleteFunc(offered, func(m string) bool {
			return slices.Contains(legacyMechanisms, m)
		})
	}
	return offered
}

// An exchange knows whom it was begun for.
type exchange struct {
	sasl.Server
	attempt *attempt
}

// Begin implements smtp.Login.
func (d door) Begin(ctx context.Context, p smtp.Peer, mechanism string) (sasl.Server, error) {
	a := d.box.logins.attempt(p.Addr)
	var bound sasl.Binding
	if p.TLS != nil {
		bound = sasl.TLSExporter(p.TLS)
	}
	s, err := sasl.NewServer(ctx, mechanism, a, bound)
	if err != nil {
		return nil, err
	}
	return &exchange{s, a}, nil
}

// Done implements smtp.Login.
func (d door) Done(_ context.Context, _ smtp.Peer, _ string, x sasl.Server, err error) error {
	x.(*exchange).attempt.done(err)
	if errors.Is(err, ErrTooMany) { // RFC 4954 §4.7: 454 may be tried again
		return smtp.NewReply(454, "4.7.0", "Too many log-ins have failed; try again later")
	}
	return nil
}

// sender says whether an account may send in the name of a mailbox: its own only, unless
// Options.AnySender is set, and in nobody's (RFC 6409 §6.1).
func (b *Sandbox) sender(_ context.Context, t *smtp.Transaction) error {
	if t.From.IsNull() || b.o.AnySender {
		return nil
	}
	if u := b.owner(t.From.Mailbox.String()).user; u.ID != 0 && u.Name == t.Peer.Account {
		return nil
	}
	return smtp.NewReply(550, "5.7.1", "%s may not send as %s", t.Peer.Account, t.From)
}

// submission returns the servers that take mail from users (RFC 6409): with STARTTLS, and
// with TLS from the first octet (RFC 8314 §3.3).
func (b *Sandbox) submission(cfg *tls.Config) []*service {
	var all []*service
	for _, s := range []struct {
		name, asked string
		implicit    bool
	}{{"submission", b.o.Submission, false}, {"submissions", b.o.Submissions, true}} {
		if s.asked == "" || s.asked == Off || s.implicit && cfg == nil {
			continue
		}
		server := b.newServer()
		server.TLS, server.Implicit = cfg, s.implicit
		server.Login, server.NeedsLogin, server.Sender = door{b}, true, b.sender
		all = append(all, &service{name: s.name, server: server})
	}
	return all
}
