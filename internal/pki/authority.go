// Package pki has the certificates of a lab (RFC 5280): an authority that can sign nothing
// but the lab's own names, the certificates that it issues to servers, whom a client
// believes, and what was wrong with a certificate or a handshake, as facts from which a
// sentence can be made. There is no sentence in here, and no clock.
//
// Read scope.go, authority.go and leaf.go for what is made, keeper.go for what a server
// does with it, then trust.go, judge.go and explain.go for the other end.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Where an authority lies: in a folder of its own in the folder of a sandbox.
const (
	Folder   = "tls"
	CertFile = "ca.pem"
	KeyFile  = "ca.key" // readable by the user alone
)

// authorityYears is how long an authority is good for. A new one has to be brought to
// everybody who trusts it, so it lasts.
const authorityYears = 10

// skew is how far into the past a certificate's beginning is laid, since clocks differ.
const skew = time.Hour

var (
	// ErrNone says that there is no authority in a folder.
	ErrNone = errors.New("pki: there is no authority")
	// ErrScope says that an authority may not sign what it is wanted for.
	ErrScope = errors.New("pki: the authority may not sign this")
	// ErrOver says that an authority is not valid at this time.
	ErrOver = errors.New("pki: the authority is not valid now")
)

// An Authority signs the certificates of a lab's servers.
type Authority struct {
	Certificate *x509.Certificate
	Scope       Scope
	key         *ecdsa.PrivateKey
}

// Load reads the authority in the folder dir. The error wraps ErrNone where there is none,
// and is a *DamagedError where there is something else.
func Load(dir string) (*Authority, error) {
	// Whoever makes an authority writes the key first. So where a certificate was found,
	// there was a key.
	cert, err := LoadCertificate(dir)
	if err != nil {
		return nil, err
	}
	key, err := loadKey(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, damaged(dir, KeyFile, NoKey, err)
	case err != nil:
		return nil, err
	case !key.PublicKey.Equal(cert.PublicKey):
		return nil, damaged(dir, KeyFile, OtherKey, nil)
	}
	return &Authority{cert, scopeOf(cert), key}, nil
}

// LoadCertificate reads the certificate only, which is all that clients need.
func LoadCertificate(dir string) (*x509.Certificate, error) {
	octets, err := os.ReadFile(filepath.Join(dir, CertFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNone, dir)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(octets)
	if block == nil || block.Type != certificateBlock {
		return nil, damaged(dir, CertFile, NoPEM, nil)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	switch {
	case err != nil:
		return nil, damaged(dir, CertFile, NoPEM, err)
	case !cert.IsCA:
		return nil, damaged(dir, CertFile, NoAuthority, nil)
	case len(scopeOf(cert).Domains) == 0:
		return nil, damaged(dir, CertFile, Unconstrained, nil)
	}
	return cert, nil
}

func loadKey(dir string) (*ecdsa.PrivateKey, error) {
	octets, err := os.ReadFile(filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(octets)
	if block == nil || block.Type != keyBlock {
		return nil, damaged(dir, KeyFile, NoPEM, nil)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, damaged(dir, KeyFile, NoPEM, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, damaged(dir, KeyFile, OtherKey, nil)
	}
	return key, nil
}

// Create loads the authority in dir, or makes one where there is none; made says which.
// When several do so at a time, one is made and all have it. The error wraps ErrScope
// where there is one that may not sign all of s.
func Create(dir string, s Scope, now time.Time) (a *Authority, made bool, err error) {
	if err := s.check(); err != nil {
		return nil, false, err
	}
	a, err = Load(dir)
	if errors.Is(err, ErrNone) {
		if made, err = write(dir, s, now); err == nil {
			a, err = Load(dir)
		}
	}
	if err == nil && !a.Scope.includes(s) {
		err = fmt.Errorf("%w: it is made for %v", ErrScope, a.Scope.List())
	}
	if err != nil {
		return nil, false, err
	}
	return a, made, nil
}

// Temporary makes an authority that lies in no folder: it ends with the program.
func Temporary(s Scope, now time.Time) (*Authority, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := certify(key, s, now)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{cert, s, key}, nil
}

// write makes the two files of an authority. Each of them gets its name only if nobody has
// made one before: the first key is everybody's, and the first certificate of it. A key
// that was left alone by a crash gets its certificate.
func write(dir string, s Scope, now time.Time) (made bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return false, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return false, err
	}
	err = publish(dir, KeyFile, pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}))
	if errors.Is(err, fs.ErrExist) {
		key, err = loadKey(dir)
	}
	if err != nil {
		return false, err
	}
	if der, err = certify(key, s, now); err != nil {
		return false, err
	}
	err = publish(dir, CertFile, encode(der))
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// certify is the certificate of an authority, by itself. It may sign certificates of
// servers only, and no other authority. Each has a name of its own: somebody may trust
// several.
func certify(key *ecdsa.PrivateKey, s Scope, now time.Time) ([]byte, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(point)
	c := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: fmt.Sprintf("mailtool lab CA %X", id[:3])},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.AddDate(authorityYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
	}
	s.constrain(c)
	return x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
}

// serialNumber is 128 bits of chance (RFC 5280 §4.1.2.2: unique, and at most 20 octets).
func serialNumber() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
}

// PEM is the certificate as programs take it, for example behind curl's --cacert.
func (a *Authority) PEM() []byte { return encode(a.Certificate.Raw) }

// Fingerprint tells the authority from others: people compare it by eye.
func (a *Authority) Fingerprint() string { return Fingerprint(a.Certificate) }
