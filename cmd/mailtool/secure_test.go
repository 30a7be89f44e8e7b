package main

import (
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/sandbox"
)

// Who logs in, in these tests: neither may reach a server that is not to be trusted.
const (
	secretUser     = "carol@lab.test"
	secretPassword = "open sesame now"
)

// hostile are servers that do not do what was agreed on.
var hostile = []struct {
	name string
	act  func(s *stranger, nc net.Conn)
	says string // the error
}{
	{"strips", func(s *stranger, nc net.Conn) { s.serve(nc, true, "AUTH PLAIN LOGIN") },
		"does not offer STARTTLS"},
	{"knows no EHLO", func(s *stranger, nc net.Conn) {
		io.WriteString(nc, "220 mx.example\r\n")
		nc.Read(make([]byte, 1000))
		io.WriteString(nc, "502 what?\r\n")
		s.serve(nc, false, "AUTH PLAIN LOGIN")
	}, "does not offer STARTTLS"},
	{"refuses for now", answers("454 4.7.0 no TLS now\r\n"), "refuses it: 454 4.7.0 no TLS now"},
	{"refuses for good", answers("502 5.5.1 no such command\r\n"), "refuses it: 502"},
	{"goes", answers("421 4.3.2 too much to do\r\n"), "421 4.3.2 too much to do"},
	{"says yes, but no 220", answers("250 2.0.0 fine\r\n"), "neither 220 nor a refusal"},
	{"asks for more", answers("334 \r\n"), "a 3yz reply, which nothing asked for"},
	{"injects", answers("220 go\r\n250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n235 welcome\r\n"),
		"behind the 220 something came in clear"},
	{"injects one octet", answers("220 go\r\n2"), "behind the 220 something came in clear"},
	{"goes on in clear", answers("220 go\r\n", "250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n"),
		`the other end speaks no TLS; what came begins with "250-m"`},
	{"drops at STARTTLS", func(s *stranger, nc net.Conn) { s.serve(nc, true, "STARTTLS") },
		"the connection was closed in the middle of the handshake"},
	{"drops at the 220", func(s *stranger, nc net.Conn) {
		s.serve(nc, true, "STARTTLS", "AUTH PLAIN LOGIN")
		io.WriteString(nc, "220 go\r\n")
		nc.Read(make([]byte, 5))
	}, "the connection was closed in the middle of the handshake"},
	{"alerts", answers("220 go\r\n", "\x15\x03\x03\x00\x02\x02\x28"),
		"the other end broke the handshake off: handshake_failure"},
}

// answers is a server that offers STARTTLS and answers it with pieces, the second of which
// waits until the client has gone on; then it says yes to all.
func answers(pieces ...string) func(s *stranger, nc net.Conn) {
	return func(s *stranger, nc net.Conn) {
		s.serve(nc, true, "STARTTLS", "AUTH PLAIN LOGIN")
		for i, piece := range pieces {
			if i > 0 {
				nc.Read(make([]byte, 16<<10)) // the ClientHello
			}
			io.WriteString(nc, piece)
		}
		s.serve(nc, false, "AUTH PLAIN LOGIN")
	}
}

// TestHostile: whatever a server does at STARTTLS, nothing goes on in clear where TLS is
// asked for, nor does a log-in on another machine; and what was wrong is said.
func TestHostile(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			for _, flags := range [][]string{
				{"--tls", "starttls"},
				{"--tls", "starttls", "-u", secretUser, "-p", secretPassword},
				{"--tls", "starttls", "-k", "-u", secretUser, "-p", secretPassword},
				{"-u", secretUser, "-p", secretPassword},
				{"-u", secretUser, "-p", secretPassword, "--auth", "plain", "-k"},
			} {
				s := newStranger(t, h.act)
				status, out, errs := tryAt(t, s, append([]string{"send"}, flags...)...)
				if status != exitNoConnection || !strings.Contains(errs, h.says) ||
					!strings.Contains(errs, "--tls") {
					t.Errorf("%v: status %d, %s\n%s", flags, status, errs, out)
				}
				if form := s.leaked(secretUser, secretPassword); form != "" {
					t.Errorf("%v: the server got %q in\n%q", flags, form, s.all())
				}
				for _, verb := range []string{"AUTH", "MAIL", "Subject"} {
					if strings.Contains(s.all(), verb) {
						t.Errorf("%v: %s was said:\n%q", flags, verb, s.all())
					}
				}
			}
		})
	}
}

