package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"mailtool/imap"
	"mailtool/internal/sasl"
	"mailtool/pop3"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// identify finds out who logs in, if anybody does.
func (k *call) identify(ctx context.Context) error {
	var err error
	if k.who.room, err = k.to.class(k.p); err != nil {
		return err
	}
	domain := k.labDomain()
	if err := k.who.identify(k.p, domain != ""); err != nil || !k.who.given() {
		return err
	}
	k.to.user = !k.to.speaks().private // whose one port is for users anyway
	server := "mail." + domain
	if !k.to.inside() {
		d, err := k.p.address(&k.to)
		if err != nil {
			return err
		}
		server = d.addr
	}
	return k.who.find(ctx, k.p, server, domain)
}

// labDomain is the domain of the sandbox on this machine that is spoken to. It is "" where
// the server is elsewhere.
func (k *call) labDomain() string {
	if k.to.inside() {
		return sandbox.DefaultDomain
	}
	d, err := k.p.address(&k.to)
	if err != nil || k.who.room != nil || !sandbox.IsLoopback(d.addr) {
		return ""
	}
	dir, err := sandbox.DefaultDir(k.p.Getenv)
	if err != nil {
		return sandbox.DefaultDomain
	}
	if ports, err := sandbox.ReadPorts(dir); err == nil && ports.Domain != "" {
		return ports.Domain
	}
	return sandbox.DefaultDomain
}

// logIn logs in by AUTH, where that is wanted. TLS is there by now, where it is to be.
func (k *call) logIn(l *live, s speaker) error {
	if !k.who.given() {
		return nil
	}
	x, err := k.mechanism(l, s)
	if err != nil {
		return err
	}
	if err := k.mayTell(l, s, x.Mechanism()); err != nil {
		return err
	}
	if err := s.auth(x); err != nil {
		return k.logInProblem(l, s, x.Mechanism(), err)
	}
	return nil
}

// mayTell says whether the server may be told who logs in: beyond this machine only in TLS,
// unless a person wants it in clear in so many words, or did so when joining the class.
func (k *call) mayTell(l *live, s speaker, mechanism string) error {
	host, _, err := net.SplitHostPort(l.opening.ServerAddr)
	if s.TLS() != nil || err != nil || isLoopback(host) { // a pipe has no address
		return nil
	}
	if k.lock.mode == tlsAuto && k.who.room.clear() { // which was said already
		return nil
	}
	if k.lock.mode != tlsNone {
		return fail(exitNoConnection, "error/auth/clear", "user", k.who.user).
			hint("hint/auth/starttls", "--tls starttls").hint("hint/auth/clear", "--tls none")
	}
	key := "login/clear"
	if provesOnly(mechanism) {
		key = "login/clear/proof"
	}
	l.note(key, "user", k.who.user)
	return nil
}

// provesOnly says that a mechanism does not send the password itself.
func provesOnly(mechanism string) bool {
	switch mechanism {
	case sasl.APOP, sasl.CRAMMD5, sasl.SCRAMSHA1, sasl.SCRAMSHA256, sasl.SCRAMSHA256Plus:
		return true
	}
	return false
}

// mechanism begins the exchange by the mechanism that was asked for, else by the strongest
// that the server offers and that can say these credentials. Nothing is sent yet.
func (k *call) mechanism(l *live, s speaker) (sasl.Client, error) {
	offered := s.mechanisms()
	binding := sasl.TLSExporter(s.TLS())
	if len(offered) == 0 {
		return nil, k.noAuthProblem(s)
	}
	names := inCommon(sasl.Mechanisms(binding != nil), offered)
	if k.who.mechanism != "" {
		names = inCommon([]string{k.who.mechanism}, offered)
	}
	if len(names) == 0 {
		return nil, k.notOfferedProblem(offered)
	}
	var err error
	for _, name := range names {
		var x sasl.Client
		x, err = sasl.NewClient(name, k.credentials(l), bindingFor(name, offered, binding))
		if err == nil {
			return x, nil
		}
	}
	if errors.Is(err, sasl.ErrBinding) {
		return nil, fail(exitAuth, "error/auth/binding", "mechanism", names[0]).because(err)
	}
	key := "hint/auth/unsayable"
	if k.who.token() {
		key = "hint/auth/token"
	}
	return nil, fail(exitAuth, "error/auth/unsayable", "mechanism", names[0]).because(err).
		hint(key, "")
}

// inCommon are those of ours that are offered.
func inCommon(ours, offered []string) []string {
	return slices.DeleteFunc(ours, func(name string) bool { return !slices.Contains(offered, name) })
}

// bindingFor is what a mechanism is told of TLS. A client that can be bound says so, and a
// server that offered it then knows that somebody took the offer away (RFC 5802 §6). Where the
// offer has come and is not taken, nothing is said.
func bindingFor(mechanism string, offered []string, b sasl.Binding) sasl.Binding {
	plus := func(name string) bool { return strings.HasSuffix(name, "-PLUS") }
	if !plus(mechanism) && slices.ContainsFunc(offered, plus) {
		return nil
	}
	return b
}

