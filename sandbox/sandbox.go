// Package sandbox is a mail server to learn with: the protocols' servers, a mailbox for
// each account, and a record of every session, on this machine only unless it is told
// otherwise.
//
// Read sandbox.go (what starts and stops), then services.go, listen.go and ports.go (where the
// servers are), tls.go (their certificate), accounts.go, receive.go and envelope.go (who gets mail,
// and what is kept of how it came), submission.go (who hands it in), fetching.go and maildrop.go
// (who fetches it), arranging.go, folders.go, selection.go, shared.go, rows.go and keywords.go (who
// arranges it where it lies), reading.go, window.go and searching.go (what is in it), auth.go,
// login.go, password.go, remember.go and throttle.go (who gets in), user.go (who has an account),
// mails.go, database.go, lock.go, checkpoint.go and view.go (where it lies), session.go (how
// sessions are recorded), class.go (what a room needs), control.go and remote.go (how other
// programs ask a sandbox that runs).
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"mailtool/internal/pki"
	"mailtool/mailbox"
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
	Domain string // of the addresses; "lab.test"
	// Accounts have a mailbox, and are made where they are missing. By default alice and
	// bob are made once: who is removed stays away. On loopback their password is
	// DefaultPassword until they get another.
	Accounts []string
	// AcceptAll takes mail for any address, and makes the accounts: nothing is relayed. It
	// takes any password, too.
	AcceptAll bool
	// CatchAll is the account that gets mail for users of the domain that there are not;
	// "" for nobody: such mail is refused.
	CatchAll string
	Letters  bool // two letters lie in bob's mailbox from the start

	// SMTP is where the SMTP server listens: an address, a port, or Off. By default it
	// is SMTPPort. PortOffset moves every port that is not named; StandardPorts takes the
	// standards' own instead. Host is the address of those servers that name none;
	// loopback by default.
	SMTP          string
	Host          string
	PortOffset    int
	StandardPorts bool

	// Submission and Submissions are where users hand in mail, after a log-in: an address, a
	// port, On for the usual one, or Off. By default they are on where there is TLS: where a
	// certificate can be had, and not in the textbook's profile. Where SMTP takes any free
	// port, they do, too. AnySender lets users write in anybody's name.
	Submission, Submissions string
	AnySender               bool
	// POP3 and POP3S are where users fetch their mail: an address, a port, On for the usual
	// one, or Off. POP3 is on by default, and has STLS where there is TLS; POP3S is on where
	// Submissions would be.
	POP3, POP3S string
	// IMAP and IMAPS are where users read and arrange their mail, likewise.
	IMAP, IMAPS string
	// RequireTLS takes no password before TLS. Without it one may come in clear from this
	// machine, and in a class from the room.
	RequireTLS bool
	// Class, if set, opens the servers to a room.
	Class *Class
	// Cert and Key are files with a certificate of the server's own and its key. Without
	// them an authority in Dir issues one.
	Cert, Key string
	// Authority issues it instead of the one in Dir, in a sandbox that has no folder.
	Authority *pki.Authority
	// Trouble is told of what goes wrong where nobody waits for an answer: a certificate
	// that cannot be read any more. It may be nil.
	Trouble func(error)

	// Dir is the directory that the mail lies in, and the files by which other programs
	// find the servers; "" for a mailbox that ends with the sandbox, and no files. Temp
	// keeps the mail elsewhere for as long as the sandbox runs, and leaves the files to a
	// sandbox that runs in the directory already. Fresh empties the mailboxes at the start.
	Dir         string
	Temp, Fresh bool
	// Careless is for tests: see MailboxOptions.
	Careless bool

	// LegacyAuth, On or Off, is whether SCRAM-SHA-1, CRAM-MD5 and APOP are offered, and
	// accounts that are made get what these need. By default it is on where only this
	// machine can reach the servers.
	LegacyAuth string
	Logins     LoginLimits

	Profile Profile
	Limits  smtp.Limits
	// Lenient takes messages with lone CRs or LFs, and makes CRLF of them.
	Lenient bool
	// Memory is how much mail that is still arriving is held, in octets; 64 MiB.
	Memory int64

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
	o        Options
	mailbox  *mailbox.Store
	folder   string // which it lies in
	accounts accounts
	locks    locks
	sharing  sharing
	logins   *logins
	smtp     *smtp.Server
	services []*service
	ports    Ports
	control  *control
	recorded sync.Map // the sessions that go on: of each clientKey its recorded

	serving sync.WaitGroup
	once    sync.Once
}

