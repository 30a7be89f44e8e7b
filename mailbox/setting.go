package mailbox

import (
	"context"
	"database/sql"
	"errors"
)

// schemaSetting is the setting that is the Store's own.
const schemaSetting = "schema"

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
	if _, own := settings[schemaSetting]; own {
		return ErrName
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
