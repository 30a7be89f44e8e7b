package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/mime"
	"mailtool/sandbox"
	"mailtool/trace"
	"mailtool/trace/term"
)

// tourText is what the tour says, beside what all commands say.
var tourText = sentence.New(textFiles, "text/tour")

// A tour follows a letter from Alice to Bob. It has a leg for each protocol on the way;
// all use the same server, so that what one leg leaves behind is what the next one finds.
type tour struct {
	*program
	d   display
	box *sandbox.Sandbox
	in  *bufio.Reader // of --step, for all legs
	ids mime.IDs      // of Alice's letters

	secure    bool        // with a log-in, in TLS
	lock      secureFlags // how TLS is made then
	authority *pki.Authority
}

// A leg is a part of the tour: it shows one session.
type leg func(t *tour, ctx context.Context) error

// legs are the parts, in the order in which a letter travels.
var legs = []leg{(*tour).push, (*tour).pull, (*tour).arrange}

// newTour is where a newcomer begins.
func (p *program) newTour() *cobra.Command {
	t := &tour{program: p, lock: secureFlags{mode: tlsStart}}
	var step bool
	c := p.command("tour", func(c *cobra.Command, _ []string) error {
		t.d.step = isTerminal(p.in) && isTerminal(p.out)
		if c.Flags().Changed("step") {
			t.d.step = step
		}
		return t.run(c.Context())
	})
	t.d.liveFlags(c.Flags())
	t.d.explain = true
	c.Flags().BoolVar(&step, "step", false, "")
	c.Flags().BoolVar(&t.secure, "secure", false, "")
	return c
}

// run starts a server of the tour's own, on any port that is free, and walks the legs.
func (t *tour) run(ctx context.Context) error {
	o := sandbox.Options{SMTP: "0", POP3: "0", POP3S: sandbox.Off, IMAP: "0", IMAPS: sandbox.Off, Unrecorded: true, Now: t.Now}
	if t.secure {
		if err := t.submission(&o); err != nil {
			return err
		}
	}
	box, err := sandbox.Start(ctx, o)
	if err != nil {
		return err
	}
	defer stopBox(box)
	t.box = box
	t.ids = mime.IDs{Domain: box.Domain(), Now: t.Now, Random: t.Random}
	for _, walk := range legs {
		if err := walk(t, ctx); err != nil {
			return err
		}
	}
	return nil
}

// paragraph says something of the tour's own, an empty line before each of its parts.
func (t *tour) paragraph(l *live, key string, args ...string) {
	if t.d.quiet {
		return
	}
	for part := range strings.SplitSeq(t.sentence(key, args), "\n\n") {
		fmt.Fprintln(l)
		t.write(l, part)
	}
}

// write puts our words between the lines of the session.
func (t *tour) write(l *live, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if !t.d.quiet {
			fmt.Fprintf(l, "# %s\n", line)
		}
	}
}

// stage says, before each thing that a program of the tour sends, what it is for; and waits
// for Enter where the tour goes step by step. key names what is said, by the verb and the one
// before it; where it is empty the step is a part of the one before.
func (t *tour) stage(ctx context.Context, l *live, key func(verb, before string) string,
) func(pending []byte) error {
	wait := l.gate(ctx)
	before := ""
	return func(pending []byte) error {
		verb := verbIn(l.o.Protocol, pending)
		say := key(verb, before)
		before = verb
		if say == "" {
			return nil
		}
		t.paragraph(l, say)
		if wait == nil {
			return nil
		}
		return wait(pending)
	}
}

// verbIn is the verb of what is about to be sent; in IMAP it stands behind a tag.
func verbIn(protocol trace.Protocol, pending []byte) string {
	words := strings.Fields(string(pending[:min(len(pending), 40)]))
	switch {
	case len(words) == 0:
		return ""
	case protocol == trace.IMAP && len(words) > 1:
		return words[1]
	}
	return words[0]
}

// next is what there is to do at the end.
func (t *tour) next() []offer {
	if t.secure {
		return []offer{{"mailtool smtp send --sandbox -u alice --tls starttls", "tour/next/log-in"},
			{"mailtool smtp probe --sandbox -u alice --tls starttls", "tour/next/probe"},
			{"mailtool tour", "tour/next/tour"}}
	}
	return []offer{{"mailtool serve", "tour/next/serve"}, {"mailtool smtp send -e", "tour/next/send"},
		{"mailtool pop3 fetch -e", "tour/next/fetch"}, {"mailtool compare pop3 imap", "tour/next/compare"},
		{"mailtool smtp shell", "tour/next/shell"},
		{"mailtool tour --secure", "tour/next/secure"}}
}

// mails says how many mails bob has.
func (t *tour) mails() string { return t.counted("tour/mails", t.box.Count("bob")) }

// quote shows lines of a stored message as our words: they did not cross the wire now.
func (t *tour) quote(l *live, text string) {
	if t.d.quiet {
		return
	}
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")
		fmt.Fprintf(l, "#    %s\n", term.Escape([]byte(line)))
	}
}
