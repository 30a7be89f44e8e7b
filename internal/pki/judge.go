package pki

import (
	"crypto/x509"
	"time"
)

// Judge says all that is wrong with the chain that the server host has sent, its own
// certificate first: the name, the date, the issuer. (A handshake fails for the first of
// them only.) Where nothing is wrong, path is the chain up to the authority in roots that
// makes it trusted.
func Judge(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) (
	path []*x509.Certificate, faults []Failure) {
	leaf := chain[0]
	if err := leaf.VerifyHostname(host); err != nil {
		faults = append(faults, Explain(err, now))
	}
	at := now
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		faults = append(faults, Explain(x509.CertificateInvalidError{Cert: leaf,
			Reason: x509.Expired}, now))
		at = leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2) // was it good in its time?
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	paths, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between,
		CurrentTime: at})
	if err != nil {
		return nil, append(faults, explainCertificate(err, chain, now))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return paths[0], nil
}
