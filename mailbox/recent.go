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
