package sandbox

import (
	"context"
	"crypto/tls"

	"mailtool/smtp"
)

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

// submission is a server that takes mail from users (RFC 6409): with STARTTLS, or with TLS
// from the first octet (RFC 8314 §3.3).
func (b *Sandbox) submission(cfg *tls.Config, implicit bool) *smtp.Server {
	s := b.newServer()
	s.TLS, s.Implicit = cfg, implicit
	s.Login, s.NeedsLogin, s.Sender = smtpLogin{b.logins}, true, b.sender
	return s
}
