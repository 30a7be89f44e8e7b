package main

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/sandbox"
)

// A target is which server a client command speaks to.
type target struct {
	protocol *protocol // nil for SMTP

	server  string // --server
	sandbox bool   // --sandbox: one in this process, over TCP
	offline bool   // --offline: one in this process, over a pipe
	profile string // --profile: what that one offers

	tls  string // --tls: one of tlsModes, "" for tlsAuto
	user bool   // somebody logs in: it is submission that is wanted

	upgradable bool // TLS may be begun in it by hand
}

// A destination is where a session goes.
type destination struct {
	addr     string // host and port
	host     string // as it was named: whom the certificate is to be for
	implicit bool   // TLS from the first octet (RFC 8314 §3.3)
	assumed  string // key of the note about a port that nobody named, "" where none is due
}

// speaks is the protocol that is spoken there.
func (t *target) speaks() *protocol {
	if t.protocol == nil {
		return &smtpProtocol
	}
	return t.protocol
}

// service is what is spoken to where TLS begins with the first octet, or later, or never.
func (t *target) service(implicit bool) service { return t.speaks().service(t.user, implicit) }

// inside says that the server is in this process.
func (t *target) inside() bool { return t.sandbox || t.offline }

// words are the flags that name the server, to be put behind another command.
func (t *target) words() string {
	words := ""
	switch {
	case t.server != "":
		words = " -s " + t.server
	case t.sandbox:
		words = " --sandbox"
	case t.offline:
		words = " --offline"
	}
	if t.profile != "" {
		words += " --profile " + t.profile
	}
	return words
}

// profiles are the words of --profile.
var profiles = []string{string(sandbox.Textbook), string(sandbox.Normal), string(sandbox.Full)}

// check looks at the flags.
func (t *target) check(p *program) error {
	switch {
	case t.sandbox && t.offline, t.sandbox && t.server != "", t.offline && t.server != "":
		return fail(exitUsage, "error/server/two")
	case t.profile == "":
		return nil
	case t.profile == string(sandbox.Textbook) && t.protected():
		return fail(exitUsage, "error/profile/textbook")
	case !t.inside():
		return fail(exitUsage, "error/profile/whose").
			hint("hint/profile/serve", "mailtool serve --profile "+t.profile)
	case !slices.Contains(profiles, t.profile):
		return p.choice("profile", t.profile, strings.Join(profiles, ", "))
	}
	return nil
}

func (t *target) flags(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVarP(&t.server, "server", "s", "", "")
	fs.BoolVar(&t.sandbox, "sandbox", false, "")
	fs.BoolVar(&t.offline, "offline", false, "")
	fs.StringVar(&t.profile, "profile", "", "")
}

// protected says that TLS or a log-in is asked for.
func (t *target) protected() bool {
	return t.user || t.tls == tlsStart || t.tls == tlsImplicit
}

// offersTLS says that a server of our own is to have TLS: where it is asked for, and where it may
// be, but for the textbook, which has none.
func (t *target) offersTLS() bool {
	return t.protected() || t.upgradable && t.profile != string(sandbox.Textbook)
}

// elsewhere adds to a problem that there is a port with TLS from the first octet.
func (t *target) elsewhere(e *problem) *problem {
	s := t.speaks().service(true, true)
	return e.hint("hint/tls/elsewhere", "--tls implicit", "service", s.name,
		"port", strconv.Itoa(s.standard))
}

