package mailbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"sync"
	"time"
)

// statements are prepared when they are first used.
type statements struct {
	db *sql.DB

	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt := s.prepared[text]
	s.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.prepared[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if s.prepared == nil {
		s.prepared = make(map[string]*sql.Stmt)
	}
	s.prepared[text] = stmt
	return stmt, nil
}

// row asks for one row. The error may be sql.ErrNoRows.
func (s *statements) row(ctx context.Context, text string, args, dest []any) error {
	stmt, err := s.get(ctx, text)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(dest...)
}

// rows asks for any number of rows and calls each for one after the other.
func (s *statements) rows(
	ctx context.Context, text string, args []any, each func(scan func(...any) error) error,
) error {
	stmt, err := s.get(ctx, text)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, each)
}

func eachRow(rows *sql.Rows, each func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// raw asks for any number of rows, as rows does, but gives the driver's values as they are:
// where rows are many, what database/sql does for each column takes longer than the column.
// The slice is used again for the next row.
func (s *statements) raw(
	ctx context.Context, text string, args []int64, each func([]driver.Value),
) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return conn.Raw(func(conn any) error {
		stmt, err := conn.(driver.Conn).Prepare(text)
		if err != nil {
			return err
		}
		defer stmt.Close()
		rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, values)
		if err != nil {
			return err
		}
		return eachRaw(rows, each)
	})
}

// eachRaw calls each for the rows and closes them.
func eachRaw(rows driver.Rows, each func([]driver.Value)) error {
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); err {
		case nil:
			each(row)
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.prepared {
		stmt.Close()
	}
	s.prepared = nil
}

// asTime scans microseconds into a time.
type asTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (a asTime) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("mailbox: %T is no time", v)
	}
	*a.t = fromMicros(n)
	return nil
}
