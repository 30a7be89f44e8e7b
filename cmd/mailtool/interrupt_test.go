package main

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// TestInterrupted: Ctrl-C ends a session with a server that says nothing, at once; it is
// the normal end of the shell.
func TestInterrupted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for command, want := range map[string]int{"send": exitInterrupted, "shell": exitDone} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		status, out, errs := try(t, ctx, "", "smtp", command, "--server", l.Addr().String())
		cancel()
		if status != want || errs != "" || time.Since(start) > 2*time.Second {
			t.Errorf("%s: status %d, stderr %q", command, status, errs)
		}
		if !strings.Contains(out, "-- no message was sent") {
			t.Errorf("%s: no summary:\n%s", command, out)
		}
	}
}
