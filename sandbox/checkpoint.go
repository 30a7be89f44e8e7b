package sandbox

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

// A checkpointer moves what was written from the log of the database into the database, on
// a connection of its own while others write: this takes the disk a tenth of a second, and
// whoever has a message stored at that moment would wait. Only the last few pages, after
// which the log begins anew, are moved by the writer between two transactions.
type checkpointer struct {
	db     *sql.DB
	wake   chan struct{} // something was written
	stop   chan struct{}
	ended  chan struct{}
	behind atomic.Int64  // pages of the log that are not moved, as they were counted last
	finish atomic.Bool   // the writer is asked to move the rest
	done   chan struct{} // it has
}

const (
	checkpointPages = 1000 // are worth to be moved
	restPages       = 200  // are few enough for the writer
	// pacePages in the log let large messages wait.
	pacePages = 1200
	// overflowPages in the log are moved by the writer all alone: it is faster than the
	// checkpointer. Of 2,000 that takes 10 to 20 ms; of 16,000 it was 100 ms, which somebody
	// had to wait beside nearly every message of 50 MB.
	overflowPages = 2_000
	// checkpointPause lets the pages gather.
	checkpointPause = 20 * time.Millisecond
	// heldPause is when it is tried again where somebody reads what lies in the log, and so
	// holds it there.
	heldPause = 200 * time.Millisecond
	// paceMost is how long a piece of a large message waits: who reads may do so for long.
	paceMost = 100 * time.Millisecond
)

func newCheckpointer(db *sql.DB) *checkpointer {
	db.SetMaxOpenConns(1)
	c := &checkpointer{db: db, wake: make(chan struct{}, 1), stop: make(chan struct{}),
		ended: make(chan struct{}), done: make(chan struct{}, 1)}
	go c.run()
	return c
}

// close ends the checkpointer, and its connection.
func (c *checkpointer) close() error {
	close(c.stop)
	<-c.ended
	return c.db.Close()
}

// tidy is called by the writer after each transaction.
func (c *checkpointer) tidy(conn *sql.Conn) {
	if c.finish.Swap(false) {
		checkpoint(conn, "PASSIVE") // what fails is tried again when more is written
		c.done <- struct{}{}
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// pace lets a large message wait while there is much to be moved: else it would fill the
// log faster than it is emptied, and in the end all would wait.
func (c *checkpointer) pace(ctx context.Context) error {
	for from := time.Now(); c.behind.Load() > pacePages && time.Since(from) < paceMost; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return nil
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

func (c *checkpointer) run() {
	defer close(c.ended)
	conn, err := c.db.Conn(context.Background())
	if err != nil {
		return // the writer does it, when the log overflows
	}
	defer conn.Close()
	pause := time.NewTimer(0)
	defer pause.Stop()
	var held <-chan time.Time
	for {
		select {
		case <-c.stop:
			return
		case <-c.wake:
		case <-held: // those who wait may be the only ones who would write
		}
		pause.Reset(checkpointPause)
		select {
		case <-c.stop:
			return
		case <-pause.C:
		}
		if left := c.move(conn, "NOOP"); left >= checkpointPages && !c.round(conn) {
			return
		}
		held = nil
		if c.behind.Load() >= checkpointPages {
			held = time.After(heldPause)
		}
	}
}

// round empties the log. It returns false when the end has come.
func (c *checkpointer) round(conn *sql.Conn) bool {
	left := checkpointPages
	for range 10 { // each time less was written meanwhile; or not, then it may overflow
		c.move(conn, "PASSIVE")
		if left = c.move(conn, "NOOP"); left <= restPages {
			break
		}
	}
	if left == 0 || left > restPages {
		return true
	}
	c.finish.Store(true)
	select {
	case <-c.done:
		return true
	case <-c.stop:
		return false
	}
}

// move is checkpoint, and notes what is left. Where it fails nobody is to wait for it.
func (c *checkpointer) move(conn *sql.Conn, mode string) int {
	left, err := checkpoint(conn, mode)
	if err != nil {
		left = 0
	}
	c.behind.Store(int64(left))
	return left
}

// checkpoint runs one and returns how many pages of the log are not moved yet.
func checkpoint(conn *sql.Conn, mode string) (left int, err error) {
	var busy, log, moved int
	err = conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")").
		Scan(&busy, &log, &moved)
	return log - moved, err
}
