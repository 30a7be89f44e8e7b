package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// leafDays is how long a server's certificate is good for. It is short since a new one
// costs nothing: the server's keeper renews it.
const leafDays = 90

// maxCommonName is the longest common name (RFC 5280, appendix A: ub-common-name).
const maxCommonName = 64

// ServerAddrs are the addresses of a lab's mail server.
func ServerAddrs() []net.IP { return []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback} }

// Issue makes a key and a certificate for a server with these names and addresses. The
// authority's certificate comes with it, though a server need not send it (RFC 8446
// §4.4.2): a client that does not trust the authority can show whom it does not trust.
// The error wraps ErrScope for a name that the authority may not sign.
func (a *Authority) Issue(names []string, addrs []net.IP, now time.Time) (tls.Certificate, error) {
	for _, name := range names {
		if !a.Scope.Name(name) {
			return tls.Certificate{}, fmt.Errorf("%w: %s", ErrScope, name)
		}
	}
	for _, ip := range addrs {
		if addr, ok := netip.AddrFromSlice(ip); !ok || !a.Scope.Addr(addr) {
			return tls.Certificate{}, fmt.Errorf("%w: %s", ErrScope, ip)
		}
	}
	if now.Before(a.Certificate.NotBefore) || now.After(a.Certificate.NotAfter) {
		return tls.Certificate{}, ErrOver
	}
	return a.sign(names, addrs, now)
}

// sign is Issue for whatever names.
func (a *Authority) sign(names []string, addrs []net.IP, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := serialNumber()
	if err != nil {
		return tls.Certificate{}, err
	}
	until := now.AddDate(0, 0, leafDays)
	if a.Certificate.NotAfter.Before(until) { // none outlives its issuer
		until = a.Certificate.NotAfter
	}
	c := &x509.Certificate{
		SerialNumber:          serial,
		NotBefore:             now.Add(-skew),
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              names,
		IPAddresses:           addrs,
	}
	// Clients look at the alternative names only (RFC 9525 §6.3); this is for people.
	if len(names) > 0 && len(names[0]) <= maxCommonName {
		c.Subject = pkix.Name{CommonName: names[0]}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.Certificate, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, a.Certificate.Raw}, PrivateKey: key,
		Leaf: leaf}, nil
}
