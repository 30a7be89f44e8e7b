package mailbox

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// quietAfter is how long nothing was written when a moment is quiet.
	quietAfter = 300 * time.Millisecond
	// What is derived in one step. A body that is longer than quietLargest waits until
	// somebody asks: to read it takes long, and would be begun again and again.
	quietBodies     = 64
	quietLateBodies = 4
	quietOctets     = 1 << 20
	quietLargest    = 16 << 20
	// quietLate is how many large bodies are remembered.
	quietLate = 1000
)

// A quiet derives what is missing when nothing is written, so that it need not be derived
// when somebody asks. It goes through the bodies in the order of their ids, which is that in
// which they came, and keeps in the settings how far it came; so what is missing is found by
// one look behind that, after a restart too. Only a large body may come later than its id
// says: these are noted. One that a crash has it forget is derived when somebody asks.
type quiet struct {
	wake  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	late []BodyID

	upTo  BodyID // all up to here are derived, or were left out; of the goroutine alone
	known bool   // upTo was read
	batch *Batch
}

func (s *Store) startQuiet() {
	if s.o.Quiet < 0 {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	s.quiet.stop = stop
	s.quiet.wake = make(chan struct{}, 1)
	s.quiet.ended = make(chan struct{})
	s.quiet.wake <- struct{}{} // there may be some from the last time
	go s.deriveOften(ctx)
}

func (s *Store) stopQuiet() {
	if s.quiet.stop != nil {
		s.quiet.stop()
		<-s.quiet.ended
	}
}

// came says that bodies were written.
func (q *quiet) came() {
	select {
	case q.wake <- struct{}{}:
	default: // it was said already, or nobody derives
	}
}

// cameLate notes the body of a large message, which got its id when the message began.
func (q *quiet) cameLate(d *Draft) {
	if d.body == 0 || d.size > quietLargest {
		return
	}
	q.mu.Lock()
	if len(q.late) < quietLate {
		q.late = append(q.late, d.body)
	}
	q.mu.Unlock()
	q.came()
}

func (s *Store) deriveOften(ctx context.Context) {
	defer close(s.quiet.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.quiet.wake:
		}
		for more := true; more; {
			seen := s.writer.groups.Load()
			select {
			case <-ctx.Done():
				return
			case <-s.o.After(s.o.Quiet):
			}
			if s.writer.groups.Load() != seen {
				continue // something was written meanwhile
			}
			err := s.deriveMissing(ctx)
			more = errors.Is(err, errStopped)
			if err != nil && !more && ctx.Err() == nil && s.o.Trouble != nil {
				s.o.Trouble(err)
			}
		}
	}
}

// deriveMissing derives what is missing, in small steps. The error may be errStopped: there
// is something to write.
func (s *Store) deriveMissing(ctx context.Context) error {
	q := &s.quiet
	if !q.known {
		value, err := s.Setting(ctx, derivedSetting)
		if err != nil {
			return err
		}
		var version, upTo int64
		if n, _ := fmt.Sscanf(value, "%d %d", &version, &upTo); n == 2 && version == derivedVersion {
			q.upTo = BodyID(upTo)
		}
		q.known, q.batch = true, s.NewBatch()
	}
	for {
		if more, err := s.deriveStep(ctx); err != nil || !more {
			return s.sort(err)
		}
	}
}

// deriveStep derives a few bodies, and says whether there may be more. What it derived is
// thrown away when something is to be written meanwhile.
func (s *Store) deriveStep(ctx context.Context) (more bool, err error) {
	q, w := &s.quiet, s.writer
	seen := w.groups.Load()
	stop := func() bool {
		return w.groups.Load() != seen || len(w.jobs) > 0 || ctx.Err() != nil
	}
	q.mu.Lock()
	late := q.late[:min(len(q.late), quietLateBodies)]
	q.mu.Unlock()
	ids, upTo, err := s.missing(ctx, late)
	if err != nil || len(ids) == 0 && len(late) == 0 && upTo == q.upTo {
		return false, err
	}
	found, err := q.batch.derive(ctx, ids, stop)
	if err != nil {
		return false, err
	}
	done := false
	err = s.do(ctx, 0, func(t *tx) error {
		if done = t.alone && w.groups.Load() == seen+1; !done {
			return nil
		}
		for _, m := range found {
			if err := t.putDerived(m.id, m.data); err != nil {
				return err
			}
		}
		return t.exec(upsertSetting, derivedSetting, fmt.Sprint(derivedVersion, " ", upTo))
	})
	if err == nil && !done {
		err = errStopped
	}
	if err != nil {
		return false, err
	}
	q.upTo = upTo
	q.mu.Lock()
	q.late = slices.Clone(q.late[len(late):])
	q.mu.Unlock()
	return true, nil
}

// missing are a few bodies of which nothing is derived, the late ones first, and up to where
// there are no others.
func (s *Store) missing(
	ctx context.Context, late []BodyID,
) (ids []BodyID, upTo BodyID, err error) {
	upTo = s.quiet.upTo
	if len(late) > 0 {
		for _, id := range late {
			if id <= upTo { // the rest has its turn
				ids = append(ids, id)
			}
		}
		return ids, upTo, nil
	}
	var newest BodyID
	if err := s.read.row(ctx, newestBody, nil, []any{&newest}); err != nil || newest <= upTo {
		return nil, upTo, err
	}
	octets, rows, full := int64(0), 0, false
	err = s.read.raw(ctx, selectUnderived, []int64{int64(upTo), derivedVersion, quietBodies},
		func(row []driver.Value) {
			size := asInt(row[1])
			if full = full || len(ids) > 0 && octets+size > quietOctets; full {
				return
			}
			rows++
			upTo = BodyID(asInt(row[0]))
			if size <= quietLargest {
				ids = append(ids, upTo)
				octets += size
			}
		})
	if rows < quietBodies && !full {
		upTo = max(upTo, newest) // there is something derived of all the others
	}
	return ids, upTo, err
}
