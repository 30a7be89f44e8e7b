package sandbox

import (
	"context"
	"errors"
	"net"

	"mailtool/smtp"
)

// A service is a server that listens on a port.
type service struct {
	name, addr string
	server     *smtp.Server
	listener   net.Listener
}

// listen opens the ports and tells other programs of them.
func (b *Sandbox) listen() error {
	cfg, err := b.tlsConfig()
	if err != nil && b.o.needsTLS() {
		return err
	}
	if err != nil && b.o.Trouble != nil { // mail is taken all the same
		b.o.Trouble(err)
	}
	b.smtp.TLS = cfg
	b.services = b.submission(cfg)
	if b.o.SMTP != Off {
		b.services = append(b.services, &service{name: "smtp", server: b.smtp})
	}
	for _, s := range b.services {
		if err := b.open(s); err != nil {
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
		b.serving.Go(func() { s.server.Serve(s.listener) }) // it ends with Stop: there is nobody to tell before
	}
	return nil
}

// needsTLS says that somebody has asked for TLS, or for what needs it.
func (o *Options) needsTLS() bool {
	return o.Cert != "" || o.Submission != "" && o.Submission != Off ||
		o.Submissions != "" && o.Submissions != Off
}

// open opens a service's port.
func (b *Sandbox) open(s *service) error {
	asked, port := b.o.SMTP, SMTPPort
	switch s.name {
	case "submission":
		asked, port = b.o.Submission, SubmissionPort
	case "submissions":
		asked, port = b.o.Submissions, SubmissionsPort
	}
	addr, err := b.o.address(s.name, asked, port)
	if err != nil {
		return err
	}
	if s.listener, err = listen(s.name, addr); err != nil {
		return err
	}
	s.addr = s.listener.Addr().String()
	if s.name == "smtp" {
		b.addr = s.addr
	}
	return nil
}

// shut closes the ports that nobody serves yet.
func (b *Sandbox) shut() {
	for _, s := range b.services {
		if s.listener != nil {
			s.listener.Close()
		}
	}
}

// SubmissionAddr is where users hand in mail with STARTTLS, "" for nowhere.
func (b *Sandbox) SubmissionAddr() string { return b.addrOf("submission") }

// SubmissionsAddr is where they do with TLS from the start, "" for nowhere.
func (b *Sandbox) SubmissionsAddr() string { return b.addrOf("submissions") }

func (b *Sandbox) addrOf(name string) string {
	for _, s := range b.services {
		if s.name == name {
			return s.addr
		}
	}
	return ""
}

// shutdown ends all servers at the same time.
func (b *Sandbox) shutdown(ctx context.Context) error {
	errs := make(chan error)
	for _, s := range b.services {
		go func() { errs <- s.server.Shutdown(ctx) }()
	}
	err := b.smtp.Shutdown(ctx) // it may serve pipes, without a port
	for range b.services {
		err = errors.Join(err, <-errs)
	}
	return err
}
