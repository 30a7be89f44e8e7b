package main

import (
	"errors"
	"net"
	"os"
	"strconv"

	"mailtool/internal/pki"
	"mailtool/sandbox"
)

// startProblem tells why the servers did not start, and what to type instead.
func (s *serving) startProblem(err error) error {
	var l *sandbox.ListenError
	var c *sandbox.CertificateError
	switch {
	case errors.Is(err, sandbox.ErrDomain):
		return fail(exitUsage, "error/serve/domain", "domain", s.o.Domain)
	case errors.As(err, &c):
		return fail(exitLocal, "error/serve/certificate", "why", s.whyNoTLS(c.Err)).because(err)
	case !errors.As(err, &l):
		return mailboxProblem(err, s.o.Dir)
	}
	_, port, _ := net.SplitHostPort(l.Addr)
	why := ""
	if l.Err != nil {
		why = l.Err.Error()
	}
	e := fail(exitLocal, "error/serve/"+string(l.Trouble), "addr", l.Addr, "port", port, "why", why)
	e.because(err)
	switch l.Trouble {
	case sandbox.PortTaken:
		if now, err := sandbox.ReadPorts(s.o.Dir); err == nil && now.Has(l.Addr) {
			e.hint("hint/serve/mine", "", "process", strconv.Itoa(now.Process), "dir", s.o.Dir)
		}
		if l.Server != "smtp" {
			e.hint("hint/serve/move", s.elsewhere(l.Server))
			e.hint("hint/serve/without", "mailtool serve --"+l.Server+" off")
			break
		}
		e.hint("hint/serve/running", "mailtool smtp send"+serverFlag(l.Addr))
		e.hint("hint/serve/elsewhere", s.elsewhere(l.Server))
	case sandbox.PortReserved:
		if n, err := strconv.Atoi(port); err == nil && n < 1024 {
			e.hint("hint/serve/low-port", "mailtool serve")
			break
		}
		e.hint("hint/serve/elsewhere", s.elsewhere(l.Server))
		e.hint("hint/serve/excluded", "netsh interface ipv4 show excludedportrange tcp")
	case sandbox.PortRange:
		e.status = exitUsage
		if s.asked(l.Server) != "" {
			e.hint("hint/serve/usual", "mailtool serve")
			break
		}
		e.hint("hint/serve/range", "mailtool serve --port-offset 100")
	case sandbox.NoSuchAddress:
		e.hint("hint/serve/address", "mailtool serve --smtp 127.0.0.1:2525")
	}
	return e
}

// whyNoTLS says what is wrong with a certificate, its key, or the authority.
func (s *serving) whyNoTLS(err error) string {
	var damage *pki.DamagedError
	var file *os.PathError
	switch {
	case errors.As(err, &damage):
		cert := pki.CertFile
		if damage.File == s.o.Key {
			cert = s.o.Cert
		}
		return s.sentence("error/ca/"+string(damage.Damage), []string{"file", damage.File,
			"cert", cert, "key", pki.KeyFile})
	case errors.As(err, &file):
		e := fileProblem(file)
		return s.sentence(e.key, e.args)
	case errors.Is(err, sandbox.ErrNoAuthority):
		return s.say("serve/no-tls/authority")
	case errors.Is(err, pki.ErrScope):
		return s.say("serve/no-tls/scope")
	case errors.Is(err, pki.ErrOver):
		return s.say("serve/no-tls/over")
	}
	return err.Error()
}

// asked is where a server was to listen, "" for the usual place.
func (s *serving) asked(server string) string {
	for _, known := range s.servers() {
		if known.name == server && *known.asked != sandbox.On {
			return *known.asked
		}
	}
	return ""
}

// elsewhere is the command that has a server listen on another port: on any that is free
// where it was named, else all that are not named go on.
func (s *serving) elsewhere(server string) string {
	if s.asked(server) != "" {
		return "mailtool serve --" + server + " 0"
	}
	command := "mailtool serve"
	if s.o.SMTP != "" {
		command += " --smtp " + s.o.SMTP
	}
	return command + " --port-offset " + strconv.Itoa(s.o.PortOffset+100)
}
