package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"mailtool/imap"
	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/trace"
)

// secureText is what is said about TLS.
var secureText = sentence.New(textFiles, "text/secure")

// The words of --tls.
const (
	tlsAuto     = "auto"     // implicit for smtps:, none on loopback, STARTTLS elsewhere
	tlsStart    = "starttls" // STARTTLS, or nothing
	tlsImplicit = "implicit" // TLS from the first octet
	tlsNone     = "none"
)

var tlsModes = []string{tlsAuto, tlsStart, tlsImplicit, tlsNone}

// secureFlags are how a session is protected, and whom the client believes.
type secureFlags struct {
	mode     string // --tls
	ca       string // --ca: a file with authorities
	insecure bool   // --insecure: go on with whoever it is

	never   string // key of the note why there is no asking for TLS, "" where there is
	curious bool   // take STARTTLS wherever it is offered
	anybody bool   // the server need not be trusted, since it is told nothing
}

func (f *secureFlags) flags(fs *pflag.FlagSet) {
	fs.StringVar(&f.mode, "tls", tlsAuto, "")
	fs.StringVar(&f.ca, "ca", "", "")
	fs.BoolVarP(&f.insecure, "insecure", "k", false, "")
}

// check looks at the flags before a server is bothered.
func (f *secureFlags) check(p *program) error {
	if !slices.Contains(tlsModes, f.mode) {
		return p.choice("tls", f.mode, strings.Join(tlsModes, ", "))
	}
	if f.ca == "" {
		return nil
	}
	_, err := pki.Trust{Files: []string{f.ca}}.Roots("")
	return f.rootsProblem(err, "")
}

// words are the flags, to be put behind another command.
func (f *secureFlags) words() string {
	words := ""
	if f.mode != tlsAuto && f.mode != "" {
		words = " --tls " + f.mode
	}
	if f.ca != "" {
		words += " --ca " + quoted(f.ca)
	}
	if f.insecure {
		words += " -k"
	}
	return words
}

// roots are whom the client believes on a connection: the authority of its own server, else
// those of --ca, of the system, and for this machine and names below test the sandbox's.
func (f *secureFlags) roots(p *program, conn *line) (*x509.CertPool, error) {
	if conn.lab != nil {
		pool := x509.NewCertPool()
		pool.AddCert(conn.lab.Certificate)
		return pool, nil
	}
	var t pki.Trust
	if dir, err := sandbox.DefaultDir(p.Getenv); err == nil {
		t.Dir = filepath.Join(dir, pki.Folder)
	}
	if f.ca != "" {
		t.Files = []string{f.ca}
	}
	if conn.room != nil {
		t.Room, t.RoomHost = []byte(conn.room.Authority), conn.room.Host
	}
	pool, err := t.Roots(conn.host)
	return pool, f.rootsProblem(err, t.Dir)
}

// rootsProblem tells why it cannot be found out whom to believe.
func (f *secureFlags) rootsProblem(err error, dir string) error {
	var none *pki.NoCertificateError
	var damage *pki.DamagedError
	var file *fs.PathError
	switch {
	case errors.As(err, &none):
		return fail(exitLocal, "error/tls/ca", "file", none.File).because(err).
			hint("hint/tls/ca-file", "mailtool ca export -o ca.pem")
	case errors.As(err, &damage):
		return authorityProblem(err, "", dir)
	case errors.As(err, &file):
		return fileProblem(file)
	}
	return err
}

// config is what our end brings to a handshake. Where the server is not to be judged, look
// judges it all the same, so that people see what they go on with.
func (f *secureFlags) config(p *program, conn *line) (*tls.Config, error) {
	roots, err := f.roots(p, conn)
	if err != nil {
		return nil, err
	}
	return &tls.Config{ServerName: verified(conn.host), RootCAs: roots, Time: p.Now,
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: f.insecure || f.anybody}, nil
}

// verified is the name that a certificate has to be for: an address has no zone there.
func verified(host string) string {
	name, _, _ := strings.Cut(host, "%")
	return name
}

