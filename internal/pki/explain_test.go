package pki

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// shake has two ends shake hands and returns what each of them says about it.
func shake(t *testing.T, client, server *tls.Config) (s tls.ConnectionState, atClient,
	atServer error) {
	t.Helper()
	a, b := pipe(t)
	done := make(chan error)
	go func() {
		err := tls.Server(b, server).Handshake()
		b.Close()
		done <- err
	}()
	c := tls.Client(a, client)
	atClient = c.Handshake()
	if atClient == nil { // with TLS 1.3 the server may still refuse what the client has sent
		_, err := c.Read(make([]byte, 1))
		if !errors.Is(err, io.EOF) {
			atClient = err
		}
	}
	s = c.ConnectionState()
	a.Close()
	return s, atClient, <-done
}

// pipe is a TCP connection to ourselves: net.Pipe would block an end that says why it
// gives up.
func pipe(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err = net.Dial("tcp", l.Addr().String())
	if err == nil {
		b, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		c.SetDeadline(time.Now().Add(10 * time.Second))
		t.Cleanup(func() { c.Close() })
	}
	return a, b
}

// selfMade is a certificate that nobody but its owner has signed.
func selfMade(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "self"},
		DNSNames: []string{"mail.lab.test"}, NotBefore: today(), NotAfter: today().AddDate(1, 0, 0)}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestExplainCertificates: each thing that can be wrong with a certificate, in a handshake.
