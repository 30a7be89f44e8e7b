package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtool/trace/explain"
)

// noCommand tells of a word that names no command below at, and of the nearest that
// there is.
func (p *program) noCommand(at *cobra.Command, word string) error {
	e := fail(exitUsage, "error/no-command",
		"parent", strings.TrimPrefix(at.CommandPath(), "mailtool "), "word", word)
	if word == "help" {
		return e.hint("hint/did-you-mean", at.CommandPath()+" --help")
	}
	if !at.HasAvailableSubCommands() {
		return p.helpHint(e, at)
	}
	if near := nearestCommand(at, word); near != "" {
		return e.hint("hint/did-you-mean", near)
	}
	var names []string
	for _, c := range at.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	e.hint("hint/commands", "", "names", strings.Join(names, ", "))
	return p.helpHint(e, at)
}

// nearestCommand looks among the commands below at, then in the whole tree for one of
// the same name: "mailtool send" means "mailtool smtp send". It is "" where nothing comes near.
func nearestCommand(at *cobra.Command, word string) string {
	near, best := "", 3 // that many changes make another word
	try := func(c *cobra.Command) {
		for _, name := range append([]string{c.Name()}, c.Aliases...) {
			d := distance(strings.ToLower(word), name)
			if d < best && 2*d < len(name)+1 && c.IsAvailableCommand() {
				near, best = c.Parent().CommandPath()+" "+name, d
			}
		}
	}
	for _, c := range at.Commands() {
		try(c)
	}
	if near != "" {
		return near
	}
	for _, group := range at.Root().Commands() {
		for _, c := range group.Commands() {
			try(c)
		}
		try(group)
	}
	return near
}

// helpHint adds where to read how a command is used.
func (p *program) helpHint(e *problem, c *cobra.Command) *problem {
	return e.hint("hint/help", c.CommandPath()+" --help")
}

// flagProblem tells of a flag that is not known or has no fitting value.
func (p *program) flagProblem(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	var form *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &unknown):
		return p.unknownFlag(c, unknown)
	case errors.As(err, &bare):
		return p.helpHint(fail(exitUsage, "error/flag/value", "flag", "--"+bare.GetFlag().Name), c)
	case errors.As(err, &bad):
		return p.helpHint(fail(exitUsage, "error/flag/bad", "flag", "--"+bad.GetFlag().Name,
			"word", bad.GetValue()), c)
	case errors.As(err, &form):
		return p.helpHint(fail(exitUsage, "error/flag/form", "flag", form.GetSpecifiedFlag()), c)
	}
	return p.helpHint(fail(exitUsage, "error/other", "why", err.Error()), c)
}

func (p *program) unknownFlag(c *cobra.Command, unknown *pflag.NotExistError) error {
	if n := unknown.GetSpecifiedShortnames(); n != "" && n[0] >= '0' && n[0] <= '9' {
		return p.helpHint(fail(exitUsage, "error/negative", "word", "-"+n), c)
	}
	flag := "--" + unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		flag = "-" + unknown.GetSpecifiedName()
	}
	e := fail(exitUsage, "error/flag/unknown", "command", c.CommandPath(), "flag", flag)
	if near := nearestFlag(c, flag); near != "" {
		return e.hint("hint/did-you-mean", near)
	}
	return p.helpHint(e, c)
}

// nearestFlag is the command and flag that a mistyped flag of c may stand for: one of c,
// else one of a command below it, or that command itself: "mailtool --version". It is ""
// where nothing comes near.
func nearestFlag(c *cobra.Command, flag string) string {
	name, long := strings.CutPrefix(flag, "--")
	if !long {
		return flagBelow(c, flag)
	}
	near, best := "", 3
	try := func(c *cobra.Command, most int) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			d := distance(name, f.Name)
			if d < min(best, most) && d < len(f.Name) && !f.Hidden {
				near, best = c.CommandPath()+" --"+f.Name, d
			}
		})
	}
	try(c, best)
	if near != "" {
		return near
	}
	for _, sub := range below(c) {
		if sub.Name() == name {
			return sub.CommandPath()
		}
		try(sub, 2)
	}
	return near
}

// flagBelow finds the first command below c that has a flag of one letter.
func flagBelow(c *cobra.Command, flag string) string {
	for _, sub := range below(c) {
		if sub.Flags().ShorthandLookup(flag[1:2]) != nil {
			return sub.CommandPath() + " " + flag
		}
	}
	return ""
}

// below are the commands under c that people may use, in the order of the help.
func below(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			all = append(append(all, sub), below(sub)...)
		}
	}
	return all
}

// distance is how many letters must be changed, added, taken away or swapped with their
// neighbours to make a of b.
func distance(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return rows[(len(a)+1)%3][len(b)]
}

func cutFlag(s string) (name string, hasValue bool) {
	name, _, hasValue = strings.Cut(s, "=")
	return name, hasValue
}

func knownLang(name string) (explain.Lang, bool) { return explain.ParseLang(name) }
