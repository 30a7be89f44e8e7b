package sandbox

import (
	"context"
	"errors"
	"slices"

	"mailtool/imap"
	"mailtool/mailbox"
)

// folders are the mail of an account, for a session of IMAP.
type folders struct {
	box   *Sandbox
	store *mailbox.Store
	user  mailbox.UserID
}

var _ imap.Store = (*folders)(nil)

// openFolders is an account's mail, after the log-in.
func (b *Sandbox) openFolders(_ context.Context, _ imap.Peer, account string) (imap.Store, error) {
	u, ok := b.accounts.find(account)
	if !ok {
		return nil, mailbox.ErrNoUser // it was removed a moment ago
	}
	return &folders{b, b.mailbox, u.ID}, nil
}

// Close implements imap.Store.
func (s *folders) Close() {}

// Mailboxes implements imap.Store.
func (s *folders) Mailboxes(ctx context.Context) ([]imap.MailboxStatus, error) {
	found, err := s.store.Folders(ctx, s.user)
	if err != nil {
		return nil, err
	}
	all := make([]imap.MailboxStatus, len(found))
	for i := range found {
		all[i] = status(&found[i])
	}
	return all, nil
}

// status is what the folder itself says; Recent is left out.
func status(f *mailbox.Folder) imap.MailboxStatus {
	return imap.MailboxStatus{Name: f.Name, Use: f.Use, UIDValidity: f.UIDValidity,
		UIDNext: imap.UID(f.UIDNext), Messages: f.Messages, Unseen: f.Unseen, Size: f.Octets,
		Deleted: f.Deleted, DeletedSize: f.DeletedOctets, HighestModSeq: uint64(f.ModSeq)}
}

// Subscriptions implements imap.Store.
func (s *folders) Subscriptions(ctx context.Context) ([]string, error) {
	return s.store.Subscriptions(ctx, s.user)
}

// Subscribe implements imap.Store.
func (s *folders) Subscribe(ctx context.Context, name string, subscribed bool) error {
	change := s.store.Unsubscribe
	if subscribed {
		change = s.store.Subscribe
	}
	return imapRefusal(change(ctx, s.user, name), imap.CodeNonexistent)
}

// Create implements imap.Store. Two mailboxes of the same special use there are not: a mail
// program would find either.
func (s *folders) Create(ctx context.Context, name, use string) error {
	if use != "" {
		all, err := s.store.Folders(ctx, s.user)
		if err != nil {
			return imapRefusal(err, imap.CodeNonexistent)
		}
		if slices.ContainsFunc(all, func(f mailbox.Folder) bool { return f.Use == use }) {
			return imap.Refuse(imap.CodeUseAttr, "Another mailbox has this use")
		}
	}
	_, err := s.store.CreateFolder(ctx, s.user, name, use)
	return imapRefusal(err, imap.CodeNonexistent)
}

// Delete implements imap.Store.
func (s *folders) Delete(ctx context.Context, name string) error {
	return imapRefusal(s.store.DeleteFolder(ctx, s.user, name), imap.CodeNonexistent)
}

// Rename implements imap.Store.
func (s *folders) Rename(ctx context.Context, from, to string) error {
	return imapRefusal(s.store.RenameFolder(ctx, s.user, from, to), imap.CodeNonexistent)
}

// Status implements imap.Store.
func (s *folders) Status(ctx context.Context, name string) (imap.MailboxStatus, error) {
	f, err := s.find(ctx, name, imap.CodeNonexistent)
	if err != nil {
		return imap.MailboxStatus{}, err
	}
	now := status(&f)
	now.Recent, err = s.store.CountRecent(ctx, f)
	return now, err
}

// find finds a folder. missing is the code where it is not there, or cannot be.
func (s *folders) find(ctx context.Context, name, missing string) (mailbox.Folder, error) {
	f, err := s.store.Folder(ctx, s.user, name)
	if errors.Is(err, mailbox.ErrName) {
		return f, imap.Refuse(imap.CodeNonexistent, "There can be no such mailbox")
	}
	return f, imapRefusal(err, missing)
}

// Draft implements imap.Store.
func (s *folders) Draft(ctx context.Context, _ int64) (imap.Draft, error) {
	return &draft{s.store.Draft(ctx)}, nil
}

// A draft is a message that IMAP brings.
type draft struct{ *mailbox.Draft }

// Write implements imap.Draft.
func (d *draft) Write(p []byte) (int, error) {
	n, err := d.Draft.Write(p)
	return n, imapRefusal(err, "")
}

// Append implements imap.Store.
func (s *folders) Append(ctx context.Context, name string, mails []imap.Appended) (
	uidValidity uint32, uids []imap.UID, err error) {
	f, err := s.find(ctx, name, imap.CodeTryCreate)
	if err != nil {
		return 0, nil, err
	}
	var words vocabulary
	if slices.ContainsFunc(mails, func(m imap.Appended) bool { return len(m.Keywords) > 0 }) {
		if words, err = s.vocabulary(ctx, f.ID); err != nil {
			return 0, nil, err
		}
	}
	all := make([]mailbox.Appended, len(mails))
	for i, m := range mails {
		all[i] = mailbox.Appended{Draft: m.Draft.(*draft).Draft, Flags: mailboxFlags(m.Flags),
			Internal: m.Date}
		if all[i].Keywords, err = words.spelt(m.Keywords); err != nil {
			return 0, nil, err
		}
	}
	places, err := s.store.Append(ctx, f.ID, all...)
	if err != nil {
		return 0, nil, imapRefusal(err, imap.CodeTryCreate)
	}
	for _, p := range places {
		uidValidity, uids = p.UIDValidity, append(uids, imap.UID(p.UID))
	}
	return uidValidity, uids, nil
}

// Quota implements imap.Store. There are no limits.
func (s *folders) Quota(ctx context.Context) (imap.Quota, error) {
	var q imap.Quota
	all, err := s.store.Folders(ctx, s.user)
	for _, f := range all {
		q.Octets += f.Octets
		q.Messages += int64(f.Messages)
	}
	return q, err
}
