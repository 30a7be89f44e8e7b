package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"

	"mailtool/internal/pki"
	"mailtool/sandbox"
	"mailtool/trace"
	"mailtool/trace/explain"
)

// believe returns the authority that is to be believed of the server host, which has shown
// this chain. Anybody can make an authority and call it so; that it is the teacher's is for
// a person to say, who compares its fingerprint, or for --fingerprint. Where the system
// knows who has signed there is nothing to ask, and the result is "".
func (j *joining) believe(host string, chain []*x509.Certificate) (string, error) {
	system, err := x509.SystemCertPool()
	if err == nil && j.fingerprint == "" && j.seen(chain, host, system).Trusted() {
		return "", nil
	}
	// Who signs it comes with it: see pki.Issue. Where the certificate came alone, it stands
	// for itself, and is not what the teacher's screen shows.
	authority := chain[len(chain)-1]
	only := x509.NewCertPool()
	only.AddCert(authority)
	if seen := j.seen(chain, host, only); !seen.Trusted() {
		return "", fail(exitNoConnection, "error/join/certificate", "host", host,
			"why", explain.Faults(j.lang, seen.Faults)).hint("hint/join/address", "")
	}
	found := pki.Fingerprint(authority)
	j.note(j.out, "join/authority", "subject", authority.Subject.String(), "fingerprint", found)
	switch {
	case j.fingerprint != "":
		if hexDigits(j.fingerprint) != hexDigits(found) {
			return "", fail(exitNoConnection, "error/join/fingerprint", "host", host).
				hint("hint/join/impostor", "")
		}
	case !j.person:
		return "", fail(exitUsage, "error/join/unseen").
			hint("hint/join/fingerprint", "mailtool join "+host+" "+j.who.user+
				movedPorts(j.standard, j.offset)+" --fingerprint AB:CD:...")
	default:
		if yes, err := j.confirms("join/ask"); err != nil {
			return "", err
		} else if !yes {
			return "", fail(exitNoConnection, "error/join/doubted", "host", host).
				hint("hint/join/impostor", "")
		}
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw})), nil
}

// seen is what there is to say of a chain to somebody who believes roots.
func (j *joining) seen(chain []*x509.Certificate, host string,
	roots *x509.CertPool) *trace.Security {
	return sandbox.SeenTLS(tls.ConnectionState{PeerCertificates: chain}, nil, host, roots, j.Now())
}

// dare says whether a password is to be told a server without TLS: whoever it is, and
// whoever listens. It must say that this is a lesson, and a person must agree.
func (j *joining) dare(r *room) error {
	if !r.Lesson {
		return fail(exitNoConnection, "error/join/clear", "host", r.Host).
			hint("hint/join/class", "mailtool serve --class 30")
	}
	j.note(j.out, "join/lesson/clear")
	if !j.person {
		return fail(exitUsage, "error/join/clear/unseen", "host", r.Host)
	}
	yes, err := j.confirms("join/dare")
	if err == nil && !yes {
		err = fail(exitNoConnection, "error/join/clear/doubted", "host", r.Host)
	}
	return err
}