// Start starts the servers and returns when they can be connected to. The error is a
// *ListenError where a port is the trouble, and those of OpenMailbox.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	b, err := New(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := b.listen(); err != nil {
		b.mailbox.Close()
		return nil, err
	}
	return b, nil
}

// runs says that a sandbox runs in dir.
func runs(dir string) bool {
	r, err := Running(dir)
	return err == nil && r.answers(context.Background())
}

// Announced says that other programs find the sandbox by its directory.
func (b *Sandbox) Announced() bool { return b.control != nil }

// tell writes the files by which other programs find the servers.
func (b *Sandbox) tell() error {
	var err error
	if b.control, err = startControl(b, b.o.Dir); err != nil {
		return err
	}
	b.ports = Ports{Process: os.Getpid(), Domain: b.o.Domain, SMTP: b.Addr(),
		Submission: b.SubmissionAddr(), Submissions: b.SubmissionsAddr(),
		POP3: b.POP3Addr(), POP3S: b.POP3SAddr(), IMAP: b.IMAPAddr(), IMAPS: b.IMAPSAddr()}
	if b.o.Temp {
		b.ports.Mailbox = b.folder
	}
	if err := b.ports.write(b.o.Dir); err != nil {
		b.control.stop(context.Background())
		return err
	}
	return nil
}

// New returns a sandbox that listens nowhere; see ServeConn.
func New(ctx context.Context, o Options) (*Sandbox, error) {
	o.Domain = cmp.Or(o.Domain, DefaultDomain)
	o.Profile = cmp.Or(o.Profile, Normal)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ring == nil {
		o.Ring = trace.NewRing(0)
	}
	if _, ok := smtp.ParseDomain(o.Domain); !ok || o.Domain[0] == '[' {
		return nil, fmt.Errorf("%w: %q", ErrDomain, o.Domain)
	}
	if o.Class != nil {
		if err := o.Class.check(o.Domain); err != nil {
			return nil, err
		}
		o.Class.raise(&o)
	}
	b := &Sandbox{o: o}
	b.smtp = b.newServer()
	var err error
	b.mailbox, b.folder, err = openIn(ctx, o.Dir, MailboxOptions{Throwaway: o.Dir == "" || o.Temp,
		Careless: o.Careless, Now: o.Now, Memory: o.Memory})
	if err != nil {
		return nil, err
	}
	err = b.furnish(ctx)
	if err == nil && o.Authority != nil { // the pipes of ServeConn have TLS, too
		b.smtp.TLS, err = b.tlsConfig()
	}
	if err != nil {
		b.mailbox.Close()
		return nil, err
	}
	return b, nil
}

// newServer is what the SMTP servers have in common.
func (b *Sandbox) newServer() *smtp.Server {
	s := &smtp.Server{Domain: b.Host(), Recipient: b.recipient, Deliver: b.deliver,
		Verify: b.verify, Limits: b.o.Limits, Lenient: b.o.Lenient, Now: b.o.Now}
	switch b.o.Profile {
	case Textbook:
	case Full:
		s.Extensions = smtp.FullExtensions()
	default:
		s.Extensions = smtp.StandardExtensions()
	}
	if b.o.lesson() {
		s.Banner = lessonBanner
	}
	s.Tap = b.tap(trace.SMTP, func(name string) trace.Dissector { return smtp.NewDissector(name) })
	return s
}

