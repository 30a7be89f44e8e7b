package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// newIMAPNoop is "imap noop".
func (p *program) newIMAPNoop() *cobra.Command {
	k := p.newIMAPCall()
	c := p.newIMAPCommand(&k, "noop", func(_ *live, s *imapSession, _ []string) (string, error) {
		_, err := s.Noop()
		return p.say("verdict/imap/noop"), s.refused("NOOP", err)
	}, k.nextLook)
	k.flags(c)
	return c
}

// newIMAPCapability is "imap capability". Nobody has to log in: what a server can do it says
// before, and perhaps otherwise after.
func (p *program) newIMAPCapability() *cobra.Command {
	k := p.newIMAPCall()
	k.who.needed = false
	c := p.newIMAPCommand(&k, "capability", func(_ *live, s *imapSession, _ []string) (string, error) {
		offered, err := s.Capability()
		if err != nil {
			return "", s.refused("CAPABILITY", err)
		}
		return p.counted("verdict/imap/capabilities", len(offered)), nil
	}, func() []offer {
		return []offer{{"mailtool imap probe" + k.words(), "next/imap/probe"},
			{"mailtool imap folders" + k.words(), "next/imap/folders"}}
	})
	k.flags(c)
	return c
}

// nextLook is where to go on from a command that has shown no message.
func (k *imapCall) nextLook() []offer {
	return []offer{{"mailtool imap messages" + k.again(), "next/imap/messages"},
		{"mailtool imap folders" + k.words(), "next/imap/folders"}}
}

// newIMAPSelect is "imap select [FOLDER]" or "imap examine [FOLDER]".
func (p *program) newIMAPSelect(name string, readOnly bool) *cobra.Command {
	k := p.newIMAPCall()
	c := p.newIMAPCommand(&k, name+" [FOLDER]", func(_ *live, s *imapSession, _ []string) (string, error) {
		if err := s.open(readOnly); err != nil {
			return "", err
		}
		return s.selectionVerdict(), nil
	}, k.nextLook)
	k.folderArgument(p, c)
	k.flags(c)
	return c
}

// folderArgument is for commands whose one word is the folder: INBOX where there is none. With
// --folder it may be named as for all others, but not twice.
func (k *imapCall) folderArgument(p *program, c *cobra.Command) {
	k.folderFlags(c, false)
	c.Args = func(c *cobra.Command, args []string) error {
		if err := p.between(0, 1, "FOLDER")(c, args); err != nil || len(args) == 0 {
			return err
		}
		if c.Flags().Changed("folder") {
			return twoFlags("FOLDER", "--folder")
		}
		k.folder = args[0]
		return nameable(k.folder)
	}
}

// selectionVerdict says what the server has said of the folder that is open.
func (s *imapSession) selectionVerdict() string {
	p, box := s.k.p, s.mailbox
	way := "read-write"
	if box.ReadOnly {
		way = "read-only"
	}
	text := p.say("verdict/imap/selected", "folder", s.k.folder,
		"messages", p.counted("verdict/messages", int(box.Messages)),
		"validity", decimal(box.UIDValidity), "next", decimal(box.UIDNext),
		"way", p.say("verdict/imap/"+way))
	if box.Unseen > 0 {
		text += p.say("verdict/semicolon") + p.say("verdict/imap/unseen", "n", decimal(box.Unseen))
	}
	return text
}

// newIMAPStatus is "imap status [FOLDER]".
func (p *program) newIMAPStatus() *cobra.Command {
	k := p.newIMAPCall()
	k.result = true
	c := p.newIMAPCommand(&k, "status [FOLDER]", func(l *live, s *imapSession, _ []string) (string, error) {
		return s.status(l)
	}, k.nextLook)
	k.folderArgument(p, c)
	k.flags(c)
	return c
}

// statusItems are what "imap status" asks for: what each server has (RFC 3501 §6.3.10).
var statusItems = []imap.StatusItem{imap.StatusMessages, imap.StatusUnseen, imap.StatusRecent,
	imap.StatusUIDNext, imap.StatusUIDValidity}

// moreItems are what some servers have besides, by the capability that says so.
var moreItems = []struct {
	capability string
	item       imap.StatusItem
}{
	{"STATUS=SIZE", imap.StatusSize},
	{"CONDSTORE", imap.StatusHighestModSeq},
	{"APPENDLIMIT", imap.StatusAppendLimit},
}

func (s *imapSession) status(l *live) (string, error) {
	p := s.k.p
	items := statusItems
	for _, more := range moreItems {
		if s.Capabilities.Has(more.capability) {
			items = append(items[:len(items):len(items)], more.item)
		}
	}
	told, err := s.Status(s.k.folder, items...)
	if err != nil {
		return "", s.refusedFolder("STATUS "+s.k.folder, s.k.folder, err)
	}
	if told == nil {
		return "", fail(exitProtocol, "error/imap/no-data", "what", "STATUS")
	}
	rows := [][]string{p.heads("imap/column/", "item", "value", "meaning")}
	for _, v := range told.Values {
		value := "-"
		if !v.None {
			value = strconv.FormatInt(v.N, 10)
		}
		rows = append(rows, []string{string(v.Item), value,
			p.look("imap/status/" + strings.ToLower(string(v.Item)))})
	}
	l.print = func() error { return writeTable(p.out, rows) }
	messages, _ := told.Get(imap.StatusMessages)
	unseen, _ := told.Get(imap.StatusUnseen)
	return p.say("verdict/imap/status", "folder", s.k.folder,
		"messages", p.counted("verdict/messages", int(messages)),
		"unseen", strconv.FormatInt(unseen, 10)), nil
}
