package mailbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// A tx is the transaction that a job writes in.
type tx struct {
	store    *Store
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	direct   map[string]driver.StmtExecContext
	values   []driver.NamedValue // memory for the arguments of the next statement
	ids      map[string]*block
	fillings fillings

	// Of the job that runs.
	changes []Change
	puts    bool
	alone   bool // no other is in the transaction, unless it comes later
}

func newTx(s *Store, conn *sql.Conn) tx {
	return tx{store: s, conn: conn, prepared: make(map[string]*sql.Stmt),
		direct: make(map[string]driver.StmtExecContext), ids: make(map[string]*block),
		fillings: fillings{known: make(map[FolderID]*filling)}}
}

// close gives up what was prepared.
func (t *tx) close() {
	for _, stmt := range t.prepared {
		stmt.Close()
	}
	t.conn.Raw(func(any) error {
		for _, stmt := range t.direct {
			stmt.(driver.Stmt).Close()
		}
		return nil
	})
}

// rollBack undoes the transaction.
func (t *tx) rollBack() {
	t.exec(rollback) // it may have been rolled back by itself
	t.failed()
}

// failed is called when what was done is undone, by a job or by all of a transaction.
func (t *tx) failed() {
	t.forgetIDs(true)
	t.fillings.forget()
}

func (t *tx) stmt(text string) (*sql.Stmt, error) {
	stmt := t.prepared[text]
	if stmt == nil {
		var err error
		if stmt, err = t.conn.PrepareContext(context.Background(), text); err != nil {
			return nil, err
		}
		t.prepared[text] = stmt
	}
	return stmt, nil
}

// exec runs a statement that has no answer. It is given to the driver as it is: there are
// three of them a message, and what database/sql does around each call can be measured.
func (t *tx) exec(text string, args ...any) error {
	return t.conn.Raw(func(conn any) error {
		stmt, err := t.directly(conn, text, args)
		if err == nil {
			_, err = stmt.ExecContext(context.Background(), t.values)
			clear(t.values) // a message is not held on to
		}
		return err
	})
}

// raw asks for any number of rows, as rows does, by way of the driver; see statements.raw.
func (t *tx) raw(text string, args []any, each func([]driver.Value)) error {
	return t.conn.Raw(func(conn any) error {
		stmt, err := t.directly(conn, text, args)
		if err != nil {
			return err
		}
		rows, err := stmt.(driver.StmtQueryContext).QueryContext(context.Background(), t.values)
		if err != nil {
			return err
		}
		return eachRaw(rows, each)
	})
}

// directly prepares a statement of the driver's, and its arguments in t.values.
func (t *tx) directly(conn any, text string, args []any) (driver.StmtExecContext, error) {
	stmt := t.direct[text]
	if stmt == nil {
		prepared, err := conn.(driver.Conn).Prepare(text)
		if err != nil {
			return nil, err
		}
		stmt = prepared.(driver.StmtExecContext)
		t.direct[text] = stmt
	}
	t.values = t.values[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		t.values = append(t.values, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return stmt, nil
}

// row asks for one row and says whether there was one.
func (t *tx) row(text string, args, dest []any) (bool, error) {
	stmt, err := t.stmt(text)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRow(args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (t *tx) rows(text string, args []any, each func(scan func(...any) error) error) error {
	stmt, err := t.stmt(text)
	if err != nil {
		return err
	}
	rows, err := stmt.Query(args...)
	if err != nil {
		return err
	}
	return eachRow(rows, each)
}

// changed notes a change that is published after the commit.
func (t *tx) changed(c Change) { t.changes = append(t.changes, c) }
