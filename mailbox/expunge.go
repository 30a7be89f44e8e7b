package mailbox

import (
	"context"
	"errors"
)

// Expunge removes messages from a folder, \Deleted or not, in slices of 1,000. uids may be
// All; those that are not there are left out. gone are those that were removed, with an
// error too. The octets stay for the time of Grace. The error is ErrNoFolder.
func (s *Store) Expunge(
	ctx context.Context, folder FolderID, uids []UID,
) (gone []UID, err error) {
	return s.expunge(ctx, folder, uids, 0)
}

// ExpungeDeleted removes those of the messages that are \Deleted (RFC 9051 §6.4.3; with
// uids §6.4.9). The rest is as with Expunge.
func (s *Store) ExpungeDeleted(
	ctx context.Context, folder FolderID, uids []UID,
) (gone []UID, err error) {
	return s.expunge(ctx, folder, uids, Deleted)
}

// Remove removes messages from a folder in one transaction, however many they are: all of
// them or none, as POP3's update has it (RFC 1939 §6). uids may be All; those that are not
// there are left out. gone are those that were removed. The octets stay for the time of
// Grace.
func (s *Store) Remove(
	ctx context.Context, folder FolderID, uids []UID,
) (gone []UID, err error) {
	uids = sorted(uids)
	err = s.do(ctx, 0, func(t *tx) error {
		found, err := t.wanted(folder, uids)
		if err == nil {
			gone, err = t.expunge(folder, found)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return gone, nil
}

// expunge removes messages that have all these flags.
func (s *Store) expunge(
	ctx context.Context, folder FolderID, uids []UID, with Flags,
) (gone []UID, err error) {
	run := func(t *tx, found []state) ([]UID, error) {
		for i, m := range found {
			found[i].left = m.flags&with != with
		}
		return t.expunge(folder, found)
	}
	err = eachSlice(ctx, s, folder, uids, run, func(u []UID) { gone = append(gone, u...) })
	return gone, err
}

// expunge removes messages. Each leaves a tombstone, and its body to the sweeper.
func (t *tx) expunge(folder FolderID, found []state) (gone []UID, err error) {
	var less tally
	for _, m := range found {
		if m.left {
			continue
		}
		gone = append(gone, m.uid)
		less.add(-1, m.flags, m.octets)
	}
	if len(gone) == 0 {
		return nil, nil
	}
	var modseq ModSeq
	ok, err := t.row(emptyFolder, []any{folder, less.messages, less.unseen, less.octets,
		less.deleted, less.deletedOctets}, []any{&modseq})
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoFolder
	}
	t.changed(Change{Folder: folder, ModSeq: modseq})
	for _, r := range runsOf(found) {
		if err := t.exec(insertTombstones, folder, r.first, r.last, modseq); err != nil {
			return nil, err
		}
		if err := t.remove(folder, r); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

// remove takes a run of messages away. A body that was in no other message is left to the
// sweeper.
func (t *tx) remove(folder FolderID, r run) error {
	err := t.exec(unshareMessages, folder, r.first, r.last)
	if err == nil {
		err = t.exec(looseMessages, folder, r.first, r.last, micros(t.store.o.Now()))
	}
	if err == nil {
		err = t.exec(forgetShared, folder, r.first, r.last)
	}
	if err == nil {
		err = t.exec(deleteKeywords, folder, r.first, r.last)
	}
	if err == nil {
		err = t.exec(deleteMessages, folder, r.first, r.last)
	}
	return err
}

// Empty removes all messages of a user from all folders, which stay, and returns how many
// there were.
func (s *Store) Empty(ctx context.Context, user UserID) (int, error) {
	folders, err := s.Folders(ctx, user)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, f := range folders {
		gone, err := s.Expunge(ctx, f.ID, []UID{All})
		n += len(gone)
		if err != nil && !errors.Is(err, ErrNoFolder) { // it may have been deleted since
			return n, err
		}
	}
	return n, nil
}
