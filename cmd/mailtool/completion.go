package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailtool/imap"
	"mailtool/internal/sentence"
	"mailtool/smtp"
)

// completionText is what is said about completion and the manual.
var completionText = sentence.New(textFiles, "text/completion")

// shells are those that can complete what is typed, and who writes their scripts. The
// scripts ask mailtool itself, so that what they offer is what this build has.
var shells = []struct {
	name  string
	write func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) }},
	{"zsh", (*cobra.Command).GenZshCompletion},
	{"fish", func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) }},
	{"powershell", (*cobra.Command).GenPowerShellCompletionWithDesc},
}

// newCompletion is "mailtool completion SHELL".
func (p *program) newCompletion() *cobra.Command {
	var output string
	c := p.command("completion SHELL", func(_ *cobra.Command, args []string) error {
		for _, s := range shells {
			if s.name != strings.ToLower(args[0]) {
				continue
			}
			var script bytes.Buffer
			if err := s.write(p.root, &script); err != nil {
				return err
			}
			return p.write(output, script.Bytes())
		}
		return fail(exitUsage, "error/completion/shell", "word", args[0],
			"words", strings.Join(shellNames(), ", "))
	})
	c.Args = p.words("SHELL")
	c.Flags().StringVarP(&output, "output", "o", "", "")
	return c
}

func shellNames() []string {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return names
}

// write puts a result into a file, or on the screen where none is named.
func (p *program) write(path string, octets []byte) error {
	if path == "" {
		_, err := p.out.Write(octets)
		return err
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(octets)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		p.written(path)
	}
	return err
}

// written says, beside the result, that it went into a file.
func (p *program) written(path string) {
	fmt.Fprintln(p.err, p.sentence("trace/written", []string{"file", path}))
}

// isCompleting says that a shell asks what could stand where the cursor is.
func isCompleting(args []string) bool {
	return len(args) > 0 &&
		(args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// flagWords are the words that flags take, by the flag's name, or by that and the family of
// commands where it takes others.
var flagWords = map[string][]string{
	"accept":     {"all"},
	"auth":       mechanisms,
	"auth/pop3":  slices.Concat(mechanisms, pop3Ways),
	"color":      {"auto", "always", "never"},
	"data":       {"full", "head", "none"},
	"drop-after": points,
	"fail-on":    levels,
	"encoding":   encodings,
	"lang":       {"en", "zh"},
	"notify":     notifyWords,
	"print":      {printAuto, printFull, printLines, printNone},
	"profile":    profiles,
	"record":     {"on", "off"},
	"ret":        returnWords,
	"show":       {"time", "state", "bytes"},
	"stop-after": points,
	"tls":        tlsModes,
}

// someWords are words that flags take among others.
var someWords = map[string][]string{"charset": charsets, "flag": systemFlags, "folder": folderNames}

// folderNames are folders that many servers have, and the sandbox does.
var folderNames = []string{"INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"}

// manyWords are the flags that take several words, with commas between them.
var manyWords = []string{"notify", "show"}

// wordsOf are the words that a flag of a command takes; ok is false where it takes any. key is
// where they stand in flagWords.
func wordsOf(c *cobra.Command, flag string) (key string, words []string, ok bool) {
	for at := c; at.HasParent(); at = at.Parent() {
		key := flag + strings.TrimPrefix(helpKey(at), "help")
		if words, ok := flagWords[key]; ok {
			return key, words, true
		}
	}
	words, ok = flagWords[flag]
	return flag, words, ok
}

// describe gives the tree what a shell asks for: what each command is for, and what its
// flags and arguments can be.
func (p *program) describe(c *cobra.Command) {
	c.Short = p.look(helpKey(c) + "/short")
	c.ValidArgsFunction = p.complete
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		value, text := p.flagHelp(c, f)
		f.Usage = text
		if done, ok := valuesOf(c, f.Name, value); ok {
			c.RegisterFlagCompletionFunc(f.Name, done) // it fails where it was done before
		}
	})
	for _, sub := range c.Commands() {
		p.describe(sub)
	}
}

// valuesOf says what the value of a flag can be; ok is false for a file.
func valuesOf(c *cobra.Command, flag, value string) (f cobra.CompletionFunc, ok bool) {
	_, words, known := wordsOf(c, flag)
	switch {
	case known && slices.Contains(manyWords, flag):
		return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return afterComma(words, typed), cobra.ShellCompDirectiveNoFileComp
		}, true
	case known:
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp), true
	case someWords[flag] != nil:
		return cobra.FixedCompletions(someWords[flag], cobra.ShellCompDirectiveNoFileComp), true
	case value == "DIR":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs), true
	case flag == "save":
		return cobra.FixedCompletions(saveSuffixes(), cobra.ShellCompDirectiveFilterFileExt), true
	}
	return cobra.NoFileCompletions, !strings.Contains(value, "FILE")
}

func saveSuffixes() []string {
	var list []string
	for suffix := range savers {
		list = append(list, suffix[1:])
	}
	slices.Sort(list)
	return list
}

// afterComma is what a list can go on with: the words that are not in it.
func afterComma(words []string, typed string) []string {
	at := strings.LastIndexByte(typed, ',') + 1
	said := strings.Split(typed[:at], ",")
	var out []string
	for _, w := range words {
		if !slices.Contains(said, w) && (at == 0 || w != "never") { // which stands alone
			out = append(out, typed[:at]+w)
		}
	}
	return out
}

// complete says what the next argument of a command can be: its usage tells.
func (p *program) complete(c *cobra.Command, args []string, _ string) ([]string,
	cobra.ShellCompDirective) {
	_, usage, _ := strings.Cut(c.Use, " ")
	names := strings.Fields(usage)
	if len(names) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	name := names[min(len(args), len(names)-1)]
	if len(args) >= len(names) && !strings.Contains(name, "...") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	switch {
	case strings.Contains(name, "COMMAND") && c.Parent() != nil && c.Parent().Name() == "imap":
		for _, x := range imap.Commands() {
			words = append(words, x.Verb)
		}
	case strings.Contains(name, "COMMAND"):
		at, _, err := p.root.Find(args)
		if err == nil {
			for _, sub := range at.Commands() {
				if sub.IsAvailableCommand() {
					words = append(words, sub.Name()+"\t"+p.say(helpKey(sub)+"/short"))
				}
			}
		}
	case name == "SCHEME":
		words = schemes
	case strings.Contains(name, "FOLDER"):
		words = folderNames
	case strings.Contains(name, "SET"):
		words = []string{"all", "last"}
	case strings.Contains(name, "FLAG"):
		words = systemFlags
	case strings.Contains(name, "KEY"):
		words = strings.Fields(strings.ToLower(strings.Join(imap.KeyWords(), " ")))
	case strings.Contains(name, "SHELL"):
		words = shellNames()
	case strings.Contains(name, "PROTOCOL"):
		for _, side := range compared {
			words = append(words, string(side.protocol.name))
		}
	case strings.Contains(name, "TOPIC"):
		for _, info := range smtp.Commands() {
			words = append(words, info.Verb)
		}
	}
	if strings.Contains(name, "|last") {
		words = append(words, newest)
	}
	if strings.Contains(name, "FILE") || strings.Contains(name, "DIR") {
		return words, cobra.ShellCompDirectiveDefault
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
