package pki

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// A Cause is why a handshake failed, or why a certificate is not trusted.
type Cause string

// The causes.
const (
	WrongName     Cause = "name"        // the certificate is for other names
	NotYet        Cause = "not-yet"     // it is valid later
	Expired       Cause = "expired"     // it was valid earlier
	SelfSigned    Cause = "self-signed" // the server has signed it itself
	UnknownIssuer Cause = "issuer"      // signed by somebody whom the client does not know
	OutOfScope    Cause = "constraint"  // its issuer may not sign for this name
	Unfit         Cause = "unfit"       // no certificate for a server, or badly made
	Protocol      Cause = "protocol"    // the ends have no version of TLS in common
	NotTLS        Cause = "not-tls"     // the other end speaks something else
	Alerted       Cause = "alert"       // one end has ended it, and says why in one word
	Dropped       Cause = "dropped"     // the connection ended in the middle
	Silent        Cause = "silent"      // nothing came in time
	Other         Cause = "other"
)

// A Failure is a cause with what there is to say about it. Only what the cause needs is set.
type Failure struct {
	Cause       Cause
	Host        string       // WrongName: whose certificate was wanted
	Certificate *Certificate // which certificate: the server's, or another of its chain
	Version     string       // Protocol: what the other end wants, "TLS 1.0"; may be ""
	Alert       string       // Alerted: "handshake_failure", as RFC 8446 §6 has it
	Theirs      bool         // Alerted: the other end has said it
	Heard       []byte       // NotTLS: the first octets that came, 5 at most
	Err         error
}

// Explain finds out why a handshake failed, from the error of crypto/tls or crypto/x509.
// It serves both ends.
func Explain(err error, now time.Time) Failure {
	var verification *tls.CertificateVerificationError
	if errors.As(err, &verification) {
		return explainCertificate(verification.Err, verification.UnverifiedCertificates, now)
	}
	if f := explainCertificate(err, nil, now); f.Cause != Other {
		return f
	}
	return explainHandshake(err)
}

// explainCertificate is Explain for what the client itself finds in the chain.
func explainCertificate(err error, chain []*x509.Certificate, now time.Time) Failure {
	var (
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	f := Failure{Cause: Other, Err: err}
	if len(chain) > 0 {
		f.Certificate = describe(chain[0])
	}
	switch {
	case errors.As(err, &name):
		f.Cause, f.Host, f.Certificate = WrongName, name.Host, describe(name.Certificate)
	case errors.As(err, &invalid):
		f.Cause, f.Certificate = causeOf(invalid, now), describe(invalid.Cert)
	case errors.As(err, &unknown):
		// The certificate of the error is the last one whose issuer was looked for. People
		// are told of the server's own.
		if f.Certificate == nil && unknown.Cert != nil {
			f.Certificate = describe(unknown.Cert)
		}
		f.Cause = UnknownIssuer
		if f.Certificate != nil && f.Certificate.SelfSigned {
			f.Cause = SelfSigned
		}
	case len(chain) > 0:
		f.Cause = Unfit
	}
	return f
}

func causeOf(e x509.CertificateInvalidError, now time.Time) Cause {
	switch e.Reason {
	case x509.Expired: // both ends of its time
		if now.Before(e.Cert.NotBefore) {
			return NotYet
		}
		return Expired
	case x509.CANotAuthorizedForThisName:
		return OutOfScope
	}
	return Unfit
}

// explainHandshake is Explain for all that is not about a certificate.
func explainHandshake(err error) Failure {
	f := Failure{Cause: Other, Err: err}
	var (
		op     *net.OpError
		record tls.RecordHeaderError
		wire   net.Error
	)
	isOp := errors.As(err, &op)
	switch {
	case errors.As(err, &record):
		if h := record.RecordHeader; !isRecord(h) {
			f.Cause, f.Heard = NotTLS, h[:]
		}
	case isOp && (op.Op == "remote error" || op.Op == "local error"): // see crypto/tls
		if alert, ok := alertOf(op.Err); ok {
			f.Cause, f.Alert, f.Theirs = Alerted, alert.String(), op.Op == "remote error"
			if alert == protocolVersion {
				f.Cause = Protocol
			}
		}
	case namesVersion(err):
		f.Cause, f.Version = Protocol, versionIn(err.Error())
	case errors.As(err, &wire) && wire.Timeout(), errors.Is(err, context.DeadlineExceeded):
		f.Cause = Silent
	case isOp, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, io.ErrClosedPipe):
		f.Cause = Dropped
	}
	return f
}

// isRecord says that these octets can begin a record of TLS (RFC 8446 §5.1).
func isRecord(h [5]byte) bool { return 20 <= h[0] && h[0] <= 23 && h[1] == 3 }

// What crypto/tls says of versions: these errors have no type.
const (
	selectedVersion = "server selected unsupported protocol version "
	offeredVersions = "client offered only unsupported versions: ["
)

func namesVersion(err error) bool {
	return strings.Contains(err.Error(), selectedVersion) ||
		strings.Contains(err.Error(), offeredVersions)
}

// versionIn is the newest version that one of these errors names: it stands first.
func versionIn(text string) string {
	for _, before := range []string{selectedVersion, offeredVersions} {
		_, number, found := strings.Cut(text, before)
		if !found {
			continue
		}
		number, _, _ = strings.Cut(strings.TrimSuffix(number, "]"), " ")
		if n, err := strconv.ParseUint(number, 16, 16); err == nil {
			return tls.VersionName(uint16(n))
		}
	}
	return ""
}

// selfSigned says that a certificate is its own issuer, and has signed itself.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) &&
		c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}
