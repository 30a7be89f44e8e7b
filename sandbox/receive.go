package sandbox

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"mailtool/mime"
	"mailtool/smtp"
)

// user is whose mailbox an address stands for, "" for nobody's. The postmaster is read by
// the first account (RFC 5321 §4.5.1).
func (b *Sandbox) user(m smtp.Mailbox) string {
	if m.Domain != "" && !strings.EqualFold(m.Domain, b.o.Domain) {
		if !m.IsPostmaster() || !strings.EqualFold(m.Domain, b.Host()) {
			return ""
		}
	}
	switch {
	case b.store.Has(m.Local):
		return m.Local
	case m.IsPostmaster():
		return b.o.Accounts[0]
	}
	return ""
}

// recipient takes mail for the accounts, and for nobody elsewhere: a server that passes on
// mail from anybody to anybody is a gift to spammers (RFC 5321 §3.6.2, §7.9).
func (b *Sandbox) recipient(_ context.Context, _ *smtp.Transaction, to smtp.Path) error {
	switch {
	case b.user(to.Mailbox) != "":
		return nil
	case strings.EqualFold(to.Domain, b.o.Domain), strings.EqualFold(to.Domain, b.Host()):
		return smtp.NewReply(550, "5.1.1", "%s: no such user here", to)
	}
	return smtp.NewReply(550, "5.7.1", "%s: mail is taken for %s only, and not relayed",
		to, b.o.Domain)
}

// deliver puts a message into the mailboxes. With it the server does what the last one on
// the way has to: it notes where reports of failure would go (RFC 5321 §4.4).
func (b *Sandbox) deliver(_ context.Context, t *smtp.Transaction, message io.Reader) error {
	d := b.store.Draft()
	_, err := io.WriteString(d, t.ReturnPath())
	if err == nil {
		_, err = d.ReadFrom(message)
	}
	if err != nil {
		d.Discard()
		if errors.Is(err, ErrFull) {
			return smtp.NewReply(452, "4.3.1", "The mailboxes are full")
		}
		return err
	}
	var users []string
	for _, to := range t.To {
		// Somebody may have two addresses: bob and BOB, alice and the postmaster.
		u := strings.ToLower(b.user(to.Mailbox))
		if !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	from := smtp.Path{Mailbox: t.From.Mailbox}
	d.Deliver(b.o.Now(), from.String(), users...)
	return nil
}

// verify answers VRFY for an address, or for its local part alone (RFC 5321 §3.5.1).
func (b *Sandbox) verify(_ context.Context, name string) ([]string, error) {
	m := smtp.Mailbox{Local: name}
	if p, err := smtp.ParsePath(name); err == nil && !p.IsNull() {
		m = p.Mailbox
	}
	u := b.user(m)
	if u == "" {
		return nil, nil
	}
	found := smtp.Path{Mailbox: smtp.Mailbox{Local: u, Domain: b.o.Domain}}
	return []string{found.String()}, nil
}

//go:embed letters/*.eml
var letters embed.FS

// sampleLetters puts letters into the mailbox of user, as if alice had sent them.
func (b *Sandbox) sampleLetters(user string) {
	names, err := fs.Glob(letters, "letters/*.eml")
	if err != nil {
		return // only a malformed pattern, which it is not
	}
	now := b.o.Now()
	fill := strings.NewReplacer("{date}", mime.FormatDate(now), "{domain}", b.o.Domain)
	from := smtp.Path{Mailbox: smtp.Mailbox{Local: "alice", Domain: b.o.Domain}}
	for _, name := range names {
		text, err := letters.ReadFile(name)
		if err != nil {
			continue
		}
		text = []byte("Return-Path: " + from.String() + "\n" + fill.Replace(string(text)))
		prepared, err := mime.PrepareFile(text)
		if err != nil {
			continue
		}
		d := b.store.Draft()
		if _, err := d.Write(prepared.Data); err != nil {
			d.Discard()
			return
		}
		d.Deliver(now, from.String(), user)
	}
}
