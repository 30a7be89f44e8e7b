package main

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/sandbox"
)

// TestServeFlagsOfTLS: what cannot be is refused before anything is opened.
func TestServeFlagsOfTLS(t *testing.T) {
	for _, args := range [][]string{
		{"--profile", "textbook", "--submission", "on"},
		{"--profile", "textbook", "--submissions", "on"},
		{"--profile", "textbook", "--pop3s", "on"},
		{"--profile", "textbook", "--cert", "a.pem", "--key", "a.key"},
		{"--cert", "a.pem"}, {"--key", "a.key"}, {"--legacy-auth", "perhaps"},
		{"--accept", "all", "--submission", "0.0.0.0:0"},
	} {
		args = append([]string{"serve", "--dir", t.TempDir(), "--smtp", "0"}, args...)
		if status, _, errs := try(t, t.Context(), "", args...); status != exitUsage ||
			!strings.HasPrefix(errs, "error: ") {
			t.Errorf("%q: status %d, %s", args, status, errs)
		}
	}
	status, _, errs := try(t, t.Context(), "", "serve", "--dir", t.TempDir(), "--smtp", "0",
		"--cert", "missing.pem", "--key", "missing.key")
	if status != exitLocal || !strings.Contains(errs, "no certificate for TLS") {
		t.Errorf("status %d, %s", status, errs)
	}
}

// TestServeOldCertificate: a certificate that is spoilt while the server runs is told of, and
// the one before stays; a server that never had one says that it offers no TLS.
func TestServeOldCertificate(t *testing.T) {
	dir, now := t.TempDir(), testSystem().Now()
	a, err := pki.Temporary(pki.Lab(), now)
	if err != nil {
		t.Fatal(err)
	}
	own := inFiles(t, issue(t, a, now, "mail.lab.test"))
	s := startServe(t, &shared{}, "--dir", dir, "--submissions", "0", "--cert", own.Cert, "--key",
		own.Key, "--lang", "en")
	if err := os.WriteFile(own.Cert, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ports, err := sandbox.ReadPorts(dir)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := tls.Dial("tcp", ports.Submissions, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	s.until("# the certificate stays the old one: " + own.Cert + " is damaged")
	s.end()

	dir = t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, pki.Folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, pki.Folder, pki.CertFile), []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = startServe(t, &shared{}, "--dir", dir, "--lang", "en")
	s.until("# STARTTLS, STLS, submission, POP3S and IMAPS are not offered: ")
	s.end()
}

// TestServeElsewhere: where others can reach the server, it says that the default password lets
// nobody in, and how to get another.
func TestServeElsewhere(t *testing.T) {
	for _, test := range []struct {
		host string
		args []string
		told bool
	}{
		{"0.0.0.0", nil, true},
		{"0.0.0.0", []string{"--submission", "off", "--submissions", "off"}, true}, // there are POP3 and IMAP
		{"0.0.0.0", []string{"--submission", "off", "--submissions", "off", "--pop3", "off", "--pop3s",
			"off", "--imap", "off", "--imaps", "off"}, false},
		{"127.0.0.1", nil, false},
	} {
		args := append([]string{"--dir", t.TempDir(), "--smtp", net.JoinHostPort(test.host, "0"),
			"--lang", "en"}, test.args...)
		s := startServe(t, &shared{}, args...)
		s.until("waiting for clients")
		if screen := s.end(); strings.Contains(screen, `"sesame", which everybody knows`) != test.told {
			t.Errorf("%v:\n%s", test, screen)
		}
	}
}