// TestHostileCanFail: the stranger does hear a password that it is told.
func TestHostileCanFail(t *testing.T) {
	s := newStranger(t, func(s *stranger, nc net.Conn) { s.serve(nc, true, "AUTH PLAIN") })
	status, _, errs := tryAt(t, s, "noop", "--tls", "none", "-u", secretUser, "-p", secretPassword)
	if status != 0 || s.leaked(secretPassword) == "" {
		t.Errorf("status %d, %s, the server heard\n%q", status, errs, s.all())
	}
}

// TestOpportunistic: mail without a log-in goes to a server without TLS as it always did, and
// a loud line says so.
func TestOpportunistic(t *testing.T) {
	for _, c := range []struct {
		name  string
		act   func(s *stranger, nc net.Conn)
		flags []string
		said  string
	}{
		{"strips", func(s *stranger, nc net.Conn) { s.serve(nc, true) }, nil,
			"# NOT ENCRYPTED: the server takes no TLS"},
		{"refuses", answers("454 4.7.0 no TLS now\r\n"), nil, "# NOT ENCRYPTED: the server takes no TLS"},
		{"none", func(s *stranger, nc net.Conn) { s.serve(nc, true, "STARTTLS") },
			[]string{"--tls", "none"}, "# NOT ENCRYPTED, as --tls none asks for"},
	} {
		s := newStranger(t, c.act)
		status, out, errs := tryAt(t, s, append([]string{"send"}, c.flags...)...)
		if status != 0 || !strings.Contains(out, c.said) || !strings.Contains(s.all(), "Subject:") {
			t.Errorf("%s: status %d, %s\n%s", c.name, status, errs, out)
		}
	}
	// What was begun is not given up for clear text, even where nobody asked for TLS.
	for _, h := range hostile[4:] {
		s := newStranger(t, h.act)
		status, out, errs := tryAt(t, s, "send")
		if status != exitNoConnection || strings.Contains(s.all(), "Subject:") {
			t.Errorf("%s: status %d, %s\n%s", h.name, status, errs, out)
		}
	}
}

// TestImplicitHostile: a server that speaks no TLS gets nothing on a port for TLS, either.
func TestImplicitHostile(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(s *stranger, nc net.Conn)
		says string
	}{
		{"speaks in clear", func(s *stranger, nc net.Conn) { s.serve(nc, true, "AUTH PLAIN LOGIN") },
			`the other end speaks no TLS; what came begins with "220 m"`},
		{"drops", func(s *stranger, nc net.Conn) { nc.Read(make([]byte, 5)) },
			"the connection was closed in the middle of the handshake"},
	} {
		for _, flags := range [][]string{
			{"noop", "--tls", "implicit", "-u", secretUser, "-p", secretPassword},
			{"send", "--tls", "implicit", "-k", "-u", secretUser, "-p", secretPassword},
			{"shell", "--tls", "implicit"},
		} {
			s := newStranger(t, c.act)
			status, out, errs := tryAt(t, s, flags...)
			if status != exitNoConnection || !strings.Contains(errs, c.says) {
				t.Errorf("%s %v: status %d, %s\n%s", c.name, flags, status, errs, out)
			}
			if form := s.leaked(secretUser, secretPassword); form != "" {
				t.Errorf("%s %v: the server got %q", c.name, flags, form)
			}
		}
	}
}

// TestSecureFlags: what makes no sense is refused before a server is bothered.
func TestSecureFlags(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--tls", "maybe"}, exitUsage, "auto, starttls, implicit, none"},
		{[]string{"--ca", "missing.pem"}, exitLocal, "missing.pem"},
		{[]string{"--ca", "secure_test.go"}, exitLocal, "secure_test.go holds no certificate"},
		{[]string{"-s", "smtps://mx.example", "--tls", "none"}, exitUsage, "means TLS from the first octet"},
		{[]string{"--sandbox", "--profile", "textbook", "--tls", "starttls"}, exitUsage,
			"neither TLS nor a log-in"},
	} {
		status, _, errs := try(t, t.Context(), "", append([]string{"smtp", "noop"}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %s", c.args, status, errs)
		}
	}
	status, _, errs := try(t, t.Context(), "", "smtp", "send", "--sandbox", "--textbook", "--tls", "starttls")
	if status != exitUsage || !strings.Contains(errs, "--textbook") {
		t.Errorf("STARTTLS without EHLO: status %d, %s", status, errs)
	}
	status, _, errs = try(t, t.Context(), "", "smtp", "shell", "--sandbox", "--tls", "starttls")
	if status != exitUsage || !strings.Contains(errs, "and type STARTTLS: when") || !strings.Contains(errs, "--tls implicit") {
		t.Errorf("a shell that says STARTTLS by itself: status %d, %s", status, errs)
	}
}

