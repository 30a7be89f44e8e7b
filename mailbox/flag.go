package mailbox

import (
	"context"
	"math"
	"slices"
)

// Flags are the system flags of a message (RFC 9051 §2.3.2). \Recent is none of them: it
// is a session's, see ToldRecent.
type Flags uint32

// The system flags.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	DraftFlag
)

// A StoreMode says what is done with flags (RFC 9051 §6.4.6).
type StoreMode int

// The modes of StoreFlags.
const (
	ReplaceFlags StoreMode = iota // FLAGS
	AddFlags                      // +FLAGS
	RemoveFlags                   // -FLAGS
)

// A FlagChange is what StoreFlags does to each message.
type FlagChange struct {
	Mode     StoreMode
	Flags    Flags
	Keywords []string
	// UnchangedSince leaves out messages that changed after it (RFC 7162 §3.1.3). Without
	// Conditional it is not looked at.
	Conditional    bool
	UnchangedSince ModSeq
	// Done, if set, is told after each commit which messages have changed, in rising order, and
	// the ModSeq that they have now. Who knows what was before it need not read what is.
	Done func(changed []UID, modseq ModSeq)
}

// Keywords are those in use in a folder, in the order of the alphabet.
func (s *Store) Keywords(ctx context.Context, folder FolderID) ([]string, error) {
	return s.strings(ctx, selectFolderKeywords, folder)
}

// StoreFlags changes the flags of messages in slices of 1,000, each committed by itself,
// and returns after the last (RFC 9051 §6.4.6). uids may be All; those that are not there
// are left out. modified are those that UnchangedSince left out, in rising order (RFC 7162
// §3.1.3, MODIFIED). A message that would not change keeps its ModSeq. The error is
// ErrNoFolder.
func (s *Store) StoreFlags(
	ctx context.Context, folder FolderID, uids []UID, change FlagChange,
) (modified []UID, err error) {
	change.Keywords = slices.Clone(change.Keywords)
	slices.Sort(change.Keywords)
	change.Keywords = slices.Compact(change.Keywords)
	run := func(t *tx, found []state) (stored, error) { return t.storeFlags(folder, found, change) }
	err = eachSlice(ctx, s, folder, uids, run, func(r stored) {
		modified = append(modified, r.modified...)
		if change.Done != nil && len(r.changed) > 0 {
			change.Done(r.changed, r.modseq)
		}
	})
	return modified, err
}

// stored is what became of a slice of messages: who had changed before, and who changed now.
type stored struct {
	modified, changed []UID
	modseq            ModSeq
}

// storeFlags changes a slice of messages, which get one ModSeq.
func (t *tx) storeFlags(
	folder FolderID, found []state, change FlagChange,
) (done stored, err error) {
	var keywords map[UID][]string
	if len(change.Keywords) > 0 || change.Mode == ReplaceFlags {
		if keywords, err = t.keywords(folder, found); err != nil {
			return done, err
		}
	}
	keep, set := change.masks()
	var more tally
	for i, m := range found {
		if change.Conditional && m.modseq > change.UnchangedSince {
			done.modified = append(done.modified, m.uid)
			found[i].left = true
			continue
		}
		flags := m.flags&keep | set
		if flags == m.flags && !change.changes(keywords[m.uid]) {
			found[i].left = true
			continue
		}
		more.add(-1, m.flags, m.octets)
		more.add(1, flags, m.octets)
		done.changed = append(done.changed, m.uid)
	}
	runs := runsOf(found)
	if len(runs) == 0 {
		return done, nil
	}
	if done.modseq, err = t.touch(folder, more); err != nil {
		return stored{}, err
	}
	if err := t.updateFlags(folder, runs, keep, set, done.modseq); err != nil {
		return stored{}, err
	}
	for _, r := range runs {
		if err := t.storeKeywords(folder, r, change); err != nil {
			return stored{}, err
		}
	}
	return done, nil
}

// updateFlags changes runs of messages: those that stand alone many at a time.
func (t *tx) updateFlags(folder FolderID, runs []run, keep, set Flags, modseq ModSeq) error {
	args := []any{folder, keep, set, modseq}
	for _, r := range runs {
		if r.first != r.last {
			err := t.exec(updateFlags, folder, r.first, r.last, keep, set, modseq)
			if err != nil {
				return err
			}
			continue
		}
		if args = append(args, r.first); len(args) == 4+apart {
			if err := t.exec(updateFlagsOf, args...); err != nil {
				return err
			}
			args = args[:4]
		}
	}
	for _, uid := range args[4:] {
		if err := t.exec(updateFlags, folder, uid, uid, keep, set, modseq); err != nil {
			return err
		}
	}
	return nil
}

// touch counts a change of flags in a folder.
func (t *tx) touch(folder FolderID, more tally) (ModSeq, error) {
	var modseq ModSeq
	ok, err := t.row(touchFolder,
		[]any{folder, more.unseen, more.deleted, more.deletedOctets}, []any{&modseq})
	if err == nil && !ok {
		err = ErrNoFolder
	}
	t.changed(Change{Folder: folder, ModSeq: modseq})
	return modseq, err
}

func (t *tx) storeKeywords(folder FolderID, r run, change FlagChange) error {
	query := insertKeywords
	switch change.Mode {
	case ReplaceFlags:
		if err := t.exec(deleteKeywords, folder, r.first, r.last); err != nil {
			return err
		}
	case RemoveFlags:
		query = deleteKeyword
	}
	for _, k := range change.Keywords {
		if err := t.exec(query, folder, r.first, r.last, k); err != nil {
			return err
		}
	}
	return nil
}

// keywords reads those of messages.
func (t *tx) keywords(folder FolderID, found []state) (map[UID][]string, error) {
	keywords := make(map[UID][]string)
	if len(found) == 0 {
		return keywords, nil
	}
	args := []any{folder, found[0].uid, found[len(found)-1].uid}
	err := t.rows(selectKeywords, args, func(scan func(...any) error) error {
		var uid UID
		var k string
		err := scan(&uid, &k)
		keywords[uid] = append(keywords[uid], k)
		return err
	})
	return keywords, err
}

// masks says what becomes of system flags: flags & keep | set.
func (c *FlagChange) masks() (keep, set Flags) {
	switch c.Mode {
	case AddFlags:
		return math.MaxInt32, c.Flags
	case RemoveFlags:
		return math.MaxInt32 &^ c.Flags, 0
	}
	return 0, c.Flags
}

// changes says that a message with these keywords, in their order, would get others.
func (c *FlagChange) changes(has []string) bool {
	if c.Mode == ReplaceFlags {
		return !slices.Equal(has, c.Keywords)
	}
	for _, k := range c.Keywords {
		if _, found := slices.BinarySearch(has, k); found != (c.Mode == AddFlags) {
			return true
		}
	}
	return false
}
