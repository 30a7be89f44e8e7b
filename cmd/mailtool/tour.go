package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/pki"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
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

	secure    bool        // with a log-in, in TLS
	lock      secureFlags // how TLS is made then
	authority *pki.Authority
}

// A leg is a part of the tour: it shows one session and says what to do next.
type leg func(t *tour, ctx context.Context) error

// legs are the parts, in the order in which a letter travels.
var legs = []leg{(*tour).push}

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
	o := sandbox.Options{SMTP: "0", Unrecorded: true, Now: t.Now}
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
