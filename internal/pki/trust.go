package pki

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
)

// A Trust is whom a client believes.
type Trust struct {
	Dir   string   // the folder of a lab's authority, and of its class's; "" for none
	Files []string // with more authorities, as given by --ca
}

// Roots are the authorities that a client believes when it speaks with host: those of the
// system, those of the files, and the lab's, but that for hosts of a lab only: names below
// test and localhost, and the addresses of this machine.
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

// A NoCertificateError says that a file holds no certificate in PEM.
type NoCertificateError struct{ File string }

func (e *NoCertificateError) Error() string { return "pki: " + e.File + " holds no certificate" }
