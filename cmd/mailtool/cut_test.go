package main

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestCutProblem: a connection that is cut has its sentence, by whatever number the system
// calls it.
func TestCutProblem(t *testing.T) {
	for _, c := range []struct {
		err error
		key string
	}{
		{syscall.ECONNRESET, "error/cut/reset"},
		{syscall.EPIPE, "error/cut/reset"},
		{winsockReset, "error/cut/reset"},
		{winsockAborted, "error/cut/reset"},
		{io.EOF, "error/cut/eof"},
		{io.ErrUnexpectedEOF, "error/cut/middle"},
		{os.ErrDeadlineExceeded, "error/cut/timeout"},
	} {
		err := cutProblem("x", &net.OpError{Op: "read", Err: os.NewSyscallError("recv", c.err)})
		if e, ok := err.(*problem); !ok || e.key != c.key || e.status != exitNoConnection {
			t.Errorf("%v: %v", c.err, err)
		}
	}
}
