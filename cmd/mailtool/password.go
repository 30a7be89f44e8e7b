package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	xterm "golang.org/x/term"
)

// passwordFile reads a password from a file, or from the input where that is "-". A person
// at a terminal is asked.
func (p *program) passwordFile(ctx context.Context, name, user, server string) (string, error) {
	if name == "-" && isTerminal(p.in) {
		return p.askPassword(ctx, user, server)
	}
	if name == "-" {
		line, err := p.inputLine()
		return firstLine(line), err
	}
	octets, err := readFile(name, 1<<20)
	return firstLine(octets), err
}

// inputLine reads one line of the input and no octet more: what follows is for others.
func (p *program) inputLine() ([]byte, error) {
	var line []byte
	in, one := p.typed(), make([]byte, 1)
	for len(line) <= maxPassword {
		n, err := in.Read(one)
		if n > 0 {
			line = append(line, one[0])
		}
		if n > 0 && one[0] == '\n' || errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return line, nil
}

// askPassword asks a person, whose answer does not show. Where nobody can be asked, the error
// says what to give.
func (p *program) askPassword(ctx context.Context, user, server string) (string, error) {
	f, ok := p.in.(*os.File)
	if !ok || !isTerminal(f) {
		return "", fail(exitUsage, "error/password/missing", "user", user).
			hint("hint/password/missing", "")
	}
	fd := int(f.Fd())
	before, err := xterm.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(p.err, p.sentence("login/ask", []string{"user", user, "server", server})+" ")
	defer fmt.Fprintln(p.err)
	type answer struct {
		octets []byte
		err    error
	}
	typed := make(chan answer, 1)
	go func() {
		octets, err := xterm.ReadPassword(fd)
		typed <- answer{octets, err}
	}()
	select {
	case a := <-typed:
		a.err = inputEnd(a.err, true, ctx.Done())
		if errors.Is(a.err, io.EOF) { // Ctrl-D: no password
			a.err = nil
		}
		return string(a.octets), a.err
	case <-ctx.Done(): // Ctrl-C: what is typed from now on is to be seen again
		xterm.Restore(fd, before)
		return "", ctx.Err()
	}
}
