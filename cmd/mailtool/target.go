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
	server  string // --server
	sandbox bool   // --sandbox: one in this process, over TCP
	offline bool   // --offline: one in this process, over a pipe
	profile string // --profile: what that one offers
}

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

// smtpPort is the standard's (RFC 5321 §4.5.4.2).
const smtpPort = 25

// address is host and port of the server: what --server says, else MAILTOOL_SERVER, else
// the sandbox that runs in the user's directory, else the sandbox's usual port. Without a
// port it is the sandbox's on loopback, elsewhere the standard's.
func (p *program) address(t *target) (string, error) {
	asked := t.server
	if asked == "" {
		asked = p.Getenv("MAILTOOL_SERVER")
	}
	if asked == "" {
		if addr := p.sandboxAddress(); addr != "" {
			return addr, nil
		}
		asked = "127.0.0.1"
	}
	rest := asked
	if scheme, _, ok := strings.Cut(asked, "://"); ok {
		if scheme != "smtp" {
			return "", fail(exitUsage, "error/server/scheme", "scheme", scheme, "server", asked)
		}
		u, err := url.Parse(asked)
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil {
			return "", p.badServer(asked)
		}
		rest = u.Host
	}
	host, port, err := splitServer(rest)
	if err != nil {
		return "", p.badServer(asked)
	}
	if port == "" {
		port = strconv.Itoa(smtpPort)
		if isLoopback(host) {
			port = strconv.Itoa(sandbox.SMTPPort)
		}
	}
	return net.JoinHostPort(host, port), nil
}

// sandboxAddress is where the sandbox says that it listens, "" where none has said so.
func (p *program) sandboxAddress() string {
	dir, err := sandbox.DefaultDir(p.Getenv)
	if err != nil {
		return ""
	}
	ports, err := sandbox.ReadPorts(dir)
	if err != nil {
		return ""
	}
	return reachable(ports.SMTP)
}

func (p *program) badServer(asked string) error {
	return fail(exitUsage, "error/server/form", "server", asked).hint("hint/server", "")
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
