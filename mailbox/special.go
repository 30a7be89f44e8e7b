package mailbox

import (
	"context"
	"errors"
)

// A SpecialUse is a folder that a client knows by what it is for, whatever it is called
// (RFC 6154 §2).
type SpecialUse struct{ Name, Use string }

// Furnish makes the folders that a user lacks, and subscribes to them and to INBOX, all of it
// or nothing. A folder that is there already under the name gets the use, unless it has one.
// The error is ErrNoUser or ErrName.
func (s *Store) Furnish(ctx context.Context, user UserID, folders ...SpecialUse) error {
	return s.do(ctx, 0, func(t *tx) error {
		if err := t.mustExist(user); err != nil {
			return err
		}
		return t.furnish(user, folders)
	})
}

func (t *tx) furnish(user UserID, folders []SpecialUse) error {
	if len(folders) == 0 {
		return nil
	}
	if err := t.exec(insertSubscription, user, Inbox); err != nil {
		return err
	}
	for _, f := range folders {
		name, err := ParseName(f.Name)
		if err != nil {
			return err
		}
		id, err := t.id(folderIDs)
		if err == nil {
			err = t.createFolder(user, FolderID(id), name, f.Use)
		}
		if errors.Is(err, ErrExists) {
			err = t.exec(giveUse, user, name, f.Use)
		}
		if err == nil {
			err = t.exec(insertSubscription, user, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
