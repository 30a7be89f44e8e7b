package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"mailtool/imap"
	"mailtool/pop3"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// A door is a service of a class's server, as join found it.
type door struct {
	service
	spoken *protocol
	addr   string
	err    error // why nobody can get in; what follows is only known without

	host   string              // the server's name, as it greets
	lesson bool                // it says that passwords may pass in clear
	chain  []*x509.Certificate // what it showed in TLS; empty where it offers none
	logIns []string            // the mechanisms that it offers, in TLS where there is TLS
}

// knocking is how long a door is given for all that it is asked.
const knocking = 10 * time.Second

// knock tries all services of a host at the same time. offset moves the sandbox's ports;
// standard takes the standards' own.
func (p *program) knock(ctx context.Context, host string, offset int, standard bool) []door {
	var doors []door
	for _, spoken := range protocols {
		for _, s := range spoken.services {
			doors = append(doors, door{service: s, spoken: spoken})
		}
	}
	var all sync.WaitGroup
	for i := range doors {
		d := &doors[i]
		if standard {
			d.port = d.standard
		}
		d.port += offset
		d.addr = net.JoinHostPort(host, strconv.Itoa(d.port))
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, knocking)
			defer cancel()
			if d.err = d.look(ctx, p, host); d.err != nil && ctx.Err() != nil {
				d.err = ctx.Err()
			}
		})
	}
	all.Wait()
	return doors
}

// look asks a service what it is like. Whoever it is: nothing is said to it that others must
// not hear, and whether its certificate is good is for a person to say, afterwards.
func (d *door) look(ctx context.Context, p *program, host string) error {
	conn, err := p.connect(ctx, d.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	anybody := &tls.Config{ServerName: host, InsecureSkipVerify: true}
	switch d.spoken {
	case &pop3Protocol:
		return d.lookPOP3(ctx, pop3.NewClient(conn), anybody)
	case &imapProtocol:
		return d.lookIMAP(ctx, imap.NewClient(conn), anybody)
	}
	return d.lookSMTP(ctx, smtp.NewClient(conn), anybody, addressLiteral(conn))
}

// lookSMTP is look for a service of SMTP; name is what EHLO says.
func (d *door) lookSMTP(ctx context.Context, c *smtp.Client, anybody *tls.Config,
	name string) error {
	if d.implicit {
		if err := c.ImplicitTLS(ctx, anybody); err != nil {
			return err
		}
	}
	if err := c.Greet(); err != nil {
		return err
	}
	d.host, _, _ = strings.Cut(c.Greeting.Lines[0], " ")
	d.lesson = strings.Contains(c.Greeting.Lines[0], sandbox.LessonWords)
	if _, err := c.Hello(name); err != nil {
		return err
	}
	if c.Extensions.Has("STARTTLS") && c.TLS() == nil {
		if err := c.StartTLS(ctx, anybody); err != nil {
			return err
		}
		if _, err := c.Hello(name); err != nil {
			return err
		}
	}
	d.show(c.TLS())
	d.logIns = c.Extensions.Mechanisms()
	c.Quit() // it has answered all that it was asked
	return nil
}

// lookPOP3 is look for a service of POP3.
func (d *door) lookPOP3(ctx context.Context, c *pop3.Client, anybody *tls.Config) error {
	if d.implicit {
		if err := c.ImplicitTLS(ctx, anybody); err != nil {
			return err
		}
	}
	if err := c.Greet(); err != nil {
		return err
	}
	d.host, _, _ = strings.Cut(c.Greeting.Text, " ")
	d.lesson = strings.Contains(c.Greeting.Text, sandbox.LessonWords)
	offered, err := c.Capa()
	if err == nil && offered.Has("STLS") && c.TLS() == nil {
		if err = c.StartTLS(ctx, anybody); err == nil {
			offered, err = c.Capa()
		}
	}
	if err != nil {
		return err
	}
	d.show(c.TLS())
	if d.logIns = offered.Mechanisms(); offered.Has("USER") || offered == nil {
		d.logIns = append(d.logIns, userPass)
	}
	c.Quit() // it has answered all that it was asked
	return nil
}

// lookIMAP is look for a service of IMAP.
func (d *door) lookIMAP(ctx context.Context, c *imap.Client, anybody *tls.Config) error {
	if d.implicit {
		if err := c.ImplicitTLS(ctx, anybody); err != nil {
			return err
		}
	}
	if err := c.Greet(); err != nil {
		return err
	}
	d.host, _, _ = strings.Cut(c.Greeting.Text, " ")
	d.lesson = strings.Contains(c.Greeting.Text, sandbox.LessonWords)
	offered, err := c.Capability()
	if err == nil && offered.Has("STARTTLS") && c.TLS() == nil {
		if err = c.StartTLS(ctx, anybody); err == nil {
			offered, err = c.Capability()
		}
	}
	if err != nil {
		return err
	}
	d.show(c.TLS())
	if d.logIns = offered.Mechanisms(); !offered.Has("LOGINDISABLED") {
		d.logIns = append(d.logIns, "LOGIN")
	}
	c.Logout() // it has answered all that it was asked
	return nil
}

// show keeps what the server shows in TLS, if there is TLS.
func (d *door) show(s *tls.ConnectionState) {
	if s != nil {
		d.chain = s.PeerCertificates
	}
}

// domainOf is the domain of the addresses at a mail server of this name: that of our own
// servers without their first word. It is "" where the name is none.
func domainOf(host string) string {
	const first = "mail."
	if len(host) > len(first) && strings.EqualFold(host[:len(first)], first) {
		host = host[len(first):]
	}
	if _, ok := smtp.ParseDomain(host); !ok || host[0] == '[' {
		return ""
	}
	return host
}

// entrance is the door at which a password is tried: the first that takes one, and rather
// one with TLS. It is nil where there is none.
func entrance(doors []door) *door {
	var clear *door
	for i := range doors {
		switch d := &doors[i]; {
		case d.err != nil || !d.logIn || len(d.logIns) == 0:
		case len(d.chain) > 0:
			return d
		case clear == nil:
			clear = d
		}
	}
	return clear
}
