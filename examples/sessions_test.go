package examples

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"mailtool/internal/conversation"
	"mailtool/sandbox"
)

// TestSessions plays the client's lines of each dialogue to a server.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("sessions/*.session")
	if err != nil || len(files) == 0 {
		t.Fatal("no sessions", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			script, err := conversation.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			o := sandbox.Options{Profile: sandbox.Profile(script.Settings["profile"])}
			which := script.Settings["server"]
			if which == "submission" {
				o.Dir = t.TempDir()
			}
			s := startServer(t, o)
			addr := s.Addr()
			switch which {
			case "submission":
				addr = s.SubmissionAddr()
			case "pop3":
				addr = s.POP3Addr()
				s.keep(t, "plain.eml", "dots.eml")
			case "imap":
				addr = s.IMAPAddr()
				if script.Settings["arrives"] == "" {
					s.keep(t, "plain.eml", "dots.eml")
				}
			}
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if letter := script.Settings["arrives"]; letter != "" {
				nc = &idler{Conn: nc, then: sync.OnceFunc(func() { s.keep(t, letter) })}
			}
			if err := (&conversation.Player{Conn: nc, TLS: s.trusting(t)}).Play(script, 'C'); err != nil {
				t.Error(err)
			}
			if n := s.Count("bob"); n != 1 {
				t.Errorf("bob has %d mails", n)
			}
		})
	}
}

// trusting is what a client begins TLS with that trusts the server's authority, nil where the
// server has none.
func (s *server) trusting(t *testing.T) *tls.Config {
	t.Helper()
	if s.ca == "" {
		return nil
	}
	authority, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &tls.Config{RootCAs: roots, ServerName: "localhost"}
}

// An idler is the connection of a client that waits: when the server has allowed it to, then is
// called.
type idler struct {
	net.Conn
	then func()
}

func (c *idler) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if bytes.HasPrefix(b[:n], []byte("+")) {
		c.then()
	}
	return n, err
}
