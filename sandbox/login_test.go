package sandbox

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/mailbox"
)

// A counted sandbox counts how often a password is hashed for a log-in.
type counted struct {
	*Sandbox
	t      testing.TB
	clock  *stopped
	hashes atomic.Int64
	now    atomic.Int64 // that go on
	most   atomic.Int64 // that went on at a time
}

// logInto is a sandbox that listens nowhere, with a clock that stands.
func logInto(t testing.TB, o Options) *counted {
	t.Helper()
	c := &counted{t: t, clock: stoppedClock()}
	o.Now = c.clock.now
	var err error
	if c.Sandbox, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	c.logins.fits = func(v sasl.Verifier, password string) bool {
		c.hashes.Add(1)
		now := c.now.Add(1)
		defer c.now.Add(-1)
		for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
		}
		return v.Fits(password)
	}
	return c
}

// from is where the tests' clients are.
func from(address string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(address), Port: 4711} }

// plain logs in as PLAIN does, from this machine.
func (c *counted) plain(name, password string) (string, error) {
	return c.logins.attempt(from("127.0.0.1")).Password(c.t.Context(), "", name, password)
}

func (c *counted) wants(name, password, account string, want error) {
	c.t.Helper()
	got, err := c.plain(name, password)
	if !errors.Is(err, want) || got != account {
		c.t.Errorf("%q with %q: account %q, %v; want %q, %v", name, password, got, err, account, want)
	}
}

func (c *counted) add(name, password string) {
	c.t.Helper()
	if err := c.AddUser(c.t.Context(), name, password); err != nil {
		c.t.Fatal(err)
	}
}

// TestLoginNames: an account is called by its address, or its local part where that is
// unique, in letters of any case.
func TestLoginNames(t *testing.T) {
	c := logInto(t, Options{Accounts: []string{"alice", "carol", "carol@a.test", "dave@a.test",
		"eve@a.test", "eve@b.test", "e f"}})
	for _, name := range c.Users() {
		u, _ := c.accounts.find(name)
		if err := c.mailbox.SetVerifiers(t.Context(), u.ID, defaultVerifiers(false)); err != nil {
			t.Fatal(err)
		}
	}
	for name, account := range map[string]string{
		"alice": "alice", "ALICE": "alice", "alice@lab.test": "alice", "Alice@LAB.test": "alice",
		"carol": "carol", "carol@lab.test": "carol", "carol@a.test": "carol@a.test",
		"dave": "dave@a.test", "Dave@A.test": "dave@a.test", "eve@b.test": "eve@b.test",
		"e f": "e f", `"e f"@lab.test`: "e f",
	} {
		c.wants(name, "sesame", account, nil)
	}
	for _, name := range []string{"eve", "alice@a.test", "alice@", "@lab.test", "dave@lab.test",
		"alice@lab.test@lab.test", "mallory", "postmaster"} {
		c.wants(name, "sesame", "", sasl.ErrRefused)
	}
}

