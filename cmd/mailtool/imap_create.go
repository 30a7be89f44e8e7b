package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// A folderChange is a command about a folder that need not be open.
type folderChange struct {
	use, verb string
	do        func(c *imap.Client, names []string) (*imap.Response, error)
	next      offer
}

// newIMAPFolderChanges are the commands that make, rename and remove folders, and what is
// remembered of their names.
func (p *program) newIMAPFolderChanges() []*cobra.Command {
	folders := offer{"mailtool imap folders", "next/imap/folders"}
	subscribed := offer{"mailtool imap folders --subscribed", "next/imap/subscribed"}
	type doing func(c *imap.Client, names []string) (*imap.Response, error)
	one := func(do func(c *imap.Client, name string) (*imap.Response, error)) doing {
		return func(c *imap.Client, names []string) (*imap.Response, error) { return do(c, names[0]) }
	}
	create := func(c *imap.Client, name string) (*imap.Response, error) { return c.Create(name) }
	rename := func(c *imap.Client, names []string) (*imap.Response, error) {
		return c.Rename(names[0], names[1])
	}
	var all []*cobra.Command
	for _, x := range []folderChange{
		{"create FOLDER", "CREATE", one(create), folders},
		{"delete FOLDER", "DELETE", one((*imap.Client).Delete), folders},
		{"rename FOLDER NAME", "RENAME", rename, folders},
		{"subscribe FOLDER", "SUBSCRIBE", one((*imap.Client).Subscribe), subscribed},
		{"unsubscribe FOLDER", "UNSUBSCRIBE", one((*imap.Client).Unsubscribe), subscribed},
	} {
		all = append(all, p.newIMAPFolderChange(x))
	}
	return all
}

func (p *program) newIMAPFolderChange(x folderChange) *cobra.Command {
	k := p.newIMAPCall()
	names := strings.Fields(x.use)[1:]
	c := p.newIMAPCommand(&k, x.use, func(l *live, s *imapSession, args []string) (string, error) {
		for _, name := range args {
			k.onTheWire(l, name)
		}
		if _, err := x.do(s.Client, args); err != nil {
			return "", s.refusedFolder(x.verb+" "+args[0], args[0], err)
		}
		return p.say("verdict/imap/"+strings.ToLower(x.verb), "folder", args[0],
			"name", args[len(args)-1]), nil
	}, func() []offer {
		return []offer{{x.next.command + k.words(), x.next.key}}
	})
	c.Args = func(c *cobra.Command, args []string) error {
		if err := p.words(names...)(c, args); err != nil {
			return err
		}
		for _, name := range args {
			if err := nameable(name); err != nil {
				return err
			}
		}
		return nil
	}
	k.flags(c)
	return c
}