func TestExplainCertificates(t *testing.T) {
	lab, _ := newLab(t)
	strange, _ := newLab(t)
	good, err := lab.Issue(serverNames(), ServerAddrs(), today())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := strange.Issue(serverNames(), nil, today())
	if err != nil {
		t.Fatal(err)
	}
	outside, err := lab.sign([]string{"example.com"}, nil, today())
	if err != nil {
		t.Fatal(err)
	}
	self := selfMade(t, func(*x509.Certificate) {})
	unfit := selfMade(t, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	for _, row := range []struct {
		what   string
		server tls.Certificate
		host   string
		now    time.Time
		want   Cause
		alert  string // what the server hears of it
		fact   func(Failure) bool
	}{
		{"nothing", good, "mail.lab.test", today(), "", "", nil},
		{"wrong name", good, "pop.lab.test", today(), WrongName, "bad_certificate",
			func(f Failure) bool {
				return f.Host == "pop.lab.test" &&
					slices.Equal(f.Certificate.Names, append(serverNames(), "127.0.0.1", "::1"))
			}},
		{"expired", good, "mail.lab.test", today().AddDate(0, 0, 91), Expired, "bad_certificate",
			func(f Failure) bool { return f.Certificate.Until.Equal(today().AddDate(0, 0, 90)) }},
		{"not yet", good, "mail.lab.test", today().AddDate(0, 0, -1), NotYet, "bad_certificate",
			func(f Failure) bool { return f.Certificate.From.Equal(today().Add(-time.Hour)) }},
		{"another's authority", foreign, "mail.lab.test", today(), UnknownIssuer, "bad_certificate",
			func(f Failure) bool {
				return f.Certificate.Issuer == strange.Certificate.Subject.String() &&
					f.Certificate.Subject == "CN=mail.lab.test"
			}},
		{"self-signed", self, "mail.lab.test", today(), SelfSigned, "bad_certificate",
			func(f Failure) bool { return f.Certificate.Subject == "CN=self" }},
		{"outside", outside, "example.com", today(), OutOfScope, "bad_certificate",
			func(f Failure) bool { return f.Certificate.Names[0] == "example.com" }},
		{"no server", unfit, "mail.lab.test", today(), Unfit, "bad_certificate", nil},
	} {
		roots := x509.NewCertPool()
		roots.AddCert(lab.Certificate)
		roots.AddCert(unfit.Leaf)
		_, atClient, atServer := shake(t, &tls.Config{ServerName: row.host, RootCAs: roots,
			Time: func() time.Time { return row.now }},
			&tls.Config{Certificates: []tls.Certificate{row.server}})
		if row.want == "" {
			if atClient != nil || atServer != nil {
				t.Errorf("%s: %v, %v", row.what, atClient, atServer)
			}
			continue
		}
		f := Explain(atClient, row.now)
		if f.Cause != row.want || f.Err == nil || f.Certificate == nil || row.fact != nil && !row.fact(f) {
			t.Errorf("%s: %+v of %+v", row.what, f, f.Certificate)
		}
		if g := Explain(atServer, row.now); g.Cause != Alerted || g.Alert != row.alert || !g.Theirs {
			t.Errorf("%s: the server hears %+v", row.what, g)
		}
	}
}

// TestExplainVersions: two ends that have no version in common, seen from both.
func TestExplainVersions(t *testing.T) {
	lab, _ := newLab(t)
	cert, err := lab.Issue(serverNames(), nil, today())
	if err != nil {
		t.Fatal(err)
	}
	old := func(c *tls.Config) *tls.Config {
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
		return c
	}
	server := func() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{cert}} }
	client := func() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

	_, atClient, atServer := shake(t, client(), old(server()))
	if f := Explain(atClient, today()); f.Cause != Protocol || !f.Theirs || f.Alert != "protocol_version" {
		t.Errorf("the server is old, at the client: %+v", f)
	}
	if f := Explain(atServer, today()); f.Cause != Protocol || f.Version != "TLS 1.3" {
		t.Errorf("the server is old, at the server: %+v", f)
	}
	_, atClient, atServer = shake(t, old(client()), server())
	if f := Explain(atClient, today()); f.Cause != Protocol || !f.Theirs {
		t.Errorf("the client is old, at the client: %+v", f)
	}
	if f := Explain(atServer, today()); f.Cause != Protocol || f.Version != "TLS 1.0" {
		t.Errorf("the client is old, at the server: %+v", f)
	}
	// A server that does not ask whether the client knows its version (RFC 5246 §E.1).
	hello := append([]byte{2, 0, 0, 38, 3, 1}, make([]byte, 32)...) // ServerHello of TLS 1.0
	hello = append(hello, 0, 0xc0, 0x13, 0)
	f := Explain(says(t, append([]byte{22, 3, 1, 0, byte(len(hello))}, hello...)), today())
	if f.Cause != Protocol || f.Version != "TLS 1.0" {
		t.Errorf("the server answers with TLS 1.0: %+v", f)
	}
	chacha := server()
	chacha.MaxVersion = tls.VersionTLS12
	chacha.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}
	aes := client()
	aes.MaxVersion = tls.VersionTLS12
	aes.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	_, atClient, _ = shake(t, aes, chacha)
	if f := Explain(atClient, today()); f.Cause != Alerted || f.Alert != "handshake_failure" || !f.Theirs {
		t.Errorf("no cipher suite in common: %+v", f)
	}
}

// says is what a client of TLS says to a server that answers with these octets and closes.
func says(t *testing.T, octets []byte) error {
	t.Helper()
	a, b := pipe(t)
	go func() {
		b.Read(make([]byte, 4096)) // its ClientHello
		b.Write(octets)
		b.(*net.TCPConn).CloseWrite()
	}()
	return tls.Client(a, &tls.Config{InsecureSkipVerify: true}).Handshake()
}

