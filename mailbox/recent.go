package mailbox

import "context"

// TakeRecent returns the first UID of the messages that nobody was told of yet, and counts
// them as told: they are \Recent for the caller alone (RFC 3501 §2.3.2). Where there are
// none it is UIDNEXT. The error is ErrNoFolder.
func (s *Store) TakeRecent(ctx context.Context, folder FolderID) (UID, error) {
	var first, next UID
	err := s.do(ctx, 0, func(t *tx) error {
		ok, err := t.row(selectRecent, []any{folder}, []any{&first, &next})
		switch {
		case err != nil:
			return err
		case !ok:
			return ErrNoFolder
		case first == next:
			return nil
		}
		return t.exec(updateRecent, folder, next)
	})
	return first, err
}

// ToldRecent counts the messages before next as told: TakeRecent for who knows which of them
// it tells of. Those that were counted already stay so.
func (s *Store) ToldRecent(ctx context.Context, folder FolderID, next UID) error {
	return s.do(ctx, 0, func(t *tx) error { return t.exec(updateRecent, folder, next) })
}

// CountRecent is how many messages nobody was told of (STATUS RECENT, RFC 3501 §6.3.10): a
// query only where some were told of and others came after them.
func (s *Store) CountRecent(ctx context.Context, f Folder) (int, error) {
	switch f.Recent {
	case f.UIDNext:
		return 0, nil
	case 1:
		return f.Messages, nil
	}
	n := 0
	err := s.read.row(ctx, countRecent, []any{f.ID, f.Recent}, []any{&n})
	return n, s.sort(err)
}
