package mailbox

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var pageSize = flag.String("page-size", "4096", "of the benchmarks' databases")

// A fixture is how a test opens a database.
type fixture struct {
	file    string
	sync    string           // OFF by default: most tests do not end with the machine
	pragmas []string         // more of them
	hook    *hooked          // what the writer's statements go through, or nil
	now     func() time.Time // time.Now by default
	memory  int64
	reclaim func(context.Context, *sql.Conn) (bool, error)
	steps   []step                               // more than the program's own
	after   func(time.Duration) <-chan time.Time // never by default: no moment is quiet
}

func (f fixture) open() (*Store, error) {
	level := f.sync
	if level == "" {
		level = "OFF"
	}
	pragmas := append([]string{"busy_timeout(5000)", "page_size(" + *pageSize + ")",
		"auto_vacuum(INCREMENTAL)", "synchronous(" + level + ")", "journal_mode(WAL)",
		"temp_store(MEMORY)", "cache_size(-4096)"}, f.pragmas...)
	dsn := "file:" + f.file + "?_pragma=" + url.QueryEscape(strings.Join(pragmas, ";PRAGMA "))
	writer, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	if f.hook != nil {
		f.hook.dsn = dsn
		writer = sql.OpenDB(f.hook)
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", "file:"+f.file+
		"?_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-2048)")
	if err != nil {
		return nil, err
	}
	reader.SetMaxOpenConns(4)
	reader.SetMaxIdleConns(4)
	closed := func() error { return errors.Join(reader.Close(), writer.Close()) }
	if f.after == nil {
		f.after = func(time.Duration) <-chan time.Time { return nil }
	}
	steps, err := schemaSteps()
	if err != nil {
		return nil, err
	}
	s, err := open(context.Background(), Options{Writer: writer, Reader: reader,
		Busy: func(err error) bool {
			return codeOf(err)&0xff == sqlite3.SQLITE_BUSY || errors.Is(err, errBusy)
		},
		Full:    func(err error) bool { return codeOf(err)&0xff == sqlite3.SQLITE_FULL },
		Damaged: func(err error) bool { return codeOf(err)&0xff == sqlite3.SQLITE_NOTADB },
		Reclaim: f.reclaim, Closed: closed, Now: f.now, Memory: f.memory,
		After: f.after,
	}, append(steps, f.steps...))
	if err != nil {
		closed()
	}
	return s, err
}

// errBusy is what a hook says when it plays a busy database.
var errBusy = errors.New("busy")

func codeOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// newStore opens a new database that ends with the test.
func newStore(t testing.TB, f fixture) *Store {
	t.Helper()
	if f.file == "" {
		f.file = filepath.Join(t.TempDir(), "mail.db")
	}
	s, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var background = context.Background()

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// draft makes a draft of a text.
func (s *Store) draft(t testing.TB, text string) *Draft {
	t.Helper()
	d := s.Draft(background)
	if _, err := d.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// deliver delivers a text.
func (s *Store) deliver(t testing.TB, text string, to ...FolderID) []Place {
	t.Helper()
	return must[[]Place](t)(s.draft(t, text).Deliver(background, Delivery{To: to}))
}

// text returns a message's text.
func (s *Store) text(t testing.TB, id BodyID) string {
	t.Helper()
	b := must[*Body](t)(s.Body(background, id))
	var out strings.Builder
	n, err := b.WriteTo(&out)
	if err != nil || n != b.Octets {
		t.Fatalf("body %d: %d of %d octets, %v", id, n, b.Octets, err)
	}
	return out.String()
}

// A clock is one that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// stepsOf is an Options.Reclaim that has so much to do.
func stepsOf(taken *int, n int) func(context.Context, *sql.Conn) (bool, error) {
	return func(context.Context, *sql.Conn) (bool, error) {
		*taken++
		return *taken < n, nil
	}
}
