package main

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"time"

	"mailtool/bench/load"
)

// A sample is how long things took, in milliseconds.
type sample struct{ first, again, delivery []float64 }

// kinds are what is measured.
var kinds = []struct {
	name string
	of   func(sample) []float64
}{
	{"a log-in of an account for the first time", func(s sample) []float64 { return s.first }},
	{"a log-in that is remembered", func(s sample) []float64 { return s.again }},
	{"a delivery of 1 KB", func(s sample) []float64 { return s.delivery }},
}

// A guest is a connection to a server.
type guest struct {
	net.Conn
	in *bufio.Reader
}

// visit connects from an address of this machine, and says EHLO.
func visit(to, from string) (*guest, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	c, err := d.Dial("tcp", to)
	if err != nil {
		return nil, err
	}
	g := &guest{c, bufio.NewReader(c)}
	if err := errors.Join(g.say("", "220"), g.say("EHLO [127.0.0.1]\r\n", "250")); err != nil {
		c.Close()
		return nil, err
	}
	return g, nil
}

func (g *guest) say(text, want string) error { return load.Say(g.Conn, g.in, text, want) }

// plain is the command that logs in by PLAIN (RFC 4616).
func plain(name, password string) string {
	message := []byte("\x00" + name + "\x00" + password)
	return "AUTH PLAIN " + base64.StdEncoding.EncodeToString(message) + "\r\n"
}

// startTLS puts TLS below the connection. Who the server is does not matter here.
func (g *guest) startTLS() error {
	if err := g.say("STARTTLS\r\n", "220"); err != nil {
		return err
	}
	above := tls.Client(g.Conn, &tls.Config{InsecureSkipVerify: true})
	g.Conn, g.in = above, bufio.NewReader(above)
	return g.say("EHLO [127.0.0.1]\r\n", "250")
}

// logIn logs in over a connection of its own, and returns how long the server took to say
// yes.
func (s *server) logIn(name, password string) (ms float64, err error) {
	g, err := visit(s.Submission, "127.0.0.1")
	if err != nil {
		return 0, err
	}
	defer g.Close()
	began := time.Now()
	if err := g.say(plain(name, password), "235"); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	ms = since(began)
	return ms, g.say("QUIT\r\n", "221")
}

func since(began time.Time) float64 { return time.Since(began).Seconds() * 1000 }

// inARow logs one account in, again and again, and prints how long that took in all.
func (s *server) inARow(n int, secure bool) error {
	began, way := time.Now(), "in clear"
	for range n {
		g, err := visit(s.Submission, "127.0.0.1")
		if err != nil {
			return err
		}
		if secure {
			way, err = "over STARTTLS", g.startTLS()
		}
		err = errors.Join(err, g.say(plain("alice", "sesame"), "235"), g.say("QUIT\r\n", "221"))
		g.Close()
		if err != nil {
			return err
		}
	}
	fmt.Printf("%d log-ins by PLAIN in a row, %s: %.2f s\n", n, way, time.Since(began).Seconds())
	return nil
}

// deliveries is how many follow each pair of log-ins in a sample.
const deliveries = 5

// measure takes a sample: log-ins of either kind and deliveries by turns, one at a time.
func (s *server) measure(each int) (got sample, err error) {
	g, err := visit(s.SMTP, "127.0.0.1")
	if err != nil {
		return got, err
	}
	defer g.Close()
	letter := string(load.Letter(1024))
	for range each {
		name := s.fresh[0]
		s.fresh = s.fresh[1:]
		first, err := s.logIn(name, password)
		if err != nil {
			return got, err
		}
		again, err := s.logIn(name, password)
		if err != nil {
			return got, err
		}
		got.first, got.again = append(got.first, first), append(got.again, again)
		for range deliveries {
			began := time.Now()
			if err := errors.Join(g.say("MAIL FROM:<alice@lab.test>\r\n", "250"),
				g.say("RCPT TO:<bob@lab.test>\r\n", "250"), g.say("DATA\r\n", "354"),
				g.say(letter, "250")); err != nil {
				return got, err
			}
			got.delivery = append(got.delivery, since(began))
		}
	}
	return got, g.say("QUIT\r\n", "221")
}
