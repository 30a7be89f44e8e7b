package main

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestDialProblem: each way in which a connection does not come about has its sentence.
func TestDialProblem(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	refused := dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	for _, c := range []struct {
		addr    string
		err     error
		key     string
		command string // of the first hint
	}{
		{"127.0.0.1:2525", refused, "error/dial/refused", "mailtool serve"},
		{"mx.example:2525", refused, "error/dial/refused", ""},
		{"mx.example:25", dial(context.DeadlineExceeded), "error/dial/timeout", ""},
		{"mx.example:2525", dial(os.ErrDeadlineExceeded), "error/dial/timeout", ""},
		{"mx.example:25", dial(&net.DNSError{Name: "mx.example", IsNotFound: true}),
			"error/dial/name", ""},
		{"mx.example:25", dial(&net.DNSError{Name: "mx.example", IsTimeout: true}),
			"error/dial/timeout", ""},
		{"192.0.2.1:25", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)),
			"error/dial/unreachable", "mailtool smtp shell --sandbox"},
		{"192.0.2.1:25", dial(syscall.EPERM), "error/dial/other", ""},
	} {
		got := dialProblem("mailtool smtp shell", &smtpProtocol, c.addr, c.err)
		command := ""
		if len(got.hints) > 0 {
			command = got.hints[0].command
		}
		if got.key != c.key || got.status != exitNoConnection || command != c.command {
			t.Errorf("%v: %s, %d, %q", c.err, got.key, got.status, command)
		}
	}
}
