package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/sandbox"
	"mailtool/trace/term"
)

// mailboxText is what the commands about mailboxes say.
var mailboxText = sentence.New(textFiles, "text/mailbox")

// A looking is one look into the mailboxes, while a sandbox runs or not.
type looking struct {
	*program
	dir    string
	folder string
	raw    bool
	output string
}

// newMailbox is "mailbox [USER [N]]" and the commands that change one.
func (p *program) newMailbox() *cobra.Command {
	l := &looking{program: p}
	c := p.command("mailbox [USER [N]]", func(c *cobra.Command, args []string) error {
		return l.in(func(dir string) error { return l.run(c.Context(), dir, args) })
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 2 {
			return p.helpHint(fail(exitUsage, "error/argument", "command", c.CommandPath(),
				"word", args[2]), c)
		}
		return nil
	}
	fs := c.Flags()
	fs.StringVar(&l.folder, "folder", mailbox.Inbox, "")
	fs.BoolVar(&l.raw, "raw", false, "")
	fs.StringVarP(&l.output, "output", "o", "", "")
	fs.StringVar(&l.dir, "dir", "", "")
	c.AddCommand(p.newMailboxEmpty(), p.newMailboxImport(), p.newMailboxExport())
	return takesWords(c)
}

// in runs a look into the mailboxes of --dir. What the database says is told of them.
func (l *looking) in(look func(dir string) error) error {
	dir, err := l.directory(l.dir)
	if err != nil {
		return err
	}
	err = look(dir)
	if class, _ := l.room(); class != nil && errors.Is(err, sandbox.ErrNoMailbox) {
		return fail(exitLocal, "error/mailbox/no-mailbox", "dir", dir).because(err).
			hint("hint/mailbox/class", "mailtool pop3 list")
	}
	return mailboxProblem(err, dir)
}

func (l *looking) run(ctx context.Context, dir string, args []string) error {
	if (l.raw || l.output != "") && len(args) < 2 {
		return fail(exitUsage, "error/mailbox/one")
	}
	store, err := sandbox.ViewMailbox(ctx, dir)
	if err != nil {
		return err
	}
	defer store.Close()
	if len(args) == 0 {
		return l.accounts(ctx, store)
	}
	folder, err := l.find(ctx, store, args[0], l.folder)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return l.mails(ctx, store, args[0], folder)
	}
	n, err := strconv.Atoi(args[1])
	switch {
	case args[1] == newest:
		n = -1
	case err != nil || n < 1:
		return fail(exitUsage, "error/mailbox/number", "word", args[1])
	}
	return l.mail(ctx, store, args[0], folder, n)
}

// find finds a folder of a user, who may be named by address.
func (p *program) find(ctx context.Context, store *mailbox.Store, user, folder string) (
	mailbox.Folder, error) {
	u, err := sandbox.FindUser(ctx, store, user)
	if err != nil {
		return mailbox.Folder{}, p.userProblem(ctx, store, user, err)
	}
	f, err := store.Folder(ctx, u.ID, folder)
	switch {
	case errors.Is(err, mailbox.ErrNoFolder), errors.Is(err, mailbox.ErrName):
		return f, fail(exitLocal, "error/mailbox/folder", "user", user, "folder", folder).
			because(err).hint("hint/mailbox/accounts", "mailtool mailbox")
	}
	return f, err
}

// userProblem tells of a user that there is not, and who there is.
func (p *program) userProblem(ctx context.Context, store *mailbox.Store, user string,
	err error) error {
	if !errors.Is(err, mailbox.ErrNoUser) {
		return err
	}
	e := fail(exitLocal, "error/mailbox/user", "user", user).because(err)
	users, listed := store.Users(ctx)
	if listed != nil || len(users) == 0 {
		return e
	}
	names := make([]string, 0, 6)
	for _, u := range users[:min(len(users), 6)] {
		names = append(names, u.Name)
	}
	return e.hint("hint/mailbox/users", "", "users", strings.Join(names, ", "))
}

