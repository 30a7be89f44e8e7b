package sandbox

import (
	"crypto/tls"
	"errors"
	"net"
	"path/filepath"
	"slices"

	"mailtool/internal/pki"
)

// A CertificateError says that there is no certificate for TLS.
type CertificateError struct{ Err error }

// Error says why.
func (e *CertificateError) Error() string { return "sandbox: no certificate: " + e.Err.Error() }

// Unwrap is why.
func (e *CertificateError) Unwrap() error { return e.Err }

// errNoFolder is why there is no certificate where nobody named one.
var errNoFolder = errors.New("the textbook's profile has no TLS, and without a folder there is no authority")

// tlsConfig is what the servers need for TLS: the certificate that was named, else one that
// Options.Authority or the folder's own issues. It is nil where there is none of them, and for
// the textbook's profile, which has no extension. The error is a
// *CertificateError.
func (b *Sandbox) tlsConfig() (*tls.Config, error) {
	var keeper *pki.Keeper
	var err error
	switch {
	case b.o.Profile == Textbook:
		return nil, nil
	case b.o.Cert != "" || b.o.Key != "":
		keeper, err = pki.KeepFiles(b.o.Cert, b.o.Key, b.o.Now, b.o.Trouble)
	case b.o.Dir == "" && b.o.Authority == nil:
		return nil, nil
	default:
		keeper, err = b.issued()
	}
	if err != nil {
		return nil, &CertificateError{err}
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: keeper.GetCertificate}
	// A ticket is written while the client may be writing, too, and a pipe holds nothing: both
	// would wait for ever. The sandbox in a client's own program serves one session, anyway.
	cfg.SessionTicketsDisabled = b.o.Authority != nil
	return cfg, nil
}

// issued keeps a certificate of the authority, for those of the server's names and
// addresses that it may sign.
func (b *Sandbox) issued() (*pki.Keeper, error) {
	a := b.o.Authority
	if a == nil {
		var err error
		a, _, err = pki.Create(filepath.Join(b.o.Dir, pki.Folder), pki.Lab(), b.o.Now())
		if err != nil {
			return nil, err
		}
	}
	names := slices.DeleteFunc([]string{b.Host(), b.o.Domain, "localhost"}, func(name string) bool {
		return !a.Scope.Name(name)
	})
	return pki.KeepIssued(a, names, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, b.o.Now,
		b.o.Trouble)
}
