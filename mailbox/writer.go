package mailbox

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What is committed together at most. More would let the first of a group wait for long.
const (
	groupJobs   = 256
	groupOctets = 8 << 20
)

// A group that has more jobs than these does not wait for others.
const groupEnough = 4

// A job is something to write: all of it or nothing. It may be run more than once, when
// the database was busy or another job spoilt the transaction.
type job struct {
	ctx    context.Context
	octets int
	run    func(*tx) error
	puts   bool // all that it does to folders is to put messages into them

	changes []Change
	err     error
	done    chan struct{}
}

// A writer runs jobs, in one goroutine on one connection. What waits, and what comes while
// a transaction is written, is committed together: the disk's answer, which takes longer
// than all else, is waited for once.
type writer struct {
	store *Store
	conn  *sql.Conn
	tx    tx

	mu     sync.RWMutex // over closed: nothing is sent to jobs after it is closed
	closed bool
	jobs   chan *job
	ended  chan struct{}

	groups atomic.Int64 // that were begun
}

func newWriter(s *Store, conn *sql.Conn) *writer {
	w := &writer{store: s, conn: conn, jobs: make(chan *job, groupJobs),
		ended: make(chan struct{})}
	w.tx = newTx(s, conn)
	go w.loop()
	return w
}

// close lets what was accepted be committed, and ends the writer.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	close(w.jobs)
	w.mu.Unlock()
	<-w.ended
	w.tx.close()
	return w.conn.Close()
}

// do runs a job and returns when it is committed, or has failed. Once it is the writer's it
// is waited for even when ctx ends, so that the answer is the truth: it was not run, or what
// became of it.
func (s *Store) do(ctx context.Context, octets int, run func(*tx) error) error {
	return s.wait(&job{ctx: ctx, octets: octets, run: run})
}

// put is do for a job that does no more to folders than to put messages into them.
func (s *Store) put(ctx context.Context, octets int, run func(*tx) error) error {
	return s.wait(&job{ctx: ctx, octets: octets, run: run, puts: true})
}

func (s *Store) wait(j *job) error {
	j.done = make(chan struct{})
	w := s.writer
	if w == nil {
		return ErrReadOnly
	}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return ErrClosed
	}
	select {
	case w.jobs <- j:
		w.mu.RUnlock()
	case <-j.ctx.Done():
		w.mu.RUnlock()
		return j.ctx.Err()
	}
	<-j.done
	return s.sort(j.err)
}

// offer runs a job that nobody waits for, or forgets it when much is to be done.
func (s *Store) offer(run func(*tx) error) {
	w := s.writer
	if w == nil {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return
	}
	select {
	case w.jobs <- &job{ctx: context.Background(), run: run, done: make(chan struct{})}:
	default:
	}
}

// A group is what one transaction writes.
type group struct {
	jobs   []*job
	octets int
	open   bool // whoever comes while it is run may join it
}

// takes says that the group has room for more.
func (g *group) takes() bool {
	return g.open && len(g.jobs) < groupJobs && g.octets < groupOctets
}

func (w *writer) loop() {
	defer close(w.ended)
	g := group{open: true}
	for j := range w.jobs {
		g.jobs, g.octets = append(g.jobs[:0], j), j.octets
		w.join(&g)
		w.groups.Add(1)
		w.write(&g)
		if slices.ContainsFunc(g.jobs, func(j *job) bool { return j.puts }) {
			w.store.quiet.came()
		}
		clear(g.jobs)
		if w.store.o.Tidy != nil {
			w.store.o.Tidy(w.conn)
		}
	}
}

// join adds the jobs that wait to a group that is open, and says whether there were any.
func (w *writer) join(g *group) bool {
	n := len(g.jobs)
	for g.takes() {
		select {
		case j, ok := <-w.jobs:
			if !ok {
				return len(g.jobs) > n // the writer is being closed
			}
			g.jobs = append(g.jobs, j)
			g.octets += j.octets
		default:
			return len(g.jobs) > n
		}
	}
	return len(g.jobs) > n
}