// furnish makes the accounts, and what is to lie in their mailboxes.
func (b *Sandbox) furnish(ctx context.Context) error {
	before, err := b.settle(ctx)
	if err == nil && before[foldersSetting] == Off {
		err = b.special(ctx)
	}
	if err != nil {
		return err
	}
	wanted := b.o.Accounts
	switch {
	case b.o.Class != nil:
		wanted = append(b.o.Class.names(), wanted...)
	case len(wanted) == 0 && before[furnishedSetting] == Off:
		wanted = defaultAccounts
	}
	if b.o.CatchAll != "" {
		wanted = append(slices.Clone(wanted), b.o.CatchAll)
	}
	if err := b.accounts.load(ctx, b.mailbox, wanted); err != nil {
		return err
	}
	b.accounts.readers = append(slices.Clone(b.o.Accounts), defaultAccounts...)
	b.logins = newLogins(b, before[secretSetting])
	switch {
	case b.o.Class != nil:
		err = b.givePasswords(ctx)
	case b.o.loopback():
		err = b.giveDefaults(ctx)
	}
	if err != nil {
		return err
	}
	if b.o.Fresh {
		for _, name := range b.accounts.names() {
			if _, err := b.Empty(ctx, name); err != nil {
				return err
			}
		}
	}
	if b.o.Letters && b.Count("bob") == 0 {
		return b.sampleLetters(ctx, "bob")
	}
	return nil
}

// legacy says whether mechanisms are offered that better ones have replaced.
func (b *Sandbox) legacy() bool {
	return b.o.LegacyAuth == On || b.o.LegacyAuth != Off && b.o.loopback()
}

// ServeConn serves SMTP over a connection that was made otherwise, a pipe for instance,
// to its end.
func (b *Sandbox) ServeConn(nc net.Conn) { b.smtp.ServeConn(nc) }

// ServeSubmission is ServeConn for what submission is, or with implicit submissions: users
// log in. The sandbox needs Options.Authority.
func (b *Sandbox) ServeSubmission(nc net.Conn, implicit bool) {
	b.submission(b.smtp.TLS, implicit).ServeConn(nc)
}

// ServePOP3 is ServeConn for POP3, or with implicit for POP3S, which needs Options.Authority.
func (b *Sandbox) ServePOP3(nc net.Conn, implicit bool) {
	b.maildrops(b.smtp.TLS, implicit).ServeConn(nc)
}

// ServeIMAP is ServeConn for IMAP, or with implicit for IMAPS, which needs Options.Authority.
func (b *Sandbox) ServeIMAP(nc net.Conn, implicit bool) {
	b.mailboxes(b.smtp.TLS, implicit).ServeConn(nc)
}

// Stop ends the servers: sessions that are idle are told so in SMTP (421) and IMAP (BYE) and lose
// what they marked in POP3, those in the middle of a message may finish it. When ctx ends first, they
// are cut, and its error is returned. The mailbox can be looked at until Close. A second Stop
// does nothing.
func (b *Sandbox) Stop(ctx context.Context) error {
	var err error
	b.once.Do(func() {
		err = b.shutdown(ctx)
		b.serving.Wait()
		if b.control != nil {
			b.control.stop(ctx)
		}
		if b.ports != (Ports{}) {
			b.ports.remove(b.o.Dir)
		}
	})
	return err
}

// Close ends the servers at once, where Stop has not, and closes the mailbox.
func (b *Sandbox) Close() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	b.Stop(now) // who is still there is cut: that was asked for
	b.sharing.close()
	return b.mailbox.Close()
}

// Domain is whose mail the sandbox takes.
func (b *Sandbox) Domain() string { return b.o.Domain }

// Host is the mail server's own name.
func (b *Sandbox) Host() string { return "mail." + b.o.Domain }

// Addr is where the SMTP server listens, "" where there is none. Of a class's it is
// loopback's.
func (b *Sandbox) Addr() string { return b.addrOf("smtp") }

// Loopback says that only this machine can reach the servers.
func (b *Sandbox) Loopback() bool { return b.o.loopback() }

// Mailbox is where the mail lies.
func (b *Sandbox) Mailbox() *mailbox.Store { return b.mailbox }

// Ring has the newest sessions.
func (b *Sandbox) Ring() *trace.Ring { return b.o.Ring }
