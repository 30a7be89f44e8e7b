package main

import (
	"context"
	secret "crypto/rand"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/inconshreveable/mousetrap"
	"github.com/spf13/cobra"
	xterm "golang.org/x/term"

	"mailtool/internal/sentence"
	"mailtool/smtp"
	"mailtool/trace/explain"
	"mailtool/trace/term"
)

// A system is what a run meets outside of its streams. Tests set it.
type system struct {
	Getenv  func(name string) string
	Now     func() time.Time
	Random  func() uint64
	Secrets io.Reader   // chance that nobody can guess
	Clicked func() bool // started by a double click: the window closes when we end
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
}

func thisSystem() system {
	return system{Getenv: os.Getenv, Now: time.Now, Random: rand.Uint64, Secrets: secret.Reader,
		Clicked: mousetrap.StartedByExplorer,
		Dial:    (&net.Dialer{Timeout: smtp.Connecting}).DialContext}
}

// A program is one run of mailtool.
type program struct {
	system
	in       io.Reader
	out, err io.Writer
	lang     sentence.Lang
	color    string // --color
	root     *cobra.Command
	asked    string          // the command that was asked for, "mailtool smtp send"
	joined   *room           // the class that is being joined, before it is kept
	ended    <-chan struct{} // Ctrl-C was pressed; nil where nobody can
}

// run does what args ask for and returns the exit status.
func run(ctx context.Context, args []string, sys system, in io.Reader, out, err io.Writer) int {
	// A reader of our output who goes away must not take the session along: writing
	// fails then, and everything else goes on.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second Ctrl-C ends the program at once

	shown := &outlet{w: out}
	p := &program{system: sys, in: in, out: shown, err: err, color: "auto", ended: ctx.Done()}
	p.lang = explain.Detect(langFlag(args), sys.Getenv)
	p.root = p.tree()
	fault := p.execute(ctx, args)
	if isGone(fault) {
		return exitDone
	}
	status := p.report(fault)
	if failed := shown.failure(); failed != nil && !hasLeft(failed) && !ofOutput(fault) {
		status = gravest(status, p.report(failed))
	}
	return status
}

// isGone says that the reader of our output has seen enough, as head has.
func isGone(err error) bool { return ofOutput(err) && hasLeft(err) }

// hasLeft says that nobody reads what was written any more.
func hasLeft(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, windowsBroken) ||
		errors.Is(err, windowsGone) || errors.Is(err, windowsNobody)
}

// ofOutput says that our output could not be written.
func ofOutput(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && file.Path == os.Stdout.Name()
}

// What Windows says of a pipe that nobody reads any more: ERROR_BROKEN_PIPE, ERROR_NO_DATA,
// ERROR_PIPE_NOT_CONNECTED.
const (
	windowsBroken = syscall.Errno(109)
	windowsGone   = syscall.Errno(232)
	windowsNobody = syscall.Errno(233)
)

// langFlag finds --lang before the flags are read: even an error about them is said in
// that language.
func langFlag(args []string) string {
	for i, a := range args {
		switch {
		case a == "--":
			return ""
		case a == "--lang" && i+1 < len(args):
			return args[i+1]
		case len(a) > 7 && a[:7] == "--lang=":
			return a[7:]
		}
	}
	return ""
}

// isTerminal says that a person sits at the other end of a stream.
func isTerminal(stream any) bool {
	f, ok := behind(stream).(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// width is how many columns the terminal behind a stream has, 0 where there is none.
func width(stream any) int {
	if f, ok := behind(stream).(*os.File); ok {
		if columns, _, err := xterm.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// isObedient says that a stream is a terminal, which obeys escape sequences.
func isObedient(stream any) bool {
	f, ok := behind(stream).(*os.File)
	return ok && isTerminal(f) && obeysEscapes(f)
}

// colour says whether a stream is written in colour.
func (p *program) colour(stream any) (bool, error) {
	on, err := term.UseColour(p.color, isObedient(stream), p.Getenv)
	if err != nil {
		return false, p.choice("color", p.color, "auto, always, never")
	}
	return on, nil
}
