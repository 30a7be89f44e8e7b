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
	s.until("# STARTTLS, STLS, submission and POP3S are not offered: ")
	s.end()
}

// TestServeElsewhere: where others can reach the server, it says that the default password lets
// nobody in, and how to get another.
func TestServeElsewhere(t *testing.T) {
	for host, told := range map[string]bool{"0.0.0.0": true, "127.0.0.1": false} {
		dir := t.TempDir()
		s := startServe(t, &shared{}, "--dir", dir, "--smtp", net.JoinHostPort(host, "0"), "--lang", "en")
		s.until("waiting for clients")
		if screen := s.end(); strings.Contains(screen, `"sesame", which everybody knows`) != told {
			t.Errorf("%s:\n%s", host, screen)
		}
	}
}
