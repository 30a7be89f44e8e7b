package mailbox

import (
	"context"
	"database/sql/driver"
	"sync"

	"modernc.org/sqlite"
)

// A hooked driver asks a test before it runs a statement of the writer's.
type hooked struct {
	dsn string

	mu     sync.Mutex
	before func(query string) error
}

// set says what is asked; an error that it returns is the statement's.
func (h *hooked) set(before func(query string) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.before = before
}

func (h *hooked) ask(query string) error {
	h.mu.Lock()
	before := h.before
	h.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(query)
}

// Connect implements driver.Connector.
func (h *hooked) Connect(context.Context) (driver.Conn, error) {
	c, err := h.Driver().Open(h.dsn)
	return hookedConn{c, h}, err
}

// Driver implements driver.Connector.
func (h *hooked) Driver() driver.Driver { return &sqlite.Driver{} }

type hookedConn struct {
	driver.Conn
	hook *hooked
}

func (c hookedConn) Prepare(query string) (driver.Stmt, error) {
	s, err := c.Conn.Prepare(query)
	return hookedStmt{s, query, c.hook}, err
}

type hookedStmt struct {
	driver.Stmt
	query string
	hook  *hooked
}

func (s hookedStmt) ExecContext(
	ctx context.Context, args []driver.NamedValue,
) (driver.Result, error) {
	if err := s.hook.ask(s.query); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s hookedStmt) QueryContext(
	ctx context.Context, args []driver.NamedValue,
) (driver.Rows, error) {
	if err := s.hook.ask(s.query); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}