// accounts lists who has how much mail where.
func (l *looking) accounts(ctx context.Context, store *mailbox.Store) error {
	users, err := store.Users(ctx)
	if err != nil {
		return err
	}
	table := [][]string{l.heads("mailbox/column/", "user", "folder", "mails", "unseen", "size")}
	for _, u := range users {
		folders, err := store.Folders(ctx, u.ID)
		if err != nil {
			return err
		}
		for _, f := range folders {
			if f.Use != "" && f.Messages == 0 { // every account has Drafts, Junk and so on
				continue
			}
			table = append(table, []string{u.Name, f.Name, strconv.Itoa(f.Messages),
				strconv.Itoa(f.Unseen), size(f.Octets)})
		}
	}
	return writeTable(l.out, table)
}

// heads are the first row of a table.
func (p *program) heads(key string, columns ...string) []string {
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = p.say(key + c)
	}
	return heads
}

// flagLetters shows flags as Maildir writes them, and N for a mail that nobody has seen.
func flagLetters(f mailbox.Flags) string {
	letters := ""
	if f&mailbox.Seen == 0 {
		letters = "N"
	}
	return letters + maildirLetters(f&^mailbox.Seen)
}

// cut shortens a text to so many columns.
func cut(text string, columns int) string {
	kept, at := 0, 0 // columns, and the index behind what fits beside the dots
	for i, r := range text {
		if kept > columns {
			return text[:at] + "..."
		}
		if kept <= columns-3 {
			at = i
		}
		kept += term.Columns(string(r))
	}
	if kept <= columns {
		return text
	}
	return text[:at] + "..."
}

// size is a number of octets as people read it.
func size(octets int64) string {
	switch {
	case octets >= 10<<20:
		return fmt.Sprintf("%d MiB", octets>>20)
	case octets >= 10<<10:
		return fmt.Sprintf("%d KiB", octets>>10)
	}
	return strconv.FormatInt(octets, 10)
}

// mail shows one mail: as a reader sees it, or as it lies there.
func (l *looking) mail(ctx context.Context, store *mailbox.Store, user string, f mailbox.Folder,
	n int) error {
	kept, err := mailAt(ctx, store, user, f, n)
	if err != nil {
		return err
	}
	body, err := store.Body(ctx, kept.Body)
	if err != nil {
		return err
	}
	if l.raw || l.output != "" {
		out, closeOut, err := l.result(l.output)
		if err != nil {
			return err
		}
		_, err = body.WriteTo(out)
		return errors.Join(err, closeOut())
	}
	m, err := mime.OpenAt(body, body.Octets)
	if err != nil {
		return err
	}
	v := m.View()
	if err := m.Err(); err != nil {
		return err
	}
	l.reader(v)
	return nil
}

// mailAt finds a mail by its number in the folder, which is counted from 1; -1 is the last.
func mailAt(ctx context.Context, store *mailbox.Store, user string, f mailbox.Folder, n int) (
	m mailbox.Message, err error) {
	uids, err := store.UIDs(ctx, f.ID)
	if err != nil {
		return m, err
	}
	switch {
	case n == -1 && len(uids) == 0:
		return m, fail(exitLocal, "error/mailbox/none", "user", user, "folder", f.Name)
	case n == -1:
		n = len(uids)
	case n > len(uids):
		return m, fail(exitLocal, "error/mailbox/mail", "user", user, "folder", f.Name,
			"n", strconv.Itoa(n), "have", strconv.Itoa(len(uids))).
			hint("hint/mailbox/mails", "mailtool mailbox "+user)
	}
	return store.Message(ctx, f.ID, uids[n-1])
}