// TestExplainStrangers: what is no TLS at all.
func TestExplainStrangers(t *testing.T) {
	if f := Explain(says(t, []byte("220 mail.lab.test ESMTP\r\n")), today()); f.Cause != NotTLS ||
		string(f.Heard) != "220 m" {
		t.Errorf("a server in clear: %+v", f)
	}
	a, b := pipe(t)
	go io.WriteString(a, "EHLO me.lab.test\r\n")
	if f := Explain(tls.Server(b, &tls.Config{}).Handshake(), today()); f.Cause != NotTLS ||
		string(f.Heard) != "EHLO " {
		t.Errorf("a client in clear: %+v", f)
	}
	for what, octets := range map[string][]byte{"nothing": nil, "part of a record": {22, 3, 3, 0}} {
		if f := Explain(says(t, octets), today()); f.Cause != Dropped {
			t.Errorf("%s: %+v", what, f)
		}
	}
	for code, name := range map[byte]string{40: "handshake_failure", 48: "unknown_ca", 199: "alert 199"} {
		f := Explain(says(t, []byte{21, 3, 3, 0, 2, 2, code}), today())
		if f.Cause != Alerted || f.Alert != name || !f.Theirs {
			t.Errorf("alert %d: %+v", code, f)
		}
	}
	a, _ = pipe(t)
	a.SetDeadline(time.Now().Add(20 * time.Millisecond))
	if f := Explain(tls.Client(a, &tls.Config{InsecureSkipVerify: true}).Handshake(), today()); f.Cause != Silent {
		t.Errorf("a silent server: %+v", f)
	}
	a, _ = pipe(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := tls.Client(a, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx)
	if f := Explain(fmt.Errorf("handshake: %w", err), today()); f.Cause != Silent {
		t.Errorf("no time left: %+v", f)
	}
	if f := Explain(errors.New("anything"), today()); f.Cause != Other || f.Err == nil {
		t.Errorf("anything: %+v", f)
	}
}

// TestJudgeAll: all that is wrong is told, not the first of it only; and DescribeSession
// judges even where crypto/tls was told not to.
func TestJudgeAll(t *testing.T) {
	cert := selfMade(t, func(c *x509.Certificate) {})
	state, _, _ := shake(t, &tls.Config{InsecureSkipVerify: true},
		&tls.Config{Certificates: []tls.Certificate{cert}})
	late := today().AddDate(2, 0, 0)
	s := DescribeSession(state, "pop.lab.test", x509.NewCertPool(), late)
	var causes []Cause
	for _, f := range s.Faults {
		causes = append(causes, f.Cause)
	}
	if !slices.Equal(causes, []Cause{WrongName, Expired, SelfSigned}) || s.Trusted() {
		t.Errorf("%v", causes)
	}
	if s.Version != "TLS 1.3" || s.Suite != "TLS_AES_128_GCM_SHA256" || s.Group == "" || s.Resumed {
		t.Errorf("%+v", s)
	}
}

// TestDescribe: a session that is trusted, and its certificates as lines.
func TestDescribe(t *testing.T) {
	lab, dir := newLab(t)
	k, err := KeepIssued(lab, serverNames(), ServerAddrs(), today, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := Trust{Dir: dir}.Roots("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	state, atClient, _ := shake(t, &tls.Config{ServerName: "127.0.0.1", RootCAs: roots, Time: today},
		&tls.Config{GetCertificate: k.GetCertificate, MaxVersion: tls.VersionTLS12})
	if atClient != nil {
		t.Fatal(atClient)
	}
	s := DescribeSession(state, "127.0.0.1", roots, today())
	if !s.Trusted() || s.Root.Fingerprint != lab.Fingerprint() || s.Version != "TLS 1.2" ||
		!strings.HasPrefix(s.Suite, "TLS_ECDHE_ECDSA_WITH_") || len(s.Chain) != 2 {
		t.Errorf("%+v", s)
	}
	leaf, ca := s.Chain[0], s.Chain[1]
	if leaf.Authority || leaf.SelfSigned || !ca.Authority || !ca.SelfSigned || leaf.Key != "ECDSA P-256" {
		t.Errorf("%+v\n%+v", leaf, ca)
	}
	names := []string{"mail.lab.test", "lab.test", "localhost", "127.0.0.1", "::1"}
	if leaf.Subject != "CN=mail.lab.test" || leaf.Issuer != ca.Subject ||
		!slices.Equal(leaf.Names, names) || leaf.From.Format(time.DateOnly) != "2026-11-23" ||
		leaf.Until.Format(time.DateOnly) != "2027-02-21" {
		t.Errorf("%+v", leaf)
	}
	if n := strings.Count(leaf.Fingerprint, ":"); n != 31 || len(leaf.Fingerprint) != 32*3-1 {
		t.Errorf("%s", leaf.Fingerprint)
	}
}
