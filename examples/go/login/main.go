// Command login is a mail client that logs in, by what Go's own library has: STARTTLS, then
// AUTH PLAIN. It uses nothing of mailtool.
//
//	mailtool ca export -o ca.pem
//	go run ./examples/go/login
//
// The library says EHLO again in TLS, and sends no password where there is no TLS; to trust
// the right authority, and to insist on TLS, is left to us.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net/smtp"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	addr, trusted := "127.0.0.1:2587", "ca.pem"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	if len(os.Args) > 2 {
		trusted = os.Args[2]
	}
	if err := send(addr, trusted); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the server took the letter")
}

// host is the name that the certificate has to be for.
const host = "localhost"

// send hands the letter in at addr, to a server whose certificate one of the authorities in
// the file trusted has signed.
func send(addr, trusted string) error {
	pem, err := os.ReadFile(trusted)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New(trusted + " holds no certificate")
	}
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Hello("[127.0.0.1]"); err != nil {
		return err
	}
	if ok, _ := c.Extension("STARTTLS"); !ok {
		return errors.New("the server offers no TLS, or somebody in between took it away")
	}
	if err := c.StartTLS(&tls.Config{RootCAs: roots, ServerName: host}); err != nil {
		return err
	}
	if err := c.Auth(smtp.PlainAuth("", "alice", "sesame", "127.0.0.1")); err != nil {
		return err
	}
	return deliver(c)
}

// deliver sends the letter, and says goodbye.
func deliver(c *smtp.Client) error {
	if err := c.Mail("alice@lab.test"); err != nil {
		return err
	}
	if err := c.Rcpt("bob@lab.test"); err != nil {
		return err
	}
	w, err := c.Data() // it doubles the dots
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(w, strings.Join(message(time.Now()), "\r\n")); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// message is what people read.
func message(now time.Time) []string {
	return []string{
		"Date: " + now.Format("Mon, 2 Jan 2006 15:04:05 -0700"),
		"From: alice@lab.test",
		"To: bob@lab.test",
		"Subject: hello",
		fmt.Sprintf("Message-ID: <%d.%d@lab.test>", now.UnixNano(), os.Getpid()),
		"",
		"I love computer networks!",
		".com is a domain, too: this line begins with a dot.",
		"",
	}
}
