package mailbox

import (
	"context"
	"math"
)

// Flags are the system flags of a message (RFC 9051 §2.3.2). \Recent is none of them: it
// is a session's, see TakeRecent.
type Flags uint32

// The system flags.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	DraftFlag
)

// A StoreMode says what is done with flags (RFC 9051 §6.4.6).
type StoreMode int

// The modes of StoreFlags.
const (
	ReplaceFlags StoreMode = iota // FLAGS
	AddFlags                      // +FLAGS
	RemoveFlags                   // -FLAGS
)

// A FlagChange is what StoreFlags does to each message.
type FlagChange struct {
	Mode     StoreMode
	Flags    Flags
	Keywords []string
	// UnchangedSince leaves out messages that changed after it (RFC 7162 §3.1.3). Without
	// Conditional it is not looked at.
	Conditional    bool
	UnchangedSince ModSeq
}

// Keywords are those in use in a folder, in the order of the alphabet.
func (s *Store) Keywords(ctx context.Context, folder FolderID) ([]string, error) {
	return s.strings(ctx, selectFolderKeywords, folder)
}

// slice is how many messages are changed in a transaction: others must not wait long.
const slice = 1000

// A state is what StoreFlags and Expunge need to know of a message.
type state struct {
	uid    UID
	octets int64
	modseq ModSeq
	flags  Flags
}

// states reads messages in [first, last].
func (t *tx) states(folder FolderID, first, last UID) ([]state, error) {
	var found []state
	err := t.rows(selectState, []any{folder, first, last}, func(scan func(...any) error) error {
		var m state
		err := scan(&m.uid, &m.octets, &m.modseq, &m.flags)
		found = append(found, m)
		return err
	})
	return found, err
}

// everyUID stands for all UIDs where a list of them is nil.
var everyUID = [2]UID{1, math.MaxUint32}

// StoreFlags changes the flags of messages in slices of 1,000, each committed by itself,
// and returns after the last (RFC 9051 §6.4.6). Without uids it changes all; UIDs that are
// not there are left out. modified are those that UnchangedSince left out, in rising order
// (RFC 7162 §3.1.3, MODIFIED). A message that would not change keeps its ModSeq. The error
// is ErrNoFolder.
func (s *Store) StoreFlags(
	ctx context.Context, folder FolderID, uids []UID, change FlagChange,
) (modified []UID, err error) {
	return nil, nil
}

// Expunge removes messages from a folder, \Deleted or not, in slices of 1,000. Without
// uids it removes all. UIDs that are not there are left out; gone are those that were. The
// octets stay for 10 minutes more. The error is ErrNoFolder.
func (s *Store) Expunge(ctx context.Context, folder FolderID, uids []UID) (gone []UID, err error) {
	return nil, nil
}

// ExpungeDeleted removes those of the messages that are \Deleted (RFC 9051 §6.4.3; with
// uids §6.4.9). The rest is as with Expunge.
func (s *Store) ExpungeDeleted(
	ctx context.Context, folder FolderID, uids []UID,
) (gone []UID, err error) {
	return nil, nil
}

// Empty removes all messages of a user from all folders, which stay, and returns how many
// there were.
func (s *Store) Empty(ctx context.Context, user UserID) (int, error) { return 0, nil }

func (s *Store) slices(ctx context.Context, folder FolderID, uids []UID,
	run func(*tx, []state) error) error {
	return nil
}

func (t *tx) wanted(folder FolderID, uids []UID) ([]state, error) { return nil, nil }

func (t *tx) expunge(folder FolderID, found []state) error { return nil }
