package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// A folderChange is a command about a folder that need not be open.
type folderChange struct {
	verb string
	do   func(s *imapSession, names []string) (*imap.Response, error)
	next offer
}

// newIMAPFolderChanges are the commands that make, rename and remove folders, and what is
// remembered of their names.
func (p *program) newIMAPFolderChanges() []*cobra.Command {
	var all []*cobra.Command
	for _, x := range []struct {
		use    string
		change folderChange
	}{
		{"create FOLDER", folderChange{"CREATE", func(s *imapSession, names []string) (*imap.Response, error) {
			return s.Create(names[0])
		}, offer{"mailtool imap folders", "next/imap/folders"}}},
		{"delete FOLDER", folderChange{"DELETE", func(s *imapSession, names []string) (*imap.Response, error) {
			return s.Delete(names[0])
		}, offer{"mailtool imap folders", "next/imap/folders"}}},
		{"rename FOLDER NAME", folderChange{"RENAME", func(s *imapSession, names []string) (*imap.Response, error) {
			return s.Rename(names[0], names[1])
		}, offer{"mailtool imap folders", "next/imap/folders"}}},
		{"subscribe FOLDER", folderChange{"SUBSCRIBE", func(s *imapSession, names []string) (*imap.Response, error) {
			return s.Subscribe(names[0])
		}, offer{"mailtool imap folders --subscribed", "next/imap/subscribed"}}},
		{"unsubscribe FOLDER", folderChange{"UNSUBSCRIBE", func(s *imapSession, names []string) (*imap.Response, error) {
			return s.Unsubscribe(names[0])
		}, offer{"mailtool imap folders --subscribed", "next/imap/subscribed"}}},
	} {
		all = append(all, p.newIMAPFolderChange(x.use, x.change))
	}
	return all
}

func (p *program) newIMAPFolderChange(use string, x folderChange) *cobra.Command {
	k := p.newIMAPCall()
	names := []string{"FOLDER"}
	if x.verb == "RENAME" {
		names = append(names, "NAME")
	}
	c := p.newIMAPCommand(&k, use, func(l *live, s *imapSession, args []string) (string, error) {
		for _, name := range args {
			k.onTheWire(l, name)
		}
		if _, err := x.do(s, args); err != nil {
			return "", s.refusedFolder(x.verb+" "+args[0], args[0], err)
		}
		return p.say("verdict/imap/"+strings.ToLower(x.verb), "folder", args[0], "name", args[len(args)-1]), nil
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
