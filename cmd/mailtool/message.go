package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mailtool/internal/sentence"
	"mailtool/mailbox"
	"mailtool/mime"
	"mailtool/mime/mbox"
	"mailtool/sandbox"
)

// mimeText is what the commands say that look into messages.
var mimeText = sentence.New(textFiles, "text/mime")

// An opened is a message that was named on the command line, to look inside. Its octets are
// those of the file; a byte order mark before them is not part of it.
type opened struct {
	*mime.Message
	name  string       // as it was named
	utf8  bool         // it came with SMTPUTF8: its header may hold UTF-8 (RFC 6531 §3.2)
	close func() error // what its octets are read from
}

// openMessage opens the message that a word of the command line names:
//
//	letter.eml, -                 a file, the input
//	letters.mbox#2                the second message of an mbox
//	bob/last, bob/3, bob/Sent/2   in a mailbox of the sandbox in dir, which may run or not
//
// A file that is there is never taken for anything else. The octets of a file are read when
// they are asked for, so that its size is no matter.
func (p *program) openMessage(ctx context.Context, dir, name string) (*opened, error) {
	if name != "-" {
		if _, err := os.Stat(name); err != nil {
			if file, n, ok := cutNumber(name, "#"); ok {
				return p.openMbox(ctx, file, n, name)
			}
			if user, folder, n, ok := inMailbox(name); ok {
				return p.openMail(ctx, dir, user, folder, n, name)
			}
			return nil, p.noMessage(err)
		}
	}
	octets, end, closeIt, err := p.openOctets(ctx, name)
	if err != nil {
		return nil, err
	}
	m, err := p.opened(interruptibleFile{ctx, octets}, end, name)
	if err != nil {
		return nil, errors.Join(err, closeIt())
	}
	m.close = closeIt
	return m, nil
}

// noMessage is the problem of a word that names nothing: it may have been meant in several
// ways.
func (p *program) noMessage(err error) error {
	if file := (*os.PathError)(nil); errors.As(err, &file) && file.Path != "" {
		return fileProblem(file).hint("hint/message", "")
	}
	return err
}

// cutNumber divides "letters.mbox#2" and "bob/3" at the last mark. Numbers count from 1; one
// below is 0.
func cutNumber(name, mark string) (before string, n int, ok bool) {
	at := strings.LastIndex(name, mark)
	if at <= 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(name[at+1:])
	return name[:at], max(n, 0), err == nil
}

// inMailbox divides "bob/Sent/2" into user, folder and number; "last" is number -1. The
// name of a folder may hold slashes.
func inMailbox(name string) (user, folder string, n int, ok bool) {
	place, n, ok := cutNumber(name, "/")
	if before, last := strings.CutSuffix(name, "/"+newest); last && before != "" {
		place, n, ok = before, -1, true
	}
	user, folder, _ = strings.Cut(place, "/")
	return user, folder, n, ok && user != ""
}

// openOctets opens a file, or reads what has no size: the input, a pipe.
func (p *program) openOctets(ctx context.Context, name string) (r io.ReaderAt, size int64,
	closeIt func() error, err error) {
	in, shut := p.in, func() error { return nil }
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, 0, nil, err
		}
		info, err := f.Stat()
		switch {
		case err != nil:
			return nil, 0, nil, errors.Join(err, f.Close())
		case info.IsDir():
			f.Close()
			return nil, 0, nil, fail(exitLocal, "error/file/folder", "file", name).
				hint("hint/message", "")
		case info.Mode().IsRegular():
			return f, info.Size(), f.Close, nil
		}
		in, shut = f, f.Close
	} else if isTerminal(p.in) {
		p.note(p.err, "open/type")
	}
	octets, err := io.ReadAll(io.LimitReader(interruptible{in, ctx.Done()}, maxFile+1))
	if err == nil && len(octets) > maxFile {
		err = fail(exitLocal, "error/file/large", "file", p.fileName(name))
	}
	if err != nil {
		return nil, 0, nil, errors.Join(err, shut())
	}
	return bytes.NewReader(octets), int64(len(octets)), shut, nil
}

// fileName is how a file is called in a sentence.
func (p *program) fileName(name string) string {
	if name == "-" {
		return p.say("name/input")
	}
	return name
}

// headSize is how much of a file is looked at to tell what it is, in octets.
const headSize = 4096

