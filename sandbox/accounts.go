package sandbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"mailtool/mailbox"
	"mailtool/smtp"
)

// accounts are those who have a mailbox, as RCPT needs them: in memory. Nobody else makes
// or removes any while the sandbox runs.
type accounts struct {
	mu      sync.RWMutex
	byName  map[string]mailbox.User // by folded name
	readers []string                // the first that there is reads what is for the postmaster
}

// folded is under which name an account is found. What a local part means, and whether
// case counts in it, is up to the server whose users they are (RFC 5321 §2.4): here it
// does not.
func folded(name string) string { return strings.ToLower(name) }

// load reads the accounts from the mailbox, and makes those that are missing.
func (a *accounts) load(ctx context.Context, s *mailbox.Store, wanted []string) error {
	a.byName = make(map[string]mailbox.User)
	users, err := s.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		a.byName[folded(u.Name)] = u
	}
	for _, name := range wanted {
		if _, err := a.make(ctx, s, name); err != nil {
			return err
		}
	}
	return nil
}

func (a *accounts) find(name string) (mailbox.User, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	u, ok := a.byName[folded(name)]
	return u, ok
}

// make returns the account of that name, a new one where there is none.
func (a *accounts) make(ctx context.Context, s *mailbox.Store, name string) (mailbox.User, error) {
	if u, ok := a.find(name); ok {
		return u, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if u, ok := a.byName[folded(name)]; ok {
		return u, nil
	}
	u, err := s.AddUser(ctx, name, specialFolders...)
	if errors.Is(err, mailbox.ErrExists) {
		u, err = s.User(ctx, name)
	}
	if err == nil {
		a.byName[folded(name)] = u
	}
	return u, err
}

// put adds an account that was made in the mailbox.
func (a *accounts) put(u mailbox.User) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byName[folded(u.Name)] = u
}

// remove removes an account, here and in the mailbox.
func (a *accounts) remove(ctx context.Context, s *mailbox.Store, u mailbox.User) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := s.RemoveUser(ctx, u.ID); err != nil {
		return err
	}
	delete(a.byName, folded(u.Name))
	return nil
}

// only finds the account of another domain with that local part, if there is just one.
func (a *accounts) only(local string) (u mailbox.User, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	found := 0
	for name, other := range a.byName {
		if strings.HasPrefix(name, folded(local)+"@") {
			u, found = other, found+1
		}
	}
	return u, found == 1
}

// reader is who reads what is for the postmaster, "" for nobody.
func (a *accounts) reader() string {
	for _, name := range append(slices.Clone(a.readers), a.names()...) {
		if u, ok := a.find(name); ok {
			return u.Name
		}
	}
	return ""
}

// names are in the order of the alphabet.
func (a *accounts) names() []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	all := make([]string, 0, len(a.byName))
	for _, u := range a.byName {
		all = append(all, u.Name)
	}
	slices.Sort(all)
	return all
}

// account is whose mailbox an address stands for, "" for nobody's. The postmaster is read
// by the first account (RFC 5321 §4.5.1). Where everybody's mail is taken, somebody of
// another domain has an account of the whole address.
func (b *Sandbox) account(m smtp.Mailbox) string {
	own := m.Domain == "" || strings.EqualFold(m.Domain, b.o.Domain) ||
		m.IsPostmaster() && strings.EqualFold(m.Domain, b.Host())
	switch _, known := b.accounts.find(m.Local); {
	case own && known:
		return m.Local
	case own && m.IsPostmaster():
		return b.accounts.reader()
	case b.o.AcceptAll && own:
		return m.Local
	case b.o.AcceptAll:
		return m.Local + "@" + strings.ToLower(m.Domain)
	case own && b.o.CatchAll != "":
		return b.o.CatchAll
	}
	return ""
}
