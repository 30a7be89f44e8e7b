package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// newIMAPShell is "imap shell": the person is the client, but for the tags and the counts of
// literals.
func (p *program) newIMAPShell() *cobra.Command {
	t := imap.UsualTimeouts()
	s := &shell{p: p, to: target{protocol: &imapProtocol}, begin: "shell/begin/imap",
		handshake: t.Handshake, write: t.Write, reply: t.Reply}
	s.scribe = &imapScribe{shell: s}
	return s.command()
}

// An imapScribe makes of lines as a person types them what goes out.
type imapScribe struct {
	*shell
	tags  int
	begun string // a line that ended in {}: the next is its literal
	tail  bool   // a literal was sent: the command goes on
}

// write sends a line: with a tag, where it begins a command that has none. A line that asks what
// can be said, "?" or "SEL?", is answered here.
func (m *imapScribe) write(ctx context.Context, line []byte) error {
	text := string(line)
	switch waits := m.tap.Recorder().Waiting().Server; {
	case m.begun != "":
		return m.literal(ctx, line)
	case m.tail:
		m.tail = false
	case waits == "literal" || waits == "auth" || waits == "continuation" || waits == "done":
		return m.send(line)
	case m.asks(text):
		return nil
	case strings.EqualFold(text, "DONE") || text == "":
		return m.send(line)
	case !tagged(text):
		m.tags++
		text = fmt.Sprintf("a%03d %s", m.tags, text)
	}
	if bare, open := strings.CutSuffix(text, "{}"); open {
		m.begun = bare
		m.live.note("shell/imap/literal")
		return nil
	}
	return m.send([]byte(text))
}

// tagged says that a line has a tag of its own: what stands behind its first word is a command,
// and the line as it stands is none.
func tagged(text string) bool {
	_, rest, more := strings.Cut(text, " ")
	return more && !imap.IsCommand(text) && imap.IsCommand(rest)
}

// literal announces the octets of a literal, and sends them when the server asks for them
// (RFC 3501 §4.3).
func (m *imapScribe) literal(ctx context.Context, octets []byte) error {
	begun := m.begun
	m.begun = ""
	if err := m.send(fmt.Appendf(nil, "%s{%d}", begun, len(octets))); err != nil {
		return err
	}
	if over, err := m.turn(ctx); over {
		return err
	}
	if w := m.tap.Recorder().Waiting().Server; w != "literal" && w != "continuation" {
		return nil // the server does not want it
	}
	m.tail = true
	m.live.note("shell/imap/tail")
	return m.octets(octets)
}

// asks answers a line that ends in a question mark, or in a tab: which commands may come now, of
// those that begin so.
func (m *imapScribe) asks(text string) bool {
	typed, mark := strings.CutSuffix(text, "?")
	if !mark {
		typed, mark = strings.CutSuffix(text, "\t")
	}
	typed = strings.ToUpper(strings.TrimSpace(typed))
	if !mark || strings.ContainsRune(typed, ' ') && !strings.HasPrefix(typed, "UID") {
		return false
	}
	state := m.live.state()
	var verbs []string
	for _, c := range imap.Commands() {
		if c.May(state) && strings.HasPrefix(c.Verb, typed) {
			verbs = append(verbs, c.Verb)
		}
	}
	if len(verbs) == 0 {
		m.live.note("shell/imap/none", "word", typed)
	} else {
		m.live.note("shell/imap/may", "state", state, "verbs", strings.Join(verbs, ", "))
	}
	return true
}

// state is that of a session of IMAP, by what the server has said.
func (l *live) state() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally.arrange.state
}

// send sends a line.
func (m *imapScribe) send(line []byte) error {
	return m.octets(append(bytes.Clone(line), '\r', '\n'))
}
