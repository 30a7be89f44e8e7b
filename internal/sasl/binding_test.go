package sasl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"
)

// handshake returns the states of both ends of a new TLS connection.
func handshake(t *testing.T, version uint16) (client, server tls.ConnectionState) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a.test"},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	s := tls.Server(b, &tls.Config{MaxVersion: version, SessionTicketsDisabled: true,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	c := tls.Client(a, &tls.Config{MaxVersion: version, InsecureSkipVerify: true})
	if err := errors.Join(c.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	return c.ConnectionState(), s.ConnectionState()
}

// TestTLSExporter binds to a connection, and to nobody's in between: with two connections,
// one on each side of him, the client's proof is worth nothing to the server.
func TestTLSExporter(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := handshake(t, version)
		_, beyond := handshake(t, version)
		for _, c := range []struct {
			server tls.ConnectionState
			want   error
		}{{server, nil}, {beyond, ErrBinding}} {
			x, err := NewClient(SCRAMSHA256Plus, Credentials{Name: "学生", Password: "pässword"},
				TLSExporter(&client))
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, SCRAMSHA256Plus, people{"学生": "pässword"}, TLSExporter(&c.server))
			if _, err := converse(x, s, true); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", tls.VersionName(version), err, c.want)
			}
		}
	}
	if TLSExporter(nil) != nil || TLSExporter(&tls.ConnectionState{}) != nil {
		t.Error("bound to nothing")
	}
}
