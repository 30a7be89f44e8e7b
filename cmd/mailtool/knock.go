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
	return d.ask(ctx, d.enquiry(conn), &tls.Config{ServerName: host, InsecureSkipVerify: true})
}

// An enquiry is what a server can be asked before anybody logs in, whatever it speaks.
type enquiry struct {
	client interface {
		Greet() error
		ImplicitTLS(ctx context.Context, cfg *tls.Config) error
		StartTLS(ctx context.Context, cfg *tls.Config) error
		TLS() *tls.ConnectionState
	}
	greeting func() string // its text
	// offers asks what the server offers now: STARTTLS, and the mechanisms of a log-in.
	offers func() (startTLS bool, logIns []string, err error)
	leave  func()
}

// enquiry is how the service at the other end of a connection is asked.
func (d *door) enquiry(conn net.Conn) enquiry {
	switch d.spoken {
	case &pop3Protocol:
		return enquirePOP3(pop3.NewClient(conn))
	case &imapProtocol:
		return enquireIMAP(imap.NewClient(conn))
	}
	return enquireSMTP(smtp.NewClient(conn), addressLiteral(conn))
}

// enquireSMTP asks by EHLO, which says name.
func enquireSMTP(c *smtp.Client, name string) enquiry {
	return enquiry{
		client:   c,
		greeting: func() string { return c.Greeting.Lines[0] },
		offers: func() (bool, []string, error) {
			_, err := c.Hello(name)
			return c.Extensions.Has("STARTTLS"), c.Extensions.Mechanisms(), err
		},
		leave: func() { c.Quit() },
	}
}

func enquirePOP3(c *pop3.Client) enquiry {
	return enquiry{
		client:   c,
		greeting: func() string { return c.Greeting.Text },
		offers: func() (bool, []string, error) {
			offered, err := c.Capa()
			logIns := offered.Mechanisms()
			if offered.Has("USER") || offered == nil {
				logIns = append(logIns, userPass)
			}
			return offered.Has("STLS"), logIns, err
		},
		leave: func() { c.Quit() },
	}
}

func enquireIMAP(c *imap.Client) enquiry {
	return enquiry{
		client:   c,
		greeting: func() string { return c.Greeting.Text },
		offers: func() (bool, []string, error) {
			offered, err := c.Capability()
			logIns := offered.Mechanisms()
			if !offered.Has("LOGINDISABLED") {
				logIns = append(logIns, "LOGIN")
			}
			return offered.Has("STARTTLS"), logIns, err
		},
		leave: func() { c.Logout() },
	}
}

// ask asks, in TLS as soon as there is any, and keeps the answers.
func (d *door) ask(ctx context.Context, e enquiry, anybody *tls.Config) error {
	if d.implicit {
		if err := e.client.ImplicitTLS(ctx, anybody); err != nil {
			return err
		}
	}
	if err := e.client.Greet(); err != nil {
		return err
	}
	d.host, _, _ = strings.Cut(e.greeting(), " ")
	d.lesson = strings.Contains(e.greeting(), sandbox.LessonWords)
	startTLS, logIns, err := e.offers()
	if err == nil && startTLS && e.client.TLS() == nil {
		if err = e.client.StartTLS(ctx, anybody); err == nil {
			_, logIns, err = e.offers()
		}
	}
	if err != nil {
		return err
	}
	if s := e.client.TLS(); s != nil {
		d.chain = s.PeerCertificates
	}
	d.logIns = logIns
	e.leave() // it has answered all that it was asked
	return nil
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
