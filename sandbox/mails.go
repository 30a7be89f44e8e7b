package sandbox

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/smtp"
)

// A Mail is a message in somebody's mailbox.
type Mail struct {
	UID      mailbox.UID
	Internal time.Time // when it came
	From     string    // reverse-path with its angle brackets, "" where it did not come by SMTP
	// Data is the message as it lies there: Return-Path and Received first, lines ended
	// by CRLF, without dot-stuffing.
	Data []byte
}

// Users are those who have a mailbox, in the order of the alphabet.
func (b *Sandbox) Users() []string { return b.accounts.names() }

// Count is how many mails lie in the user's INBOX.
func (b *Sandbox) Count(user string) int {
	u, ok := b.accounts.find(user)
	if !ok {
		return 0
	}
	f, err := b.mailbox.FolderByID(context.Background(), u.Inbox)
	if err != nil {
		return 0
	}
	return f.Messages
}

// CountAll is how many mails lie in all folders of the user.
func (b *Sandbox) CountAll(user string) int {
	u, ok := b.accounts.find(user)
	if !ok {
		return 0
	}
	all, err := b.mailbox.Folders(context.Background(), u.ID)
	if err != nil {
		return 0
	}
	n := 0
	for _, f := range all {
		n += f.Messages
	}
	return n
}

// Mails are those in the user's INBOX, the oldest first.
func (b *Sandbox) Mails(ctx context.Context, user string) ([]Mail, error) {
	u, ok := b.accounts.find(user)
	if !ok {
		return nil, mailbox.ErrNoUser
	}
	messages, err := b.mailbox.List(ctx, u.Inbox, 0, 0)
	if err != nil {
		return nil, err
	}
	mails := make([]Mail, len(messages))
	for i, m := range messages {
		mails[i] = Mail{UID: m.UID, Internal: m.Internal}
		body, err := b.mailbox.Body(ctx, m.Body)
		if err != nil {
			return nil, err
		}
		if mails[i].Data, err = io.ReadAll(body.Reader()); err != nil {
			return nil, err
		}
		if m.Envelope != 0 {
			e, err := b.mailbox.Envelope(ctx, m.Envelope)
			if err != nil {
				return nil, err
			}
			mails[i].From = e.Sender
		}
	}
	return mails, nil
}

//go:embed letters/*.eml
var letters embed.FS

// sampleLetters puts letters into the mailbox of user, as if alice had sent them.
func (b *Sandbox) sampleLetters(ctx context.Context, user string) error {
	names, err := fs.Glob(letters, "letters/*.eml")
	if err != nil {
		return err
	}
	u, ok := b.accounts.find(user)
	if !ok {
		return nil
	}
	now := b.o.Now()
	fill := strings.NewReplacer("{date}", mime.FormatDate(now), "{domain}", b.o.Domain)
	from := smtp.Path{Mailbox: smtp.Mailbox{Local: "alice", Domain: b.o.Domain}}
	for _, name := range names {
		text, err := letters.ReadFile(name)
		if err != nil {
			return err
		}
		d := b.mailbox.Draft(ctx)
		d.Write([]byte("Return-Path: " + from.String() + "\r\n")) // a Draft keeps its error
		d.Write(mime.Canonical([]byte(fill.Replace(string(text)))))
		_, err = d.Deliver(ctx, mailbox.Delivery{Internal: now, To: []mailbox.FolderID{u.Inbox},
			Envelope: mailbox.Envelope{Sender: from.String(), Received: now}})
		if err != nil {
			d.Discard()
			return err
		}
	}
	return nil
}

// Empty removes all mails of a user, in all folders, and returns how many there were.
func (b *Sandbox) Empty(ctx context.Context, user string) (int, error) {
	u, ok := b.accounts.find(user)
	if !ok {
		return 0, mailbox.ErrNoUser
	}
	return b.mailbox.Empty(ctx, u.ID)
}

// Add puts a message into a folder of a user, as if it had come at the time at. The folder
// is made where it is missing. Lines of the message end in CRLF.
func (b *Sandbox) Add(ctx context.Context, user, folder string, at time.Time, flags mailbox.Flags,
	message io.Reader) error {
	u, ok := b.accounts.find(user)
	if !ok {
		return mailbox.ErrNoUser
	}
	return AddMail(ctx, b.mailbox, u.ID, folder, at, flags, message)
}

// AddMail is Add for who has the mailbox and no sandbox.
func AddMail(ctx context.Context, s *mailbox.Store, user mailbox.UserID, folder string,
	at time.Time, flags mailbox.Flags, message io.Reader) error {
	f, err := s.Folder(ctx, user, folder)
	if errors.Is(err, mailbox.ErrNoFolder) {
		f, err = s.CreateFolder(ctx, user, folder, "")
	}
	if err != nil {
		return err
	}
	d := s.Draft(ctx)
	if _, err = d.ReadFrom(message); err == nil {
		_, err = s.Append(ctx, f.ID, mailbox.Appended{Draft: d, Internal: at, Flags: flags})
	}
	if err != nil {
		d.Discard()
	}
	return err
}
