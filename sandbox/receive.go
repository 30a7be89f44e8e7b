package sandbox

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mailtool/mailbox"
	"mailtool/smtp"
)

// recipient takes mail for the accounts, and for nobody elsewhere: a server that passes on
// mail from anybody to anybody is a gift to spammers (RFC 5321 §3.6.2, §7.9). What
// AcceptAll takes stays here.
func (b *Sandbox) recipient(_ context.Context, _ *smtp.Transaction, to smtp.Path) error {
	switch {
	case b.account(to.Mailbox) != "":
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
func (b *Sandbox) deliver(ctx context.Context, t *smtp.Transaction) (smtp.Delivery, error) {
	d := &delivery{box: b, t: t, draft: b.mailbox.Draft(ctx)}
	_, err := d.Write([]byte(t.ReturnPath()))
	return d, err
}

// A delivery is a message on its way into the mailboxes.
type delivery struct {
	box   *Sandbox
	t     *smtp.Transaction
	draft *mailbox.Draft
}

// Write passes on what came. What is long goes to the disk while it comes.
func (d *delivery) Write(p []byte) (int, error) {
	n, err := d.draft.Write(p)
	return n, refusal(err)
}

// Discard forgets the message.
func (d *delivery) Discard() { d.draft.Discard() }

// Commit returns when the message is on the disk, in each of the mailboxes.
func (d *delivery) Commit(ctx context.Context) error {
	err := d.commit(ctx)
	if err != nil {
		d.draft.Discard()
	}
	return refusal(err)
}

func (d *delivery) commit(ctx context.Context) error {
	var inboxes []mailbox.FolderID
	for _, to := range d.t.To {
		u, err := d.box.accounts.make(ctx, d.box.mailbox, d.box.account(to.Mailbox))
		if err != nil {
			return err
		}
		// Somebody may have two addresses: bob and BOB, alice and the postmaster.
		if !slices.Contains(inboxes, u.Inbox) {
			inboxes = append(inboxes, u.Inbox)
		}
	}
	_, err := d.draft.Deliver(ctx, mailbox.Delivery{Envelope: d.envelope(), To: inboxes,
		Internal: d.box.o.Now()})
	return err
}

// refusal is the reply for an error of the mailbox that the client can do something about:
// to come again (RFC 5321 §4.2.3: 452 is the server's storage, 552 the message's fault).
func refusal(err error) error {
	switch {
	case errors.Is(err, mailbox.ErrMemory):
		return smtp.NewReply(452, "4.3.1", "Too much mail arrives at the same time")
	case errors.Is(err, mailbox.ErrFull):
		return smtp.NewReply(452, "4.3.1", "The disk of the mailboxes is full")
	}
	return err
}

// verify answers VRFY for an address, or for its local part alone (RFC 5321 §3.5.1).
func (b *Sandbox) verify(_ context.Context, name string) ([]string, error) {
	m := smtp.Mailbox{Local: name}
	if p, err := smtp.ParsePath(name); err == nil && !p.IsNull() {
		m = p.Mailbox
	}
	u, ok := b.accounts.find(b.account(m))
	if !ok {
		return nil, nil
	}
	found := smtp.Path{Mailbox: smtp.Mailbox{Local: u.Name, Domain: b.o.Domain}}
	return []string{found.String()}, nil
}
