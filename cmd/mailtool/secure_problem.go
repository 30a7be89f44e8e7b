package main

import (
	"crypto/tls"
	"time"

	"mailtool/internal/pki"
	"mailtool/sandbox"
	"mailtool/trace/explain"
)

// handshakeProblem tells why a handshake failed: all that is wrong with the certificate, in
// its own words, and which flag helps. Nothing of the session was said above it. Where no
// certificate is to blame, otherwise adds what can be done.
func (f *secureFlags) handshakeProblem(
	p *program, err error, conn *line, otherwise func(*problem) *problem,
) error {
	roots, lost := f.roots(p, conn)
	if lost != nil {
		return lost
	}
	seen := sandbox.SeenTLS(tls.ConnectionState{}, err, verified(conn.host), roots, p.Now())
	e := fail(exitNoConnection, "error/tls/handshake", "host", conn.host,
		"why", explain.Faults(p.lang, seen.Faults)).because(err)
	if conn.room != nil {
		return conn.room.suspect(e)
	}
	judged := false // it is the certificate that is at fault
	for _, fault := range seen.Faults {
		switch pki.Cause(fault.Cause) {
		case pki.WrongName:
			e.hint("hint/tls/name", "--server NAME")
		case pki.Expired, pki.NotYet:
			e.hint("hint/tls/clock", "", "now", p.Now().Format(time.DateTime))
		case pki.UnknownIssuer, pki.SelfSigned:
			e.hint("hint/tls/ca", "--ca FILE")
		case pki.OutOfScope, pki.Unfit:
		default:
			continue
		}
		judged = true
	}
	if judged {
		return e.hint("hint/tls/insecure", "-k")
	}
	return otherwise(e)
}
