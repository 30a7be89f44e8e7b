package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
)

// A class is a server as a room has it, on this machine and with its ports elsewhere.
type class struct {
	t           *testing.T
	box         *sandbox.Sandbox
	offset      string
	fingerprint string
}

// newClass starts a class's server. The ports of all services move together, so that a place
// is looked for where all of them are free.
func newClass(t *testing.T, o sandbox.Options) *class {
	t.Helper()
	o.Dir = t.TempDir()
	o.Submission = cmp.Or(o.Submission, sandbox.On)
	o.Submissions = cmp.Or(o.Submissions, sandbox.On)
	if o.Now == nil {
		o.Now = testSystem().Now
	}
	for range 20 {
		o.PortOffset = 10000 + rand.IntN(18000)
		box, err := sandbox.Start(t.Context(), o)
		if err != nil {
			continue
		}
		t.Cleanup(func() { box.Close() })
		c := &class{t: t, box: box, offset: strconv.Itoa(o.PortOffset)}
		folder := pki.Folder
		if o.Class != nil {
			folder = pki.ClassFolder
		}
		if a, err := pki.LoadCertificate(filepath.Join(o.Dir, folder)); err == nil {
			c.fingerprint = pki.Fingerprint(a)
		}
		return c
	}
	t.Fatal("there are no free ports")
	return nil
}

// join runs the command; what it says is on out, and what it asks and its errors on errs.
func (c *class) join(args ...string) (status int, out, errs string) {
	c.t.Helper()
	return try(c.t, c.t.Context(), "", append([]string{"join", "127.0.0.1", "--lang", "en",
		"--port-offset", c.offset}, args...)...)
}

