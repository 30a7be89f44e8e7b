package sandbox

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	"modernc.org/sqlite/lib"

	"mailtool/mailbox"
)

// code is the result code of the database, the primary one and that which says more; 0 for
// other errors.
func code(err error) (primary, extended int) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, 0
	}
	return e.Code() & 0xff, e.Code()
}

// isBusy says that somebody else holds the database.
func isBusy(err error) bool {
	c, _ := code(err)
	return c == sqlite3.SQLITE_BUSY || c == sqlite3.SQLITE_LOCKED
}

// isFull says that the disk takes no more.
func isFull(err error) bool {
	c, extended := code(err)
	return c == sqlite3.SQLITE_FULL || extended == sqlite3.SQLITE_IOERR_WRITE ||
		extended == sqlite3.SQLITE_IOERR_SHMSIZE
}

// isDamaged says that a file is no database, or a broken one.
func isDamaged(err error) bool {
	c, _ := code(err)
	return c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB
}

// isClosedOff says that the log of a database cannot be made, or not be read: the folder
// is for reading alone.
func isClosedOff(err error) bool {
	c, _ := code(err)
	return c == sqlite3.SQLITE_READONLY || c == sqlite3.SQLITE_CANTOPEN
}

// damaged names the file where that is what an error says.
func damaged(file string, err error) error {
	if isDamaged(err) || errors.Is(err, mailbox.ErrDamaged) {
		return &wrapped{fmt.Errorf("%s: %w", file, mailbox.ErrDamaged), err}
	}
	return err
}

// A wrapped error says what it is and, where that is asked, what caused it.
type wrapped struct{ what, cause error }

func (w *wrapped) Error() string { return w.what.Error() }

func (w *wrapped) Unwrap() []error { return []error{w.what, w.cause} }