// address is where a session goes: what --server says, else MAILTOOL_SERVER, else the class
// that was joined, else the sandbox that runs in the user's directory, else the sandbox's
// usual port on this machine.
func (p *program) address(t *target) (destination, error) {
	asked := t.server
	if asked == "" {
		asked = p.Getenv("MAILTOOL_SERVER")
	}
	if r, err := t.class(p); r != nil || err != nil {
		return r.destination(t, err)
	}
	if asked == "" {
		if d, ok, err := p.sandboxAddress(t); ok || err != nil {
			return d, err
		}
		asked = "127.0.0.1"
	}
	rest, implicit, err := t.unschemed(asked)
	if err != nil {
		return destination{}, err
	}
	if implicit && (t.tls == tlsStart || t.tls == tlsNone) {
		return destination{}, fail(exitUsage, "error/tls/smtps", "server", asked, "mode", t.tls)
	}
	host, port, err := splitServer(rest)
	if err != nil {
		return destination{}, t.badServer(asked)
	}
	d := destination{host: host, implicit: implicit || t.tls == tlsImplicit}
	if port == "" {
		port = d.port(t)
	}
	d.addr = net.JoinHostPort(host, port)
	return d, nil
}

// port is that of a server for which none is named: the sandbox's on loopback, elsewhere the
// standard's.
func (d *destination) port(t *target) string {
	s := t.service(d.implicit)
	d.assumed = s.assumed
	if isLoopback(d.host) {
		return strconv.Itoa(s.port)
	}
	return strconv.Itoa(s.standard)
}

// unschemed is what stands behind smtp:// or smtps://; the latter means TLS from the start.
func (t *target) unschemed(asked string) (rest string, implicit bool, err error) {
	known := t.speaks().scheme
	scheme, _, ok := strings.Cut(asked, "://")
	switch {
	case strings.Contains(asked, "@"): // what stands before it may hold a password
		return "", false, fail(exitUsage, "error/server/log-in").
			hint("hint/server/log-in", "--server HOST --user USER")
	case !ok:
		return asked, false, nil
	case scheme != known && scheme != known+"s":
		return "", false, fail(exitUsage, "error/server/scheme", "scheme", scheme, "server", asked,
			"known", known)
	}
	u, err := url.Parse(asked)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil {
		return "", false, t.badServer(asked)
	}
	return u.Host, scheme == known+"s", nil
}

// sandboxAddress is where the sandbox says that it listens; ok is false where none has said
// so.
func (p *program) sandboxAddress(t *target) (d destination, ok bool, err error) {
	dir, err := sandbox.DefaultDir(p.Getenv)
	if err != nil {
		return d, false, nil
	}
	ports, err := sandbox.ReadPorts(dir)
	if err != nil {
		return d, false, nil
	}
	s := t.service(t.tls == tlsImplicit)
	d = destination{addr: s.told(ports), implicit: s.implicit, assumed: s.assumed}
	if d.addr == "" && s.missing != "" {
		return d, false, fail(exitNoConnection, "error/sandbox/"+s.missing).
			hint("hint/sandbox/"+s.missing, t.servesAll())
	}
	d.addr = reachable(d.addr)
	d.host, _, _ = net.SplitHostPort(d.addr)
	return d, d.addr != "", nil
}

// servesAll is the command that has a sandbox listen wherever the protocol's users log in.
func (t *target) servesAll() string {
	command := "mailtool serve"
	for _, s := range t.speaks().services {
		if s.logIn {
			command += " --" + s.name + " on"
		}
	}
	return command
}

func (t *target) badServer(asked string) error {
	return fail(exitUsage, "error/server/form", "server", asked).
		hint("hint/server", "", "scheme", t.speaks().scheme)
}

// splitServer reads HOST, HOST:PORT, an IPv6 address, or one in brackets with a port.
func splitServer(s string) (host, port string, err error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if ip := net.ParseIP(bare); ip != nil {
		return bare, "", nil
	}
	if !strings.Contains(s, ":") {
		host = s
	} else if host, port, err = net.SplitHostPort(s); err != nil {
		return "", "", err
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
		return "", "", strconv.ErrRange
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if strings.ContainsAny(host, " \t/@<>\"") {
		return "", "", strconv.ErrSyntax
	}
	return host, port, nil
}

func isLoopback(host string) bool { return sandbox.IsLoopback(net.JoinHostPort(host, "0")) }