// opened opens what was read from a file, which may turn out to be no message.
func (p *program) opened(r io.ReaderAt, size int64, name string) (*opened, error) {
	head := make([]byte, min(size, headSize))
	if n, err := r.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, err
	}
	_, err := mime.CanonicalFile(head)
	if e, ok := err.(*mime.Error); ok && (e.ID != mime.ErrFileEmpty || size <= headSize) {
		e.Args = []string{p.fileName(name)}
		return nil, e
	}
	if bare, has := bytes.CutPrefix(head, []byte("\ufeff")); has {
		p.note(p.err, "open/bom", "file", p.fileName(name))
		head, size = bare, size-3
		r = io.NewSectionReader(r, 3, size)
	}
	if bytes.HasPrefix(head, []byte("From ")) && !strings.EqualFold(filepath.Ext(name), ".eml") {
		octets, err := onlyMessage(io.NewSectionReader(r, 0, size), p.fileName(name), name)
		if octets != nil || err != nil {
			return openBytes(octets, name), err
		}
	}
	m, err := mime.OpenAt(r, size)
	if err != nil {
		return nil, err
	}
	if m.Root.BodyStart == 0 && isBinary(head) {
		return nil, fail(exitLocal, "error/message/binary", "file", p.fileName(name)).
			hint("hint/message", "")
	}
	return &opened{Message: m, name: name}, nil
}

func openBytes(octets []byte, name string) *opened {
	return &opened{Message: mime.Open(octets), name: name, close: func() error { return nil }}
}

// isBinary says that a file begins with octets that no text has.
func isBinary(head []byte) bool {
	controls := 0
	for _, c := range head {
		switch {
		case c == 0:
			return true
		case c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b:
			controls++
		}
	}
	return controls > len(head)/10
}

// onlyMessage is the message in an mbox that holds one. What is no mbox after all gives
// neither a message nor an error.
func onlyMessage(r io.Reader, shown, name string) ([]byte, error) {
	box := mbox.NewReader(r)
	m, err := box.Next()
	if errors.Is(err, mbox.ErrFormat) || err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, mboxProblem(err, shown)
	}
	if _, err := box.Next(); err != io.EOF {
		return nil, fail(exitUsage, "error/message/many", "file", shown).
			hint("hint/message/which", name+"#1")
	}
	return m.Data, nil
}

// openMbox opens the message with number n in an mbox.
func (p *program) openMbox(ctx context.Context, file string, n int, name string) (*opened,
	error) {
	if n < 1 {
		return nil, fail(exitUsage, "error/mailbox/number", "word", strconv.Itoa(n))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, p.noMessage(err)
	}
	defer f.Close()
	box := mbox.NewReader(interruptible{f, ctx.Done()})
	for have := 0; ; have++ {
		m, err := box.Next()
		switch {
		case err == io.EOF:
			return nil, fail(exitLocal, "error/message/mbox", "file", file,
				"n", strconv.Itoa(n), "have", strconv.Itoa(have))
		case err != nil:
			return nil, mboxProblem(err, file)
		case have == n-1:
			return openBytes(m.Data, name), nil
		}
	}
}

// mboxProblem tells what is wrong with a file that should be an mbox.
func mboxProblem(err error, file string) error {
	switch {
	case errors.Is(err, mbox.ErrFormat):
		return fail(exitLocal, "error/import/format", "file", file).because(err).
			hint("hint/message", "")
	case errors.Is(err, mbox.ErrTooLarge):
		return fail(exitLocal, "error/file/large", "file", file).because(err)
	}
	return err
}

// openMail opens a message of a mailbox: its octets are read from there, piece by piece.
func (p *program) openMail(ctx context.Context, dir, user, folder string, n int, name string) (
	*opened, error) {
	dir, err := p.directory(dir)
	if err != nil {
		return nil, err
	}
	store, err := sandbox.ViewMailbox(ctx, dir)
	if err != nil {
		return nil, mailboxProblem(err, dir)
	}
	m, err := p.mailIn(ctx, store, user, folder, n)
	if err != nil {
		return nil, errors.Join(mailboxProblem(err, dir), store.Close())
	}
	m.name, m.close = name, store.Close
	return m, nil
}

// mailIn finds a message in a folder of a user: "" is the INBOX.
func (p *program) mailIn(ctx context.Context, store *mailbox.Store, user, folder string, n int) (
	*opened, error) {
	if n == 0 {
		return nil, fail(exitUsage, "error/mailbox/number", "word", strconv.Itoa(n))
	}
	f, err := p.find(ctx, store, user, cmp.Or(folder, mailbox.Inbox))
	if err != nil {
		return nil, err
	}
	kept, err := mailAt(ctx, store, user, f, n)
	if err != nil {
		return nil, err
	}
	utf8, err := cameWithUTF8(ctx, store, kept)
	if err != nil {
		return nil, err
	}
	body, err := store.Body(ctx, kept.Body)
	if err != nil {
		return nil, err
	}
	m, err := mime.OpenAt(interruptibleFile{ctx, body}, body.Octets)
	if err != nil {
		return nil, err
	}
	return &opened{Message: m, utf8: utf8}, nil
}

// cameWithUTF8 says that a message was announced with SMTPUTF8. Only its envelope knows.
func cameWithUTF8(ctx context.Context, store *mailbox.Store, m mailbox.Message) (bool, error) {
	if m.Envelope == 0 {
		return false, nil
	}
	e, err := store.Envelope(ctx, m.Envelope)
	return slices.Contains(strings.Fields(strings.ToUpper(e.Parameters)), "SMTPUTF8"), err
}
