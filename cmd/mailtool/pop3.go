package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// newPOP3 is the family of commands that speak POP3.
func (p *program) newPOP3() *cobra.Command {
	c := p.group("pop3")
	c.AddCommand(p.newPOP3List(), p.newPOP3Retrieve(), p.newPOP3Delete(), p.newPOP3Fetch(),
		p.newPOP3Shell(), p.newPOP3Probe(), p.newPOP3Stat(), p.newPOP3UIDL(), p.newPOP3Top(),
		p.newPOP3Reset(), p.newPOP3Noop(), p.newPOP3Capa())
	return c
}

// between is for commands that take so many words, which are named as in their usage.
func (p *program) between(least, most int, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if n := len(args); n >= least && n <= most {
			return nil
		}
		if len(args) < least {
			return p.words(names[:least]...)(c, args)
		}
		return p.helpHint(fail(exitUsage, "error/argument", "command", c.CommandPath(),
			"word", args[most]), c)
	}
}

// ofMessage says that a command, as it is told of, names a message: "RETR 9".
func ofMessage(what string) bool {
	verb, number, _ := strings.Cut(what, " ")
	switch verb {
	case "RETR", "TOP", "DELE", "LIST", "UIDL":
		return number != ""
	}
	return false
}

// messageNumbers reads words that are numbers of messages. They begin at 1 (RFC 1939 §4);
// whether there is such a message is for the server to say.
func messageNumbers(words []string) ([]int, error) {
	var numbers []int
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 || n > math.MaxInt32 {
			key := "error/pop3/number"
			if n > math.MaxInt32 { // as Atoi has it of what is larger still
				key = "error/pop3/number-large"
			}
			return nil, fail(exitUsage, key, "word", w).
				hint("hint/pop3/number", "mailtool pop3 list").
				hint("hint/pop3/by-hand", "mailtool pop3 shell")
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
