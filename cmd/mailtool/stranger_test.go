package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// A stranger is a server that does what a test has it do, and keeps all octets that reach it.
type stranger struct {
	addr string

	mu    sync.Mutex
	heard bytes.Buffer
	gone  sync.WaitGroup
}

// newStranger starts a stranger. act is called for each client; what it leaves unread is
// read, and kept, until the client goes.
func newStranger(t *testing.T, act func(s *stranger, nc net.Conn)) *stranger {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{addr: l.Addr().String()}
	t.Cleanup(func() { l.Close(); s.gone.Wait() })
	s.gone.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			s.gone.Go(func() {
				defer nc.Close()
				act(s, s.keeping(nc))
			})
		}
	})
	return s
}

// A keeping is a connection that keeps what is read from it.
type keeping struct {
	net.Conn
	s *stranger
}

func (s *stranger) keeping(nc net.Conn) net.Conn { return &keeping{nc, s} }

func (k *keeping) Read(p []byte) (int, error) {
	n, err := k.Conn.Read(p)
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.s.heard.Write(p[:n])
	return n, err
}

// all is what has reached the stranger, below TLS and above it.
func (s *stranger) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard.String()
}

// leaked is what of some secrets has reached the stranger, as it is or in base64, whatever
// stands before it.
func (s *stranger) leaked(secrets ...string) string {
	heard := s.all()
	for _, secret := range secrets {
		forms := []string{secret}
		for before := range 3 { // the first and the last digits hang on what stands beside
			coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + secret))
			forms = append(forms, coded[before+before/2+before%2:len(coded)-1])
		}
		for _, form := range forms {
			if strings.Contains(heard, form) {
				return form
			}
		}
	}
	return ""
}

// serve speaks enough of SMTP to take mail and log-ins: it says yes to all.
func (s *stranger) serve(nc net.Conn, greeting bool, extensions ...string) {
	if greeting {
		io.WriteString(nc, "220 mx.example ESMTP\r\n")
	}
	for in := bufio.NewScanner(nc); in.Scan(); {
		verb, _, _ := strings.Cut(in.Text(), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			io.WriteString(nc, offers(extensions...))
		case "STARTTLS":
			return
		case "AUTH":
			io.WriteString(nc, "235 2.7.0 welcome\r\n")
		case "DATA":
			io.WriteString(nc, "354 go\r\n")
			for in.Scan() && in.Text() != "." {
			}
			io.WriteString(nc, "250 2.0.0 taken\r\n")
		case "QUIT":
			io.WriteString(nc, "221 2.0.0 bye\r\n")
			return
		default:
			io.WriteString(nc, "250 2.0.0 yes\r\n")
		}
	}
}

// offers is a reply to EHLO.
func offers(extensions ...string) string {
	b := "250-mx.example\r\n"
	for _, x := range extensions {
		b += "250-" + x + "\r\n"
	}
	return b + "250 HELP\r\n"
}

// An elsewhere is a connection that seems to lead to another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25}
}

// tryAt runs "smtp COMMAND -s mx.example" where the stranger is that host.
func tryAt(t *testing.T, s *stranger, args ...string) (status int, out, errs string) {
	t.Helper()
	return tryHost(t, s, "mx.example", args...)
}

// tryHost runs "smtp COMMAND -s HOST" where the stranger is that host, which seems to be
// another machine.
func tryHost(t *testing.T, s *stranger, host string, args ...string) (status int, out, errs string) {
	t.Helper()
	sys := testSystem()
	sys.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !strings.HasPrefix(addr, host+":") {
			return nil, fmt.Errorf("%s is not to be asked", addr)
		}
		nc, err := thisSystem().Dial(ctx, network, s.addr)
		return elsewhere{nc}, err
	}
	var o, e strings.Builder
	args = append(append([]string{"smtp"}, args...), "-s", host+":25")
	status = run(t.Context(), args, sys, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}
