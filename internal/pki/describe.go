package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// A Certificate is what people are shown of one. Its words come from whoever made it:
// escape them before they are printed.
type Certificate struct {
	Subject     string   // distinguished name, "CN=mail.lab.test" (RFC 4514)
	Issuer      string   // of its signer
	Names       []string // whom it is for: DNS names, then addresses (RFC 5280 §4.2.1.6)
	From, Until time.Time
	Key         string // "ECDSA P-256", "RSA 2048"
	Fingerprint string // see Fingerprint
	Authority   bool   // it may sign others
	SelfSigned  bool   // its subject has signed it
}

// Fingerprint is the SHA-256 of a certificate in the form in which programs show it:
// "AB:CD:..." with 32 pairs.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	pairs := make([]string, len(sum))
	for i := range pairs {
		pairs[i] = digits[2*i : 2*i+2]
	}
	return strings.Join(pairs, ":")
}

// Describe is what there is to show of a certificate.
func Describe(c *x509.Certificate) Certificate { return *describe(c) }

func describe(c *x509.Certificate) *Certificate {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return &Certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: names,
		From: c.NotBefore.UTC(), Until: c.NotAfter.UTC(), Key: keyName(c.PublicKey),
		Fingerprint: Fingerprint(c), Authority: c.IsCA, SelfSigned: selfSigned(c)}
}

func keyName(key any) string {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return ""
}

// A Session is what people are shown of a TLS connection: what was agreed, whom the server
// says it is, and whether that can be believed.
type Session struct {
	Version string // "TLS 1.3"
	Suite   string // the cipher suite, "TLS_AES_128_GCM_SHA256"
	Group   string // of the key exchange, "X25519"; "" where there was none
	Resumed bool   // from an earlier connection: nothing was shown anew
	Chain   []Certificate
	Root    *Certificate // the authority that makes it trusted, nil where it is not
	Faults  []Failure    // why it is not trusted: all reasons
}

// DescribeSession describes a connection to the server host, as seen by a client that
// believes roots. It judges the certificates itself: where the client was told to take
// any, crypto/tls has not.
func DescribeSession(s tls.ConnectionState, host string, roots *x509.CertPool, now time.Time) Session {
	out := Session{Version: tls.VersionName(s.Version), Suite: tls.CipherSuiteName(s.CipherSuite),
		Resumed: s.DidResume}
	if s.CurveID != 0 {
		out.Group = s.CurveID.String()
	}
	for _, c := range s.PeerCertificates {
		out.Chain = append(out.Chain, *describe(c))
	}
	if len(s.PeerCertificates) == 0 { // a client's: it need not have any
		return out
	}
	path, faults := Judge(s.PeerCertificates, host, roots, now)
	out.Faults = faults
	if len(path) > 0 {
		out.Root = describe(path[len(path)-1])
	}
	return out
}

// Trusted says that the server is whom it says it is, as far as the roots are believed.
func (s Session) Trusted() bool { return s.Root != nil }
