package sandbox

import (
	"context"
	"crypto/rand"
	"maps"

	"mailtool/mailbox"
)

// The names of the settings that a sandbox keeps in its mailbox.
const (
	domainSetting    = "domain"       // whose mail it took the last time
	legacySetting    = "legacy-auth"  // On or Off, the last time
	furnishedSetting = "furnished"    // On: alice and bob were made once, and may be removed
	secretSetting    = "login-secret" // what made-up salts are made of
	foldersSetting   = "folders"      // On: all accounts were given specialFolders
)

// settings are what a mailbox remembers of the sandbox that used it: for the next one, and
// for commands that change the accounts while none runs.
type settings map[string]string

// readSettings reads them. In a new mailbox they are those of a sandbox without options.
func readSettings(ctx context.Context, s *mailbox.Store) (settings, error) {
	found := settings{domainSetting: DefaultDomain, legacySetting: On, furnishedSetting: Off,
		secretSetting: "", foldersSetting: Off}
	for name := range found {
		value, err := s.Setting(ctx, name)
		if err != nil {
			return nil, err
		}
		if value != "" {
			found[name] = value
		}
	}
	return found, nil
}

// settle brings the settings up to date with the options, and returns what they were. The
// secret is made once.
func (b *Sandbox) settle(ctx context.Context) (before settings, err error) {
	if before, err = readSettings(ctx, b.mailbox); err != nil {
		return nil, err
	}
	now := settings{domainSetting: b.o.Domain, legacySetting: Off, furnishedSetting: On,
		secretSetting: before[secretSetting], foldersSetting: before[foldersSetting]}
	if b.legacy() {
		now[legacySetting] = On
	}
	if b.o.Class != nil { // which has other accounts
		now[furnishedSetting] = before[furnishedSetting]
	}
	if now[secretSetting] == "" {
		now[secretSetting] = rand.Text()
	}
	if !maps.Equal(before, now) {
		err = b.mailbox.SetSettings(ctx, now)
	}
	before[secretSetting] = now[secretSetting]
	return before, err
}

// Domain is whose mail the sandbox takes, or took the last time, to whom the mailbox belongs.
func Domain(ctx context.Context, s *mailbox.Store) (string, error) {
	found, err := readSettings(ctx, s)
	return found[domainSetting], err
}
