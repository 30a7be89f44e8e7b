package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mailtool/mailbox"
	"mailtool/smtp"
)

// ErrElsewhere says that an address is of another domain than the sandbox's: mail for it is
// not taken.
var ErrElsewhere = errors.New("sandbox: the address is another domain's")

// UserName is under which name somebody has an account who is called by name or address, in
// the form in which log-in names are compared (RFC 4013 §2.2). The error is mailbox.ErrName
// for what is neither, ErrElsewhere for an address of another domain.
func UserName(name, domain string) (string, error) {
	name = norm.NFKC.String(name)
	m, err := smtp.ParseMailbox(name)
	if err != nil {
		m, err = smtp.ParseMailbox(smtp.Mailbox{Local: name, Domain: domain}.String())
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", mailbox.ErrName, err)
	case m.Domain != "" && !strings.EqualFold(m.Domain, domain):
		return "", ErrElsewhere
	case m.String()[0] == '"', // it could be, but nobody would know how to write it
		strings.ContainsFunc(m.Local, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", mailbox.ErrName
	}
	return m.Local, nil
}

// AddUser makes an account with a password in the mailboxes that no sandbox has open. The
// error is UserName's, ErrPassword, or mailbox.ErrExists.
func AddUser(ctx context.Context, s *mailbox.Store, name, password string) (mailbox.User, error) {
	kept, err := readSettings(ctx, s)
	if err != nil {
		return mailbox.User{}, err
	}
	if name, err = UserName(name, kept[domainSetting]); err != nil {
		return mailbox.User{}, err
	}
	verifiers, err := newVerifiers(password, kept[legacySetting] == On)
	if err != nil {
		return mailbox.User{}, err
	}
	u, err := s.AddUser(ctx, name, specialFolders...)
	if err != nil {
		return mailbox.User{}, err
	}
	return u, s.SetVerifiers(ctx, u.ID, verifiers)
}

// SetPassword gives somebody another password, in the mailboxes that no sandbox has open.
// The error is mailbox.ErrNoUser or ErrPassword.
func SetPassword(ctx context.Context, s *mailbox.Store, name, password string) error {
	u, err := FindUser(ctx, s, name)
	if err != nil {
		return err
	}
	kept, err := readSettings(ctx, s)
	if err != nil {
		return err
	}
	verifiers, err := newVerifiers(password, kept[legacySetting] == On)
	if err != nil {
		return err
	}
	return s.SetVerifiers(ctx, u.ID, verifiers)
}

// FindUser finds somebody by name or address. The error is mailbox.ErrNoUser.
func FindUser(ctx context.Context, s *mailbox.Store, name string) (mailbox.User, error) {
	domain, err := Domain(ctx, s)
	if err != nil {
		return mailbox.User{}, err
	}
	if own, err := UserName(name, domain); err == nil {
		name = own
	}
	return s.User(ctx, name)
}

// AddUser makes an account with a password. It can be used at once.
func (b *Sandbox) AddUser(ctx context.Context, name, password string) error {
	end, err := b.logins.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	u, err := AddUser(ctx, b.mailbox, name, password)
	if err == nil {
		b.accounts.put(u)
	}
	return err
}

// SetPassword gives somebody another password. The old one ends at once, for log-ins;
// sessions that are logged in go on.
func (b *Sandbox) SetPassword(ctx context.Context, name, password string) error {
	end, err := b.logins.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	return SetPassword(ctx, b.mailbox, name, password)
}

// RemoveUser removes an account and its mail.
func (b *Sandbox) RemoveUser(ctx context.Context, name string) error {
	u, err := FindUser(ctx, b.mailbox, name)
	if err != nil {
		return err
	}
	return b.accounts.remove(ctx, b.mailbox, u)
}
