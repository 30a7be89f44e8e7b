package mailbox

import (
	"context"
	"database/sql/driver"
	"slices"
)

// slice is how many messages are changed in a transaction: others must not wait long.
const slice = 1000

// near is how far apart two UIDs may be to be read as one range, and apart is how many others
// are asked for, or changed, at once.
const (
	near  = 4
	apart = 16
)

// A state is what a change needs to know of a message.
type state struct {
	uid    UID
	octets int64
	modseq ModSeq
	flags  Flags
	joined bool // no other message lies between it and the one before it here
	left   bool // the change leaves it out
}

// A run is a range of UIDs in which there are only messages that are to be changed: a
// statement changes them together.
type run struct{ first, last UID }

// runsOf cuts messages into runs.
func runsOf(found []state) []run {
	var runs []run
	open := false
	for _, m := range found {
		switch {
		case m.left:
			open = false
		case open && m.joined:
			runs[len(runs)-1].last = m.uid
		default:
			runs = append(runs, run{m.uid, m.uid})
			open = true
		}
	}
	return runs
}

// eachSlice runs a change over messages, a slice in each transaction, and calls then with
// what it returned when that is committed. The error is ErrNoFolder, or the change's.
func eachSlice[T any](
	ctx context.Context, s *Store, folder FolderID, uids []UID,
	change func(*tx, []state) (T, error), then func(T),
) error {
	if all(uids) {
		return eachOfAll(ctx, s, folder, change, then)
	}
	for part := range slices.Chunk(sorted(uids), slice) {
		var result T
		err := s.do(ctx, 0, func(t *tx) error {
			found, err := t.wanted(folder, part)
			if err == nil {
				result, err = change(t, found)
			}
			return err
		})
		if err != nil {
			return err
		}
		then(result)
	}
	return nil
}

// eachOfAll is eachSlice for all messages. Those that come meanwhile are not among them.
func eachOfAll[T any](
	ctx context.Context, s *Store, folder FolderID,
	change func(*tx, []state) (T, error), then func(T),
) error {
	var end UID // UIDNEXT when it began
	for after, more := UID(0), true; more; {
		var result T
		last := after
		err := s.do(ctx, 0, func(t *tx) error {
			if after == 0 {
				next, err := t.uidNext(folder)
				if err != nil {
					return err
				}
				end = next
			}
			found, err := t.states(folder, after+1, end-1, slice)
			if err != nil {
				return err
			}
			if more = len(found) == slice; more {
				last = found[slice-1].uid
			}
			result, err = change(t, found)
			return err
		})
		if err != nil {
			return err
		}
		then(result)
		after = last
	}
	return nil
}

func (t *tx) uidNext(folder FolderID) (UID, error) {
	var next UID
	ok, err := t.row(selectNext, []any{folder}, []any{&next})
	if err == nil && !ok {
		err = ErrNoFolder
	}
	return next, err
}

func sorted(uids []UID) []UID {
	return slices.Compact(slices.Sorted(slices.Values(uids)))
}

// states reads the messages in [first, last], at most limit.
func (t *tx) states(folder FolderID, first, last UID, limit int) ([]state, error) {
	var found []state
	args := []any{int64(folder), int64(first), int64(last), int64(limit)}
	err := t.raw(selectState, args, func(row []driver.Value) {
		m := scanState(row)
		m.joined = len(found) > 0
		found = append(found, m)
	})
	return found, err
}

// statesOf reads the messages with these UIDs, apart at most, into found. What lies between
// them is not looked at.
func (t *tx) statesOf(folder FolderID, uids []UID, found []state) ([]state, error) {
	args := append(make([]any, 0, 1+apart), int64(folder))
	for i := range apart {
		args = append(args, int64(uids[min(i, len(uids)-1)])) // to ask twice asks once
	}
	err := t.raw(selectStateOf, args, func(row []driver.Value) {
		m := scanState(row)
		m.joined = len(found) > 0 && m.uid == found[len(found)-1].uid+1
		found = append(found, m)
	})
	return found, err
}

func scanState(row []driver.Value) state {
	packed := asInt(row[0])
	return state{uid: UID(packed >> 16), flags: Flags(packed & 0xffff), octets: asInt(row[1]),
		modseq: ModSeq(asInt(row[2]))}
}

// All in a list of UIDs stands for all messages that the folder has at the beginning. An
// empty list stands for none.
const All UID = 0

func all(uids []UID) bool { return slices.Contains(uids, All) }

// wanted reads those messages of a sorted list that are there.
func (t *tx) wanted(folder FolderID, uids []UID) ([]state, error) {
	if all(uids) {
		return t.states(folder, 1, maxUID, maxUID)
	}
	var found []state
	for len(uids) > 0 {
		n := 1
		for n < len(uids) && uids[n]-uids[n-1] <= near {
			n++
		}
		if n < apart && n < len(uids) {
			var err error
			n = min(apart, len(uids))
			if found, err = t.statesOf(folder, uids[:n], found); err != nil {
				return nil, err
			}
			uids = uids[n:]
			continue
		}
		there, err := t.states(folder, uids[0], uids[n-1], maxUID)
		if err != nil {
			return nil, err
		}
		joined := false
		for i, at := 0, 0; at < len(there); at++ {
			for uids[i] < there[at].uid {
				i++
			}
			if uids[i] != there[at].uid {
				joined = false
				continue
			}
			there[at].joined = joined
			found = append(found, there[at])
			joined = true
		}
		uids = uids[n:]
	}
	return found, nil
}
