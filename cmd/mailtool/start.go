package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An offer is a command and what it is good for.
type offer struct{ command, key string }

// starts are the doors into mailtool, in the order in which a newcomer takes them.
var starts = []offer{
	{"mailtool tour", "start/tour"},
	{"mailtool serve", "start/serve"},
	{"mailtool smtp send", "start/send"},
	{"mailtool pop3 list", "start/pop3"},
	{"mailtool imap folders", "start/imap"},
	{"mailtool smtp shell", "start/shell"},
	{"mailtool --help", "start/help"},
}

// start shows where to begin. In a window that a double click opened it waits for Enter,
// since the window closes with the program.
func (p *program) start(ctx context.Context) error {
	fmt.Fprintf(p.out, "%s\n\n", p.say("start/title"))
	p.offers(p.out, "  ", starts)
	if p.Clicked != nil && p.Clicked() {
		fmt.Fprintf(p.out, "\n%s\n%s", p.say("start/clicked"), p.say("start/enter"))
		p.waitEnter(ctx, bufio.NewReader(p.in))
	}
	return nil
}

// offers writes the commands that this build has, and what they are good for, in two columns.
func (p *program) offers(w io.Writer, head string, list []offer) {
	list = slices.DeleteFunc(slices.Clone(list), func(o offer) bool { return !p.has(o.command) })
	pairs := make([]pair, len(list))
	for i, o := range list {
		pairs[i] = pair{command: o.command, words: p.say(o.key)}
	}
	at := layout{head: head, commandFirst: true, gap: 3, columns: width(w)}
	for _, line := range at.lines(pairs) {
		fmt.Fprintln(w, line)
	}
}

// waitEnter waits for the end of a line, or of ctx. It returns false where there will be
// none.
func (p *program) waitEnter(ctx context.Context, in *bufio.Reader) bool {
	done := make(chan error, 1)
	go func() {
		_, err := in.ReadString('\n')
		done <- inputEnd(err, isTerminal(p.in), ctx.Done())
	}()
	select {
	case err := <-done:
		return err == nil
	case <-ctx.Done():
		return false
	}
}

// has says that this build has the command of a line, "mailtool pop3 list --help".
func (p *program) has(line string) bool {
	words := strings.Fields(line)[1:]
	c, rest, err := p.root.Find(words)
	return err == nil && (len(rest) == 0 || rest[0][0] == '-' || !c.HasSubCommands() ||
		c.Annotations[ownWords] != "")
}
