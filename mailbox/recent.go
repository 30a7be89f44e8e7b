package mailbox

import "context"

// ToldRecent counts the messages before next as told: the first session that hears of a message
// has it as \Recent (RFC 3501 §2.3.2). Those that were counted already stay so.
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
