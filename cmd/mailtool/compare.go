package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/mime"
	"mailtool/sandbox"
	"mailtool/trace"
)

// compareText is what a comparison says.
var compareText = sentence.New(textFiles, "text/compare")

// A comparison has two protocols do the same things, each with a server of its own in this
// process, and puts what came of them side by side. What it says is read from the sessions, and
// from what lies in the mailbox then.
type comparison struct {
	*program
	save    string
	explain bool
	quiet   bool
	alone   bool // no other client comes
	sides   []*side
}

// A side is one of the two protocols.
type side struct {
	*program
	protocol *protocol
	script   func(*side, context.Context) error
	save     string
	alone    bool
	box      *sandbox.Sandbox
	ids      mime.IDs
	letters  int // that came
	sessions []*witness
	cells    map[string]string // what came of it, by the row of the table
}

// compared are the protocols by which mail is read, and what they do to be compared.
var compared = []struct {
	protocol *protocol
	script   func(*side, context.Context) error
}{{&pop3Protocol, (*side).byPOP3}, {&imapProtocol, (*side).byIMAP}}

// newCompare is "compare pop3 imap".
func (p *program) newCompare() *cobra.Command {
	k := &comparison{program: p}
	c := p.command("compare [PROTOCOL PROTOCOL]", func(c *cobra.Command, _ []string) error {
		return k.run(c.Context())
	})
	c.Args = func(c *cobra.Command, args []string) error { return k.choose(c, args) }
	fs := c.Flags()
	fs.BoolVarP(&k.explain, "explain", "e", false, "")
	fs.BoolVarP(&k.quiet, "quiet", "q", false, "")
	fs.StringVar(&k.save, "save", "", "")
	return c
}

// choose takes the names of the protocols, in the order in which they are to stand. There are but
// two, so they need not be named.
func (k *comparison) choose(c *cobra.Command, args []string) error {
	for _, word := range args {
		known := false
		for _, side := range compared {
			if strings.EqualFold(word, string(side.protocol.name)) && !k.has(side.protocol) {
				k.add(side.protocol, side.script)
				known = true
			}
		}
		if !known {
			return k.helpHint(fail(exitUsage, "error/argument", "command", c.CommandPath(), "word", word), c)
		}
	}
	k.addAll()
	return nil
}

// addAll adds those that were not named.
func (k *comparison) addAll() {
	for _, side := range compared {
		if !k.has(side.protocol) {
			k.add(side.protocol, side.script)
		}
	}
}

func (k *comparison) has(r *protocol) bool {
	return slices.ContainsFunc(k.sides, func(s *side) bool { return s.protocol == r })
}

func (k *comparison) add(r *protocol, script func(*side, context.Context) error) {
	k.sides = append(k.sides, &side{program: k.program, protocol: r, script: script,
		cells: map[string]string{}})
}

// run has each side do its part, and shows the table.
func (k *comparison) run(ctx context.Context) error {
	if err := k.measure(ctx); err != nil {
		return err
	}
	if err := k.table(); err != nil || k.quiet || !isTerminal(k.out) {
		return err
	}
	next := []offer{{"mailtool compare pop3 imap -e", "compare/next/explain"},
		{"mailtool tour", "compare/next/tour"}}
	if k.save != "" {
		saved := savedBeside(k.save, k.sides[len(k.sides)-1].sessions[0].name)
		next = []offer{{"mailtool trace show " + quoted(saved) + " -e", "compare/next/show"}}
	}
	k.next(k.out, next)
	return nil
}

// measure has each side do its part.
func (k *comparison) measure(ctx context.Context) error {
	for _, s := range k.sides {
		s.save, s.alone = k.save, k.alone
		if err := s.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// The letters: a long one and a short one lie in INBOX, one in another folder, and one comes while
// the first session goes on.
const (
	longLetter = iota
	shortLetter
	oldLetter
	newLetter
)

var compareLetters = []struct{ subject, text string }{
	longLetter:  {"Do you like ketchup?", strings.Repeat("Ketchup goes with everything.\n", 200)},
	shortLetter: {"Lunch on Friday?", "At noon, in the garden.\n"},
	oldLetter:   {"Last year's pickles", "All gone.\n"},
	newLetter:   {"And mustard?", "Or rather horseradish?\n"},
}

// run starts the server, puts the letters there, and goes through the script.
func (s *side) run(ctx context.Context) error {
	o := sandbox.Options{SMTP: "0", POP3: sandbox.Off, POP3S: sandbox.Off, IMAP: sandbox.Off,
		IMAPS: sandbox.Off, Unrecorded: true, Now: s.Now}
	*s.protocol.service(true, false).asked(&o) = "0"
	var err error
	if s.box, err = sandbox.Start(ctx, o); err != nil {
		return err
	}
	defer stopBox(s.box)
	s.ids = mime.IDs{Domain: s.box.Domain(), Now: s.Now, Random: s.Random}
	old, err := s.letter(oldLetter)
	if err != nil {
		return err
	}
	if err := s.box.Add(ctx, "bob", archive, s.Now(), 0, strings.NewReader(string(old.Data))); err != nil {
		return err
	}
	for _, n := range []int{longLetter, shortLetter} {
		if err := s.arrives(ctx, n); err != nil {
			return err
		}
	}
	err = s.script(s, ctx)
	for _, w := range s.sessions {
		if saved := w.finish(); err == nil {
			err = saved
		}
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (s *side) letter(n int) (*mime.Built, error) {
	s.letters++
	return s.fromAlice(&s.ids, s.box.Domain(), compareLetters[n].subject, compareLetters[n].text)
}

// arrives brings a letter by SMTP.
func (s *side) arrives(ctx context.Context, n int) error {
	letter, err := s.letter(n)
	if err != nil {
		return err
	}
	return s.deliver(ctx, s.box, letter)
}

// begin connects for a session that is recorded.
func (s *side) begin(ctx context.Context, name string) (*witness, error) {
	conn, err := s.connect(ctx, s.protocol.service(true, false).addr(s.box))
	if err != nil {
		return nil, err
	}
	w := &witness{program: s.program, protocol: s.protocol.name, heard: newHeard(),
		name: string(s.protocol.name) + "-" + name, opening: conn.opening(), start: s.Now()}
	if w.keeper, err = newKeeper(savedBeside(s.save, w.name)); err != nil {
		conn.Close()
		return nil, err
	}
	w.opening.Protocol, w.opening.Vantage = w.protocol, trace.AtClient
	w.tap = trace.NewTap(conn, trace.NewRecorder(s.protocol.dissector("1"), w.opening, s.Now, w.sink),
		trace.Client)
	w.stop = context.AfterFunc(ctx, func() { w.tap.CloseWhy(trace.ClosedShutdown) })
	s.sessions = append(s.sessions, w)
	return w, nil
}

// saw keeps what came of the protocol in a row: a sentence.
func (s *side) saw(row, key string, args ...string) { s.quotes(row, s.say(key, args...)) }

// all is how many letters came.
func (s *side) all() string { return strconv.Itoa(s.letters) }

// quotes keeps what the server said, as it stands.
func (s *side) quotes(row, line string) { s.cells[row] = line }

// count is how many letters lie in bob's INBOX, whatever any client says.
func (s *side) count() string { return strconv.Itoa(s.box.Count("bob")) }

// number keeps by what a letter is known, now and before.
func (s *side) number(what, now, before string) {
	key := "compare/id/other"
	if now == before {
		key = "compare/id/same"
	}
	s.saw("number", key, "command", what, "id", now)
}
