package mailbox

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// Inbox is the folder that every user has (RFC 9051 §5.1). Its name is found in letters
// of any case, that of others only as it is written.
const Inbox = "INBOX"

// A FolderID is a folder's, for ever: MAILBOXID (RFC 8474 §4).
type FolderID int64

// A UID is a message's number in its folder (RFC 9051 §2.3.1.1).
type UID uint32

// A ModSeq counts what happened in a folder (RFC 7162 §3.1).
type ModSeq int64

// A Folder is a mailbox in IMAP's words.
type Folder struct {
	ID          FolderID
	User        UserID
	Name        string // UTF-8, "/" between the levels
	UIDValidity uint32
	UIDNext     UID
	ModSeq      ModSeq // HIGHESTMODSEQ (RFC 7162 §3.1.2.1)
	// Forgotten is up to where expunged messages may have been forgotten: who knows the
	// folder as it was then must look at it anew.
	Forgotten ModSeq
	Recent    UID    // the first that nobody was told of (RFC 3501 §2.3.2)
	Use       string // "\Sent" and so on (RFC 6154 §2), or ""
	Messages  int
	Unseen    int // messages without \Seen
	Octets    int64
	// Deleted are \Deleted, and have so many octets (RFC 9051 §6.3.11, RFC 9208 §4.1.4).
	Deleted       int
	DeletedOctets int64
	Created       time.Time
}

func scanFolder(f *Folder) []any {
	return []any{&f.ID, &f.User, &f.Name, &f.UIDValidity, &f.UIDNext, &f.ModSeq, &f.Forgotten,
		&f.Recent, &f.Use, &f.Messages, &f.Unseen, &f.Octets, &f.Deleted,
		&f.DeletedOctets, asTime{&f.Created}}
}

// What a user may have: folders, names that are subscribed to; octets of a name, its levels.
const (
	MaxFolders = 1000
	maxName    = 1000
	maxLevels  = 50
)

// ParseName checks a folder's name and spells INBOX as it should be. No level may be
// empty, and no character a control. The error is ErrName or ErrLong.
func ParseName(name string) (string, error) {
	if !plain(name) {
		return "", ErrName
	}
	if len(name) > maxName || strings.Count(name, "/") >= maxLevels {
		return "", ErrLong
	}
	levels := strings.Split(name, "/")
	for _, l := range levels {
		if l == "" {
			return "", ErrName
		}
	}
	if strings.EqualFold(levels[0], Inbox) {
		levels[0] = Inbox
	}
	return strings.Join(levels, "/"), nil
}

// Folders are those of a user, in the order of their names.
func (s *Store) Folders(ctx context.Context, user UserID) ([]Folder, error) {
	var found []Folder
	err := s.read.rows(ctx, selectFolders, []any{user}, func(scan func(...any) error) error {
		var f Folder
		err := scan(scanFolder(&f)...)
		found = append(found, f)
		return err
	})
	return found, s.sort(err)
}

// Folder finds a folder by its name. The error is ErrNoFolder or ErrName.
func (s *Store) Folder(ctx context.Context, user UserID, name string) (Folder, error) {
	name, err := ParseName(name)
	if err != nil {
		return Folder{}, err
	}
	return s.folder(ctx, selectFolderByName, user, name)
}

// FolderByID finds a folder, whatever it is called now. The error is ErrNoFolder.
func (s *Store) FolderByID(ctx context.Context, id FolderID) (Folder, error) {
	return s.folder(ctx, selectFolder, id)
}

func (s *Store) folder(ctx context.Context, query string, args ...any) (Folder, error) {
	var f Folder
	err := s.read.row(ctx, query, args, scanFolder(&f))
	if errors.Is(err, sql.ErrNoRows) {
		return Folder{}, ErrNoFolder
	}
	return f, s.sort(err)
}

// CreateFolder makes a folder, and those above it that are missing (RFC 9051 §6.3.4). use
// is its special use (RFC 6154 §2), or "". The error is ErrExists, ErrName, ErrTooMany or ErrNoUser.
func (s *Store) CreateFolder(ctx context.Context, user UserID, name, use string) (Folder, error) {
	name, err := ParseName(name)
	if err != nil {
		return Folder{}, err
	}
	var id FolderID
	err = s.do(ctx, 0, func(t *tx) error {
		if err := t.mustExist(user); err != nil {
			return err
		}
		if err := t.createAbove(user, name); err != nil {
			return err
		}
		n, err := t.id(folderIDs)
		if err != nil {
			return err
		}
		id = FolderID(n)
		return t.createFolder(user, id, name, use)
	})
	if err != nil {
		return Folder{}, err
	}
	return s.FolderByID(ctx, id)
}

// createAbove makes the folders that are missing above name.
func (t *tx) createAbove(user UserID, name string) error {
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		n, err := t.id(folderIDs)
		if err != nil {
			return err
		}
		err = t.createFolder(user, FolderID(n), name[:i], "")
		if err != nil && !errors.Is(err, ErrExists) {
			return err
		}
	}
	return nil
}

