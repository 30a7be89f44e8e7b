package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtool/mailbox"
	"mailtool/mime/mbox"
	"mailtool/sandbox"
)

// A keep is what changes mailboxes: the sandbox that runs there, or the files themselves
// where none does.
type keep interface {
	Empty(ctx context.Context, user string) (int, error)
	Add(ctx context.Context, user, folder string, at time.Time, flags mailbox.Flags,
		message io.Reader) error
	AddUser(ctx context.Context, name, password string) error
	SetPassword(ctx context.Context, name, password string) error
	RemoveUser(ctx context.Context, name string) error
}

// keep opens what changes the mailboxes in dir, which must be there.
func (p *program) keep(ctx context.Context, dir string) (keep, func() error, error) {
	if !sandbox.HasMailbox(dir) && sandbox.Elsewhere(dir) == "" { // nobody's mailbox is there to change
		return nil, nil, mailboxProblem(sandbox.ErrNoMailbox, dir)
	}
	return p.make(ctx, dir)
}

// make is keep for what may also be the first to be put there.
func (p *program) make(ctx context.Context, dir string) (keep, func() error, error) {
	if sandbox.Elsewhere(dir) != "" {
		box, err := p.running(dir)
		return box, func() error { return nil }, err
	}
	store, err := sandbox.OpenMailbox(ctx, dir, sandbox.MailboxOptions{Now: p.Now})
	if locked := (*sandbox.LockedError)(nil); errors.As(err, &locked) {
		if box, running := sandbox.Running(dir); running == nil {
			return box, func() error { return nil }, nil
		}
	}
	if err != nil {
		return nil, nil, mailboxProblem(err, dir)
	}
	return files{store}, store.Close, nil
}

// files are mailboxes that no sandbox has open.
type files struct{ store *mailbox.Store }

func (f files) Empty(ctx context.Context, user string) (int, error) {
	u, err := sandbox.FindUser(ctx, f.store, user)
	if err != nil {
		return 0, err
	}
	return f.store.Empty(ctx, u.ID)
}

func (f files) Add(ctx context.Context, user, folder string, at time.Time, flags mailbox.Flags,
	message io.Reader) error {
	u, err := sandbox.FindUser(ctx, f.store, user)
	if err != nil {
		return err
	}
	return sandbox.AddMail(ctx, f.store, u.ID, folder, at, flags, message)
}

func (f files) AddUser(ctx context.Context, name, password string) error {
	_, err := sandbox.AddUser(ctx, f.store, name, password)
	return err
}

func (f files) SetPassword(ctx context.Context, name, password string) error {
	return sandbox.SetPassword(ctx, f.store, name, password)
}

func (f files) RemoveUser(ctx context.Context, name string) error {
	u, err := sandbox.FindUser(ctx, f.store, name)
	if err != nil {
		return err
	}
	return f.store.RemoveUser(ctx, u.ID)
}

