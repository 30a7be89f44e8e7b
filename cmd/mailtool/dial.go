package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"
	"unicode"

	"mailtool/internal/pki"
	"mailtool/sandbox"
	"mailtool/trace"
)

// A line is a connection to a server, and what must be stopped with it.
type line struct {
	net.Conn
	stop func() // our own server; it does nothing where there is none
	addr string // "" for a pipe

	host     string         // whom the certificate is to be for
	implicit bool           // TLS from the first octet
	lab      *pki.Authority // of our own server; nil where it has none
	room     *room          // the class whose server it is, nil where it is another's
}

// beyond says that what is said here leaves this machine.
func (l *line) beyond() bool {
	if l.addr == "" {
		return false
	}
	tcp, ok := l.RemoteAddr().(*net.TCPAddr)
	return !ok || !tcp.IP.IsLoopback()
}

// opening says what is known of the connection before the first octet.
func (l *line) opening() trace.Opening {
	if l.addr == "" {
		return trace.Opening{}
	}
	return trace.Opening{ClientAddr: l.LocalAddr().String(), ServerAddr: l.RemoteAddr().String()}
}

// dial connects to the server that t names, or starts one of its own. What it assumes it
// says with note.
func (p *program) dial(ctx context.Context, t *target,
	note func(key string, args ...string)) (*line, error) {
	if err := t.check(p); err != nil {
		return nil, err
	}
	if t.inside() {
		return p.ownServer(ctx, t)
	}
	d, err := p.address(t)
	if err != nil {
		return nil, err
	}
	class, err := t.class(p)
	if err != nil {
		return nil, err
	}
	if d.assumed != "" {
		note(d.assumed, "addr", d.addr)
	}
	l, err := p.connect(ctx, d.addr)
	if err != nil {
		if ctx.Err() == nil {
			err = class.away(dialProblem(p.asked, t.speaks(), d.addr, err))
		}
		return nil, err
	}
	l.host, l.implicit, l.room = d.host, d.implicit, class
	return l, nil
}

// ownServer starts a server in this process and connects to it. Where TLS or a log-in is
// asked for, or may be, it has them, with an authority of its own that our client trusts; else it
// is the textbook's.
func (p *program) ownServer(ctx context.Context, t *target) (*line, error) {
	o := sandbox.Options{Letters: true, Unrecorded: true, Now: p.Now,
		Profile: sandbox.Profile(t.profile)}
	if t.offersTLS() {
		var err error
		if o.Authority, err = pki.Temporary(pki.Lab(), p.Now()); err != nil {
			return nil, err
		}
	}
	start := p.inside
	if t.offline {
		start = p.offline
	}
	l, err := start(ctx, o, t)
	if err != nil {
		return nil, err
	}
	l.implicit, l.lab = t.tls == tlsImplicit, o.Authority
	return l, nil
}

// connect connects over TCP. The error is the system's.
func (p *program) connect(ctx context.Context, addr string) (*line, error) {
	nc, err := p.Dial(ctx, "tcp", addr)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	return &line{Conn: nc, stop: func() {}, addr: addr}, nil
}

// inside starts a server in this process and connects to it over loopback TCP. Nobody
// else needs it, so it takes any free port.
func (p *program) inside(ctx context.Context, o sandbox.Options, t *target) (*line, error) {
	for _, s := range allServices {
		*s.asked(&o) = sandbox.Off
	}
	s := t.service(t.tls == tlsImplicit)
	*s.asked(&o) = "0"
	box, err := sandbox.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	l, err := p.connect(ctx, s.addr(box))
	if err != nil {
		stopBox(box)
		return nil, err
	}
	l.host = "127.0.0.1"
	l.stop = func() { stopBox(box) }
	return l, nil
}

// offline is the same without any network.
func (p *program) offline(ctx context.Context, o sandbox.Options, t *target) (*line, error) {
	box, err := sandbox.New(ctx, o)
	if err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.service(t.tls == tlsImplicit).serve(box, theirs)
	}()
	return &line{Conn: ours, host: box.Host(), stop: func() {
		ours.Close()
		<-done
		box.Close() // nothing of it is wanted any more
	}}, nil
}

// stopBox gives the server a moment to end by itself.
func stopBox(box *sandbox.Sandbox) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	box.Stop(ctx) // the program ends: there is nothing to lose any more
	box.Close()
}

