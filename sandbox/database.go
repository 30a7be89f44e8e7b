package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

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
	var undo closers
	fail := func(err error) (*mailbox.Store, error) {
		undo.run()
		return nil, err
	}
	if o.Throwaway {
		temp, err := os.MkdirTemp("", "mailtool-")
		if err != nil {
			return nil, err
		}
		undo.add(func() error { return os.RemoveAll(temp) })
		dir = temp
	} else {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		lock, err := lockFolder(dir)
		if err != nil {
			return nil, err
		}
		undo.add(lock.unlock)
	}
	file := filepath.Join(dir, DatabaseFile)
	if err := mayWrite(file); err != nil {
		return fail(err)
	}
	writer, err := sql.Open("sqlite", dsn(file, writerPragmas(o.synchronous()), "immediate"))
	if err != nil {
		return fail(err)
	}
	undo.add(writer.Close) // after the readers: it tidies up with its own pragmas
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", dsn(file, readerPragmas, "deferred"))
	if err != nil {
		return fail(err)
	}
	undo.add(reader.Close)
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	if err := quickCheck(ctx, writer, file); err != nil {
		return fail(err)
	}
	var tidy func(*sql.Conn)
	var pace func(context.Context) error
	if !o.Throwaway {
		db, err := sql.Open("sqlite", dsn(file, checkpointPragmas, "immediate"))
		if err != nil {
			return fail(err)
		}
		c := newCheckpointer(db)
		undo.add(c.close)
		tidy, pace = c.tidy, c.pace
	}
	s, err := mailbox.Open(ctx, mailbox.Options{Writer: writer, Reader: reader,
		Busy: isBusy, Full: isFull, Damaged: isDamaged, Reclaim: reclaim, Tidy: tidy, Pace: pace,
		Closed: undo.run, Now: o.Now, Memory: o.Memory, Trouble: o.Trouble})
	if err == nil {
		return s, nil
	}
	return fail(damaged(file, err))
}

// damaged names the file where that is what an error says.
func damaged(file string, err error) error {
	if isDamaged(err) || errors.Is(err, mailbox.ErrDamaged) {
		return &wrapped{fmt.Errorf("%s: %w", file, mailbox.ErrDamaged), err}
	}
	return err
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

// writerPragmas are in the order in which they must come: what makes all later ones wait
// for others instead of failing, what holds only before the first table, the rest.
func writerPragmas(synchronous string) []string {
	overflow := overflowPages
	if synchronous == "OFF" {
		overflow = 1000
	}
	return []string{
		"busy_timeout(5000)",
		"synchronous(" + synchronous + ")",
		"page_size(4096)", // a small message touches six pages: larger ones cost more
		"auto_vacuum(INCREMENTAL)",
		"journal_mode(WAL)",
		fmt.Sprintf("wal_autocheckpoint(%d)", overflow), // see checkpointer
		"journal_size_limit(16777216)",                  // octets that the log keeps when it was long
		"cache_size(-4096)",                             // KiB
		"temp_store(MEMORY)",
		"mmap_size(0)",
	}
}

// synchronous is what the database asks of the disk before a commit returns: with FULL, that
// it is on it.
func (o *MailboxOptions) synchronous() string {
	switch {
	case o.Throwaway:
		return "OFF"
	case o.Careless:
		return "NORMAL"
	}
	return "FULL"
}

// checkpointPragmas are those of the checkpointer: what it moves must be on the disk before
// the log begins anew.
var checkpointPragmas = []string{
	"busy_timeout(5000)", "synchronous(FULL)", "wal_autocheckpoint(0)", "cache_size(-64)",
}

var readerPragmas = []string{
	"busy_timeout(5000)", "query_only(1)", "cache_size(-2048)", "temp_store(MEMORY)",
	"mmap_size(0)",
}

// dsn names a database file for the driver. It is a URI, so that any character may be in
// the path. The pragmas are one value: several ones the driver would sort by the alphabet,
// and page_size does nothing after auto_vacuum.
func dsn(file string, pragmas []string, lock string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	file = filepath.ToSlash(file)
	if !strings.HasPrefix(file, "/") {
		file = "/" + file // a drive of Windows
	}
	u := url.URL{Scheme: "file", Path: file}
	q := url.Values{"_pragma": {strings.Join(pragmas, ";PRAGMA ")}, "_txlock": {lock}}
	u.RawQuery = q.Encode()
	return u.String()
}

// mayWrite says in the system's words why a database cannot be written, before the
// database says it in others.
func mayWrite(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// code is the primary result code of the database, 0 for other errors.
func code(err error) (primary, extended int) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, 0
	}
	return e.Code() & 0xff, e.Code()
}

func isBusy(err error) bool {
	c, _ := code(err)
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

func isFull(err error) bool {
	c, extended := code(err)
	return c == sqlite3.SQLITE_FULL || extended == sqlite3.SQLITE_IOERR_WRITE ||
		extended == sqlite3.SQLITE_IOERR_SHMSIZE
}

func isDamaged(err error) bool {
	c, _ := code(err)
	return c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB
}

// unusedPages may be free in any database, and reclaimPages are given back at a time.
const (
	unusedPages  = 16 << 10
	reclaimPages = 256
)

// reclaim gives free pages back, a megabyte at a time, where a good part of the file is
// free: a class that empties its mailboxes and fills them again needs them.
func reclaim(ctx context.Context, c *sql.Conn) (more bool, err error) {
	var pages, free int64
	if err := c.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return false, err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
		return false, err
	}
	if free < unusedPages || free < pages/2 {
		return false, nil
	}
	// Each row of the answer is a page.
	rows, err := c.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", reclaimPages))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return true, rows.Err()
}

// isClosedOff says that the log of a database cannot be made, or not be read: the folder
// is for reading alone.
func isClosedOff(err error) bool {
	c, _ := code(err)
	return c == sqlite3.SQLITE_READONLY || c == sqlite3.SQLITE_CANTOPEN
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

// A wrapped error says what it is and, where that is asked, what caused it.
type wrapped struct{ what, cause error }

func (w *wrapped) Error() string   { return w.what.Error() }
func (w *wrapped) Unwrap() []error { return []error{w.what, w.cause} }
