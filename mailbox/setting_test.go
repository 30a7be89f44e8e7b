package mailbox

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestSettings: they are there the next time, and the Store's own is not theirs.
func TestSettings(t *testing.T) {
	f := fixture{file: filepath.Join(t.TempDir(), "mail.db")}
	s := newStore(t, f)
	if v, err := s.Setting(t.Context(), "domain"); v != "" || err != nil {
		t.Errorf("nothing was kept: %q, %v", v, err)
	}
	for _, kept := range []map[string]string{{"domain": "a.test", "legacy": "on"},
		{"domain": "b.test"}, {}} {
		if err := s.SetSettings(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
	}
	err := s.SetSettings(t.Context(), map[string]string{"domain": "c.test", "schema": "7"})
	if !errors.Is(err, ErrName) {
		t.Errorf("the Store's own: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = newStore(t, f)
	for name, want := range map[string]string{"domain": "b.test", "legacy": "on", "other": ""} {
		if v, err := s.Setting(t.Context(), name); v != want || err != nil {
			t.Errorf("%s: %q, want %q, %v", name, v, want, err)
		}
	}
}
