package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/term"
)

// A probing is one run of "smtp probe": it listens to what a server says of itself, and
// asks for nothing else.
type probing struct {
	call
	greeting   *smtp.Reply
	extensions smtp.Extensions
	refused    bool // EHLO was
}

// newProbe is "smtp probe".
func (p *program) newProbe() *cobra.Command {
	b := &probing{call: call{p: p}}
	c := p.command("probe", func(c *cobra.Command, _ []string) error { return b.run(c.Context()) })
	b.flags(c)
	return c
}

func (b *probing) run(ctx context.Context) error {
	if err := b.check(ctx); err != nil {
		return err
	}
	l, err := b.p.newLive(&b.shown, liveOptions{Protocol: trace.SMTP})
	if err != nil {
		return err
	}
	err = b.call.run(ctx, l, func(c *smtp.Client) error {
		b.greeting, b.extensions = c.Greeting, c.Extensions
		b.refused = l.refused() == "EHLO"
		return nil
	})
	if err == nil {
		b.table(l)
		l.judge = func(*tally) string { return b.verdict() }
	}
	return l.finish(err, b.next()...)
}

// table says what the server offers and what each of it means.
func (b *probing) table(l *live) {
	host, _, _ := strings.Cut(b.greeting.Lines[0], " ")
	switch {
	case b.refused:
		l.result("probe/no-ehlo", "host", host)
	case len(b.extensions) == 0:
		l.result("probe/none", "host", host)
	default:
		l.result("probe/offers", "host", host)
	}
	widest := 0
	for _, x := range b.extensions {
		widest = max(widest, min(term.Columns(x.String()), probeColumn))
	}
	for _, x := range b.extensions {
		b.row(l, widest, x)
	}
	if lacks := b.lacks(); len(lacks) > 0 {
		l.result("probe/lacks", "keywords", strings.Join(lacks, ", "))
	}
}

// probeColumn is how wide the column of what the server said may be; what is longer has
// a line of its own.
const probeColumn = 30

// row writes an extension, and its meaning beside or below it.
func (b *probing) row(l *live, widest int, x smtp.Extension) {
	text, section, known := explain.Meaning(b.p.lang, "smtp/extension/"+x.Keyword)
	if !known {
		text = b.p.say("probe/unknown")
	}
	if limit := b.limit(x); limit != "" {
		text += b.p.say("verdict/semicolon") + limit
	}
	if section != "" {
		text += "   " + section
	}
	said := x.String()
	if term.Columns(said) > widest {
		l.resultLine("  " + said)
		said = ""
	}
	for _, line := range term.Wrap(text, b.columns()-widest-7) {
		l.resultLine("  " + said + strings.Repeat(" ", widest-term.Columns(said)+3) + line)
		said = ""
	}
}

// columns is how wide the table may be.
func (b *probing) columns() int {
	if n := width(b.p.out); n > 60 {
		return n
	}
	return 110
}

// limit says in words what SIZE sets (RFC 1870 §3).
func (b *probing) limit(x smtp.Extension) string {
	n, err := strconv.ParseInt(x.Params, 10, 64)
	switch {
	case x.Keyword != "SIZE":
		return ""
	case x.Params == "":
		return b.p.say("probe/size/unsaid")
	case err != nil || n < 0:
		return b.p.say("probe/size/wrong")
	case n == 0:
		return b.p.say("probe/size/none")
	}
	return b.p.say("probe/size", "size", size(n))
}

// lacks are the extensions that mailtool could use and the server does not offer.
func (b *probing) lacks() []string {
	var out []string
	for _, x := range append(smtp.FullExtensions(), smtp.Extension{Keyword: "STARTTLS"},
		smtp.Extension{Keyword: "AUTH"}) {
		if !b.extensions.Has(x.Keyword) {
			out = append(out, x.Keyword)
		}
	}
	return out
}

// verdict is the summary.
func (b *probing) verdict() string { return b.p.counted("verdict/extensions", len(b.extensions)) }

// next is what can be tried with what is offered.
func (b *probing) next() []offer {
	var list []offer
	for _, o := range []struct {
		keyword string
		offer
	}{
		{"PIPELINING", offer{"mailtool smtp send --pipelining", "next/pipelining"}},
		{"CHUNKING", offer{"mailtool smtp send --chunking=64", "next/chunking"}},
		{"DSN", offer{"mailtool smtp send --notify success", "next/notify"}},
	} {
		if b.extensions.Has(o.keyword) {
			list = append(list, o.offer)
		}
	}
	list = append(list, offer{"mailtool smtp vrfy", "next/vrfy"})
	for i := range list {
		list[i].command += b.words()
	}
	return list
}

// result says something that is what the command is for: -q leaves it.
func (l *live) result(key string, args ...string) { l.resultLine(l.p.sentence(key, args)) }

func (l *live) resultLine(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.d.quiet {
		l.screen.Say(text)
		return
	}
	fmt.Fprintf(l.queue, "# %s\n", term.Escape([]byte(text)))
}
