package mailbox

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"
)

const (
	// Grace is how long octets stay after the last message that had them was expunged: a
	// POP3 session lists what was there when it began (RFC 1939 §4), and an IMAP client
	// may fetch what it was not yet told is gone (RFC 9051 §5.5, RFC 2180 §4.1).
	Grace = 10 * time.Minute
	// staleAfter is when a message that still arrives is taken for one that never will:
	// nobody has a day for it.
	staleAfter = 24 * time.Hour
	sweepEvery = time.Minute
	// What is swept in a transaction, so that others do not wait long.
	sweepBodies = 100
	sweepPieces = 16
	// keptModSeqs is how far back a folder's expunged messages are remembered at least.
	keptModSeqs = 100_000
)

// A sweeper removes what nobody has any more.
type sweeper struct {
	wake  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
	mu    sync.Mutex // one sweep at a time
}

// startSweeper first disowns what an earlier process staged: nothing can be arriving yet.
func (s *Store) startSweeper(ctx context.Context) error {
	err := s.disown(ctx, math.MaxInt64)
	ctx, s.sweeper.stop = context.WithCancel(context.Background())
	s.sweeper.wake = make(chan struct{}, 1)
	s.sweeper.ended = make(chan struct{})
	go s.sweepOften(ctx)
	return err
}

func (s *Store) wakeSweeper() {
	select {
	case s.sweeper.wake <- struct{}{}:
	default:
	}
}

func (s *Store) stopSweeper() {
	s.sweeper.stop()
	<-s.sweeper.ended
}

func (s *Store) sweepOften(ctx context.Context) {
	defer close(s.sweeper.ended)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		err := s.Sweep(ctx)
		if err != nil && ctx.Err() == nil && s.o.Trouble != nil {
			s.o.Trouble(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.sweeper.wake:
		}
	}
}

// Sweep removes what nobody has any more, as far as it is due: bodies that no message has
// had for the time of Grace, messages that never came to their end, folders that were
// deleted, the memory of what was expunged long ago. The Store does so by itself every
// minute.
func (s *Store) Sweep(ctx context.Context) error {
	s.sweeper.mu.Lock()
	defer s.sweeper.mu.Unlock()
	now := s.o.Now()
	if err := s.sweepFolders(ctx); err != nil {
		return err
	}
	if err := s.disown(ctx, micros(now.Add(-staleAfter))); err != nil {
		return err
	}
	n, err := s.sweepBodies(ctx, micros(now.Add(-Grace)))
	if err != nil {
		return err
	}
	if err := s.forgetTombstones(ctx); err != nil {
		return err
	}
	if n > 0 {
		return s.reclaim(ctx)
	}
	return nil
}

// disown lets the pieces go that were first staged before a time.
func (s *Store) disown(ctx context.Context, before int64) error {
	due, err := s.ids(ctx, selectLoose, 1, before, 0, 1)
	if err != nil || len(due) == 0 {
		return err
	}
	return s.do(ctx, 0, func(t *tx) error { return t.exec(disownStaged, before) })
}

// ids asks for a column of ids.
func (s *Store) ids(ctx context.Context, query string, args ...any) ([]int64, error) {
	var found []int64
	err := s.read.rows(ctx, query, args, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		found = append(found, id)
		return err
	})
	return found, s.sort(err)
}

// sweepBodies removes loose bodies that no message has, and returns how many.
func (s *Store) sweepBodies(ctx context.Context, before int64) (int, error) {
	n := 0
	for after := int64(0); ; {
		due, err := s.ids(ctx, selectLoose, 0, before, after, sweepBodies)
		if err != nil || len(due) == 0 {
			return n, err
		}
		after = due[len(due)-1]
		var large []int64
		gone := 0
		err = s.do(ctx, 0, func(t *tx) error {
			large, gone = nil, 0
			for _, id := range due {
				free, pieces, err := t.sweepBody(id, before)
				if err != nil {
					return err
				}
				if free {
					gone++
				}
				if pieces {
					large = append(large, id)
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += gone
		for _, id := range large {
			if err := s.sweepPieces(ctx, id); err != nil {
				return n, err
			}
		}
	}
}

// sweepBody removes a body that no message has: once it is loose, none will. If it has
// pieces, these come afterwards, and until then it stays among the loose ones.
func (t *tx) sweepBody(id, before int64) (gone, pieces bool, err error) {
	due, err := t.row(isLoose, []any{id, before}, []any{new(int)})
	if err != nil || !due {
		return false, false, err
	}
	var envelope, first int64
	if _, err := t.row(deleteBody, []any{id}, []any{&envelope}); err != nil {
		return false, false, err
	}
	if err := t.exec(deleteEnvelope, envelope); err != nil {
		return false, false, err
	}
	if err := t.exec(deleteDerived, id); err != nil {
		return false, false, err
	}
	if _, err := t.row(firstPiece, []any{id}, []any{&first}); err != nil {
		return false, false, err
	}
	if first >= 0 {
		return true, true, nil
	}
	return true, false, t.exec(deleteLoose, id)
}

// sweepPieces removes the pieces of a body that is gone.
func (s *Store) sweepPieces(ctx context.Context, id int64) error {
	for more := true; more; {
		err := s.do(ctx, 0, func(t *tx) error {
			var first int64
			if _, err := t.row(firstPiece, []any{id}, []any{&first}); err != nil {
				return err
			}
			if more = first >= 0; !more {
				return t.exec(deleteLoose, id)
			}
			return t.exec(deletePieces, id, first+sweepPieces)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepFolders removes folders that were deleted, with their messages.
func (s *Store) sweepFolders(ctx context.Context) error {
	nameless, err := s.ids(ctx, selectNameless)
	if err != nil {
		return err
	}
	for _, id := range nameless {
		folder := FolderID(id)
		run := func(t *tx, found []state) (int, error) {
			for _, r := range runsOf(found) {
				if err := t.remove(folder, r); err != nil {
					return 0, err
				}
			}
			return 0, nil
		}
		if err := eachOfAll(ctx, s, folder, run, func(int) {}); err != nil {
			return err
		}
		err := s.do(ctx, 0, func(t *tx) error {
			return errors.Join(t.exec(deleteTombstones, id, math.MaxInt64),
				t.exec(deleteFolder, id))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetTombstones removes those from long ago.
func (s *Store) forgetTombstones(ctx context.Context) error {
	long, err := s.ids(ctx, selectLongMemory, 2*keptModSeqs)
	if err != nil {
		return err
	}
	for _, id := range long {
		f, err := s.FolderByID(ctx, FolderID(id))
		if errors.Is(err, ErrNoFolder) {
			continue // removed meanwhile
		}
		if err != nil {
			return err
		}
		for upTo := f.Forgotten; upTo < f.ModSeq-keptModSeqs; {
			upTo = min(upTo+slice, f.ModSeq-keptModSeqs)
			err := s.do(ctx, 0, func(t *tx) error {
				return errors.Join(t.exec(updateForgotten, id, upTo),
					t.exec(deleteTombstones, id, upTo))
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// reclaim gives unused room back to the system, step by step.
func (s *Store) reclaim(ctx context.Context) error {
	for more := s.o.Reclaim != nil; more; {
		err := s.do(ctx, 0, func(t *tx) (err error) {
			more, err = s.o.Reclaim(ctx, t.conn)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
