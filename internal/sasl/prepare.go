package sasl

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/xdg-go/stringprep"
)

// SASLprep (RFC 4013) makes texts the same that look the same: the ä of one keyboard is one
// character, that of another an a and two dots. It forbids control characters, and texts that
// mix the directions of writing.

// prepareName prepares a name, as RFC 5802 §5.1 and RFC 4616 §2 want it for a query:
// characters that are newer than Unicode 3.2 may stand in it.
func prepareName(name string) (string, error) {
	query := stringprep.SASLprep
	query.Prohibits = query.Prohibits[1:] // without table A.1: unassigned code points
	return prepare(query, name)
}

// preparePassword prepares a password as what is stored (RFC 5802 §2.2): the characters
// must be in Unicode 3.2, so no emoji.
func preparePassword(password string) (string, error) {
	return prepare(stringprep.SASLprep, password)
}

// prepare says nothing of the text in its error: it may be a password.
func prepare(profile stringprep.Profile, text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errors.New("not UTF-8")
	}
	prepared, err := profile.Prepare(text)
	var what stringprep.Error
	switch {
	case errors.As(err, &what):
		return "", fmt.Errorf("SASLprep: %s", what.Msg)
	case err != nil:
		return "", errors.New("SASLprep")
	case prepared == "":
		return "", errors.New("SASLprep leaves nothing")
	}
	return prepared, nil
}

// named checks the name in a response, and prepares it.
func named(name string) (string, error) {
	if err := text(name); err != nil {
		return "", err
	}
	prepared, err := prepareName(name)
	if err != nil {
		return "", fmt.Errorf("%w: the name: %w", ErrRefused, err)
	}
	return prepared, nil
}

// text checks what a response has as a name or password: UTF-8 without NUL, and not empty
// (RFC 4616 §2: 1*SAFE).
func text(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%w: a name or password is empty", ErrSyntax)
	case !utf8.ValidString(s):
		return fmt.Errorf("%w: not UTF-8", ErrSyntax)
	}
	for i := range len(s) {
		if s[i] == 0 {
			return fmt.Errorf("%w: NUL in a name or password", ErrSyntax)
		}
	}
	return nil
}

// sayable checks what a client has to say.
func sayable(s string) error {
	if err := text(s); err != nil {
		return fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return nil
}

// itself refuses who wants to act as another.
func itself(authorize, name, account string) error {
	if authorize == "" || authorize == account {
		return nil
	}
	if prepared, err := prepareName(authorize); err == nil &&
		(prepared == name || prepared == account) {
		return nil
	}
	return fmt.Errorf("%w: may not act as another", ErrRefused)
}
