package mailbox

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"time"
)

//go:embed schema
var schemas embed.FS

// A step brings the tables from one version to the next.
type step struct{ name, sql string }

// A NewerError says that a newer program has made the database.
type NewerError struct{ Database, Program int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("mailbox: the database has schema %d, and this program knows %d at most",
		e.Database, e.Program)
}

// schemaSteps returns the steps to each version, the first of them to version 1.
func schemaSteps() ([]step, error) {
	const dir = "schema/sqlite"
	entries, err := schemas.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []step
	for _, e := range entries {
		text, err := schemas.ReadFile(dir + "/" + e.Name())
		if err != nil {
			return nil, err
		}
		found = append(found, step{e.Name(), string(text)})
	}
	return found, nil
}

// migrate takes the steps that the database lacks, each in a transaction.
func migrate(
	ctx context.Context, conn *sql.Conn, steps []step, busy func(error) bool,
) error {
	for {
		done, err := takeStep(ctx, conn, steps)
		switch {
		case err != nil && busy != nil && busy(err) && ctx.Err() == nil:
			time.Sleep(10 * time.Millisecond)
		case err != nil || done:
			return err
		}
	}
}

// takeStep takes one step, or says that there is none to take.
func takeStep(ctx context.Context, conn *sql.Conn, steps []step) (done bool, err error) {
	version, err := schemaVersion(ctx, conn)
	if err != nil {
		return false, err
	}
	if version > len(steps) {
		return false, &NewerError{version, len(steps)}
	}
	if version == len(steps) {
		return true, nil
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	next := steps[version]
	if _, err := tx.ExecContext(ctx, next.sql); err != nil {
		return false, fmt.Errorf("mailbox: %s: %w", next.name, err)
	}
	if version == 0 {
		for _, kind := range []string{
			userIDs, folderIDs, bodyIDs, pieceIDs, envelopeIDs, verifierIDs, "uidvalidity",
		} {
			if _, err := tx.ExecContext(ctx, insertCounter, kind, 1); err != nil {
				return false, err
			}
		}
	}
	_, err = tx.ExecContext(ctx, upsertSetting, schemaSetting, strconv.Itoa(version+1))
	if err != nil {
		return false, err
	}
	return false, tx.Commit()
}

// schemaVersion is 0 where there are no tables at all.
func schemaVersion(ctx context.Context, conn *sql.Conn) (int, error) {
	var value string
	err := conn.QueryRowContext(ctx, selectSetting, schemaSetting).Scan(&value)
	if err == nil {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return 0, fmt.Errorf("%w: schema version %q", ErrDamaged, value)
		}
		return n, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("%w: no schema version", ErrDamaged)
	}
	// No table, or trouble. The first step shows which: it fails where tables are.
	return 0, nil
}

// orMissing is err, or that something is not in the database which must be.
func orMissing(err error, what string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: no %s", ErrDamaged, what)
}
