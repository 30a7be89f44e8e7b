package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mailtool/mailbox"
)

// DatabaseFile is the file in a sandbox's folder that the mail lies in.
const DatabaseFile = "mail.db"

// MailboxOptions say how a mailbox is opened.
type MailboxOptions struct {
	// Throwaway makes a mailbox in a new temporary folder, which is removed at the end:
	// nothing is asked of the disk, and nothing is kept.
	Throwaway bool
	// Careless does not wait for the disk: a 250 promises nothing then. It is there for
	// tests, which have to see the difference.
	Careless bool
	Now      func() time.Time // the clock; time.Now by default
	Memory   int64            // as in mailbox.Options
	Trouble  func(error)      // as in mailbox.Options
}

// OpenMailbox opens the mailboxes in a folder, and makes both where they are missing. No
// other program can open them until Close. The error may be a *LockedError, a
// *mailbox.NewerError, or wrap mailbox.ErrDamaged or mailbox.ErrFull.
func OpenMailbox(ctx context.Context, dir string, o MailboxOptions) (*mailbox.Store, error) {
	s, _, err := openIn(ctx, dir, o)
	return s, err
}

// openIn is OpenMailbox, and says in which folder the mailboxes lie.
func openIn(ctx context.Context, dir string, o MailboxOptions) (s *mailbox.Store, in string,
	err error) {
	var undo closers
	if in, err = takeFolder(dir, o, &undo); err == nil {
		s, err = openStore(ctx, filepath.Join(in, DatabaseFile), o, &undo)
	}
	if err != nil {
		undo.run() // the error says more than what may go wrong there
		return nil, "", err
	}
	return s, in, nil
}

// openStore opens the database. Where it fails, undo has what is to be given back.
func openStore(ctx context.Context, file string, o MailboxOptions, undo *closers) (
	*mailbox.Store, error) {
	if err := mayWrite(file); err != nil {
		return nil, err
	}
	writer, err := openDatabase(file, writerPragmas(o.synchronous()), "immediate", undo)
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	// It is closed before the writer, which tidies up with its own pragmas.
	reader, err := openDatabase(file, readerPragmas, "deferred", undo)
	if err != nil {
		return nil, err
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	if err := quickCheck(ctx, writer, file); err != nil {
		return nil, err
	}
	with := mailbox.Options{Writer: writer, Reader: reader, Busy: isBusy, Full: isFull,
		Damaged: isDamaged, Reclaim: reclaim, Closed: undo.run, Now: o.Now, Memory: o.Memory,
		Trouble: o.Trouble}
	if !o.Throwaway {
		db, err := sql.Open("sqlite", dsn(file, checkpointPragmas, "immediate"))
		if err != nil {
			return nil, err
		}
		c := newCheckpointer(db)
		undo.add(c.close)
		with.Tidy, with.Pace = c.tidy, c.pace
	}
	s, err := mailbox.Open(ctx, with)
	return s, damaged(file, err)
}

// takeFolder makes the folder of a mailbox, where it is missing, and keeps others out of it.
func takeFolder(dir string, o MailboxOptions, undo *closers) (string, error) {
	if o.Throwaway {
		temp, err := os.MkdirTemp("", "mailtool-")
		if err != nil {
			return "", err
		}
		undo.add(func() error { return os.RemoveAll(temp) })
		return temp, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return "", err
	}
	undo.add(lock.unlock)
	return dir, nil
}

// openDatabase opens connections to a database file; see dsn.
func openDatabase(file string, pragmas []string, lock string, undo *closers) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(file, pragmas, lock))
	if err == nil {
		undo.add(db.Close)
	}
	return db, err
}

// checkedSize is up to where a database is looked through when it is opened: what takes no
// time that anybody notices. Larger ones are what they say of themselves.
const checkedSize = 8 << 20

// quickCheck looks for damage in a database that was there before.
func quickCheck(ctx context.Context, db *sql.DB, file string) error {
	info, err := os.Stat(file)
	if err != nil || info.Size() == 0 || info.Size() > checkedSize {
		return err
	}
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return damaged(file, err)
	}
	if verdict != "ok" {
		return damaged(file, fmt.Errorf("%w: %s", mailbox.ErrDamaged, verdict))
	}
	return nil
}

// readers is how many queries run at a time. Each has a cache of its own.
const readers = 4

// mayWrite says in the system's words why a database cannot be written, before the
// database says it in others.
func mayWrite(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// closers are run at the end, the last first.
type closers struct{ list []func() error }

func (c *closers) add(f func() error) { c.list = append(c.list, f) }

func (c *closers) run() error {
	var err error
	for i := len(c.list) - 1; i >= 0; i-- {
		err = errors.Join(err, c.list[i]())
	}
	c.list = nil
	return err
}
