package main

import (
	"context"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// newIMAP is the family of commands that speak IMAP.
func (p *program) newIMAP() *cobra.Command {
	c := p.group("imap")
	c.AddCommand(p.newIMAPFolders(), p.newIMAPMessages(), p.newIMAPFetch(),
		p.newIMAPSearch(), p.newIMAPMark("mark", imap.AddFlags), p.newIMAPMark("unmark", imap.RemoveFlags),
		p.newIMAPCopy("copy", false), p.newIMAPCopy("move", true), p.newIMAPAppend(), p.newIMAPExpunge(),
		p.newIMAPIdle(), p.newIMAPShell(), p.newIMAPRaw(), p.newIMAPProbe())
	c.AddCommand(p.newIMAPFolderChanges()...)
	c.AddCommand(p.newIMAPStatus(), p.newIMAPSelect("select", false), p.newIMAPSelect("examine", true),
		p.newIMAPCapability(), p.newIMAPNoop())
	return c
}

// An imapTask is what a command of IMAP is for. It is given the session, logged in, in which the
// folder is not open yet, and returns what stands at the end.
type imapTask func(l *live, s *imapSession, args []string) (verdict string, err error)

// newIMAPCommand makes a command of IMAP.
func (p *program) newIMAPCommand(
	k *imapCall, use string, run imapTask, next func() []offer,
) *cobra.Command {
	return p.command(use, func(c *cobra.Command, args []string) error {
		return k.hold(c.Context(), args, run, next)
	})
}

// hold is one run of a command.
func (k *imapCall) hold(ctx context.Context, args []string, run imapTask, next func() []offer) error {
	l, err := k.begin(ctx)
	if err != nil {
		return err
	}
	err = k.run(ctx, l, func(s *imapSession) error {
		verdict, err := run(l, s, args)
		if verb := l.refused(); verdict == "" && err != nil && verb != "" {
			verdict = k.p.say("verdict/imap/refused", "verb", verb)
		}
		if verdict != "" {
			l.judge = func(*tally) string { return verdict }
		}
		return err
	})
	return l.finish(err, next()...)
}
