package sandbox

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mailtool/mailbox"
)

// ErrNoMailbox says that there is no mailbox in a folder yet.
var ErrNoMailbox = errors.New("sandbox: there is no mailbox yet")

// HasMailbox says that something was kept in a folder, or that it cannot be told.
func HasMailbox(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, DatabaseFile))
	return !errors.Is(err, fs.ErrNotExist) && (err != nil || info.Size() > 0)
}

// Elsewhere is the folder in which the sandbox that runs in dir keeps its mail, where that is
// another (Options.Temp), and else "".
func Elsewhere(dir string) string {
	p, err := ReadPorts(dir)
	if err != nil || p.Mailbox == "" || !runs(dir) { // a crash may have left the file behind
		return ""
	}
	return p.Mailbox
}

// ViewMailbox opens the mailboxes in a folder for reading alone, beside a sandbox that may
// run there, or those of that sandbox where it keeps them elsewhere. The error wraps
// ErrNoMailbox where nothing was ever kept, and else is one of those of OpenMailbox; a
// *mailbox.OlderError says that a sandbox must bring the folder up to date first.
func ViewMailbox(ctx context.Context, dir string) (*mailbox.Store, error) {
	dir = cmp.Or(Elsewhere(dir), dir)
	file := filepath.Join(dir, DatabaseFile)
	if !HasMailbox(dir) {
		return nil, fmt.Errorf("%w: %s", ErrNoMailbox, dir)
	}
	where := dsn(file, readerPragmas, "deferred")
	s, err := view(ctx, where)
	if err != nil && isClosedOff(err) {
		// To read a database is to write a log beside it, unless nobody can change it.
		if _, log := os.Stat(file + "-wal"); errors.Is(log, fs.ErrNotExist) {
			s, err = view(ctx, where+"&immutable=1")
		}
	}
	if err != nil && isClosedOff(err) {
		return nil, &fs.PathError{Op: "view", Path: dir, Err: &wrapped{fs.ErrPermission, err}}
	}
	return s, damaged(file, err)
}

// view opens the database that where names.
func view(ctx context.Context, where string) (*mailbox.Store, error) {
	reader, err := sql.Open("sqlite", where)
	if err != nil {
		return nil, err
	}
	s, err := mailbox.View(ctx, mailbox.Options{Reader: reader, Busy: isBusy, Full: isFull,
		Damaged: isDamaged, Closed: reader.Close})
	if err != nil {
		reader.Close()
		return nil, err
	}
	return s, nil
}
