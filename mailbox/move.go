package mailbox

import "context"

// A Copied says which messages were copied or moved, and their UIDs there: From[i] became
// To[i] (RFC 4315 §3, COPYUID).
type Copied struct {
	UIDValidity uint32
	From, To    []UID
}

// Copy copies messages into a folder, all or none, with their flags, keywords and internal
// date (RFC 9051 §6.4.7). Without uids it copies all; UIDs that are not there are left
// out. The error is ErrNoFolder.
func (s *Store) Copy(ctx context.Context, from FolderID, uids []UID, to FolderID) (Copied, error) {
	var c Copied
	err := s.do(ctx, 0, func(t *tx) error {
		found, err := t.wanted(from, uids)
		if err == nil {
			c, err = t.copy(from, found, to)
		}
		return err
	})
	return c, err
}

// Move moves messages into a folder (RFC 6851 §3): each is in one of the two at any time.
// The rest is as with Copy, but that it happens in slices.
func (s *Store) Move(ctx context.Context, from FolderID, uids []UID, to FolderID) (Copied, error) {
	var all Copied
	err := s.slices(ctx, from, uids, func(t *tx, found []state) error {
		c, err := t.copy(from, found, to)
		if err != nil {
			return err
		}
		if err := t.expunge(from, found); err != nil {
			return err
		}
		// Run again after a failure, it must not be told twice: the end of the slice
		// tells how far it came.
		all.UIDValidity = c.UIDValidity
		all.From, all.To = append(all.From, c.From...), append(all.To, c.To...)
		return nil
	})
	return all, err
}

func (t *tx) copy(from FolderID, found []state, to FolderID) (Copied, error) {
	var c Copied
	unseen, octets := 0, int64(0)
	for _, m := range found {
		if m.flags&Seen == 0 {
			unseen++
		}
		octets += m.octets
	}
	if len(found) == 0 {
		return c, nil
	}
	f, err := t.fill(to, len(found), unseen, octets)
	if err != nil {
		return c, err
	}
	c.UIDValidity = f.UIDValidity
	now := micros(t.store.o.Now())
	for i, m := range found {
		uid := f.UID + UID(i)
		err := t.exec(copyMessage, from, m.uid, to, uid, now, f.modseq)
		if err == nil {
			err = t.exec(copyKeywords, from, m.uid, to, uid)
		}
		if err != nil {
			return c, err
		}
		c.From, c.To = append(c.From, m.uid), append(c.To, uid)
	}
	return c, nil
}
