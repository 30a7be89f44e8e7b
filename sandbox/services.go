package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
)

// A server serves the sessions of a protocol; services ask no more of one.
type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

// A service is a server that listens on a port. One that listens on several is several.
type service struct {
	name, addr string
	server     server
	listener   net.Listener
}

// A place is where a server is to listen.
type place struct {
	name, asked string
	port        int  // the usual one
	needsTLS    bool // the server is nothing without TLS
	wanted      bool // somebody asked for it: it is not left out
}

// places are those of the servers that are not switched off. Where SMTP takes any port that
// is free, so do those that nobody has named a place for: who asks for that wants to be in
// nobody's way.
func (o *Options) places() []place {
	anyPort := o.SMTP == "0" || strings.HasSuffix(o.SMTP, ":0")
	var all []place
	for _, p := range []place{
		{name: "smtp", asked: o.SMTP, port: SMTPPort},
		{name: "submission", asked: o.Submission, port: SubmissionPort, needsTLS: true},
		{name: "submissions", asked: o.Submissions, port: SubmissionsPort, needsTLS: true},
		{name: "pop3", asked: o.POP3, port: POP3Port},
		{name: "pop3s", asked: o.POP3S, port: POP3SPort, needsTLS: true},
		{name: "imap", asked: o.IMAP, port: IMAPPort},
		{name: "imaps", asked: o.IMAPS, port: IMAPSPort, needsTLS: true},
	} {
		p.wanted = p.asked != ""
		if p.asked == Off || p.needsTLS && !p.wanted && o.Profile == Textbook {
			continue
		}
		if !p.wanted && anyPort {
			p.asked = "0"
		}
		all = append(all, p)
	}
	return all
}

// asksTLS says that a server was asked for which is nothing without it.
func asksTLS(places []place) bool {
	return slices.ContainsFunc(places, func(p place) bool { return p.needsTLS && p.wanted })
}

// loopback says that only this machine can reach the servers.
func (o *Options) loopback() bool {
	if o.Class != nil {
		return false
	}
	for _, p := range o.places() {
		if addr, err := o.address(p.name, p.asked, p.port); err != nil || !IsLoopback(addr) {
			return false
		}
	}
	return true
}

// listen opens the ports and tells other programs of them.
func (b *Sandbox) listen() error {
	cfg, err := b.tlsConfig()
	if err == nil && cfg == nil && b.o.RequireTLS {
		err = &CertificateError{ErrNoAuthority}
	}
	places := b.o.places()
	asked := b.o.Cert != "" || b.o.RequireTLS || b.o.Class != nil || asksTLS(places)
	switch {
	case err != nil && asked:
		return err
	case err != nil && b.o.Trouble != nil: // mail is taken all the same
		b.o.Trouble(err)
	}
	b.smtp.TLS = cfg
	for _, p := range places {
		if p.needsTLS && cfg == nil && !p.wanted {
			continue
		}
		if err := b.open(p, cfg); err != nil {
			b.shut()
			return err
		}
	}
	if b.o.Dir != "" && !(b.o.Temp && runs(b.o.Dir)) {
		if err := b.tell(); err != nil {
			b.shut()
			return err
		}
	}
	for _, s := range b.services {
		// It ends with Stop: there is nobody to tell before.
		b.serving.Go(func() { s.server.Serve(s.listener) })
	}
	return nil
}

// server is what serves at a place.
func (b *Sandbox) server(name string, cfg *tls.Config) server {
	switch name {
	case "submission", "submissions":
		return b.submission(cfg, name == "submissions")
	case "pop3", "pop3s":
		return b.maildrops(cfg, name == "pop3s")
	case "imap", "imaps":
		return b.mailboxes(cfg, name == "imaps")
	}
	return b.smtp
}

// open opens the port of a server, for a class at each of its addresses.
func (b *Sandbox) open(p place, cfg *tls.Config) error {
	if p.needsTLS && cfg == nil {
		return &CertificateError{ErrNoAuthority}
	}
	server := b.server(p.name, cfg)
	addr, err := b.o.address(p.name, p.asked, p.port)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	hosts := []string{host}
	if b.o.Class != nil {
		hosts = b.o.Class.hosts()
	}
	for _, host := range hosts {
		s := &service{name: p.name, server: server}
		if s.listener, err = listen(p.name, net.JoinHostPort(host, port)); err != nil {
			return err
		}
		b.services = append(b.services, s)
		s.addr = s.listener.Addr().String()
		if _, port, err = net.SplitHostPort(s.addr); err != nil { // any port: the same for all
			return err
		}
	}
	return nil
}

// shut closes the ports that nobody serves yet.
func (b *Sandbox) shut() {
	for _, s := range b.services {
		s.listener.Close()
	}
}

// SubmissionAddr is where users hand in mail with STARTTLS, "" for nowhere.
func (b *Sandbox) SubmissionAddr() string { return b.addrOf("submission") }

// SubmissionsAddr is where they do with TLS from the start, "" for nowhere.
func (b *Sandbox) SubmissionsAddr() string { return b.addrOf("submissions") }

// POP3Addr is where users fetch their mail, with STLS where there is TLS; "" for nowhere.
func (b *Sandbox) POP3Addr() string { return b.addrOf("pop3") }

// POP3SAddr is where they do with TLS from the start, "" for nowhere.
func (b *Sandbox) POP3SAddr() string { return b.addrOf("pop3s") }

// IMAPAddr is where users read and arrange their mail, with STARTTLS where there is TLS; "" for
// nowhere.
func (b *Sandbox) IMAPAddr() string { return b.addrOf("imap") }

// IMAPSAddr is where they do with TLS from the start, "" for nowhere.
func (b *Sandbox) IMAPSAddr() string { return b.addrOf("imaps") }

func (b *Sandbox) addrOf(name string) string {
	for _, s := range b.services {
		if s.name == name {
			return s.addr
		}
	}
	return ""
}

// shutdown ends all servers at the same time. That for mail from elsewhere may serve pipes,
// without a port.
func (b *Sandbox) shutdown(ctx context.Context) error {
	servers := []server{b.smtp}
	for _, s := range b.services {
		if !slices.Contains(servers, s.server) {
			servers = append(servers, s.server)
		}
	}
	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, s := range servers {
		all.Go(func() { errs[i] = s.Shutdown(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}
