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

// What is committed together at most. More would let the first of a batch wait for long.
const (
	batchJobs   = 256
	batchOctets = 8 << 20
)

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

// A writer runs jobs, in one goroutine on one connection. What waits is committed
// together: the disk's answer, which takes longer than all else, is waited for once.
type writer struct {
	store *Store
	conn  *sql.Conn
	tx    tx

	mu     sync.RWMutex // over closed: nothing is sent to jobs after it is closed
	closed bool
	jobs   chan *job
	ended  chan struct{}

	batches atomic.Int64 // that were begun
}

func newWriter(s *Store, conn *sql.Conn) *writer {
	w := &writer{store: s, conn: conn, jobs: make(chan *job, batchJobs),
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

// do runs a job and returns when it is committed, or has failed. A job that was begun is
// waited for even when ctx ends, so that the answer is the truth.
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

func (w *writer) loop() {
	defer close(w.ended)
	var batch []*job
	for j := range w.jobs {
		batch = w.gather(append(batch[:0], j))
		w.batches.Add(1)
		w.write(batch)
		if slices.ContainsFunc(batch, func(j *job) bool { return j.puts }) {
			w.store.quiet.came()
		}
		clear(batch)
		if w.store.o.Tidy != nil {
			w.store.o.Tidy(w.conn)
		}
	}
}

// gather adds the jobs that wait, and lets others have the processor for as long as that
// brings more: who is about to deliver need not wait for the disk twice.
func (w *writer) gather(batch []*job) []*job {
	octets := batch[0].octets
	for yielded := false; len(batch) < batchJobs && octets < batchOctets; {
		select {
		case j, ok := <-w.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
			octets += j.octets
			yielded = false
			continue
		default:
		}
		if yielded {
			return batch
		}
		runtime.Gosched()
		yielded = true
	}
	return batch
}

// write runs a batch, publishes what changed, and answers.
func (w *writer) write(batch []*job) {
	if err := w.transaction(batch); err != nil {
		// One of them may be to blame, or the disk was full for all together.
		for _, j := range batch {
			if err := w.transaction([]*job{j}); err != nil {
				j.err, j.changes = err, nil
			}
		}
	}
	for _, j := range batch {
		if j.err == nil {
			w.store.feed.publish(j.changes)
		}
	}
	for _, j := range batch {
		close(j.done)
	}
}

// transaction runs jobs in one transaction and tries again while the database is busy, as
// long as anybody waits. An error says that nothing is committed; what fails in one job
// only is that job's error.
func (w *writer) transaction(batch []*job) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		err := w.attempt(batch)
		if err == nil {
			return nil
		}
		w.tx.rollBack()
		if w.store.o.Busy == nil || !w.store.o.Busy(err) {
			return err
		}
		var ended error
		for _, j := range batch {
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
func (w *writer) attempt(batch []*job) error {
	if err := w.tx.exec(begin); err != nil {
		return err
	}
	w.tx.alone = len(batch) == 1
	whole, err := w.runAll(batch)
	switch {
	case err != nil:
		return err
	case !whole:
		w.tx.rollBack()
		if len(batch) == 1 {
			return nil // the error is the job's
		}
		if err := w.runEach(batch); err != nil {
			return err
		}
	}
	if err := w.tx.exec(commit); err != nil {
		return fmt.Errorf("mailbox: commit: %w", err)
	}
	w.tx.forgetIDs(false)
	return nil
}

// runAll runs the jobs, up to the first that fails. An error is the transaction's.
func (w *writer) runAll(batch []*job) (whole bool, err error) {
	for _, j := range batch {
		j.changes, w.tx.changes = nil, nil
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
func (w *writer) runEach(batch []*job) error {
	if err := w.tx.exec(begin); err != nil {
		return err
	}
	for _, j := range batch {
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
	w.tx.changes, w.tx.puts = nil, false
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
