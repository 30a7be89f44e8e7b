package mailbox

import (
	"context"
	"database/sql"
	"errors"
)

// The settings that are the Store's own: the version of the tables, and up to which body all
// are derived, behind the version of what is derived.
const (
	schemaSetting  = "schema"
	derivedSetting = "derived"
)

// Setting returns what SetSettings has kept under a name, "" where nothing was.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	var value string
	err := s.read.row(ctx, selectSetting, []any{name}, []any{&value})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, s.sort(err)
}

// SetSettings keeps what whoever runs the mail server has to know the next time, all of it
// or nothing. The error is ErrName for a name that the Store needs itself.
func (s *Store) SetSettings(ctx context.Context, settings map[string]string) error {
	for _, own := range []string{schemaSetting, derivedSetting} {
		if _, there := settings[own]; there {
			return ErrName
		}
	}
	return s.do(ctx, 0, func(t *tx) error {
		for name, value := range settings {
			if err := t.exec(upsertSetting, name, value); err != nil {
				return err
			}
		}
		return nil
	})
}
