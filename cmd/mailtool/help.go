package main

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtool/trace/term"
)

// helpKey is under which the words about a command lie: help/smtp/send.
func helpKey(c *cobra.Command) string {
	return "help/" + strings.ReplaceAll(strings.TrimPrefix(c.CommandPath(), "mailtool "), " ", "/")
}

// help writes what a command is for, how it is called, its flags and examples.
func (p *program) help(c *cobra.Command, _ []string) {
	out := bufio.NewWriter(p.out)
	defer out.Flush() // the outlet behind it remembers an error
	key := helpKey(c)
	for _, line := range term.Wrap(p.say(key+"/short"), p.helpWidth()) {
		fmt.Fprintln(out, line)
	}
	p.helpText(out, p.look(key+"/long"))
	fmt.Fprintf(out, "\n%s\n  %s\n", p.say("help/usage"), p.usageLine(c))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\n%s\n", p.say("help/commands"))
		p.helpCommands(out, c, "")
	}
	if examples := p.look(key + "/examples"); examples != "" {
		fmt.Fprintf(out, "\n%s\n", p.say("help/examples"))
		for line := range strings.SplitSeq(examples, "\n") {
			fmt.Fprintf(out, "  %s\n", line)
		}
	}
	p.helpFlags(out, c, "help/flags", c.LocalNonPersistentFlags())
	p.helpFlags(out, c, "help/flags/everywhere", p.root.PersistentFlags())
}

// helpColumns is how wide help is on any terminal that is as wide: text is read best so.
const helpColumns = 80

// helpWidth is how wide help is here, in columns.
func (p *program) helpWidth() int {
	if n := width(p.out); n > 0 {
		return min(max(n, 40), helpColumns)
	}
	return helpColumns
}

// helpText writes paragraphs.
func (p *program) helpText(out *bufio.Writer, text string) {
	for _, paragraph := range p.paragraphs(text) {
		fmt.Fprintln(out)
		for _, line := range term.Wrap(paragraph, p.helpWidth()) {
			fmt.Fprintln(out, line)
		}
	}
}

// paragraphs divides a text at its empty lines. Each is one line.
func (p *program) paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	var out []string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		out = append(out, joined(paragraph))
	}
	return out
}

// joined is the lines of a text as one. Where one ends in a Chinese character or sign, no
// space stands between it and the next.
func joined(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if last, _ := utf8.DecodeLastRuneInString(b.String()); b.Len() > 0 && last < utf8.RuneSelf {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

func (p *program) usageLine(c *cobra.Command) string {
	path := c.CommandPath()
	if c.HasAvailableSubCommands() && c.Annotations[ownWords] == "" {
		return path + " COMMAND [FLAGS]"
	}
	_, args, _ := strings.Cut(c.Use, " ")
	return strings.TrimSpace(path + " [FLAGS] " + args)
}

// helpCommands lists the commands below c, and what is below those.
func (p *program) helpCommands(out *bufio.Writer, c *cobra.Command, prefix string) {
	for _, sub := range c.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		name := prefix + sub.Name()
		if !sub.HasAvailableSubCommands() || sub.Annotations[ownWords] != "" {
			head := fmt.Sprintf("  %-15s ", name)
			for _, line := range term.Wrap(p.say(helpKey(sub)+"/short"), p.helpWidth()-len(head)) {
				fmt.Fprintln(out, head+line)
				head = strings.Repeat(" ", len(head))
			}
		}
		if sub.HasAvailableSubCommands() {
			p.helpCommands(out, sub, name+" ")
		}
	}
}

// flagText is what a flag is for: what the command itself says about it, or its family, or what
// is said wherever it is found. The word in back quotes stands for its value.
func (p *program) flagText(c *cobra.Command, name string) string {
	for at := c; at != nil; at = at.Parent() {
		own := "flag/" + name + strings.TrimPrefix(helpKey(at), "help")
		if text := p.look(own); text != "" {
			return text
		}
	}
	return p.say("flag/" + name)
}

func (p *program) helpFlags(out *bufio.Writer, c *cobra.Command, title string, fs *pflag.FlagSet) {
	heads, texts := p.flagList(c, fs)
	if len(heads) == 0 {
		return
	}
	widest := 0
	for _, head := range heads {
		widest = max(widest, term.Columns(head))
	}
	fmt.Fprintf(out, "\n%s\n", p.say(title))
	for i, head := range heads {
		for _, line := range term.Wrap(texts[i], p.helpWidth()-widest-4) {
			gap := strings.Repeat(" ", widest-term.Columns(head)+2)
			fmt.Fprintf(out, "  %s%s%s\n", head, gap, line)
			head = ""
		}
	}
}

// flagList are flags as they are typed, and what they are for.
func (p *program) flagList(c *cobra.Command, fs *pflag.FlagSet) (heads, texts []string) {
	fs.SortFlags = false // the order of the source is the order of importance
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := p.flagHelp(c, f)
		head := "    --" + f.Name
		if f.Shorthand != "" {
			head = "-" + f.Shorthand + ", --" + f.Name
		}
		switch {
		case value != "" && f.NoOptDefVal != "" && f.Value.Type() != "bool":
			head += "[=" + value + "]"
		case value != "":
			head += " " + value
		}
		heads, texts = append(heads, head), append(texts, text)
	})
	return heads, texts
}

// flagHelp is what stands for a flag's value, "" where it takes none, and what it is for.
func (p *program) flagHelp(c *cobra.Command, f *pflag.Flag) (value, text string) {
	shown := *f
	shown.Usage = p.flagText(c, f.Name)
	value, text = pflag.UnquoteUsage(&shown)
	return value, strings.TrimPrefix(strings.TrimPrefix(text, value+": "), value+"：")
}