// createFolder makes one folder. The error may be ErrExists or ErrTooMany.
func (t *tx) createFolder(user UserID, id FolderID, name, use string) error {
	ok, err := t.row(insertName, []any{user, name, id}, []any{new(FolderID)})
	if err != nil {
		return err
	}
	if !ok {
		return ErrExists
	}
	if err := t.fewEnough(countNames, user); err != nil {
		return err
	}
	now := t.store.o.Now()
	var validity int64
	ok, err = t.row(nextUIDValidity, []any{now.Unix()}, []any{&validity})
	if err != nil || !ok {
		return orMissing(err, "counter uidvalidity")
	}
	if err := t.exec(insertFolder, id, user, validity, use, micros(now)); err != nil {
		return err
	}
	t.changed(Change{Folder: id, ModSeq: 1})
	return nil
}

// fewEnough says ErrTooMany where a query counts more than MaxFolders.
func (t *tx) fewEnough(query string, user UserID) error {
	var n int
	if _, err := t.row(query, []any{user}, []any{&n}); err != nil {
		return err
	}
	if n > MaxFolders {
		return ErrTooMany
	}
	return nil
}

// RenameFolder gives a folder another name, and those below it as well. Of INBOX it moves
// the messages into a new folder, and INBOX stays (RFC 9051 §6.3.6). Folders that are
// missing above the new name are made. The error is ErrNoFolder, ErrExists, ErrTooMany, ErrName, or
// ErrLong where that is so of a name below.
func (s *Store) RenameFolder(ctx context.Context, user UserID, from, to string) error {
	from, err := ParseName(from)
	if err != nil {
		return err
	}
	if to, err = ParseName(to); err != nil {
		return err
	}
	if from == Inbox {
		return s.renameInbox(ctx, user, to)
	}
	if to == from || strings.HasPrefix(to, from+"/") {
		return ErrName
	}
	return s.do(ctx, 0, func(t *tx) error { return t.rename(user, from, to) })
}

func (t *tx) rename(user UserID, from, to string) error {
	type named struct {
		name string
		id   FolderID
	}
	var found []named
	var id FolderID
	ok, err := t.row(selectName, []any{user, from}, []any{&id})
	if err != nil {
		return err
	}
	if ok {
		found = append(found, named{from, id})
	}
	// "0" is the character after "/": what lies between begins with from and a slash.
	err = t.rows(selectNames, []any{user, from + "/", from + "0"},
		func(scan func(...any) error) error {
			var n named
			err := scan(&n.name, &n.id)
			found = append(found, n)
			return err
		})
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return ErrNoFolder
	}
	if err := t.createAbove(user, to); err != nil {
		return err
	}
	for _, f := range found {
		name, err := ParseName(to + f.name[len(from):])
		if err != nil {
			return err
		}
		taken, err := t.row(selectName, []any{user, name}, []any{&id})
		if err != nil {
			return err
		}
		if taken {
			return ErrExists
		}
		if err := t.exec(updateName, f.id, name); err != nil {
			return err
		}
		t.changed(Change{Folder: f.id})
	}
	return nil
}

func (s *Store) renameInbox(ctx context.Context, user UserID, to string) error {
	inbox, err := s.Folder(ctx, user, Inbox)
	if err != nil {
		return err
	}
	f, err := s.CreateFolder(ctx, user, to, "")
	if err != nil {
		return err
	}
	_, err = s.Move(ctx, inbox.ID, []UID{All}, f.ID)
	return err
}

// DeleteFolder removes a folder; folders below it stay. Its messages are swept afterwards.
// The error is ErrNoFolder, ErrInbox or ErrName.
func (s *Store) DeleteFolder(ctx context.Context, user UserID, name string) error {
	name, err := ParseName(name)
	if err != nil {
		return err
	}
	if name == Inbox {
		return ErrInbox
	}
	err = s.do(ctx, 0, func(t *tx) error {
		var id FolderID
		ok, err := t.row(selectName, []any{user, name}, []any{&id})
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoFolder
		}
		t.changed(Change{Folder: id, Gone: true})
		return t.exec(deleteName, id)
	})
	s.wakeSweeper()
	return err
}

// Subscribe adds a name to those that LSUB shows, whether or not there is such a folder
// (RFC 9051 §6.3.7). The error is ErrName, ErrNoUser or ErrTooMany.
func (s *Store) Subscribe(ctx context.Context, user UserID, name string) error {
	return s.subscription(ctx, user, name, func(t *tx, name string) error {
		if err := t.exec(insertSubscription, user, name); err != nil {
			return err
		}
		return t.fewEnough(countSubscriptions, user)
	})
}

// Unsubscribe takes a name away; that it was not there is no error.
func (s *Store) Unsubscribe(ctx context.Context, user UserID, name string) error {
	return s.subscription(ctx, user, name, func(t *tx, name string) error {
		return t.exec(deleteSubscription, user, name)
	})
}

func (s *Store) subscription(ctx context.Context, user UserID, name string,
	change func(t *tx, name string) error) error {
	name, err := ParseName(name)
	if err != nil {
		return err
	}
	return s.do(ctx, 0, func(t *tx) error {
		if err := t.mustExist(user); err != nil {
			return err
		}
		return change(t, name)
	})
}

// Subscriptions are the names that a user has subscribed to, in their order.
func (s *Store) Subscriptions(ctx context.Context, user UserID) ([]string, error) {
	return s.strings(ctx, selectSubscriptions, user)
}

func (s *Store) strings(ctx context.Context, query string, args ...any) ([]string, error) {
	var found []string
	err := s.read.rows(ctx, query, args, func(scan func(...any) error) error {
		var v string
		err := scan(&v)
		found = append(found, v)
		return err
	})
	return found, s.sort(err)
}
