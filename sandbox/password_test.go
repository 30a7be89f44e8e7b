package sandbox

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"mailtool/internal/sasl"
)

// TestDefaultPassword: alice and bob have it on loopback alone, and only until they get
// another.
func TestDefaultPassword(t *testing.T) {
	for _, v := range defaultVerifiers(true) {
		if v.Mechanism == sasl.CRAMMD5 {
			continue
		}
		if parsed, err := sasl.ParseVerifier(string(v.Value)); err != nil || !parsed.Fits(DefaultPassword) ||
			parsed.Rounds < sasl.MinRounds || parsed.Mechanism() != v.Mechanism {
			t.Errorf("%s: %v", v.Value, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "box")
	open := func(o Options) *counted {
		o.Dir = dir
		return logInto(t, o)
	}
	c := open(Options{Accounts: []string{"alice", "bob", "carol"}})
	c.wants("alice", "sesame", "alice", nil)
	c.wants("carol", "sesame", "", sasl.ErrRefused)
	if err := c.SetPassword(t.Context(), "bob", "other"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	c = open(Options{SMTP: "0.0.0.0:0"})
	c.wants("alice", "sesame", "", sasl.ErrRefused)
	c.wants("bob", "other", "bob", nil)
	a := c.logins.attempt(from("127.0.0.1"))
	if _, v, err := a.Stored(t.Context(), sasl.SCRAMSHA256, "alice"); err != nil || v.Fits("sesame") {
		t.Errorf("SCRAM beyond loopback: %v", err)
	}
	if _, _, err := a.Secret(t.Context(), "alice"); !errors.Is(err, sasl.ErrRefused) {
		t.Errorf("CRAM-MD5 beyond loopback: %v", err)
	}
	c.Close()
	c = open(Options{})
	c.wants("alice", "sesame", "alice", nil)
	c.wants("bob", "sesame", "", sasl.ErrRefused)
}

// TestLegacy: what accounts get hangs on the server, and is the same for all.
func TestLegacy(t *testing.T) {
	modern := []string{sasl.SCRAMSHA256}
	old := []string{sasl.CRAMMD5, sasl.SCRAMSHA1, sasl.SCRAMSHA256}
	for _, test := range []struct {
		o    Options
		want []string
	}{{Options{}, old}, {Options{LegacyAuth: Off}, modern}, {Options{Host: "0.0.0.0"}, modern},
		{Options{SMTP: "[::]:0"}, modern}, {Options{Host: "::1"}, old},
		{Options{Host: "0.0.0.0", LegacyAuth: On}, old}, {Options{SMTP: Off}, old}} {
		test.o.Dir = t.TempDir()
		c := logInto(t, test.o)
		c.add("carol", "x")
		c.Close()
		// A command does the same while none runs.
		s, err := OpenMailbox(t.Context(), test.o.Dir, MailboxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := AddUser(t.Context(), s, "dave", "x"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"carol", "dave"} {
			u, err := s.User(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := s.Verifiers(t.Context(), u.ID)
			var got []string
			for _, v := range kept {
				got = append(got, v.Mechanism)
			}
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%+v: %s has %q, %v; want %q", test.o, name, got, err, test.want)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