// TestOwnServer: the server inside mailtool has TLS and log-ins where they are asked for, over
// TCP and without it, and is trusted; else it is the textbook's.
func TestOwnServer(t *testing.T) {
	for _, where := range []string{"--sandbox", "--offline"} {
		for _, c := range []struct {
			flags string
			says  []string
		}{
			{"--tls starttls", []string{"C: STARTTLS", "# trusted: ", "accepted: 1 message"}},
			{"--tls starttls -u bob --from bob@lab.test", []string{"C: STARTTLS", "AUTH SCRAM-SHA-256-PLUS",
				"accepted: 1 message"}},
			{"--tls implicit -u bob", []string{"# TLS handshake done", "S: 235", "accepted: 1 message"}},
			{"-u alice", []string{"S: 235", "accepted: 1 message", "not encrypted"}},
			{"", []string{"accepted: 1 message", "250 ENHANCEDSTATUSCODES"}},
		} {
			args := append([]string{"smtp", "send", where}, strings.Fields(c.flags)...)
			status, out, errs := try(t, t.Context(), "", args...)
			for _, said := range c.says {
				if status != 0 || !strings.Contains(out, said) {
					t.Errorf("%s %s: status %d, no %q: %s\n%s", where, c.flags, status, said, errs, out)
				}
			}
			if c.flags == "" && strings.Contains(out, "STARTTLS") {
				t.Errorf("%s: TLS, which nobody asked for\n%s", where, out)
			}
		}
		status, out, errs := try(t, t.Context(), "QUIT\n", "smtp", "shell", where, "--tls", "implicit")
		if status != 0 || !strings.Contains(out, "# trusted: ") || !strings.Contains(out, "S: 221") {
			t.Errorf("shell %s: status %d, %s\n%s", where, status, errs, out)
		}
	}
}

// TestSandboxTrust: the sandbox of this machine is found and trusted without a flag, by its
// folder; who looks into another folder does not trust it.
func TestSandboxTrust(t *testing.T) {
	sys, home := testSystem(), t.TempDir()
	sys.Getenv = func(name string) string {
		switch {
		case slices.Contains(places, name):
			return home
		case name == "LC_ALL":
			return "C"
		}
		return ""
	}
	dir, err := sandbox.DefaultDir(sys.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Start(t.Context(), sandbox.Options{Dir: dir, SMTP: "0", Submission: "0",
		Submissions: "0", Careless: true, Now: sys.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	ca := filepath.Join(dir, pki.Folder, pki.CertFile)
	for _, c := range []struct {
		flags  string
		status int
		says   string
	}{
		{"--tls starttls", 0, "# trusted: "},
		{"--tls implicit", 0, "submissions: " + box.SubmissionsAddr()},
		{"--tls starttls -u bob", 0, "submission: " + box.SubmissionAddr()},
		{"--tls starttls -s " + strings.Replace(box.Addr(), "127.0.0.1", "localhost", 1), 0, "# trusted: "},
		{"-s smtps://" + box.SubmissionsAddr(), 0, "# trusted: "},
	} {
		var out, errs strings.Builder
		args := append([]string{"smtp", "noop"}, strings.Fields(c.flags)...)
		status := run(t.Context(), args, sys, strings.NewReader(""), &out, &errs)
		if status != c.status || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: status %d, %s\n%s", c.flags, status, errs.String(), out.String())
		}
	}
	strange := []string{"smtp", "noop", "--tls", "starttls", "-s", box.Addr()}
	status, out, errs := try(t, t.Context(), "", strange...)
	if status != exitNoConnection || !strings.Contains(errs, "nobody here knows who signed") {
		t.Errorf("another folder: status %d, %s\n%s", status, errs, out)
	}
	if status, out, errs := try(t, t.Context(), "", append(strange, "--ca", ca)...); status != 0 {
		t.Errorf("another folder and --ca: status %d, %s\n%s", status, errs, out)
	}
}

// TestTextbookElsewhere: HELO asks for no extension, so nobody can say that the server has no TLS.
func TestTextbookElsewhere(t *testing.T) {
	s := newStranger(t, func(s *stranger, nc net.Conn) { s.serve(nc, true, "STARTTLS") })
	status, out, errs := tryAt(t, s, "send", "--textbook")
	if status != 0 || !strings.Contains(out, "# NOT ENCRYPTED, since --textbook asks for no TLS: ") ||
		strings.Contains(out, "the server takes no TLS") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}
