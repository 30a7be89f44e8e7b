package mailbox

import "context"

// A Copied says which messages were copied or moved, and their UIDs there: From[i] became
// To[i] (RFC 4315 §3, COPYUID).
type Copied struct {
	UIDValidity uint32
	From, To    []UID
}

// Copy copies messages into a folder, all or none, with their flags, keywords and internal
// date (RFC 9051 §6.4.7). uids may be All; those that are not there are left out. The error
// is ErrNoFolder.
func (s *Store) Copy(
	ctx context.Context, from FolderID, uids []UID, to FolderID,
) (Copied, error) {
	uids = sorted(uids)
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
// It goes in slices of 1,000. The rest is as with Copy; with an error, Copied says what
// was moved before it.
func (s *Store) Move(
	ctx context.Context, from FolderID, uids []UID, to FolderID,
) (Copied, error) {
	var all Copied
	run := func(t *tx, found []state) (Copied, error) {
		c, err := t.copy(from, found, to)
		if err == nil {
			_, err = t.expunge(from, found)
		}
		return c, err
	}
	err := eachSlice(ctx, s, from, uids, run, func(c Copied) {
		if c.UIDValidity != 0 {
			all.UIDValidity = c.UIDValidity
		}
		all.From, all.To = append(all.From, c.From...), append(all.To, c.To...)
	})
	return all, err
}

func (t *tx) copy(from FolderID, found []state, to FolderID) (Copied, error) {
	var c Copied
	var all tally
	for _, m := range found {
		all.add(1, m.flags, m.octets)
	}
	if len(found) == 0 {
		return c, nil
	}
	keywords, err := t.keywords(from, found)
	if err != nil {
		return c, err
	}
	f, err := t.fill(to, all)
	if err != nil {
		return c, err
	}
	c.UIDValidity = f.UIDValidity
	for i, m := range found {
		c.From, c.To = append(c.From, m.uid), append(c.To, f.UID+UID(i))
	}
	now, at := micros(t.store.o.Now()), 0
	for _, r := range runsOf(found) {
		if err := t.exec(shareMessages, from, r.first, r.last); err != nil {
			return c, err
		}
		err := t.exec(copyMessages, from, r.first, r.last, to, c.To[at], now, f.modseq)
		if err != nil {
			return c, err
		}
		for at < len(found) && c.From[at] <= r.last {
			at++
		}
	}
	for i, uid := range c.From {
		for _, k := range keywords[uid] {
			if err := t.exec(insertKeyword, to, c.To[i], k); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}
