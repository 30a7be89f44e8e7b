package mailbox

import (
	"context"
	"errors"
	"fmt"
)

// ErrReadOnly says that a Store is only for reading; see View.
var ErrReadOnly = errors.New("mailbox: the store is only for reading")

// An OlderError says that the database has to be brought up to date, which View does not.
type OlderError struct{ Database, Program int }

func (e *OlderError) Error() string {
	return fmt.Sprintf("mailbox: the database has schema %d, and %d is wanted", e.Database, e.Program)
}

// View opens the mailboxes for reading alone, beside another process that may have them
// open: nothing is locked, made or changed, and whatever would returns ErrReadOnly. Of o
// the Writer is not used. The error wraps ErrDamaged, or is an *OlderError or a
// *NewerError.
func View(ctx context.Context, o Options) (*Store, error) {
	s := &Store{o: o}
	s.read = statements{db: o.Reader}
	s.feed.init()
	conn, err := o.Reader.Conn(ctx)
	if err != nil {
		return nil, s.sort(err)
	}
	defer conn.Close()
	known, err := schemaSteps()
	if err != nil {
		return nil, err
	}
	have, err := schemaVersion(ctx, conn)
	switch {
	case err != nil:
		return nil, s.sort(err)
	case have > len(known):
		return nil, &NewerError{have, len(known)}
	case have == 0:
		// There is no table of settings: the database says why.
		var value string
		return nil, s.sort(orMissing(conn.QueryRowContext(ctx, selectSetting, schemaSetting).Scan(&value),
			"schema version"))
	case have < len(known):
		return nil, &OlderError{have, len(known)}
	}
	return s, nil
}
