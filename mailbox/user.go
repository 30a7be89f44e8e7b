package mailbox

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A UserID is a user's, for ever: a user made anew under the same name has another.
type UserID int64

// A User has mail.
type User struct {
	ID      UserID
	Name    string // as it was given; found in letters of any case
	Inbox   FolderID
	Created time.Time
}

// A Verifier is what a password is checked against (RFC 5802 §5.1).
type Verifier struct {
	// ID is the verifier's, for ever: one that is set anew has another. A remembered
	// log-in that names it ends when the password changes.
	ID        int64
	Mechanism string
	Value     []byte
	Changed   time.Time
}

// AddUser makes a user with an empty INBOX, and with other folders, as Furnish does. The error
// is ErrExists or ErrName.
func (s *Store) AddUser(ctx context.Context, name string, folders ...SpecialUse) (User, error) {
	if name == "" || len(name) > 256 || !plain(name) {
		return User{}, ErrName
	}
	var u User
	err := s.do(ctx, 0, func(t *tx) error {
		id, err := t.id(userIDs)
		if err != nil {
			return err
		}
		inbox, err := t.id(folderIDs)
		if err != nil {
			return err
		}
		u = User{UserID(id), name, FolderID(inbox), fromMicros(micros(s.o.Now()))}
		ok, err := t.row(insertUser,
			[]any{id, name, foldName(name), inbox, micros(u.Created)}, []any{&id})
		if err != nil {
			return err
		}
		if !ok {
			return ErrExists
		}
		if err := t.createFolder(u.ID, u.Inbox, Inbox, ""); err != nil {
			return err
		}
		return t.furnish(u.ID, folders)
	})
	return u, err
}

// plain says that s is UTF-8 without control characters.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func foldName(name string) string { return strings.ToLower(name) }

// User finds a user by name, in letters of any case. The error is ErrNoUser.
func (s *Store) User(ctx context.Context, name string) (User, error) {
	var u User
	err := s.read.row(ctx, selectUser, []any{foldName(name)}, scanUser(&u))
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, ErrNoUser
	}
	return u, s.sort(err)
}

func scanUser(u *User) []any { return []any{&u.ID, &u.Name, &u.Inbox, asTime{&u.Created}} }

// Users are all users, in the order of the alphabet.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	var users []User
	err := s.read.rows(ctx, selectUsers, nil, func(scan func(...any) error) error {
		var u User
		err := scan(scanUser(&u)...)
		users = append(users, u)
		return err
	})
	return users, s.sort(err)
}

// RemoveUser removes a user, who cannot be found from then on. The folders and their
// messages are swept afterwards. The error is ErrNoUser.
func (s *Store) RemoveUser(ctx context.Context, id UserID) error {
	err := s.do(ctx, 0, func(t *tx) error {
		ok, err := t.row(deleteUser, []any{id}, []any{new(UserID)})
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoUser
		}
		err = t.rows(deleteNamesOfUser, []any{id}, func(scan func(...any) error) error {
			var f FolderID
			err := scan(&f)
			t.changed(Change{Folder: f, Gone: true})
			return err
		})
		if err != nil {
			return err
		}
		return errors.Join(t.exec(deleteVerifiers, id), t.exec(deleteSubscriptions, id))
	})
	s.wakeSweeper()
	return err
}

// SetVerifiers replaces all verifiers of a user. Their ID and Changed are not looked at.
// The error is ErrNoUser.
func (s *Store) SetVerifiers(ctx context.Context, id UserID, verifiers []Verifier) error {
	verifiers = slices.Clone(verifiers)
	return s.do(ctx, 0, func(t *tx) error {
		if err := t.mustExist(id); err != nil {
			return err
		}
		if err := t.exec(deleteVerifiers, id); err != nil {
			return err
		}
		for _, v := range verifiers {
			n, err := t.id(verifierIDs)
			if err != nil {
				return err
			}
			err = t.exec(insertVerifier, n, id, v.Mechanism, v.Value, micros(s.o.Now()))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Verifiers are those of a user, none where there is no such user.
func (s *Store) Verifiers(ctx context.Context, id UserID) ([]Verifier, error) {
	var found []Verifier
	err := s.read.rows(ctx, selectVerifiers, []any{id}, func(scan func(...any) error) error {
		var v Verifier
		err := scan(&v.ID, &v.Mechanism, &v.Value, asTime{&v.Changed})
		found = append(found, v)
		return err
	})
	return found, s.sort(err)
}

func (t *tx) mustExist(id UserID) error {
	ok, err := t.row(userExists, []any{id}, []any{new(int)})
	if err == nil && !ok {
		err = ErrNoUser
	}
	return err
}