// look is what the record is told of a handshake: see trace.Tap.Look.
func (f *secureFlags) look(p *program, conn *line) func(tls.ConnectionState, error) *trace.Security {
	return func(s tls.ConnectionState, err error) *trace.Security {
		roots, lost := f.roots(p, conn)
		if lost != nil { // then there was no handshake
			return nil
		}
		seen := sandbox.SeenTLS(s, err, verified(conn.host), roots, p.Now())
		seen.Anyway = f.insecure && err == nil && !seen.Trusted()
		return seen
	}
}

// secureFirst puts TLS below the session before the greeting.
func (k *call) secureFirst(ctx context.Context, s speaker, conn *line) error {
	cfg, err := k.lock.config(k.p, conn)
	if err != nil {
		return err
	}
	if err := s.ImplicitTLS(ctx, cfg); err != nil {
		return k.tlsProblem(err, conn)
	}
	return nil
}

// secure puts TLS below the session where that is wanted, and begins anew in it.
func (k *call) secure(ctx context.Context, l *live, s speaker, conn *line) error {
	if s.TLS() != nil {
		return nil
	}
	must, offered := k.must(conn), s.offersTLS()
	try := must || k.lock.mode == tlsAuto && (conn.beyond() || k.lock.curious)
	switch {
	case k.lock.mode == tlsAuto && conn.room.clear():
		l.note("join/lesson/clear")
		return nil
	case !try && conn.beyond():
		l.note("live/tls-none")
		return nil
	case !try, !offered && !must && !conn.beyond():
		return nil
	case k.lock.never != "":
		l.note(k.lock.never)
		return nil
	case !offered:
		return k.unprotected(l, conn, k.to.elsewhere(
			fail(exitNoConnection, "error/tls/not-offered", "upgrade", k.to.speaks().upgrade)))
	}
	cfg, err := k.lock.config(k.p, conn)
	if err != nil {
		return err
	}
	err = s.StartTLS(ctx, cfg)
	if r := replyIn(err); r != nil && !closes(r) {
		return k.unprotected(l, conn, k.tlsRefused(r))
	}
	if err != nil {
		return k.tlsProblem(err, conn)
	}
	if err := s.hello(); err != nil {
		return k.told(l.culprit(err), err)
	}
	return nil
}

// must says that nothing goes on in clear: TLS is asked for, or somebody logs in to the class's
// server, which had TLS when it was joined.
func (k *call) must(conn *line) bool {
	return k.lock.mode == tlsStart ||
		k.lock.mode == tlsAuto && conn.room != nil && conn.room.TLS && k.who.given()
}

// unprotected is what follows where a server does not do TLS. Nothing goes on in clear where
// TLS was asked for, nor for somebody who is to log in; mail from elsewhere does, as it does
// between most servers, with a loud word.
func (k *call) unprotected(l *live, conn *line, why *problem) error {
	if k.must(conn) || k.who.given() && conn.beyond() {
		if conn.room != nil {
			return conn.room.suspect(why)
		}
		return why.hint("hint/tls/none", "--tls none")
	}
	l.note("live/tls-not-to-be-had")
	return nil
}

// tlsProblem tells why there is no TLS. There is no session any more, either.
func (k *call) tlsProblem(err error, conn *line) error {
	r, b := replyIn(err), breachIn(err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, imap.ErrLoggedIn):
		return k.to.elsewhere(fail(exitNoConnection, "error/tls/preauth").because(err))
	case r != nil:
		return k.to.elsewhere(k.tlsRefused(r))
	case b != nil:
		return k.to.elsewhere(fail(exitNoConnection, "error/tls/broken", "why", k.p.broken(b.why),
			"line", string(b.line), "upgrade", b.protocol.upgrade).because(err))
	}
	return k.lock.handshakeProblem(k.p, err, conn, func(e *problem) *problem {
		if conn.implicit {
			return e.hint("hint/tls/starttls", "--tls starttls")
		}
		return e.hint("hint/tls/none", "--tls none")
	})
}

// tlsRefused tells of a server that offers TLS and refuses it.
func (k *call) tlsRefused(r reply) *problem {
	return fail(exitNoConnection, "error/tls/refused", "reply", r.Error(),
		"upgrade", k.to.speaks().upgrade).because(r)
}
