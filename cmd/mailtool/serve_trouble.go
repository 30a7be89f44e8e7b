package main

import (
	"errors"
	"net"
	"strconv"

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
		return fail(exitLocal, "error/serve/certificate", "why", c.Err.Error()).because(err)
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
	elsewhere := "mailtool serve --port-offset " + strconv.Itoa(s.o.PortOffset+100)
	if s.o.SMTP != "" {
		elsewhere = "mailtool serve --smtp 0" // any port that is free
	}
	switch l.Trouble {
	case sandbox.PortTaken:
		if s.o.Dir != "" {
			if now, err := sandbox.ReadPorts(s.o.Dir); err == nil && now.SMTP == l.Addr {
				e.hint("hint/serve/mine", "", "process", strconv.Itoa(now.Process), "dir", s.o.Dir)
			}
		}
		e.hint("hint/serve/running", "mailtool smtp send"+serverFlag(l.Addr))
		e.hint("hint/serve/elsewhere", elsewhere)
	case sandbox.PortReserved:
		if n, err := strconv.Atoi(port); err == nil && n < 1024 {
			e.hint("hint/serve/low-port", "mailtool serve")
			break
		}
		e.hint("hint/serve/elsewhere", elsewhere)
		e.hint("hint/serve/excluded", "netsh interface ipv4 show excludedportrange tcp")
	case sandbox.PortRange:
		e.status = exitUsage
		if s.o.SMTP != "" {
			e.hint("hint/serve/usual", "mailtool serve")
			break
		}
		e.hint("hint/serve/range", "mailtool serve --port-offset 100")
	case sandbox.NoSuchAddress:
		e.hint("hint/serve/address", "mailtool serve --smtp 127.0.0.1:2525")
	}
	return e
}