// TestPasswords: what is a password, and whose.
func TestPasswords(t *testing.T) {
	c := logInto(t, Options{})
	for i, password := range []string{"x", " two  words ", `quotes " ' \`, "密码", "pass:word,;", "ﬁne"} {
		name := fmt.Sprint("user", i)
		c.add(name, password)
		c.wants(name, password, name, nil)
		c.wants(name, password+"x", "", sasl.ErrRefused)
		c.wants("alice", password, "", sasl.ErrRefused)
	}
	c.wants("user5", "fine", "user5", nil) // the same after SASLprep
	for _, password := range []string{"", "a\x00b", "a\nb", "a\x7f", "a\u0085", "\xff", "\U0001f600",
		string(make([]byte, 256))} {
		if err := c.AddUser(t.Context(), "new", password); !errors.Is(err, ErrPassword) {
			t.Errorf("%q: %v", password, err)
		}
		c.wants("alice", password, "", sasl.ErrRefused)
		c.clock.at = c.clock.at.Add(time.Hour)
	}
	for name, want := range map[string]error{"": mailbox.ErrName, "a b": mailbox.ErrName,
		"a\x00": mailbox.ErrName, ".a": mailbox.ErrName, "a@b@c": mailbox.ErrName, "\ufeff": mailbox.ErrName, "a\u202eb": mailbox.ErrName,
		"carol@a.test": ErrElsewhere, "ALICE": mailbox.ErrExists, "bob@LAB.test": mailbox.ErrExists} {
		if err := c.AddUser(t.Context(), name, "x"); !errors.Is(err, want) {
			t.Errorf("user %q: %v, want %v", name, err, want)
		}
	}
	if n := len(c.Users()); n != 8 {
		t.Errorf("%d users: %q", n, c.Users())
	}
}

// TestAuthorize: nobody acts as another.
func TestAuthorize(t *testing.T) {
	c := logInto(t, Options{})
	for _, test := range []struct {
		as   string
		want error
	}{{"alice", nil}, {"alice@lab.test", nil}, {"bob", sasl.ErrRefused}, {"nobody", sasl.ErrRefused}} {
		a := c.logins.attempt(from("127.0.0.1"))
		if _, err := a.Password(t.Context(), test.as, "alice", "sesame"); !errors.Is(err, test.want) {
			t.Errorf("as %s: %v", test.as, err)
		}
	}
}

// TestUnknown: who has no account looks as if he had one: as many hashes, and the same salt
// each time, under each of his names and when the sandbox has started again.
func TestUnknown(t *testing.T) {
	dir := t.TempDir()
	c := logInto(t, Options{Dir: dir})
	c.wants("mallory", "sesame", "", sasl.ErrRefused)
	c.wants("alice", "wrong", "", sasl.ErrRefused)
	if n := c.hashes.Load(); n != 2 {
		t.Errorf("%d hashes, want 2", n)
	}
	stored := func(mechanism, name string) sasl.Verifier {
		t.Helper()
		_, v, err := c.logins.attempt(from("127.0.0.1")).Stored(t.Context(), mechanism, name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c.add("carol", "x")
	before := map[string]string{}
	for _, m := range []string{sasl.SCRAMSHA256, sasl.SCRAMSHA1} {
		known := stored(m, "carol")
		seen := map[string]bool{}
		for _, name := range []string{"mallory", "trudy"} {
			v := stored(m, name)
			if v.Mechanism() != m || v.Rounds != known.Rounds || len(v.Salt) != len(known.Salt) ||
				len(v.ServerKey) != len(known.ServerKey) {
				t.Errorf("%s: %v, and of an account %v", m, v, known)
			}
			for _, again := range []string{name + "@lab.test", name, name + "@LAB.test"} {
				if w := stored(m, again); w.String() != v.String() {
					t.Errorf("%s: %s has another", m, again)
				}
			}
			seen[string(v.Salt)] = true
			before[m+name] = v.String()
		}
		if len(seen) != 2 {
			t.Error("all who have no account have the same salt")
		}
	}
	if stored(sasl.SCRAMSHA256Plus, "mallory").String() != before[sasl.SCRAMSHA256+"mallory"] {
		t.Error("SCRAM-SHA-256-PLUS has another")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = logInto(t, Options{Dir: dir})
	for _, m := range []string{sasl.SCRAMSHA256, sasl.SCRAMSHA1} {
		if stored(m, "mallory").String() != before[m+"mallory"] {
			t.Errorf("%s: another after the sandbox has started again", m)
		}
	}
}

// TestRemembered: a thousand log-ins of one account hash once, and take no two seconds; a
// new password ends that at once.
func TestRemembered(t *testing.T) {
	c := logInto(t, Options{})
	start := time.Now()
	for range 1000 {
		c.wants("alice", "sesame", "alice", nil)
	}
	if took := time.Since(start); took > 2*time.Second || c.hashes.Load() != 1 {
		t.Errorf("%v, %d hashes", took, c.hashes.Load())
	}
	if err := c.SetPassword(t.Context(), "alice@lab.test", "other"); err != nil {
		t.Fatal(err)
	}
	c.wants("alice", "sesame", "", sasl.ErrRefused)
	c.wants("alice", "other", "alice", nil)
	if err := c.SetPassword(t.Context(), "alice", "other"); err != nil {
		t.Fatal(err)
	}
	c.wants("alice", "other", "alice", nil) // the same once more, and hashed again
	if n := c.hashes.Load(); n != 4 {
		t.Errorf("%d hashes, want 4", n)
	}
	if err := c.RemoveUser(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	c.wants("alice", "other", "", sasl.ErrRefused)
	c.add("alice", "other")
	c.wants("alice", "other", "alice", nil)
	for name, err := range map[string]error{"set": c.SetPassword(t.Context(), "nobody", "x"),
		"remove": c.RemoveUser(t.Context(), "nobody")} {
		if !errors.Is(err, mailbox.ErrNoUser) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// talk has a client and a server of a mechanism talk to each other.
func (c *counted) talk(mechanism, name, password string) (account string, err error) {
	a := c.logins.attempt(from("127.0.0.1"))
	defer func() { a.done(err) }()
	server, err := sasl.NewServer(c.t.Context(), mechanism, a, nil)
	if err != nil {
		return "", err
	}
	client, err := sasl.NewClient(mechanism, sasl.Credentials{Name: name, Password: password}, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Start()
	for err == nil {
		challenge, done, refused := server.Next(response)
		if refused != nil || done {
			return server.Account(), refused
		}
		response, err = client.Next(challenge)
	}
	return "", err
}

// TestMechanisms: each leads to the same accounts, and its failures count.
func TestMechanisms(t *testing.T) {
	for _, m := range sasl.Mechanisms(false) {
		c := logInto(t, Options{})
		c.add("学生", "密 码")
		for name, password := range map[string]string{"alice": "sesame", "bob@lab.test": "sesame", "学生": "密 码"} {
			want, _, _ := strings.Cut(name, "@")
			if account, err := c.talk(m, name, password); err != nil || account != want {
				t.Errorf("%s: %s: %q, %v", m, name, account, err)
			}
		}
		for _, name := range []string{"alice", "mallory"} {
			for i := range 12 {
				want := sasl.ErrRefused
				if i >= 10 {
					want = ErrTooMany
				}
				if account, err := c.talk(m, name, "wrong"); !errors.Is(err, want) || account != "" {
					t.Errorf("%s: %s: %q, %v, want %v", m, name, account, err, want)
				}
			}
		}
	}
}

// TestRemoved: who was removed stays away, and another reads what is for the postmaster.
func TestRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "box")
	c := logInto(t, Options{Dir: dir})
	c.add("zoe", "x")
	for _, name := range []string{"alice", "bob@lab.test"} {
		if err := c.RemoveUser(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	c = logInto(t, Options{Dir: dir, Letters: true})
	if got := c.Users(); !slices.Equal(got, []string{"zoe"}) {
		t.Errorf("users %q", got)
	}
	if got := c.accounts.reader(); got != "zoe" {
		t.Errorf("the postmaster's mail is read by %q", got)
	}
	if err := c.RemoveUser(t.Context(), "zoe"); err != nil {
		t.Fatal(err)
	}
	if got := c.accounts.reader(); got != "" {
		t.Errorf("nobody is left, and the postmaster's mail is read by %q", got)
	}
}

// TestAcceptAllLogin: where everybody's mail is taken everybody gets in, from this machine.
func TestAcceptAllLogin(t *testing.T) {
	c := logInto(t, Options{AcceptAll: true})
	for name, account := range map[string]string{"alice": "alice", "Alice@lab.test": "alice",
		"new": "new", "dave@a.test": "dave@a.test", "postmaster": "alice"} {
		c.wants(name, "anything", account, nil)
	}
	c.wants("a\x00b", "anything", "", sasl.ErrRefused)
	if got := c.Users(); !slices.Equal(got, []string{"alice", "bob", "dave@a.test", "new"}) {
		t.Errorf("users %q", got)
	}
	a := c.logins.attempt(from("127.0.0.1"))
	if _, err := a.Password(t.Context(), "bob", "alice", "x"); !errors.Is(err, sasl.ErrRefused) {
		t.Errorf("as another: %v", err)
	}
	c = logInto(t, Options{AcceptAll: true, Host: "0.0.0.0"})
	c.wants("alice", "anything", "", sasl.ErrRefused)
}
