package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// A Keeper has the certificate of a server that runs for long: it is asked at each
// handshake, so that a new certificate needs no restart. It may be asked by many at a time.
type Keeper struct {
	source source
	now    func() time.Time
	report func(error)

	mu      sync.Mutex
	current *tls.Certificate
}

// A source is where certificates come from.
type source interface {
	// next is a certificate to be used instead of current, or nil where that is good
	// enough. At first current is nil. It returns an error once, not at each call.
	next(current *tls.Certificate, now time.Time) (*tls.Certificate, error)
}

// KeepIssued keeps a certificate that the authority issues, and issues anew when a third
// of its time is left. report is told, once, when that fails; it may be nil.
func KeepIssued(a *Authority, names []string, addrs []net.IP, now func() time.Time,
	report func(error)) (*Keeper, error) {
	return keep(&issued{a: a, names: names, addrs: addrs}, now, report)
}

// KeepFiles keeps a certificate that lies in two files: the chain, the server's own
// certificate first, and its key. They are read again when they have changed. What cannot
// be used then, as where one of them is new and the other still old, changes nothing, and
// report is told once; it may be nil. The error is a *DamagedError where the files are there.
func KeepFiles(certFile, keyFile string, now func() time.Time, report func(error)) (*Keeper, error) {
	return keep(&files{cert: certFile, key: keyFile}, now, report)
}

func keep(s source, now func() time.Time, report func(error)) (*Keeper, error) {
	first, err := s.next(nil, now())
	if err != nil {
		return nil, err
	}
	return &Keeper{source: s, now: now, report: report, current: first}, nil
}

// GetCertificate is for the field of this name of a tls.Config. It never fails.
func (k *Keeper) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	current, err := k.look()
	if err != nil && k.report != nil {
		k.report(err) // not under the lock: it may ask us again
	}
	return current, nil
}

func (k *Keeper) look() (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh, err := k.source.next(k.current, k.now())
	if fresh != nil {
		k.current = fresh
	}
	return k.current, err
}

// issued is a source that signs by itself.
type issued struct {
	a      *Authority
	names  []string
	addrs  []net.IP
	failed bool
}

func (s *issued) next(current *tls.Certificate, now time.Time) (*tls.Certificate, error) {
	if current != nil && !s.due(current, now) {
		return nil, nil
	}
	fresh, err := s.a.Issue(s.names, s.addrs, now)
	if err != nil {
		told := s.failed
		s.failed = true
		if told {
			return nil, nil
		}
		return nil, err
	}
	s.failed = false
	return &fresh, nil
}

// due says that less than a third of a certificate's time is left and another would last
// longer, or that it is not valid now: clocks are set.
func (s *issued) due(c *tls.Certificate, now time.Time) bool {
	from, until := c.Leaf.NotBefore, c.Leaf.NotAfter
	if now.Before(from) || now.After(until) {
		return true
	}
	return now.After(until.Add(-until.Sub(from)/3)) && s.a.Certificate.NotAfter.After(until)
}

// files is a source that reads what somebody else puts there.
type files struct {
	cert, key string
	seen      [2]os.FileInfo // when they were last read, to use or in vain
	missing   bool           // one of them could not be found, which was told
}

func (s *files) next(current *tls.Certificate, _ time.Time) (*tls.Certificate, error) {
	// Looked at before they are read: what changes meanwhile is seen the next time.
	now, err := s.stat()
	if err != nil {
		told := s.missing
		s.missing = true
		if told {
			return nil, nil
		}
		return nil, err
	}
	if current != nil && !s.missing && same(now[0], s.seen[0]) && same(now[1], s.seen[1]) {
		return nil, nil
	}
	s.seen, s.missing = now, false
	return loadPair(s.cert, s.key)
}

// loadPair reads a chain and its key. The error is a *DamagedError where they are there and
// cannot be used.
func loadPair(certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	switch {
	case err == nil:
		return &pair, nil
	case !holdsCertificate(cert):
		return nil, &DamagedError{certFile, NoPEM, err}
	case !holdsKey(key):
		return nil, &DamagedError{keyFile, NoPEM, err}
	}
	return nil, &DamagedError{keyFile, OtherKey, err}
}

// holdsCertificate says that the first certificate in a file can be read.
func holdsCertificate(octets []byte) bool {
	for block, rest := pem.Decode(octets); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == certificateBlock {
			_, err := x509.ParseCertificate(block.Bytes)
			return err == nil
		}
	}
	return false
}

// holdsKey says that the first key in a file can be read, in one of the forms that
// crypto/tls takes (RFC 5208, RFC 8017 §A.1.2, RFC 5915).
func holdsKey(octets []byte) bool {
	for block, rest := pem.Decode(octets); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != keyBlock && !strings.HasSuffix(block.Type, " "+keyBlock) {
			continue
		}
		_, err8 := x509.ParsePKCS8PrivateKey(block.Bytes)
		_, err1 := x509.ParsePKCS1PrivateKey(block.Bytes)
		_, errEC := x509.ParseECPrivateKey(block.Bytes)
		return err8 == nil || err1 == nil || errEC == nil
	}
	return false
}

func (s *files) stat() (now [2]os.FileInfo, err error) {
	for i, name := range []string{s.cert, s.key} {
		if now[i], err = os.Stat(name); err != nil {
			return now, err
		}
	}
	return now, nil
}

// same says that a file has not changed. Whoever replaces one makes another under its
// name, which may well have the same size and come in the same tick of the clock.
func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