// credentials are what a mechanism may say.
func (k *call) credentials(l *live) sasl.Credentials {
	out := sasl.Credentials{Name: k.who.user, Password: k.who.secret, Token: k.who.secret}
	if host, port, err := net.SplitHostPort(l.opening.ServerAddr); err == nil {
		out.Host = host
		out.Port, _ = strconv.Atoi(port) // 0 is left out
	}
	return out
}

// noAuthProblem tells of a server that takes no log-in here.
func (k *call) noAuthProblem(s speaker) *problem {
	e := fail(exitAuth, "error/auth/none", "user", k.who.user)
	if s.TLS() == nil && s.offersTLS() {
		e.hint("hint/auth/after-tls", "--tls starttls")
	}
	if k.to.speaks() == &smtpProtocol {
		e.hint("hint/auth/submission", "")
	}
	return e
}

// notOfferedProblem tells of a server that does not have the mechanism.
func (k *call) notOfferedProblem(offered []string) *problem {
	list := strings.Join(offered, ", ")
	if k.who.mechanism == "" {
		return fail(exitAuth, "error/auth/unknown", "offered", list)
	}
	e := fail(exitAuth, "error/auth/not-offered", "mechanism", k.who.mechanism, "offered", list)
	if k.who.token() {
		return e
	}
	for _, name := range mechanisms {
		if slices.Contains(offered, name) {
			return e.hint("hint/auth/another", "--auth "+name)
		}
	}
	return e
}

// logInProblem tells why there is no log-in.
func (k *call) logInProblem(l *live, s speaker, mechanism string, err error) error {
	about := []string{"user", k.who.user, "mechanism", mechanism}
	switch r := replyIn(err); {
	case r != nil:
		return k.refusedLogIn(l, s, mechanism, r)
	case breachIn(err) != nil, errors.Is(err, smtp.ErrBroken):
		return err
	case isFarewell(err):
		return k.farewell(mechanism, err)
	case errors.Is(err, sasl.ErrServer):
		return fail(exitAuth, "error/auth/unproved", about...).because(err).
			hint("hint/auth/unproved", "")
	case errors.Is(err, sasl.ErrRefused):
		return fail(exitAuth, "error/auth/wrong", about...).because(err).
			hint("hint/auth/password", "")
	case errors.Is(err, sasl.ErrSyntax):
		return fail(exitProtocol, "error/auth/challenge", about...).because(err)
	}
	return cutProblem(cmp.Or(l.culprit(err), "AUTH"), err)
}

// refusedLogIn tells of a refusal, and what may help (RFC 4954 §6).
func (k *call) refusedLogIn(l *live, s speaker, mechanism string, r reply) *problem {
	status := exitAuth
	if said, bad := r.(*imap.Response); r.Transient() || bad && said.Status == imap.BAD {
		status = replyStatus(r)
	}
	e := fail(status, "error/auth/refused", "user", k.who.user, "mechanism", mechanism,
		"reply", l.quote(r))
	why := whyNoLogIn(r)
	if why == "wrong" && s.TLS() == nil && l.refused() == "USER" { // no password was said yet
		why = "after-tls"
	}
	switch {
	case why == "later":
		return e.hint(laterHint(r), "")
	case why == "after-tls":
		return e.hint("hint/auth/after-tls", "--tls starttls")
	case why == "weak":
		return e.hint("hint/auth/weak", "--auth")
	case why != "wrong":
		return e
	case k.who.token():
		return e.hint("hint/auth/expired", "")
	case k.to.inside():
		e.hint("hint/auth/inside", "")
	case k.labDomain() != "" && s.mailtools():
		e.hint("hint/auth/accounts", "mailtool user list")
	default:
		e.hint("hint/auth/password", "")
	}
	switch {
	case !provesOnly(mechanism):
	case slices.Contains(s.mechanisms(), sasl.Plain):
		e.hint("hint/auth/plain", "--auth "+sasl.Plain)
	case k.to.speaks() == &pop3Protocol:
		e.hint("hint/pop3/user", "--auth "+userPass)
	case k.to.speaks() == &imapProtocol && s.TLS() == nil:
		e.hint("hint/imap/login", "")
	}
	return e
}

// laterHint is the key of what helps where a server refuses for now.
func laterHint(r reply) string {
	if _, ok := r.(*imap.Response); ok {
		return "hint/imap/later"
	}
	said, ok := r.(*pop3.Reply)
	switch {
	case !ok:
		return "hint/auth/later"
	case said.Code == pop3.CodeInUse:
		return "hint/pop3/in-use"
	}
	return "hint/pop3/later"
}

// whyNoLogIn is why a server refuses a log-in, as far as its reply has a word for it: "" where
// it has none. POP3 has words for the others, so that without one it is the password
// (RFC 3206 §4).
func whyNoLogIn(r reply) string {
	if r.Transient() {
		return "later"
	}
	switch said := r.(type) {
	case *smtp.Reply:
		switch said.Code {
		case 530, 538:
			return "after-tls"
		case 534, 504:
			return "weak"
		case 535:
			return "wrong"
		}
	case *pop3.Reply:
		if said.Code == "" || said.Code == pop3.CodeAuth {
			return "wrong"
		}
	case *imap.Response:
		switch {
		case said.Code.Name == imap.CodePrivacyRequired: // RFC 5530 §3
			return "after-tls"
		case said.Status == imap.NO:
			return "wrong"
		}
	}
	return ""
}
