package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/sandbox"
)

func TestAddress(t *testing.T) {
	for _, c := range []struct{ server, env, want string }{
		{"", "", "127.0.0.1:2525"},
		{"", "mail.example", "mail.example:25"},
		{"other.example:587", "mail.example", "other.example:587"},
		{"localhost", "", "localhost:2525"},
		{"127.0.0.2", "", "127.0.0.2:2525"},
		{"mx.example", "", "mx.example:25"},
		{"mx.example:2525", "", "mx.example:2525"},
		{":2500", "", "127.0.0.1:2500"},
		{"::1", "", "[::1]:2525"},
		{"[::1]", "", "[::1]:2525"},
		{"[2001:db8::1]:26", "", "[2001:db8::1]:26"},
		{"2001:db8::1", "", "[2001:db8::1]:25"},
		{"smtp://mx.example", "", "mx.example:25"},
		{"smtp://mx.example:26/", "", "mx.example:26"},
		{"smtps://mx.example", "", "mx.example:465"},
		{"smtps://localhost", "", "localhost:2465"},
		{"smtps://mx.example:25", "", "mx.example:25"},
		{"", "smtps://[::1]", "[::1]:2465"},
		{"smtpss://mx.example", "", ""},
		{"smtps://me@mx.example", "", ""},
		{"http://mx.example", "", ""},
		{"smtp://", "", ""},
		{"smtp://me@mx.example", "", ""},
		{"mx.example:port", "", ""},
		{"mx.example:0", "", ""},
		{"mx.example:65536", "", ""},
		{"mx.example:25:25", "", ""},
		{"bob@mx.example", "", ""},
	} {
		p := testProgram(sentence.English)
		p.Getenv = func(name string) string {
			if name == "MAILTOOL_SERVER" {
				return c.env
			}
			return ""
		}
		to, err := p.address(&target{server: c.server})
		got := to.addr
		var e *problem
		if c.want == "" {
			if !errors.As(err, &e) || e.status != exitUsage {
				t.Errorf("%q: %s, %v", c.server, got, err)
			}
		} else if got != c.want || err != nil {
			t.Errorf("%q: %s, %v; want %s", c.server, got, err, c.want)
		}
	}
}

// TestDestination: which port is taken where none is named, and whose certificate is wanted.
func TestDestination(t *testing.T) {
	for _, c := range []struct {
		t    target
		want destination
	}{
		{target{server: "mx.example"}, destination{"mx.example:25", "mx.example", false, ""}},
		{target{server: "mx.example", user: true},
			destination{"mx.example:587", "mx.example", false, "assume/port/submission"}},
		{target{server: "mx.example:25", user: true}, destination{"mx.example:25", "mx.example", false, ""}},
		{target{server: "mx.example", user: true, tls: tlsImplicit},
			destination{"mx.example:465", "mx.example", true, "assume/port/submissions"}},
		{target{server: "smtps://mx.example:2525"},
			destination{"mx.example:2525", "mx.example", true, ""}},
		{target{server: "localhost", user: true, tls: tlsStart},
			destination{"localhost:2587", "localhost", false, "assume/port/submission"}},
		{target{server: "[fe80::1%eth0]:465", tls: tlsImplicit},
			destination{"[fe80::1%eth0]:465", "fe80::1%eth0", true, ""}},
		{target{user: true}, destination{"127.0.0.1:2587", "127.0.0.1", false, "assume/port/submission"}},
	} {
		p := testProgram(sentence.English)
		p.Getenv = func(string) string { return "" }
		if got, err := p.address(&c.t); got != c.want || err != nil {
			t.Errorf("%+v: %+v, %v", c.t, got, err)
		}
	}
	p := testProgram(sentence.English)
	for _, mode := range []string{tlsStart, tlsNone} {
		_, err := p.address(&target{server: "smtps://mx.example", tls: mode})
		if e := (*problem)(nil); !errors.As(err, &e) || e.key != "error/tls/smtps" || e.status != exitUsage {
			t.Errorf("smtps with %s: %v", mode, err)
		}
	}
}

// TestSandboxAddress: a sandbox that runs says itself where its servers are.
func TestSandboxAddress(t *testing.T) {
	dir := t.TempDir()
	p := testProgram(sentence.English)
	p.Getenv = func(name string) string {
		if name == "MAILTOOL_SERVER" {
			return ""
		}
		return dir // whichever of the places the system has
	}
	folder, err := sandbox.DefaultDir(p.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	says := func(ports sandbox.Ports) {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(folder, sandbox.PortsFile)
		if err := os.WriteFile(name, []byte(ports.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	says(sandbox.Ports{SMTP: "127.0.0.1:26", Submission: "0.0.0.0:27", Submissions: "[::1]:28"})
	for _, c := range []struct {
		t    target
		want destination
	}{
		{target{}, destination{"127.0.0.1:26", "127.0.0.1", false, ""}},
		{target{user: true}, destination{"127.0.0.1:27", "127.0.0.1", false, "assume/port/submission"}},
		{target{tls: tlsImplicit}, destination{"[::1]:28", "::1", true, "assume/port/submissions"}},
		{target{server: "127.0.0.1", user: true},
			destination{"127.0.0.1:2587", "127.0.0.1", false, "assume/port/submission"}},
	} {
		if got, err := p.address(&c.t); got != c.want || err != nil {
			t.Errorf("%+v: %+v, %v", c.t, got, err)
		}
	}
	says(sandbox.Ports{SMTP: "127.0.0.1:26"})
	_, err = p.address(&target{user: true})
	if e := (*problem)(nil); !errors.As(err, &e) || e.key != "error/sandbox/no-submission" {
		t.Errorf("a sandbox without submission: %v", err)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"send", "send", 0}, {"snd", "send", 1}, {"sedn", "send", 1}, {"lst", "list", 1},
		{"", "abc", 3}, {"sent", "send", 1}, {"shell", "send", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