// yield lets others have the processor before a group of few is committed, and says whether any
// came then: who was about to need not wait for the disk twice. On one processor nobody could
// come otherwise.
func (w *writer) yield(g *group) bool {
	if !g.takes() || len(g.jobs) > groupEnough {
		return false
	}
	runtime.Gosched()
	return w.join(g)
}

// write runs a group, publishes what changed, and answers.
func (w *writer) write(g *group) {
	if err := w.transaction(g); err != nil {
		// One of them may be to blame, or the disk was full for all together.
		for _, j := range g.jobs {
			if err := w.transaction(&group{jobs: []*job{j}}); err != nil {
				j.err, j.changes = err, nil
			}
		}
	}
	for _, j := range g.jobs {
		if j.err == nil {
			w.store.feed.publish(j.changes)
		}
	}
	for _, j := range g.jobs {
		close(j.done)
	}
}

// transaction runs jobs in one transaction and tries again while the database is busy, as
// long as anybody waits. An error says that nothing is committed; what fails in one job
// only is that job's error.
func (w *writer) transaction(g *group) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		err := w.attempt(g)
		if err == nil {
			return nil
		}
		w.tx.rollBack()
		if w.store.o.Busy == nil || !w.store.o.Busy(err) {
			return err
		}
		var ended error
		for _, j := range g.jobs {
			if ended = j.ctx.Err(); ended == nil {
				break
			}
		}
		if ended != nil {
			return ended
		}
		time.Sleep(wait)
	}
}

// attempt runs the jobs and commits. Nearly always all of them succeed, so they are tried
// without savepoints, which make the database copy every page that a job changes. When one
// fails, what all did is undone, and it is found out which with a savepoint for each.
func (w *writer) attempt(g *group) error {
	if err := w.tx.exec(begin); err != nil {
		return err
	}
	whole, err := w.runAll(g)
	switch {
	case err != nil:
		return err
	case !whole:
		w.tx.rollBack()
		if len(g.jobs) == 1 {
			return nil // the error is the job's
		}
		if err := w.runEach(g.jobs); err != nil {
			return err
		}
	}
	if err := w.tx.exec(commit); err != nil {
		return fmt.Errorf("mailbox: commit: %w", err)
	}
	w.tx.forgetIDs(false)
	return nil
}

// runAll runs the jobs, up to the first that fails, and those who come meanwhile too: what
// they would wait for otherwise is this commit and another one. An error is the
// transaction's.
func (w *writer) runAll(g *group) (whole bool, err error) {
	for i := 0; i < len(g.jobs) || w.join(g) || w.yield(g); i++ {
		j := g.jobs[i]
		j.changes, w.tx.changes = nil, nil
		w.tx.alone = len(g.jobs) == 1
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if w.tx.puts = j.puts; !j.puts {
			if err := w.tx.release(); err != nil {
				return false, err
			}
		}
		switch j.err = guarded(j.run, &w.tx); {
		case j.err == nil:
			j.changes = w.tx.changes
		case w.store.o.Busy != nil && w.store.o.Busy(j.err):
			return false, j.err
		default:
			return false, nil
		}
	}
	return true, w.tx.settle()
}

// runEach runs the jobs in a new transaction, each in its savepoint.
func (w *writer) runEach(jobs []*job) error {
	if err := w.tx.exec(begin); err != nil {
		return err
	}
	for _, j := range jobs {
		if err := w.runJob(j); err != nil {
			return err
		}
	}
	return nil
}

// runJob runs a job in its savepoint. An error is the transaction's.
func (w *writer) runJob(j *job) error {
	j.changes = nil
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if err := w.tx.exec(savepoint); err != nil {
		return err
	}
	w.tx.changes, w.tx.puts, w.tx.alone = nil, false, false
	j.err = guarded(j.run, &w.tx)
	if j.err == nil {
		j.changes = w.tx.changes
		return w.tx.exec(release)
	}
	if w.store.o.Busy != nil && w.store.o.Busy(j.err) {
		return j.err
	}
	w.tx.failed()
	if err := w.tx.exec(rollbackToJob); err != nil {
		return j.err // the transaction is gone: the disk is full, for instance
	}
	return w.tx.exec(release)
}

// guarded runs a job. A panic in it is its own failure and nobody else's.
func guarded(run func(*tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("mailbox: panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return run(t)
}
