package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"

	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/smtp"
)

// ErrTooMany says that too many log-ins have failed, so that this one was not looked at. It
// may be tried again later.
var ErrTooMany = errors.New("sandbox: too many log-ins have failed")

// logins are how the accounts are logged in to. What an account can be logged in to with
// lies in the mailbox (see newVerifiers), and is read for each log-in.
type logins struct {
	box      *Sandbox
	secret   []byte // what accounts are made up from
	throttle *throttle
	memory   *memory
	// hashing has a place for each processor. Passwords are hashed slowly on purpose, and
	// mail that arrives has its turn while many want to log in.
	hashing chan struct{}
	fits    func(v sasl.Verifier, password string) bool // a field, so that tests can count
}

func newLogins(b *Sandbox, secret string) *logins {
	return &logins{box: b, secret: []byte(secret), throttle: newThrottle(b.o.Logins, b.o.Now),
		memory: newMemory(b.o.Now), hashing: make(chan struct{}, runtime.NumCPU()),
		fits: sasl.Verifier.Fits}
}

// turn waits until a password may be hashed, and returns what ends the turn.
func (l *logins) turn(ctx context.Context) (end func(), err error) {
	select {
	case l.hashing <- struct{}{}:
		return func() { <-l.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// An attempt is the Directory of one exchange: it knows where the client is, and counts
// what fails. done is to be told how the exchange has ended.
type attempt struct {
	*logins
	from netip.Addr
	who  owner // whom the client wants to be
	open bool  // the exchange goes on after the Directory has answered
}

func (l *logins) attempt(from net.Addr) *attempt {
	a := &attempt{logins: l}
	if tcp, ok := from.(*net.TCPAddr); ok {
		a.from = tcp.AddrPort().Addr()
	}
	return a
}

// An owner is whom a log-in name means. Where there is no such account the user's ID is 0,
// which no user has.
type owner struct {
	key  string // the same for all names of an account, or of what could be one
	user mailbox.User
}

// owner finds out whom a name means: it is an address, or the local part of one. Without a
// domain it is this domain's; an account of another domain is meant by the local part if it
// is the only one that has it.
func (b *Sandbox) owner(name string) owner {
	m, err := smtp.ParseMailbox(name)
	own := err == nil && strings.EqualFold(m.Domain, b.o.Domain)
	if own {
		name = m.Local
	}
	u, ok := b.accounts.find(name)
	if !ok && !own {
		u, ok = b.accounts.only(name)
	}
	if !ok {
		return owner{key: folded(name)}
	}
	return owner{folded(u.Name), u}
}

// begin notes whom the client wants to be, and refuses those who have failed too often.
func (a *attempt) begin(name string) error {
	a.who, a.open = a.box.owner(name), false
	if !a.throttle.allows(a.who.key, a.from) {
		return ErrTooMany
	}
	return nil
}

// Password checks a password, for PLAIN and LOGIN.
func (a *attempt) Password(ctx context.Context, authorize, name, password string) (string, error) {
	if a.anyone() {
		return a.anybody(ctx, authorize, name)
	}
	if err := a.begin(name); err != nil {
		return "", err
	}
	kept, v, err := a.verifier(ctx, sasl.SCRAMSHA256)
	if err != nil {
		return "", err
	}
	if err := a.check(ctx, kept.ID, v, password); err != nil {
		return "", err
	}
	if authorize != "" && a.box.owner(authorize).key != a.who.key { // nobody acts as another
		return "", sasl.ErrRefused
	}
	return a.who.user.Name, nil
}

// check checks a password against a verifier, unless it did a moment ago. An id of 0 is of
// a verifier that was made up.
func (a *attempt) check(ctx context.Context, id int64, v sasl.Verifier, password string) error {
	m := a.memory.mark(id, a.who.key, password)
	if a.memory.has(m) {
		return nil
	}
	end, err := a.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	// Others may have tried the same while this one waited.
	switch {
	case !a.throttle.allows(a.who.key, a.from):
		return ErrTooMany
	case a.memory.has(m):
		return nil
	}
	if !a.fits(v, password) || id == 0 {
		a.throttle.fail(a.who.key, a.from)
		return sasl.ErrRefused
	}
	a.memory.keep(m)
	a.throttle.succeed(a.who.key, a.from)
	return nil
}

// anybody lets everybody on this machine in, and makes the account as mail for it would.
func (a *attempt) anybody(ctx context.Context, authorize, name string) (string, error) {
	m, err := smtp.ParseMailbox(name)
	if err != nil {
		m, err = smtp.ParseMailbox(smtp.Mailbox{Local: name, Domain: a.box.o.Domain}.String())
	}
	if err != nil {
		return "", sasl.ErrRefused
	}
	account := a.box.account(m)
	if authorize != "" && a.box.owner(authorize).key != folded(account) {
		return "", sasl.ErrRefused
	}
	u, err := a.box.accounts.make(ctx, a.box.mailbox, account)
	return u.Name, err
}

// Stored is what SCRAM checks against.
func (a *attempt) Stored(ctx context.Context, mechanism, name string) (string, sasl.Verifier, error) {
	if err := a.begin(name); err != nil {
		return "", sasl.Verifier{}, err
	}
	a.open = true
	kept, v, err := a.verifier(ctx, strings.TrimSuffix(mechanism, "-PLUS"))
	if err != nil || kept.ID == 0 {
		return "", v, err
	}
	return a.who.user.Name, v, nil
}

// Secret is the password itself, for CRAM-MD5.
func (a *attempt) Secret(ctx context.Context, name string) (account, secret string, err error) {
	if err := a.begin(name); err != nil {
		return "", "", err
	}
	a.open = true
	kept, err := a.kept(ctx, sasl.CRAMMD5)
	switch {
	case err != nil:
		return "", "", err
	case kept.ID == 0:
		return "", "", sasl.ErrRefused
	}
	return a.who.user.Name, string(kept.Value), nil
}

// done is told how an exchange has ended: with sasl.Server's error, nil for success.
func (a *attempt) done(err error) {
	switch {
	case !a.open: // it was counted, or nobody was asked for
	case err == nil:
		a.throttle.succeed(a.who.key, a.from)
	case errors.Is(err, sasl.ErrRefused):
		a.throttle.fail(a.who.key, a.from)
	}
	a.open = false
}

// kept is what the mailbox has for a mechanism, with the ID 0 where there is nothing. The
// default password is none where others than this machine can try it.
func (a *attempt) kept(ctx context.Context, mechanism string) (mailbox.Verifier, error) {
	all, err := a.box.mailbox.Verifiers(ctx, a.who.user.ID) // takes as long for nobody's
	for _, v := range all {
		if v.Mechanism == mechanism && (a.box.o.loopback() || !isDefault(v)) {
			return v, err
		}
	}
	return mailbox.Verifier{}, err
}

// verifier is what a SCRAM mechanism checks against.
func (a *attempt) verifier(ctx context.Context, mechanism string) (mailbox.Verifier, sasl.Verifier, error) {
	kept, err := a.kept(ctx, mechanism)
	if err != nil {
		return kept, sasl.Verifier{}, err
	}
	if kept.ID == 0 {
		return kept, a.madeUp(mechanism, a.who.key), nil
	}
	v, err := sasl.ParseVerifier(string(kept.Value))
	return kept, v, err
}

// madeUp is a verifier for an account that there is not, which fits no password. It looks
// like a real one and stays the same, also when the sandbox starts anew: else one could
// find out by asking twice who has an account.
func (l *logins) madeUp(mechanism, key string) sasl.Verifier {
	size := sha256.Size
	if mechanism == sasl.SCRAMSHA1 {
		size = sha1.Size
	}
	part := func(what string, size int) []byte {
		h := hmac.New(sha256.New, l.secret)
		h.Write([]byte(mechanism + "\x00" + what + "\x00" + key))
		return h.Sum(nil)[:size]
	}
	return sasl.Verifier{Salt: part("salt", 16), Rounds: sasl.MinRounds,
		StoredKey: part("stored", size), ServerKey: part("server", size)}
}
