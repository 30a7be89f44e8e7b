package sandbox

import (
	"context"
	"embed"
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

// deliver begins a message for the mailboxes of its recipients. With it the server does
// what the last one on the way has to: it notes where reports of failure would go
// (RFC 5321 §4.4).
func (b *Sandbox) deliver(_ context.Context, t *smtp.Transaction) (smtp.Delivery, error) {
	d := b.store.Draft()
	_, err := io.WriteString(d, t.ReturnPath())
	return &delivery{box: b, t: t, Draft: d}, err
}

// A delivery is a message on its way into the mailboxes.
type delivery struct {
	*Draft
	box *Sandbox
	t   *smtp.Transaction
}

func (d *delivery) Commit(context.Context) error {
	var users []string
	for _, to := range d.t.To {
		// Somebody may have two addresses: bob and BOB, alice and the postmaster.
		u := strings.ToLower(d.box.user(to.Mailbox))
		if !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	from := smtp.Path{Mailbox: d.t.From.Mailbox}
	d.Deliver(d.box.o.Now(), from.String(), users...)
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
