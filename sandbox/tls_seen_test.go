package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"mailtool/internal/pki"
	"mailtool/trace"
)

// TestSeenTLS: what a record says of a handshake, done or failed.
func TestSeenTLS(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC)
	lab, err := pki.Temporary(pki.Lab(), now)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := lab.Issue([]string{"mail.lab.test", "lab.test", "localhost"}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	known, nobody := x509.NewCertPool(), x509.NewCertPool()
	known.AddCert(lab.Certificate)
	chain := []*x509.Certificate{leaf.Leaf, lab.Certificate}
	done := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256,
		PeerCertificates: chain}
	issuer := trace.Fault{Cause: "issuer", Args: []string{"issuer", lab.Certificate.Subject.CommonName}}
	name := trace.Fault{Cause: "name", Args: []string{"names", "mail.lab.test, lab.test, localhost",
		"host", "mx.example"}}
	refused := &tls.CertificateVerificationError{UnverifiedCertificates: chain,
		Err: x509.UnknownAuthorityError{Cert: leaf.Leaf}}
	for _, c := range []struct {
		what   string
		state  tls.ConnectionState
		err    error
		host   string
		roots  *x509.CertPool
		faults []trace.Fault
		root   string
	}{
		{"trusted", done, nil, "lab.test", known, nil, lab.Certificate.Subject.String()},
		{"not looked at", done, nil, "mx.example", nobody, []trace.Fault{name, issuer}, ""},
		{"refused", tls.ConnectionState{}, refused, "mx.example", nobody, []trace.Fault{name, issuer}, ""},
		{"refused by the system alone", tls.ConnectionState{}, refused, "lab.test", known,
			[]trace.Fault{issuer}, ""},
		{"closed", tls.ConnectionState{}, io.EOF, "lab.test", known, []trace.Fault{{Cause: "dropped"}}, ""},
	} {
		got := SeenTLS(c.state, c.err, c.host, c.roots, now)
		if !reflect.DeepEqual(got.Faults, c.faults) || got.Root != c.root || got.Host != c.host ||
			(got.Version == "") != (c.err != nil) {
			t.Errorf("%s: %+v", c.what, got)
		}
		if certificates := len(got.Chain); certificates != 2 && c.err != io.EOF {
			t.Errorf("%s: %d certificates", c.what, certificates)
		}
	}
}

// TestSeenTLSBounded: a certificate may be as long as its maker likes; what is kept is not.
func TestSeenTLSBounded(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1),
		Subject: pkix.Name{CommonName: strings.Repeat("\u202e", 20000)}}
	for range 2000 {
		c.DNSNames = append(c.DNSNames, strings.Repeat("a", 200)+".test")
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	long, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	state := tls.ConnectionState{Version: tls.VersionTLS13}
	for range 100 {
		state.PeerCertificates = append(state.PeerCertificates, long)
	}
	octets, err := json.Marshal(SeenTLS(state, nil, strings.Repeat("b", 250), x509.NewCertPool(), time.Now()))
	if err != nil || len(octets) > 64<<10 {
		t.Errorf("%d octets, %v", len(octets), err)
	}
}

// TestServerSees: the record of a server says what was agreed and whom the client wanted, or
// that the client did not believe it.
func TestServerSees(t *testing.T) {
	b, dir := submitting(t, Options{})
	trusted := trusting(t, dir)
	for _, c := range []struct {
		cfg  *tls.Config
		want func(*trace.Security) bool
	}{
		{trusted, func(s *trace.Security) bool {
			return s.Version == "TLS 1.3" && s.Suite != "" && s.Host == trusted.ServerName && s.Faults == nil
		}},
		{&tls.Config{ServerName: "mail.lab.test", RootCAs: x509.NewCertPool()}, func(s *trace.Security) bool {
			return s.Version == "" && reflect.DeepEqual(s.Faults, []trace.Fault{
				{Cause: "alert-theirs", Args: []string{"alert", "bad_certificate"}}})
		}},
	} {
		u := connect(t, b.SubmissionsAddr())
		u.ImplicitTLS(t.Context(), c.cfg)
		if u.TLS() != nil {
			u.must(u.Greet())
			u.Quit()
		}
		u.Close()
		seen := layer(t, b)
		if seen == nil || !c.want(seen) {
			t.Errorf("%+v", seen)
		}
	}
}

// layer is what the newest session says of TLS, once it has ended.
func layer(t *testing.T, b *Sandbox) *trace.Security {
	t.Helper()
	for range 500 {
		last, ok := b.Ring().Last()
		events, _ := b.Ring().Show(last.Number)
		if ok && len(events) > 0 && events[len(events)-1].Kind == trace.Closed {
			for _, ev := range events {
				if ev.Kind == trace.LayerChange {
					return ev.Security
				}
			}
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the session does not end")
	return nil
}
