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
		server.Login, server.NeedsLogin, server.Sender = b.logins, true, b.sender
		all = append(all, &service{name: s.name, server: server})
	}
	return all
}
