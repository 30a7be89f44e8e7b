package interop

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/smtp"
)

// passphrase is a password with what breaks programs: a blank, quotes, letters beyond ASCII.
const passphrase = `correct horse "Grüße" \ 你好`

// common are the mechanisms that Dovecot and we have.
var common = []string{sasl.Plain, sasl.Login, sasl.CRAMMD5, sasl.SCRAMSHA1, sasl.SCRAMSHA256,
	sasl.XOAuth2, sasl.OAuthBearer}

// submitPostfix starts a Postfix where users hand in mail, who log in as Dovecot says.
func submitPostfix(t *testing.T, next *station) (place, *dovecot) {
	t.Helper()
	d := startDovecot(t, "alice", passphrase)
	p := place{Dir: t.TempDir(), Host: "127.0.0.1", Port: freePort(t), NextHost: next.host,
		NextPort: next.port, Submission: freePort(t), Submissions: freePort(t), AuthPort: d.Port}
	certify(t, &p)
	startPostfix(t, p)
	listening(t, net.JoinHostPort(p.Host, p.Submissions))
	return p, d
}

// certify makes a certificate for the server at p, and files of it.
func certify(t *testing.T, p *place) {
	t.Helper()
	authority, _, err := pki.Create(filepath.Join(p.Dir, "ca"), pki.Lab(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Issue([]string{"mail.lab.test", "localhost"}, pki.ServerAddrs(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var chain []byte
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	p.CA = filepath.Join(p.Dir, "ca", pki.CertFile)
	p.Cert, p.Key = filepath.Join(p.Dir, "cert.pem"), filepath.Join(p.Dir, "key.pem")
	for name, octets := range map[string][]byte{p.Cert: chain,
		p.Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(name, octets, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// enter connects to the server at p, through a door.
func enter(t *testing.T, p place, door string) *smtp.Client {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", door, err)
		}
	}
	addr := net.JoinHostPort(p.Host, p.Submission)
	if door == "tls" {
		addr = net.JoinHostPort(p.Host, p.Submissions)
	}
	nc, err := net.Dial("tcp", addr)
	check(err)
	c := smtp.NewClient(nc)
	t.Cleanup(func() { c.Close() })
	roots, err := pki.Trust{Files: []string{p.CA}}.Roots("localhost")
	check(err)
	cfg := &tls.Config{RootCAs: roots, ServerName: "localhost"}
	if door == "tls" {
		check(c.ImplicitTLS(t.Context(), cfg))
	}
	check(c.Greet())
	hello := func() {
		_, err := c.Hello(domain)
		check(err)
	}
	hello()
	if door == "starttls" {
		check(c.StartTLS(t.Context(), cfg))
		hello()
	}
	return c
}

// logIn logs in by a mechanism.
func logIn(t *testing.T, c *smtp.Client, mechanism string, credentials sasl.Credentials) error {
	t.Helper()
	// With a binding the client says that it could be bound, and was not offered it: Dovecot
	// offers it nowhere, and is content.
	x, err := sasl.NewClient(mechanism, credentials, sasl.TLSExporter(c.TLS()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Auth(x)
	return err
}

// TestPostfixLogIn logs our client in to a Postfix with Dovecot's SASL, by each mechanism
// that both have, through each door, and hands the letter in.
func TestPostfixLogIn(t *testing.T) {
	s := serve(t)
	p, d := submitPostfix(t, s)
	to, _ := smtp.ParsePath("<bob@lab.test>")
	from, _ := smtp.ParsePath("<alice@lab.test>")
	letter := strings.ReplaceAll(header+"\n"+body(), "\n", "\r\n")
	right := sasl.Credentials{Name: "alice", Password: passphrase, Token: d.token(), Host: "localhost"}
	for _, door := range doors {
		for _, mechanism := range common {
			c := enter(t, p, door)
			if err := logIn(t, c, mechanism, right); err != nil {
				t.Errorf("%s, %s: %v", door, mechanism, err)
				continue
			}
			if _, err := c.Send(t.Context(), smtp.Envelope{From: from, To: []smtp.Path{to}},
				strings.NewReader(letter), smtp.SendOptions{}); err != nil {
				t.Errorf("%s, %s: %v", door, mechanism, err)
				continue
			}
			c.Quit()
			s.arrives(t, "bob")
			mails, err := s.Empty(t.Context(), "bob")
			if err != nil || mails != 1 {
				t.Errorf("%s, %s: %d mails, %v", door, mechanism, mails, err)
			}
		}
	}
}

// TestPostfixNoLogIn: with a wrong password, or a wrong token, Postfix lets nobody in, and
// says so; the session goes on, and the right one gets in.
func TestPostfixNoLogIn(t *testing.T) {
	p, d := submitPostfix(t, serve(t))
	right := sasl.Credentials{Name: "alice", Password: passphrase, Token: d.token()}
	wrong := right
	wrong.Password, wrong.Token = "correct horse", d.token()+"A"
	for _, mechanism := range common {
		c := enter(t, p, "starttls")
		refusal := (*smtp.Reply)(nil)
		err := logIn(t, c, mechanism, wrong)
		if !errors.As(err, &refusal) || refusal.Code != 535 {
			t.Errorf("%s: %v", mechanism, err)
		}
		if err := logIn(t, c, mechanism, right); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		c.Quit()
	}
}

// TestPostfixSendLogsIn is the same from the command line: what the screen shows breaks no
// rule, and has neither password nor token.
func TestPostfixSendLogsIn(t *testing.T) {
	s := serve(t)
	p, d := submitPostfix(t, s)
	letter := writeLetter(t, "\n")
	for _, door := range doors {
		for _, mechanism := range common {
			secret := passphrase
			if mechanism == sasl.XOAuth2 || mechanism == sasl.OAuthBearer {
				secret = d.token()
			}
			out := p.sends(t, door, mechanism, secret, letter)
			s.arrives(t, "bob")
			_, text := divide(t, s.received(t))
			sameBody(t, text)
			if _, err := s.Empty(t.Context(), "bob"); err != nil {
				t.Fatal(err)
			}
			encoded := base64.StdEncoding.EncodeToString([]byte("\x00alice\x00" + secret))
			for _, leak := range []string{secret, encoded, encoded[16:40]} {
				if strings.Contains(out, leak) {
					t.Errorf("%s, %s: the secret shows:\n%s", door, mechanism, out)
				}
			}
			if !strings.Contains(out, "C: AUTH "+mechanism) ||
				strings.Contains(out, "MUST:") || strings.Contains(out, "SHOULD:") {
				t.Errorf("%s, %s: no such log-in, or it has findings:\n%s", door, mechanism, out)
			}
		}
	}
}

// sends sends the letter by our program, which has to succeed. It returns all that it wrote.
func (p place) sends(t *testing.T, door, mechanism, secret, letter string) string {
	t.Helper()
	port := p.Submission
	if door == "tls" {
		port = p.Submissions
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := mailtool(t, "smtp", "send", "--server", "localhost:"+port,
		"--tls", modes[door], "--ca", p.CA, "--user", "alice", "--password-file", file,
		"--auth", mechanism, "--from", "alice@lab.test", "--to", "bob@lab.test", "--helo", domain,
		letter)
	if status != 0 {
		t.Errorf("%s, %s: status %d", door, mechanism, status)
	}
	return stdout + stderr
}

// modes are the words of --tls for the doors.
var modes = map[string]string{"clear": "none", "starttls": "starttls", "tls": "implicit"}

// TestPostfixUntrusted: to a server that nobody trusted has signed for, nothing is told.
func TestPostfixUntrusted(t *testing.T) {
	p, _ := submitPostfix(t, serve(t))
	for _, door := range []string{"starttls", "tls"} {
		port := p.Submission
		if door == "tls" {
			port = p.Submissions
		}
		stdout, stderr, status := mailtool(t, "smtp", "noop", "--server", "localhost:"+port,
			"--tls", modes[door], "--user", "alice", "--password", passphrase)
		if status != 4 || strings.Contains(stdout, "C: AUTH") ||
			!strings.Contains(stderr, "--ca") {
			t.Errorf("%s: status %d\n%s%s", door, status, stdout, stderr)
		}
	}
	log, err := os.ReadFile(filepath.Join(p.Dir, "log"))
	if err != nil || !strings.Contains(string(log), "SSL_accept") ||
		strings.Contains(string(log), "sasl_username") {
		t.Errorf("%v\n%s", err, log)
	}
}

// TestPostfixChooses: without --auth the strongest is taken that both have, and a wrong
// password ends with a status of its own.
func TestPostfixChooses(t *testing.T) {
	p, _ := submitPostfix(t, serve(t))
	for _, row := range []struct {
		password string
		status   int
		want     string
	}{
		{passphrase, 0, "C: AUTH SCRAM-SHA-256 "},
		{"sesame, open!", 5, "S: 535 "},
	} {
		stdout, stderr, status := mailtool(t, "smtp", "noop", "--server", "localhost:"+p.Submission,
			"--tls", "starttls", "--ca", p.CA, "--user", "alice", "--password", row.password)
		if status != row.status || !strings.Contains(stdout, row.want) ||
			strings.Contains(stdout+stderr, row.password) {
			t.Errorf("%q: status %d, want %d\n%s%s", row.password, status, row.status, stdout, stderr)
		}
	}
}
