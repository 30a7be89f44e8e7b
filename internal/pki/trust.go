package pki

import (
	"crypto/x509"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// A Trust is whom a client believes.
type Trust struct {
	Dir   string   // the folder of a lab's authority, and of its class's; "" for none
	Files []string // with more authorities, as given by --ca
	// Room is an authority, in PEM, that is believed for the host RoomHost alone: that of a
	// class, whose server somebody has vouched for. It may be empty.
	Room     []byte
	RoomHost string
}

// Roots are the authorities that a client believes when it speaks with host: those of the
// system, those of the files, and the lab's, but that for hosts of a lab only: names below
// test and localhost, and the addresses of this machine; and a class's for its own server.
//
// The error is a *DamagedError where the lab's authority is none, or a *NoCertificateError.
func (t Trust) Roots(host string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil { // a system that has none: then the others count
		pool = x509.NewCertPool()
	}
	if t.Dir != "" && Lab().Host(host) {
		for _, dir := range []string{t.Dir, filepath.Join(t.Dir, class)} {
			cert, err := LoadCertificate(dir)
			switch {
			case err == nil:
				pool.AddCert(cert)
			case !errors.Is(err, ErrNone):
				return nil, err
			}
		}
	}
	if len(t.Room) > 0 && sameHost(host, t.RoomHost) && !pool.AppendCertsFromPEM(t.Room) {
		return nil, &NoCertificateError{t.RoomHost}
	}
	for _, name := range t.Files {
		octets, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(octets) {
			return nil, &NoCertificateError{name}
		}
	}
	return pool, nil
}

// sameHost says that two words name one host: two forms of an address, or of a name.
func sameHost(a, b string) bool {
	x, errX := netip.ParseAddr(strings.Trim(a, "[]"))
	y, errY := netip.ParseAddr(strings.Trim(b, "[]"))
	if errX == nil && errY == nil {
		return x.Unmap() == y.Unmap()
	}
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// A NoCertificateError says that a file holds no certificate in PEM, or what is kept of a
// class does not.
type NoCertificateError struct{ File string }

func (e *NoCertificateError) Error() string { return "pki: " + e.File + " holds no certificate" }
