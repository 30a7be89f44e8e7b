package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// tree builds the tree of commands.
func (p *program) tree() *cobra.Command {
	cobra.MousetrapHelpText = "" // a double click gets the start screen, not a lecture
	cobra.EnableCommandSorting = false
	root := p.group("mailtool")
	root.AddCommand(
		p.newTour(),
		p.newServe(),
		p.newJoin(),
		p.newLeave(),
		p.newMailbox(),
		p.newUser(),
		p.newCA(),
		p.newSMTP(),
		p.newPOP3(),
		p.newIMAP(),
		p.newCompare(),
		p.newWhy(),
		p.newMIME(),
		p.newTrace(),
		p.newCompletion(),
		p.newMan(),
		p.newVersion(),
	)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetHelpFunc(p.help)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return p.flagProblem(c, err) })
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	help := p.newHelp()
	root.SetHelpCommand(help)
	root.AddCommand(help)
	fs := root.PersistentFlags()
	fs.String("lang", "", "") // read before: see langFlag
	fs.StringVar(&p.color, "color", p.color, "")
	fs.BoolP("help", "h", false, "")
	return root
}

// newSMTP is the family of commands that speak SMTP.
func (p *program) newSMTP() *cobra.Command {
	c := p.group("smtp")
	c.AddCommand(p.newSend(), p.newShell(), p.newProbe())
	c.AddCommand(p.newInquiries()...)
	return c
}

// newHelp is "mailtool help smtp send", for those who ask in this way.
func (p *program) newHelp() *cobra.Command {
	c := p.command("help [COMMAND...]", func(c *cobra.Command, args []string) error {
		asked, rest, err := p.root.Find(args)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			return p.noCommand(asked, rest[0])
		}
		p.help(asked, nil)
		return nil
	})
	c.Args = cobra.ArbitraryArgs
	c.Hidden = true
	return c
}

// command makes a command that takes no arguments unless Args is changed. What people
// read of it lies in the text files under help/ and its path.
func (p *program) command(use string,
	run func(c *cobra.Command, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, RunE: run, DisableFlagsInUseLine: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return p.helpHint(fail(exitUsage, "error/argument", "command", c.CommandPath(),
				"word", args[0]), c)
		}}
	c.Flags().SortFlags = false
	return c
}

// ownWords marks a command that has commands below it and takes words of its own too.
const ownWords = "words"

func takesWords(c *cobra.Command) *cobra.Command {
	c.Annotations = map[string]string{ownWords: "yes"}
	return c
}

// words is for commands that take just these, which are named as in their usage.
func (p *program) words(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return p.helpHint(fail(exitUsage, "error/word-missing", "command", c.CommandPath(),
				"word", names[len(args)]), c)
		case len(args) > len(names):
			return p.helpHint(fail(exitUsage, "error/argument", "command", c.CommandPath(),
				"word", args[len(names)]), c)
		}
		return nil
	}
}

// group makes a command that only has others below it.
func (p *program) group(use string) *cobra.Command {
	return p.command(use, func(c *cobra.Command, args []string) error {
		if c == p.root {
			return p.start(c.Context())
		}
		p.help(c, nil)
		return nil
	})
}

// execute finds the command that args name and runs it. A word that names none is told
// of before any flag: the flags belong to the command that was meant.
func (p *program) execute(ctx context.Context, args []string) error {
	if isCompleting(args) {
		p.describe(p.root)
		p.root.SetArgs(args)
		return p.root.ExecuteContext(ctx)
	}
	if lang := langFlag(args); lang != "" {
		if _, ok := knownLang(lang); !ok {
			return p.choice("lang", lang, "en, zh")
		}
	}
	at, rest, _ := p.root.Find(args)
	if at.HasSubCommands() && at.Annotations[ownWords] == "" {
		if word := firstWord(at.InheritedFlags(), at.PersistentFlags(), rest); word != "" {
			return p.noCommand(at, word)
		}
	}
	p.asked = at.CommandPath()
	p.root.SetArgs(args)
	err := p.root.ExecuteContext(ctx)
	if err == nil && ctx.Err() != nil {
		return nil
	}
	return err
}

// firstWord is the first of args that is no flag, and no value of a flag that is known;
// "" where a flag that is not known stands before it.
func firstWord(inherited, own *pflag.FlagSet, args []string) string {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" || a == "" {
			return ""
		}
		if a[0] != '-' {
			return a
		}
		if len(a) < 3 || a[:2] != "--" {
			return ""
		}
		name, hasValue := cutFlag(a[2:])
		f := inherited.Lookup(name)
		if f == nil {
			f = own.Lookup(name)
		}
		if f == nil {
			return ""
		}
		if !hasValue && f.NoOptDefVal == "" {
			i++
		}
	}
	return ""
}