// The numbers that Windows gives to a refused connection and to unreachable networks.
const (
	winsockRefused     = syscall.Errno(10061)
	winsockUnreachable = syscall.Errno(10051)
	winsockNoHost      = syscall.Errno(10065)
)

// dialProblem tells why there is no connection to addr, which command asked for.
func dialProblem(command string, spoken *protocol, addr string, err error) *problem {
	host, port, _ := net.SplitHostPort(addr)
	var name *net.DNSError
	var wire net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, winsockRefused):
		e := fail(exitNoConnection, "error/dial/refused", "addr", addr).because(err)
		if isLoopback(host) {
			return e.hint("hint/dial/serve", "mailtool serve").
				hint("hint/dial/sandbox", command+" --sandbox")
		}
		return e.hint("hint/dial/port", "", spoken.ports()...).
			hint("hint/dial/try-sandbox", command+" --sandbox")
	case errors.As(err, &name) && !name.IsTimeout:
		return fail(exitNoConnection, "error/dial/name", "host", host).because(err).
			hint("hint/dial/name", "").
			hint("hint/dial/try-sandbox", command+" --sandbox")
	case errors.As(err, &wire) && wire.Timeout():
		e := fail(exitNoConnection, "error/dial/timeout", "addr", addr).because(err)
		if port == "25" {
			return e.hint("hint/dial/port-25", "").
				hint("hint/dial/try-sandbox", command+" --sandbox")
		}
		return e.hint("hint/dial/timeout", "")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH),
		errors.Is(err, winsockUnreachable), errors.Is(err, winsockNoHost):
		return fail(exitNoConnection, "error/dial/unreachable", "addr", addr).because(err).
			hint("hint/dial/try-sandbox", command+" --sandbox")
	}
	return fail(exitNoConnection, "error/dial/other", "addr", addr, "why", err.Error()).because(err)
}

// strangers are what other servers say first, and what they speak.
var strangers = []struct{ said, key string }{
	{"220", "error/stranger/smtp"},
	{"554", "error/stranger/smtp"},
	{"+OK", "error/stranger/pop3"},
	{"-ERR", "error/stranger/pop3"},
	{"* OK", "error/stranger/imap"},
	{"* PREAUTH", "error/stranger/imap"},
	{"HTTP/", "error/stranger/http"},
	{"SSH-", "error/stranger/ssh"},
	{"\x15\x03", "error/stranger/tls"}, // a TLS alert (RFC 8446 §5.1)
}

// strangerProblem tells of a server that speaks another protocol, if what it said first
// is known; else it is nil. command is what was asked for.
func (r *protocol) strangerProblem(command string, first []byte, err error) error {
	for _, s := range strangers {
		if !bytes.HasPrefix(first, []byte(s.said)) || s.key == "error/stranger/"+string(r.name) {
			continue
		}
		if s.key == "error/stranger/tls" {
			return fail(exitProtocol, s.key, "wanted", r.title).because(err).
				hint("hint/cut/tls", "--tls implicit")
		}
		return fail(exitProtocol, s.key, "line", string(bytes.TrimRight(first, "\r\n")),
			"wanted", r.title).because(err).hint("hint/stranger",
			command+" --server HOST:PORT", "wanted", r.title)
	}
	return nil
}

// brokenProblem tells of a server that does not speak the protocol. err is what b was in.
func (p *program) brokenProblem(b *breach, err error) *problem {
	to := b.to
	switch to {
	case "the connection":
		to = p.say("what/greeting")
	case "the message":
		to = p.say("what/message")
	}
	return fail(exitProtocol, "error/protocol", "to", to, "why", p.broken(b.why),
		"line", string(b.line), "protocol", b.protocol.title).because(err)
}

// broken says why an answer is none of the protocol. Its package says it in English, for
// programs; its words, with - for what is no letter, are the key of the sentence.
func (p *program) broken(why string) string {
	code := strings.TrimPrefix(why, "the reply began with code ")
	if code != why {
		return p.say("why/another-code", "code", code)
	}
	words := strings.FieldsFunc(why, func(r rune) bool {
		return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if said := p.look("why/" + strings.Join(words, "-")); said != "" {
		return said
	}
	return why
}
