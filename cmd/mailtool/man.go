package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtool/trace/term"
)

// newMan is "mailtool man DIR": it writes the pages of the manual, one for each command,
// from the same texts as --help. It is for those who make packages.
func (p *program) newMan() *cobra.Command {
	c := p.command("man DIR", func(_ *cobra.Command, args []string) error {
		return p.manual(args[0])
	})
	c.Args = p.words("DIR")
	c.Hidden = true
	return c
}

// manual writes a page for each command into a folder, which is made where it is missing.
func (p *program) manual(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, c := range append([]*cobra.Command{p.root}, below(p.root)...) {
		f, err := os.Create(filepath.Join(dir, pageName(c)+".1"))
		if err != nil {
			return err
		}
		page := bufio.NewWriter(f)
		p.page(&roff{page}, c)
		err = page.Flush()
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pageName is the page's name: mailtool-smtp-send.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// page writes the page of a command.
func (p *program) page(r *roff, c *cobra.Command) {
	key := helpKey(c)
	r.macro("TH", strings.ToUpper(pageName(c)), "1", "", "mailtool "+version(), "mailtool")
	r.macro("ad", "l") // Chinese has no blanks that could be widened
	r.macro("SH", p.say("man/name"))
	r.text(pageName(c) + " - " + p.say(key+"/short"))
	r.macro("SH", p.say("man/synopsis"))
	r.text(p.usageLine(c))
	if long := p.look(key + "/long"); long != "" {
		r.macro("SH", p.say("man/description"))
		r.paragraphs(p.paragraphs(long))
	}
	if c.HasAvailableSubCommands() {
		r.macro("SH", p.say("man/commands"))
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				r.item(sub.CommandPath(), p.say(helpKey(sub)+"/short"))
			}
		}
	}
	p.pageFlags(r, c, "man/options", c.LocalNonPersistentFlags())
	p.pageFlags(r, c, "man/options/everywhere", p.root.PersistentFlags())
	if c == p.root {
		for _, part := range []string{"status", "environment"} {
			r.macro("SH", p.say("man/"+part))
			r.paragraphs(p.paragraphs(p.say("man/" + part + "/text")))
		}
	}
	r.macro("SH", p.say("man/examples"))
	r.lines(p.say(key + "/examples"))
	if c != p.root {
		r.macro("SH", p.say("man/see"))
		r.text(pageName(c.Parent()) + "(1)")
	}
}

func (p *program) pageFlags(r *roff, c *cobra.Command, title string, fs *pflag.FlagSet) {
	heads, texts := p.flagList(c, fs)
	if len(heads) == 0 {
		return
	}
	r.macro("SH", p.say(title))
	for i, head := range heads {
		r.item(strings.TrimSpace(head), texts[i])
	}
}

// roff writes the language of man pages: a line that begins with a dot is a macro, all
// others are text.
type roff struct{ w *bufio.Writer }

// macro writes a macro with its arguments. An error is the writer's, which keeps it.
func (r *roff) macro(name string, args ...string) {
	fmt.Fprint(r.w, ".", name)
	for _, a := range args {
		if a = strings.ReplaceAll(escapeRoff(a), `"`, `\(dq`); a == "" || strings.Contains(a, " ") {
			a = `"` + a + `"`
		}
		fmt.Fprint(r.w, " ", a)
	}
	fmt.Fprintln(r.w)
}

func (r *roff) text(s string) { fmt.Fprintln(r.w, escapeRoff(s)) }

func (r *roff) paragraphs(list []string) {
	for _, s := range list {
		r.macro("PP")
		r.text(s)
	}
}

// item is a word and what it means.
func (r *roff) item(head, text string) {
	r.macro("TP")
	r.macro("B", head)
	r.text(text)
}

// lines are shown as they are.
func (r *roff) lines(s string) {
	r.macro("PP")
	r.macro("nf")
	for line := range strings.SplitSeq(s, "\n") {
		r.text(line)
	}
	r.macro("fi")
}

// escapeRoff makes text of s whatever it begins with. Between Chinese characters a line
// may end, which the formatter does not know by itself.
func escapeRoff(s string) string {
	var b strings.Builder
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		b.WriteString(`\&`)
	}
	for _, c := range s {
		switch {
		case c == '\\':
			b.WriteString(`\e`)
		case c == '-': // else a hyphen, which nobody can copy into a shell
			b.WriteString(`\-`)
		default:
			b.WriteRune(c)
			if term.Columns(string(c)) > 1 {
				b.WriteString(`\:`)
			}
		}
	}
	return b.String()
}
