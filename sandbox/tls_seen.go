package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"mailtool/internal/pki"
	"mailtool/trace"
	"mailtool/trace/explain"
)

// What of a certificate is kept in a record: whoever made it may have put anything there.
const (
	maxChain = 8   // certificates
	maxNames = 16  // names of one
	maxName  = 256 // octets of a name
)

// SeenTLS is what a client has to say of a handshake with the server host, for the record: see
// trace.Tap.Look. It judges the certificates itself, against the roots that the client
// believes, whether or not the client was told to take any.
func SeenTLS(s tls.ConnectionState, err error, host string, roots *x509.CertPool,
	now time.Time) *trace.Security {
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) { // then the state of the connection is not to be had
		s = tls.ConnectionState{PeerCertificates: refused.UnverifiedCertificates}
	}
	out := &trace.Security{Host: host}
	if s.Version == 0 && len(s.PeerCertificates) == 0 {
		out.Faults = []trace.Fault{fault(pki.Explain(err, now))}
		return out
	}
	seen := pki.DescribeSession(s, host, roots, now)
	if s.Version != 0 {
		out.Version, out.Suite, out.Group = seen.Version, seen.Suite, seen.Group
	}
	for _, c := range seen.Chain[:min(len(seen.Chain), maxChain)] {
		out.Chain = append(out.Chain, certificate(&c))
	}
	for _, f := range seen.Faults {
		out.Faults = append(out.Faults, fault(f))
	}
	switch {
	case seen.Root != nil && err == nil:
		out.Root = clipped(seen.Root.Subject)
	case err != nil && len(out.Faults) == 0: // the system is stricter than we are
		out.Faults = []trace.Fault{fault(pki.Explain(err, now))}
	}
	return out
}

// look is what the server has to say of a handshake: clients show no certificate.
func (b *Sandbox) look(s tls.ConnectionState, err error) *trace.Security {
	if err != nil {
		return &trace.Security{Faults: []trace.Fault{fault(pki.Explain(err, b.o.Now()))}}
	}
	seen := pki.DescribeSession(s, "", nil, b.o.Now())
	return &trace.Security{Version: seen.Version, Suite: seen.Suite, Group: seen.Group,
		Host: clipped(s.ServerName)}
}

func certificate(c *pki.Certificate) trace.Certificate {
	return trace.Certificate{Subject: clipped(c.Subject), Issuer: clipped(c.Issuer), Names: names(c),
		From: c.From, Until: c.Until, Key: c.Key, Fingerprint: c.Fingerprint,
		SelfSigned: c.SelfSigned}
}

func names(c *pki.Certificate) []string {
	var list []string
	for _, n := range c.Names[:min(len(c.Names), maxNames)] {
		list = append(list, clipped(n))
	}
	return list
}

func clipped(s string) string {
	if len(s) > maxName {
		s = s[:maxName] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}

// fault is a failure with names and words for its sentence.
func fault(f pki.Failure) trace.Fault {
	out := trace.Fault{Cause: string(f.Cause)}
	say := func(args ...string) { out.Args = args }
	c := f.Certificate
	if c == nil {
		c = &pki.Certificate{}
	}
	switch f.Cause {
	case pki.WrongName:
		say("names", explain.Names(names(c)), "host", f.Host)
	case pki.NotYet:
		say("from", c.From.Format(time.DateOnly))
	case pki.Expired:
		say("until", c.Until.Format(time.DateOnly))
	case pki.UnknownIssuer:
		say("issuer", explain.CommonName(clipped(c.Issuer)))
	case pki.OutOfScope:
		say("issuer", explain.CommonName(clipped(c.Issuer)), "names", explain.Names(names(c)))
	case pki.Protocol:
		if f.Version != "" {
			out.Cause += "-theirs"
			say("version", f.Version)
		}
	case pki.NotTLS:
		say("heard", strings.ToValidUTF8(string(f.Heard), "?"))
	case pki.Alerted:
		if f.Theirs {
			out.Cause += "-theirs"
		}
		say("alert", f.Alert)
	case pki.Unfit, pki.Other:
		say("why", clipped(fmt.Sprint(f.Err)))
	}
	return out
}
