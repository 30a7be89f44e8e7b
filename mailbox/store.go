package mailbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The errors of a Store. What the database said is wrapped with them.
var (
	ErrNoUser    = errors.New("mailbox: no such user")
	ErrNoFolder  = errors.New("mailbox: no such folder")
	ErrNoMessage = errors.New("mailbox: no such message")
	ErrNoBody    = errors.New("mailbox: the message is no longer there")
	ErrExists    = errors.New("mailbox: it exists already")
	ErrInbox     = errors.New("mailbox: INBOX cannot be removed")
	ErrName      = errors.New("mailbox: not a name")
	// ErrLong says that a name is none because it is too long, or has too many levels; it is an
	// ErrName. ErrTooMany says that a user has MaxFolders.
	ErrLong    = fmt.Errorf("%w: too long", ErrName)
	ErrTooMany = errors.New("mailbox: too many folders")
	ErrLines   = errors.New("mailbox: a line does not end in CRLF")
	// ErrMemory says that too much mail arrives at once (452, RFC 5321 §4.2.3).
	ErrMemory = errors.New("mailbox: no memory for more mail that arrives")
	// ErrFull says that the disk took no more. Nothing was stored; when there is room
	// again the Store goes on (452 with 4.3.1, RFC 3463 §3.4).
	ErrFull    = errors.New("mailbox: the disk is full")
	ErrClosed  = errors.New("mailbox: the store is closed")
	ErrDamaged = errors.New("mailbox: the database is damaged")
)

// Options say what a Store works with.
type Options struct {
	// Writer has one connection, which the Store keeps for itself; Reader is a pool of
	// them for queries. Close closes neither: see Closed.
	Writer, Reader *sql.DB
	// Busy says of the driver's error that somebody else holds the database: it is
	// tried again. Full says that there is no room, Damaged that the file is no
	// database or a broken one. Each may be nil.
	Busy, Full, Damaged func(error) bool
	// Reclaim gives unused room of the database back to the system, in a small step,
	// on the writer's connection, and says whether there is more. It may be nil.
	Reclaim func(context.Context, *sql.Conn) (more bool, err error)
	// Tidy is called by the writer after each transaction, on its connection. Others wait
	// meanwhile. It may be nil.
	Tidy func(*sql.Conn)
	// Pace is called before each piece of a large message is written, and may let it wait
	// for the sake of others. The error is ctx's. It may be nil.
	Pace func(ctx context.Context) error
	// Closed is called at the end of Close, for whoever lent the databases. It may be nil.
	Closed func() error
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// Quiet is how long nothing must have been written before the Store derives, by itself,
	// what is missing (see Derived): 300 ms by default, never if it is negative. After is the
	// clock for that, time.After by default.
	Quiet time.Duration
	After func(time.Duration) <-chan time.Time
	// Memory is how many octets of mail that arrives are held; 64 MiB by default.
	Memory int64
	// Trouble is told of what goes wrong where nobody waits for an answer, sweeping
	// for instance. It may be nil.
	Trouble func(error)
}

// A Store keeps mail in a database. It may be used by any number of goroutines.
type Store struct {
	o      Options
	read   statements
	writer *writer
	feed   feed
	memory atomic.Int64 // octets of drafts
	small  sync.Pool    // of *smallDraft

	sweeper sweeper
	quiet   quiet
	once    sync.Once
}

// Open opens the mailboxes in a database, makes the tables where there are none, and
// brings older ones up to date. The error wraps ErrDamaged where the database is none of
// ours, or is a *NewerError.
func Open(ctx context.Context, o Options) (*Store, error) {
	steps, err := schemaSteps()
	if err != nil {
		return nil, err
	}
	return open(ctx, o, steps)
}

func open(ctx context.Context, o Options, steps []step) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	if o.Quiet == 0 {
		o.Quiet = quietAfter
	}
	if o.After == nil {
		o.After = time.After
	}
	s := &Store{o: o}
	s.read = statements{db: o.Reader}
	s.feed.init()
	conn, err := o.Writer.Conn(ctx)
	if err != nil {
		return nil, s.sort(err)
	}
	if err := migrate(ctx, conn, steps, o.Busy); err != nil {
		conn.Close()
		return nil, s.sort(err)
	}
	s.writer = newWriter(s, conn)
	if err := s.startSweeper(ctx); err != nil {
		s.Close()
		return nil, err
	}
	s.startQuiet()
	return s, nil
}

// Close waits for what was accepted to be committed and ends the Store. What is called
// after it returns ErrClosed.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		if s.writer != nil {
			s.stopQuiet()
			s.stopSweeper()
			err = s.writer.close()
		}
		s.read.close()
		if s.o.Closed != nil {
			err = errors.Join(err, s.o.Closed())
		}
	})
	return err
}

// sort wraps the database's error with ours where it has a meaning for the caller.
func (s *Store) sort(err error) error {
	is := func(judge func(error) bool) bool { return judge != nil && judge(err) }
	switch {
	case err == nil:
		return nil
	case is(s.o.Full):
		return &wrapped{ErrFull, err}
	case is(s.o.Damaged):
		return &wrapped{ErrDamaged, err}
	}
	return err
}

// A wrapped error is one of ours, with what the database said.
type wrapped struct{ ours, cause error }

func (w *wrapped) Error() string   { return w.ours.Error() + ": " + w.cause.Error() }
func (w *wrapped) Unwrap() []error { return []error{w.ours, w.cause} }

// micros is how times lie in the database.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }
