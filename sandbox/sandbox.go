// Package sandbox is a mail server to learn with: the protocols' servers, a mailbox for
// each account, and a record of every session, on this machine only unless it is told
// otherwise. Mail is kept in memory and ends with the program.
//
// Read sandbox.go (what starts and stops), then receive.go (who gets mail), store.go
// (where it lies), session.go (how sessions are recorded), listen.go and ports.go (where
// the servers are).
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"mailtool/smtp"
	"mailtool/trace"
)

// A Profile says which extensions the servers offer.
type Profile string

// The profiles.
const (
	Textbook Profile = "textbook" // none: the protocol as the books have it
	Normal   Profile = "normal"   // what mail servers usually offer
	Full     Profile = "full"     // all that mailtool has
)

// Options say what a sandbox is like. The zero value is a good one.
type Options struct {
	Domain   string   // of the addresses; "lab.test"
	Accounts []string // who has a mailbox; alice and bob
	Letters  bool     // two letters lie in bob's mailbox from the start

	// SMTP is where the SMTP server listens: an address, a port of the loopback
	// interface, or Off. By default it is SMTPPort there. PortOffset moves every
	// port that is not named.
	SMTP       string
	PortOffset int
	// Dir is where the file with the ports is written, "" for nowhere.
	Dir string

	Profile Profile
	Limits  smtp.Limits
	// StoreLimit is how much mail is kept, in octets; StoreBudget by default.
	StoreLimit int64

	// Unrecorded leaves the tap out: nothing is seen of any session.
	Unrecorded bool
	// Ring keeps the newest sessions; by default it is a new one.
	Ring *trace.Ring
	// Watch is called when a session begins and returns who wants its events, or nil.
	Watch func(*Session) trace.Sink
	// ShowSecrets records passwords as they are.
	ShowSecrets bool

	Now func() time.Time // the clock; time.Now by default
}

// DefaultDomain is whose mail a sandbox takes. The name cannot be anybody's
// (RFC 2606 §2).
const DefaultDomain = "lab.test"

// ErrDomain says that a domain is none.
var ErrDomain = errors.New("sandbox: no domain name")

// A Sandbox is a mail server that runs.
type Sandbox struct {
	o     Options
	store *Store
	smtp  *smtp.Server
	addr  string // of the SMTP server, "" where there is none
	ports Ports

	serving sync.WaitGroup
	once    sync.Once
}

// Start starts the servers and returns when they can be connected to. The error is a
// *ListenError where a port is the trouble.
func Start(o Options) (*Sandbox, error) {
	b, err := New(o)
	if err != nil || b.o.SMTP == Off {
		return b, err
	}
	addr, err := address("smtp", b.o.SMTP, SMTPPort, b.o.PortOffset)
	if err != nil {
		return nil, err
	}
	l, err := listen("smtp", addr)
	if err != nil {
		return nil, err
	}
	b.addr = l.Addr().String()
	if b.o.Dir != "" {
		b.ports = Ports{Process: os.Getpid(), Domain: b.o.Domain, SMTP: b.addr}
		if err := b.ports.write(b.o.Dir); err != nil {
			l.Close()
			return nil, err
		}
	}
	b.serving.Add(1)
	go func() {
		defer b.serving.Done()
		b.smtp.Serve(l) // it ends with Stop: there is nobody to tell before
	}()
	return b, nil
}

// New returns a sandbox that listens nowhere; see ServeConn.
func New(o Options) (*Sandbox, error) {
	def(&o.Domain, DefaultDomain)
	def(&o.Profile, Normal)
	if len(o.Accounts) == 0 {
		o.Accounts = []string{"alice", "bob"}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ring == nil {
		o.Ring = trace.NewRing(0)
	}
	if _, ok := smtp.ParseDomain(o.Domain); !ok || o.Domain[0] == '[' {
		return nil, fmt.Errorf("%w: %q", ErrDomain, o.Domain)
	}
	b := &Sandbox{o: o, store: NewStore(o.StoreLimit, o.Accounts...)}
	b.smtp = &smtp.Server{Domain: b.Host(), Recipient: b.recipient, Deliver: b.deliver,
		Verify: b.verify, Limits: o.Limits, Now: o.Now}
	switch o.Profile {
	case Textbook:
	case Full:
		b.smtp.Extensions = smtp.FullExtensions()
	default:
		b.smtp.Extensions = smtp.StandardExtensions()
	}
	if !o.Unrecorded {
		b.smtp.Tap = b.tap
	}
	if o.Letters {
		b.sampleLetters("bob")
	}
	return b, nil
}

func def[T comparable](v *T, standard T) {
	var zero T
	if *v == zero {
		*v = standard
	}
}

// ServeConn serves SMTP over a connection that was made otherwise, a pipe for instance,
// to its end.
func (b *Sandbox) ServeConn(nc net.Conn) { b.smtp.ServeConn(nc) }

// Stop ends the servers: sessions that are idle are told so (421), those in the middle
// of a message may finish it. When ctx ends first, they are cut, and its error is
// returned. A second Stop does nothing.
func (b *Sandbox) Stop(ctx context.Context) error {
	var err error
	b.once.Do(func() {
		err = b.smtp.Shutdown(ctx)
		b.serving.Wait()
		if b.ports != (Ports{}) {
			b.ports.remove(b.o.Dir)
		}
	})
	return err
}

// Domain is whose mail the sandbox takes.
func (b *Sandbox) Domain() string { return b.o.Domain }

// Host is the mail server's own name.
func (b *Sandbox) Host() string { return "mail." + b.o.Domain }

// Addr is where the SMTP server listens, "" where there is none.
func (b *Sandbox) Addr() string { return b.addr }

// Store is where the mail lies.
func (b *Sandbox) Store() *Store { return b.store }

// Ring has the newest sessions.
func (b *Sandbox) Ring() *trace.Ring { return b.o.Ring }
