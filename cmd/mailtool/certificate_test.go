package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/pki"
)

// authority makes an authority, and the file with its certificate.
func authority(t *testing.T, when time.Time) (a *pki.Authority, file string) {
	t.Helper()
	a, err := pki.Temporary(pki.Lab(), when)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, a.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return a, file
}

// issue makes a server's certificate.
func issue(t *testing.T, a *pki.Authority, when time.Time, name string) tls.Certificate {
	t.Helper()
	c, err := a.Issue([]string{name}, []net.IP{net.IPv4(127, 0, 0, 1)}, when)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// selfSigned is a certificate that its subject has signed itself.
func selfSigned(t *testing.T, now time.Time, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// protects is a server that begins TLS with cfg, at once or after STARTTLS, and says yes to
// all that is said above it.
func protects(cfg *tls.Config, implicit bool) func(s *stranger, nc net.Conn) {
	return func(s *stranger, nc net.Conn) {
		if !implicit {
			s.serve(nc, true, "STARTTLS", "AUTH PLAIN LOGIN")
			io.WriteString(nc, "220 go\r\n")
		}
		above := tls.Server(nc, cfg)
		if above.Handshake() != nil {
			io.Copy(io.Discard, nc)
			return
		}
		s.serve(s.keeping(above), implicit, "AUTH PLAIN LOGIN")
		above.Close()
	}
}

// A judgement is a server's certificate, and what is said of it.
type judgement struct {
	name string
	cfg  *tls.Config
	ca   string // --ca
	says []string
	hint string
}

// untrusted are servers that cannot be believed. Their name is mx.lab.test.
func untrusted(t *testing.T) []judgement {
	now := testSystem().Now()
	old := now.AddDate(-1, 0, 0)
	now1, file := authority(t, old) // it is older than all that it signs
	stranger, _ := authority(t, now)
	with := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	label := func(a *pki.Authority) string { return a.Certificate.Subject.CommonName }
	future := now.AddDate(0, 1, 0)
	nobody := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, os.ErrNotExist }
	mine := with(issue(t, now1, now, "mx.lab.test"))
	ancient := mine.Clone()
	ancient.MinVersion, ancient.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	return []judgement{
		{"expired", with(issue(t, now1, old, "mx.lab.test")), file,
			[]string{"the certificate expired on " + old.AddDate(0, 0, 90).UTC().Format(time.DateOnly)}, "2026-11-23 10:15:02"},
		{"not yet", with(issue(t, now1, future, "mx.lab.test")), file,
			[]string{"not valid before " + future.Add(-time.Hour).UTC().Format(time.DateOnly)}, "2026-11-23 10:15:02"},
		{"wrong name", with(issue(t, now1, now, "other.lab.test")), file,
			[]string{"the certificate is for other.lab.test, 127.0.0.1, not for mx.lab.test"}, "--server NAME"},
		{"wrong name and expired", with(issue(t, now1, old, "other.lab.test")), file,
			[]string{"for other.lab.test", "and the certificate expired on"}, "--server NAME"},
		{"self-signed", with(selfSigned(t, now, "mx.lab.test")), file,
			[]string{"the server has signed its certificate itself"}, "--ca FILE"},
		{"unknown issuer", with(issue(t, stranger, now, "mx.lab.test")), file,
			[]string{"nobody here knows who signed the certificate: " + label(stranger)}, "--ca FILE"},
		{"no --ca", mine, "", []string{"nobody here knows who signed", label(now1)}, "--ca FILE"},
		{"no certificate", &tls.Config{GetCertificate: nobody}, file,
			[]string{"the other end broke the handshake off: internal_error"}, ""},
		{"ancient", ancient, file, []string{"no version of TLS in common"}, ""},
	}
}

// TestUntrusted: a server whose certificate is not to be trusted hears nothing, and people are
// told all that is wrong, in the certificate's own words, and which flag goes on.
func TestUntrusted(t *testing.T) {
	for _, j := range untrusted(t) {
		t.Run(j.name, func(t *testing.T) {
			for _, mode := range []string{tlsStart, tlsImplicit, tlsAuto} {
				s := newStranger(t, protects(j.cfg, mode == tlsImplicit))
				args := []string{"send", "--tls", mode, "-u", secretUser, "-p", secretPassword}
				if j.ca != "" {
					args = append(args, "--ca", j.ca)
				}
				status, out, errs := tryHost(t, s, "mx.lab.test", args...)
				if status != exitNoConnection || !strings.Contains(errs, "no TLS with mx.lab.test") ||
					!strings.Contains(out, "# TLS failed: ") {
					t.Errorf("%s: status %d, %s\n%s", mode, status, errs, out)
				}
				for _, said := range append(j.says, j.hint) {
					if !strings.Contains(errs, said) {
						t.Errorf("%s: %q is not in\n%s", mode, said, errs)
					}
				}
				if form := s.leaked(secretUser, secretPassword); form != "" {
					t.Errorf("%s: the server got %q", mode, form)
				}
			}
		})
	}
}

// TestInsecure: -k goes on with whoever it is, and says why that is not to be trusted. It does
// not make TLS of what is none.
func TestInsecure(t *testing.T) {
	for _, j := range untrusted(t) {
		s := newStranger(t, protects(j.cfg, false))
		args := []string{"send", "-k"}
		if j.ca != "" {
			args = append(args, "--ca", j.ca)
		}
		status, out, errs := tryHost(t, s, "mx.lab.test", args...)
		if j.hint == "" {
			if status != exitNoConnection {
				t.Errorf("%s: status %d, %s\n%s", j.name, status, errs, out)
			}
			continue
		}
		if status != 0 || !strings.Contains(s.all(), "Subject:") {
			t.Errorf("%s: status %d, %s\n%s", j.name, status, errs, out)
		}
		for _, said := range append(j.says, "gone on all the same because of -k") {
			if !strings.Contains(out, said) {
				t.Errorf("%s: %q is not in\n%s", j.name, said, out)
			}
		}
	}
}

// TestTrusted: what a client is told to believe, it believes for each host; and mail goes
// encrypted.
func TestTrusted(t *testing.T) {
	a, file := authority(t, testSystem().Now())
	cfg := &tls.Config{Certificates: []tls.Certificate{issue(t, a, testSystem().Now(), "mx.lab.test")}}
	for _, flags := range [][]string{{"--tls", tlsAuto}, {"--tls", tlsStart}, {"--tls", tlsImplicit},
		{"--tls", tlsAuto, "-u", secretUser, "-p", secretPassword}} {
		s := newStranger(t, protects(cfg, flags[1] == tlsImplicit))
		status, out, errs := tryHost(t, s, "mx.lab.test",
			append([]string{"send", "--ca", file, "--show", "state"}, flags...)...)
		if status != 0 || !strings.Contains(out, "trusted: this program believes what "+
			a.Certificate.Subject.CommonName+" signs") || !strings.Contains(out, "| encrypted") {
			t.Errorf("%v: status %d, %s\n%s", flags, status, errs, out)
		}
	}
}