// kept is what is kept now.
func kept(t *testing.T) *room {
	t.Helper()
	r, err := testProgram(sentence.English).room()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestJoin: what is found is kept, and said, the password only kept.
func TestJoin(t *testing.T) {
	homeless(t)
	c := newClass(t, sandbox.Options{Domain: "class.test"})
	status, out, errs := c.join("alice", "-p", "sesame", "--fingerprint", c.fingerprint)
	if status != 0 || errs != "" {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	offset, _ := strconv.Atoi(c.offset)
	r := kept(t)
	want := map[string]int{"smtp": 2525 + offset, "submission": 2587 + offset, "submissions": 2465 + offset,
		"pop3": 2110 + offset, "pop3s": 2995 + offset, "imap": 2143 + offset, "imaps": 2993 + offset}
	if r == nil || !reflect.DeepEqual(r.Ports, want) {
		t.Fatalf("%+v", r)
	}
	if r.Host != "127.0.0.1" || r.User != "alice" || r.Password != "sesame" || r.Domain != "class.test" ||
		!r.TLS || r.Lesson || !strings.HasPrefix(r.Authority, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("%+v", r)
	}
	for _, said := range []string{"# submission: 127.0.0.1:" + strconv.Itoa(2587+offset) + " answers, with TLS\n",
		"; its SHA-256:\n# " + c.fingerprint + "\n", "# joined 127.0.0.1 as alice@class.test: ", "mailtool leave ends this"} {
		if !strings.Contains(out, said) {
			t.Errorf("it does not say %q:\n%s", said, out)
		}
	}
	if strings.Contains(out, "sesame") {
		t.Errorf("it says the password:\n%s", out)
	}
	status, out, errs = try(t, t.Context(), "", "join", "--lang", "en")
	if status != 0 || !strings.Contains(out, "# class server 127.0.0.1, as alice@class.test\n") ||
		!strings.Contains(out, c.fingerprint) || strings.Contains(out, "sesame") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// TestJoinLesson: a class's server in its lesson mode is joined with TLS all the same, and a
// password passes in clear only where somebody says so.
func TestJoinLesson(t *testing.T) {
	homeless(t)
	c := newClass(t, sandbox.Options{Class: &sandbox.Class{Students: []sandbox.Student{{Name: "s001",
		Password: "tabe-kuny"}}}})
	t.Setenv("MAILTOOL_PASSWORD", "tabe-kuny")
	status, out, errs := c.join("s001", "--fingerprint", c.fingerprint)
	if status != 0 || !strings.Contains(out, "# a lesson: the server takes passwords in clear, too. ") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	if r := kept(t); r == nil || !r.Lesson || !r.TLS || r.Password != "tabe-kuny" {
		t.Fatalf("%+v", r)
	}
	t.Setenv("MAILTOOL_PASSWORD", "")
	for mode, tls := range map[string]bool{tlsAuto: true, tlsNone: false} {
		status, out, errs := try(t, t.Context(), "", "smtp", "send", "--tls", mode, "--lang", "en")
		if status != 0 || strings.Contains(out, "C: STARTTLS") != tls || !strings.Contains(out, "235 ") {
			t.Errorf("%s: status %d: %s%s", mode, status, out, errs)
		}
	}
	if n := c.box.Count("s001"); n != 2 {
		t.Errorf("s001 has %d mails", n)
	}
}

// TestJoinAnew: who joins another class leaves the one before, and is told so.
func TestJoinAnew(t *testing.T) {
	p, _ := homeless(t)
	if err := p.enter(someRoom()); err != nil {
		t.Fatal(err)
	}
	c := newClass(t, sandbox.Options{})
	status, out, errs := c.join("bob", "-p", "sesame", "--fingerprint",
		strings.ToLower(strings.ReplaceAll(c.fingerprint, ":", " ")))
	if status != 0 || !strings.Contains(out, "# 192.168.7.5, where you were s001@class.test, is left for it\n") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	if r := kept(t); r.Host != "127.0.0.1" || r.User != "bob" {
		t.Errorf("%+v", r)
	}
}

// TestJoinRefused: what is not as it should be is told of, and nothing is kept.
func TestJoinRefused(t *testing.T) {
	homeless(t)
	c := newClass(t, sandbox.Options{})
	other := strings.Repeat("AB:", 31) + "AB"
	for _, row := range []struct {
		name   string
		status int
		said   string
		args   []string
	}{
		{"another fingerprint", exitNoConnection, "error: the fingerprint is another: ",
			[]string{"alice", "-p", "sesame", "--fingerprint", other}},
		{"nobody to be asked", exitUsage, "error: nobody can be asked here whether this is the right fingerprint",
			[]string{"alice", "-p", "sesame"}},
		{"wrong password", exitAuth, "error: ",
			[]string{"alice", "-p", "wrong horse", "--fingerprint", c.fingerprint}},
		{"a name that cannot be said", exitUsage, "error: ",
			[]string{"al\nice", "-p", "sesame", "--fingerprint", c.fingerprint}},
		{"no password", exitUsage, "error: ", []string{"alice", "--fingerprint", c.fingerprint}},
		{"no user", exitUsage, "error: nobody has said who you are", []string{"-p", "sesame"}},
		{"no fingerprint", exitUsage, `error: "AB:CD" is no fingerprint`, []string{"alice", "--fingerprint", "AB:CD"}},
		{"three words", exitUsage, "error: ", []string{"alice", "sesame"}},
		{"two kinds of ports", exitUsage, "error: ", []string{"alice", "--standard-ports"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, out, errs := c.join(row.args...)
			if status != row.status || !strings.HasPrefix(errs, row.said) {
				t.Errorf("status %d: %s%s", status, out, errs)
			}
			if strings.Contains(out+errs, "wrong horse") || strings.Contains(out+errs, "sesame") {
				t.Errorf("it says the password:\n%s%s", out, errs)
			}
			if r := kept(t); r != nil {
				t.Errorf("%+v", r)
			}
			again := "mailtool join 127.0.0.1 alice --port-offset " + c.offset + " --fingerprint AB:CD:..."
			if row.name == "nobody to be asked" && !strings.Contains(errs, again) {
				t.Errorf("what is to be typed is not %q:\n%s", again, errs)
			}
			if strings.Contains(errs, "--auth") {
				t.Errorf("join has no --auth:\n%s", errs)
			}
		})
	}
	for _, args := range [][]string{{"a b", "alice"}, {"127.0.0.1:2525", "alice"}, {"smtp://127.0.0.1", "alice"},
		{"", "alice"}, {"127.0.0.1", "alice", "--port-offset", "70000"}, {"::1", "alice", "--port-offset", "-2500"}} {
		if status, _, errs := try(t, t.Context(), "", append([]string{"join"}, args...)...); status != exitUsage {
			t.Errorf("%q: status %d: %s", args, status, errs)
		}
	}
}

// TestJoinNobody: where there is no class's server, join says what it found at each door.
func TestJoinNobody(t *testing.T) {
	homeless(t)
	c := newClass(t, sandbox.Options{})
	c.box.Close()
	status, out, errs := c.join("alice", "-p", "sesame")
	if status != exitNoConnection || strings.Count(out, "nobody is listening on 127.0.0.1:") != len(allServices) ||
		!strings.HasPrefix(errs, "error: no class's server answers on 127.0.0.1\n") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	c = newClass(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, errs := try(t, ctx, "", "join", "127.0.0.1", "alice", "--port-offset", c.offset); status != exitInterrupted {
		t.Errorf("status %d: %s", status, errs)
	}
}

// TestJoinCertificate: a certificate that is not good for the host is told of before anybody
// is asked about its fingerprint.
func TestJoinCertificate(t *testing.T) {
	homeless(t)
	now := testSystem().Now()
	a, _, err := pki.Create(t.TempDir(), pki.Lab(), now)
	if err != nil {
		t.Fatal(err)
	}
	for said, row := range map[string]struct {
		addrs []net.IP
		made  time.Time
	}{
		"for mail.lab.test, not for 127.0.0.1": {nil, now},
		"expired on 2026-02-21":                {pki.ServerAddrs(), now.AddDate(-1, 0, 0)},
		"not valid before 2027-11-23":          {pki.ServerAddrs(), now.AddDate(1, 0, 0)},
	} {
		lab := a
		if row.made != now {
			if lab, _, err = pki.Create(t.TempDir(), pki.Lab(), row.made.AddDate(-1, 0, 0)); err != nil {
				t.Fatal(err)
			}
		}
		leaf, err := lab.Issue([]string{"mail.lab.test"}, row.addrs, row.made)
		if err != nil {
			t.Fatal(err)
		}
		c := newClass(t, inFiles(t, leaf))
		status, out, errs := c.join("alice", "-p", "sesame", "--fingerprint", lab.Fingerprint())
		if status != exitNoConnection || !strings.Contains(errs, said) || kept(t) != nil {
			t.Errorf("status %d: %s%s", status, out, errs)
		}
	}
}

// inFiles are the options of a server with this certificate.
func inFiles(t *testing.T, c tls.Certificate) (o sandbox.Options) {
	t.Helper()
	o.Cert, o.Key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	var chain []byte
	for _, der := range c.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(os.WriteFile(o.Cert, chain, 0o600), os.WriteFile(o.Key, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestJoinAsks: a person compares the fingerprint.
func TestJoinAsks(t *testing.T) {
	homeless(t)
	c := newClass(t, sandbox.Options{})
	for answer, want := range map[string]int{"y\n": 0, "n\n": exitNoConnection, "": exitNoConnection} {
		p := testProgram(sentence.English)
		p.in = strings.NewReader(answer)
		j := &joining{program: p, person: true, who: credentials{password: "sesame",
			said: func(flag string) bool { return flag == "password" }}}
		j.offset, _ = strconv.Atoi(c.offset)
		err := j.run(t.Context(), "127.0.0.1", "alice")
		asked := p.err.(*strings.Builder).String()
		if statusOf(err) != want || asked != "does your teacher's screen show this fingerprint? [y/N] " {
			t.Errorf("%q: %v: %s", answer, err, asked)
		}
		if r := kept(t); (r != nil) != (want == 0) {
			t.Errorf("%q: %+v", answer, r)
		}
		try(t, t.Context(), "", "leave")
	}
}

// TestRoomDomain: the domain of a class is that of its server, if it has one.
func TestRoomDomain(t *testing.T) {
	for host, want := range map[string]string{"mail.class.test": "class.test", "class.test": "class.test",
		"MAIL.class.test": "class.test", "": "", "mail.": "", "[192.168.7.5]": "", "a_b": "", "\x1b[31m": ""} {
		if got := domainOf(host); got != want {
			t.Errorf("%q: %q", host, got)
		}
	}
	if r := (&room{User: "s001"}); r.address() != "s001" {
		t.Error(r.address())
	}
}