// reader shows a message as a mail program does.
func (p *program) reader(v *mime.View) {
	widest := 0
	for _, f := range v.Fields {
		widest = max(widest, len(f.Name)+1)
	}
	for _, f := range v.Fields {
		fmt.Fprintf(p.out, "%-*s %s\n", widest, f.Name+":", term.Escape([]byte(f.Value)))
	}
	fmt.Fprintln(p.out)
	for i, text := range v.Texts {
		p.readerText(text, len(v.Texts) == 1, i == 0)
	}
	if v.Limit != 0 {
		p.note(p.out, "mailbox/limit", "limit", v.Limit.String())
	}
	for _, part := range v.Parts {
		name := part.Name
		if name == "" {
			name = "-"
		}
		p.note(p.out, "mailbox/part", "section", part.Section, "type", part.Type, "name", name,
			"size", size(part.Octets))
	}
}

// readerText shows a text. Only the first that is plain stands there without a word.
func (p *program) readerText(t mime.ViewText, only, first bool) {
	switch {
	case t.Large:
		p.note(p.out, "mailbox/large", "section", t.Section)
		return
	case t.HTML && only:
		p.note(p.out, "mailbox/html")
	case t.HTML:
		p.note(p.out, "mailbox/html/part", "section", t.Section)
	case !first:
		p.note(p.out, "mailbox/text", "section", t.Section)
	}
	text := t.Text
	if t.HTML {
		text = mime.PageText(text)
	}
	for line := range strings.Lines(text) {
		fmt.Fprintln(p.out, term.Escape([]byte(strings.TrimRight(line, "\r\n"))))
	}
	p.readerFaults(t)
}

// readerFaults says why a text may look wrong.
func (p *program) readerFaults(t mime.ViewText) {
	switch {
	case t.Charset.Lies && t.Charset.Declared == "":
		p.note(p.out, "mailbox/charset/none", "real", t.Charset.Real)
	case t.Charset.Lies:
		p.note(p.out, "mailbox/charset", "declared", t.Charset.Declared, "real", t.Charset.Real)
	}
	if fault := (*mime.Error)(nil); errors.As(t.Fault, &fault) {
		e := letterProblem(fault)
		p.note(p.out, "mailbox/fault", "why", p.sentence(e.key, e.args))
	}
}

// mailboxProblem tells what is the matter with the mailboxes in dir. Errors that have
// nothing to do with them, it returns as they are.
func mailboxProblem(err error, dir string) error {
	var locked *sandbox.LockedError
	var newer *mailbox.NewerError
	var older *mailbox.OlderError
	switch {
	case errors.Is(err, sandbox.ErrNoMailbox):
		return fail(exitLocal, "error/mailbox/no-mailbox", "dir", dir).because(err).
			hint("hint/dial/serve", "mailtool serve")
	case errors.As(err, &locked):
		return fail(exitLocal, "error/mailbox/locked", "dir", dir, "process",
			strconv.Itoa(locked.Process)).because(err).
			hint("hint/mailbox/another", "mailtool serve --dir mailtool-data --port-offset 100").
			hint("hint/mailbox/temp", "mailtool serve --temp --port-offset 100")
	case errors.As(err, &newer):
		return fail(exitLocal, "error/mailbox/newer", "dir", dir, "have", strconv.Itoa(newer.Database),
			"know", strconv.Itoa(newer.Program)).because(err).
			hint("hint/mailbox/another", "mailtool serve --dir mailtool-data")
	case errors.As(err, &older):
		return fail(exitLocal, "error/mailbox/older", "dir", dir).because(err).
			hint("hint/mailbox/update", "mailtool serve")
	case errors.Is(err, mailbox.ErrDamaged):
		return fail(exitLocal, "error/mailbox/damaged", "dir", dir, "why", err.Error()).because(err).
			hint("hint/mailbox/another", "mailtool serve --dir mailtool-data")
	case errors.Is(err, mailbox.ErrFull):
		return fail(exitLocal, "error/mailbox/full", "dir", dir).because(err)
	}
	return err
}
