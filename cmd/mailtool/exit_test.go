package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/mime"
	"mailtool/smtp"
)

func TestStatusOf(t *testing.T) {
	_, missing := os.Open("there is no such file")
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{smtp.NewReply(550, "5.1.1", "no"), 1},
		{smtp.NewReply(554, "", "no"), 1},
		{fail(exitUsage, "error/count"), 2},
		{smtp.NewReply(450, "", "later"), 3},
		{smtp.NewReply(421, "", "closing"), 3},
		{smtp.NewReply(454, "", "TLS not available"), 3},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 4},
		{io.EOF, 4},
		{fmt.Errorf("no answer: %w", os.ErrDeadlineExceeded), 4},
		{smtp.NewReply(530, "", "log in"), 5},
		{smtp.NewReply(534, "", "weak"), 5},
		{smtp.NewReply(535, "", "wrong"), 5},
		{smtp.NewReply(538, "", "TLS first"), 5},
		{&smtp.ProtocolError{To: "MAIL"}, 6},
		{smtp.NewReply(354, "", "go on"), 6},
		{missing, 7},
		{&mime.Error{ID: mime.ErrFileEmpty}, 7},
		{errors.New("anything"), 7},
		{context.Canceled, 130},
		{exitStatus(3), 3},
	} {
		if got := statusOf(c.err); got != c.want {
			t.Errorf("%v: status %d, want %d", c.err, got, c.want)
		}
	}
}

func TestGravest(t *testing.T) {
	for _, c := range []struct {
		statuses []int
		want     int
	}{{nil, 0}, {[]int{0, 3}, 3}, {[]int{3, 1}, 1}, {[]int{1, 5}, 5}, {[]int{5, 4}, 4},
		{[]int{4, 6}, 6}, {[]int{6, 7}, 7}} {
		if got := gravest(c.statuses...); got != c.want {
			t.Errorf("%v: %d, want %d", c.statuses, got, c.want)
		}
	}
}

// TestIsGone: whoever has seen enough of our output is no error; another file's trouble is.
func TestIsGone(t *testing.T) {
	stdout := os.Stdout.Name()
	for err, want := range map[error]bool{
		&fs.PathError{Op: "write", Path: stdout, Err: syscall.EPIPE}:  true,
		&fs.PathError{Op: "write", Path: stdout, Err: windowsBroken}:  true,
		&fs.PathError{Op: "write", Path: stdout, Err: windowsGone}:    true,
		&fs.PathError{Op: "write", Path: stdout, Err: windowsNobody}:  true,
		&fs.PathError{Op: "write", Path: stdout, Err: syscall.ENOSPC}: false,
		&fs.PathError{Op: "write", Path: "x.eml", Err: windowsGone}:   false,
	} {
		if isGone(err) != want {
			t.Errorf("%v: %v", err, !want)
		}
	}
}

// TestNoName: a file that could not get its name is told of by that.
func TestNoName(t *testing.T) {
	e := testProgram(sentence.English).explained(&os.LinkError{Op: "rename", Old: ".mailtool-1",
		New: "m.eml", Err: syscall.EACCES})
	if e.key != "error/file/permission" || e.status != exitLocal || e.args[1] != "m.eml" {
		t.Errorf("%s %v", e.key, e.args)
	}
}
