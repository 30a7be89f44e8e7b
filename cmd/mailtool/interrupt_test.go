package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sentence"
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

// waiting is an input at which somebody sits and thinks.
type waiting struct{ context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.Done()
	return 0, io.EOF
}

// TestInterruptedInput: Ctrl-C ends what waits for somebody to type.
func TestInterruptedInput(t *testing.T) {
	homeless(t)
	for _, line := range []string{"smtp send - --offline", "trace show -",
		"smtp send --offline -u alice --password-file -"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		var out, errs strings.Builder
		start := time.Now()
		status := run(ctx, strings.Fields(line), testSystem(), waiting{t.Context()}, &out, &errs)
		cancel()
		if status != exitInterrupted || errs.Len() > 0 || time.Since(start) > 2*time.Second {
			t.Errorf("%s: status %d, %q%q", line, status, out.String(), errs.String())
		}
	}
}

// TestInterruptedAnswer: Ctrl-C is no answer to a question.
func TestInterruptedAnswer(t *testing.T) {
	p := testProgram(sentence.English)
	ended := make(chan struct{})
	close(ended)
	p.in, p.ended = waiting{t.Context()}, ended
	if yes, err := p.confirms("join/ask"); yes || statusOf(err) != exitInterrupted {
		t.Errorf("%v, %v", yes, err)
	}
}

// TestInterruptedMessages: Ctrl-C ends what looks into a message, of a large file and of an
// input that does not come.
func TestInterruptedMessages(t *testing.T) {
	inTemp(t, map[string]string{"a.eml": withAttachment, "a.mbox": "From a\n" + withAttachment})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, line := range []string{"tree a.eml", "tree a.eml --json", "show a.eml --raw", "explain a.eml",
		"part a.eml 1", "extract a.eml", "diff a.eml a.eml", "lint a.eml", "show a.mbox#1",
		"encode qp --file a.eml", "decode base64 --file a.eml", "encode word x"} {
		status, out, errs := try(t, over, "", append([]string{"mime"}, strings.Fields(line)...)...)
		if status != exitInterrupted || out+errs != "" {
			t.Errorf("%s: status %d: %s%s", line, status, out, errs)
		}
	}
	for _, line := range []string{"tree -", "encode base64", "decode word -"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		var out, errs strings.Builder
		status := run(ctx, append([]string{"mime"}, strings.Fields(line)...), thisSystem(),
			waiting{t.Context()}, &out, &errs)
		cancel()
		if status != exitInterrupted || out.String()+errs.String() != "" {
			t.Errorf("%s: status %d: %s%s", line, status, out.String(), errs.String())
		}
	}
}

// TestInputEnd: at a keyboard Ctrl-C may first look like the end of the input.
func TestInputEnd(t *testing.T) {
	ended := make(chan struct{})
	time.AfterFunc(10*time.Millisecond, func() { close(ended) })
	if err := inputEnd(io.EOF, true, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Ctrl-C a moment later: %v", err)
	}
	if err := inputEnd(io.EOF, true, nil); err != io.EOF {
		t.Errorf("nothing later: %v", err)
	}
	if err := inputEnd(io.EOF, false, ended); err != io.EOF {
		t.Errorf("a file: %v", err)
	}
	if err := inputEnd(nil, true, ended); err != nil {
		t.Errorf("an answer: %v", err)
	}
}