// newMailboxEmpty removes all mails of a user.
func (p *program) newMailboxEmpty() *cobra.Command {
	var dir string
	c := p.command("empty USER", func(c *cobra.Command, args []string) error {
		dir, err := p.directory(dir)
		if err != nil {
			return err
		}
		k, end, err := p.keep(c.Context(), dir)
		if err != nil {
			return err
		}
		n, err := k.Empty(c.Context(), args[0])
		if err == nil {
			p.note(p.out, "mailbox/emptied", "user", args[0], "n", strconv.Itoa(n))
		}
		return errors.Join(p.changeProblem(err, dir, args[0], ""), end())
	})
	c.Args = p.words("USER")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// newMailboxImport puts messages into a mailbox.
func (p *program) newMailboxImport() *cobra.Command {
	var dir, folder string
	c := p.command("import USER FILE.mbox|FILE.eml|DIR", func(c *cobra.Command, args []string) error {
		return p.importMails(c.Context(), dir, args[0], folder, args[1])
	})
	c.Args = p.words("USER", "FILE.mbox|FILE.eml|DIR")
	c.Flags().StringVar(&folder, "folder", mailbox.Inbox, "")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

func (p *program) importMails(ctx context.Context, dir, user, folder, path string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	dir, err := p.directory(dir)
	if err != nil {
		return err
	}
	k, end, err := p.keep(ctx, dir)
	if err != nil {
		return err
	}
	n := 0
	err = findMessages(path, func(m found) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := k.Add(ctx, user, folder, m.at, m.flags, bytes.NewReader(m.data))
		if err == nil {
			n++
		}
		return err
	})
	if n > 0 || err == nil {
		p.note(p.out, "mailbox/imported", "user", user, "folder", folder, "n", strconv.Itoa(n))
	}
	return errors.Join(p.changeProblem(err, dir, user, folder), end())
}

// changeProblem tells why a mailbox in dir was not changed.
func (p *program) changeProblem(err error, dir, user, folder string) error {
	switch {
	case errors.Is(err, mailbox.ErrNoUser):
		return fail(exitLocal, "error/mailbox/user", "user", user).because(err).
			hint("hint/mailbox/accounts", "mailtool mailbox")
	case errors.Is(err, mailbox.ErrName):
		return fail(exitUsage, "error/mailbox/name", "folder", folder).because(err)
	case errors.Is(err, sandbox.ErrNotRunning):
		return p.notRunning(err, dir)
	}
	return mailboxProblem(err, dir)
}

// newMailboxExport writes the mails of a folder into an mbox, or a file each.
func (p *program) newMailboxExport() *cobra.Command {
	l := &looking{program: p}
	c := p.command("export USER FILE.mbox|DIR", func(c *cobra.Command, args []string) error {
		return l.in(func(dir string) error { return l.export(c.Context(), dir, args[0], args[1]) })
	})
	c.Args = p.words("USER", "FILE.mbox|DIR")
	c.Flags().StringVar(&l.folder, "folder", mailbox.Inbox, "")
	c.Flags().StringVar(&l.dir, "dir", "", "")
	return c
}

func (l *looking) export(ctx context.Context, dir, user, path string) error {
	store, err := sandbox.ViewMailbox(ctx, dir)
	if err != nil {
		return err
	}
	defer store.Close()
	f, err := l.find(ctx, store, user, l.folder)
	if err != nil {
		return err
	}
	messages, err := store.List(ctx, f.ID, 0, 0)
	if err != nil {
		return err
	}
	if strings.EqualFold(filepath.Ext(path), ".mbox") {
		err = exportMbox(ctx, store, messages, path)
	} else {
		err = exportFiles(ctx, store, messages, path)
	}
	if err == nil {
		l.note(l.out, "mailbox/exported", "n", strconv.Itoa(len(messages)), "file", path)
	}
	return err
}

func exportMbox(ctx context.Context, store *mailbox.Store, messages []mailbox.Message,
	path string) error {
	out, err := create(path)
	if err != nil {
		return err
	}
	w := mbox.NewWriter(out)
	for _, m := range messages {
		from := ""
		if m.Envelope != 0 {
			e, err := store.Envelope(ctx, m.Envelope)
			if err != nil {
				return errors.Join(err, out.Close())
			}
			from = strings.Trim(e.Sender, "<>")
		}
		body, err := store.Body(ctx, m.Body)
		if err == nil {
			err = w.Write(from, m.Internal, body.Reader())
		}
		if err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return errors.Join(w.Flush(), out.Close())
}

// exportFiles writes a file for each message, byte for byte, named by its place.
func exportFiles(ctx context.Context, store *mailbox.Store, messages []mailbox.Message,
	dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, m := range messages {
		body, err := store.Body(ctx, m.Body)
		if err != nil {
			return err
		}
		name := strconv.Itoa(i + 1)
		name = strings.Repeat("0", max(0, 4-len(name))) + name + ".eml"
		out, err := create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		_, err = body.WriteTo(out)
		if err := errors.Join(err, out.Close()); err != nil {
			return err
		}
	}
	return nil
}
