package term

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"mailtool/internal/sentence"
)

// A Queue stands between a session and a screen that may be slow, stopped by a click
// into a Windows console, or gone. Write never waits: what the screen does not take in
// time is lost in whole lines, and the next line that reaches it says how many were.
type Queue struct {
	behind io.Writer
	lang   sentence.Lang
	limit  int // octets that may wait

	mu      sync.Mutex
	ready   *sync.Cond
	waiting []queued
	octets  int
	owed    int  // lines that wait, or of which was not yet said that they are lost
	lost    int  // lines that were not taken since the last that was
	closed  bool // no more will be written
	broken  bool // the writer returned an error: everything is dropped, silently

	progress chan struct{} // a write came back
	done     chan struct{} // the goroutine has ended
}

// queued is text that waits, and the lines of the session that it stands for.
type queued struct {
	text  []byte
	lines int
}

// patience is how long Close waits for a screen that takes nothing.
const patience = 2 * time.Second

// NewQueue returns a Queue in front of w that lets limit octets wait. It starts a
// goroutine, which Close ends; only a write that never returns keeps it.
func NewQueue(w io.Writer, limit int, lang sentence.Lang) *Queue {
	q := &Queue{behind: w, lang: lang, limit: limit, progress: make(chan struct{}, 1),
		done: make(chan struct{})}
	q.ready = sync.NewCond(&q.mu)
	go q.run(w)
	return q
}

// Behind is what the queue stands in front of.
func (q *Queue) Behind() io.Writer { return q.behind }

var errQueueClosed = errors.New("term: write to a closed queue")

// Write takes p, which should be whole lines, or drops all of it. It fails only after
// Close.
func (q *Queue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return 0, errQueueClosed
	case q.broken:
	case q.octets+len(p) > q.limit:
		lines := bytes.Count(p, []byte("\n"))
		q.lost += lines
		q.owed += lines
	default:
		if q.lost > 0 {
			q.push(q.lostLine())
		}
		lines := bytes.Count(p, []byte("\n"))
		q.owed += lines
		q.push(queued{bytes.Clone(p), lines})
		q.ready.Signal()
	}
	return len(p), nil
}

func (q *Queue) push(p queued) {
	q.waiting = append(q.waiting, p)
	q.octets += len(p.text)
}

// lostLine says how many lines were lost, and begins to count anew.
func (q *Queue) lostLine() queued {
	n := q.lost
	q.lost = 0
	return queued{[]byte("# " + counted(q.lang, "term/lost", int64(n)) + "\n"), n}
}

// Unread says, after Close, how many lines neither reached the screen nor were said to
// be lost there. A writer that returned an error has left: it misses nothing.
func (q *Queue) Unread() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.owed
}

// Close waits until everything is written, for as long as the screen takes something
// now and then; one that takes nothing for a while is left alone, see Unread. It always
// returns nil.
func (q *Queue) Close() error {
	q.mu.Lock()
	if !q.closed && q.lost > 0 {
		q.push(q.lostLine())
	}
	q.closed = true
	q.ready.Signal()
	q.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-q.done:
			return nil
		case <-q.progress:
			timer.Reset(patience)
		case <-timer.C:
			return nil
		}
	}
}

func (q *Queue) run(w io.Writer) {
	defer close(q.done)
	for {
		q.mu.Lock()
		for len(q.waiting) == 0 && !q.closed {
			q.ready.Wait()
		}
		if len(q.waiting) == 0 {
			q.mu.Unlock()
			return
		}
		p := q.waiting[0]
		q.waiting[0] = queued{}
		q.waiting = q.waiting[1:]
		q.mu.Unlock()

		_, err := w.Write(p.text)

		q.mu.Lock()
		q.octets -= len(p.text) // only now: what is being written still waits
		q.owed -= p.lines
		if err != nil {
			q.broken, q.waiting, q.octets, q.owed = true, nil, 0, 0
		}
		q.mu.Unlock()
		select {
		case q.progress <- struct{}{}:
		default:
		}
	}
}
