package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
	"mailtool/mime"
	"mailtool/mime/scan"
)

// newIMAPMessages is "imap messages [SET]": a table of them.
func (p *program) newIMAPMessages() *cobra.Command {
	k := p.newIMAPCall()
	k.result, k.drawn = true, true
	set := messageWords{}
	first := ""
	c := p.newIMAPCommand(&k, "messages [SET]", func(l *live, s *imapSession, _ []string) (string, error) {
		if err := s.open(true); err != nil {
			return "", err
		}
		table, err := s.table(set)
		if err != nil {
			return "", err
		}
		if len(table) > 0 {
			first = decimal(table[0].Number)
		}
		l.print = func() error { return s.show(table) }
		return p.say("verdict/imap/listed", "messages", p.counted("verdict/messages", len(table)),
			"folder", k.folder), nil
	}, func() []offer { return k.nextMessage(first) })
	c.Args = func(c *cobra.Command, args []string) error {
		if err := p.between(0, 1, "SET")(c, args); err != nil {
			return err
		}
		var err error
		set, err = readSet(append(args, "all")[0])
		return err
	}
	k.folderFlags(c, true)
	k.flags(c)
	return c
}

// nextMessage is what can be done with the first message of a table. Where there is none, one can
// be sent to the sandbox.
func (k *imapCall) nextMessage(first string) []offer {
	switch {
	case first != "":
		return []offer{{"mailtool imap fetch " + first + k.again(), "next/imap/fetch"},
			{"mailtool imap mark " + first + " seen" + k.again(), "next/imap/mark"}}
	case k.again() == "":
		return []offer{{"mailtool smtp send", "next/pop3/send"}}
	}
	return nil
}

// tableItems are what a table of messages is made of.
func tableItems() []imap.FetchItem {
	return append([]imap.FetchItem{{Kind: imap.FetchUID}}, imap.FetchAll()...)
}

// table asks for what a table shows of messages.
func (s *imapSession) table(w messageWords) ([]*imap.FetchData, error) {
	if s.empty(w) {
		return nil, nil
	}
	var rows []*imap.FetchData
	_, err := s.Fetch(&imap.Fetch{UID: s.k.uid, Messages: w.set, Items: tableItems()},
		func(d *imap.FetchData) error {
			rows = append(rows, d)
			return nil
		})
	missing := s.missing(w)
	switch {
	case err != nil:
		return nil, s.refusedSet("FETCH", w, err)
	case len(rows) == 0 && s.k.uid && !strings.Contains(w.text, "*"):
		return nil, s.notFound(w)
	case len(rows) == 0 && missing != nil:
		return nil, missing
	}
	return rows, nil
}

// show writes the table. A folder without messages is none.
func (s *imapSession) show(rows []*imap.FetchData) error {
	p := s.k.p
	if len(rows) == 0 {
		p.note(p.out, "imap/empty", "folder", s.k.folder)
		return nil
	}
	table := [][]string{append([]string{"#"}, p.heads("imap/column/", "uid", "flags", "date", "from",
		"subject", "size")...)}
	for _, d := range rows {
		from, subject := letterhead(d.Envelope)
		date := ""
		if !d.Internal.IsZero() {
			date = d.Internal.Local().Format("2006-01-02 15:04")
		}
		table = append(table, []string{decimal(d.Number), decimal(d.UID), flagNames(d), date,
			cut(from, 32), cut(subject, 40), size(d.Size)})
	}
	return writeTable(p.out, table)
}

// flagNames are the flags of a message, as the server says them.
func flagNames(d *imap.FetchData) string {
	text := strings.Trim(string(imap.AppendFlags(nil, d.Flags, d.Keywords)), "()")
	if text == "" {
		return "-"
	}
	return text
}

// letterhead is who wrote a message and what it is about, for people.
func letterhead(e *imap.Envelope) (from, subject string) {
	if e == nil {
		return "", ""
	}
	for _, a := range e.From {
		if a.Kind == scan.Mailbox {
			from = addressText(a)
			break
		}
	}
	return from, mime.DecodeHeader(e.Subject.Text)
}

// addressText is an address for people.
func addressText(a scan.Address) string {
	mail := a.Local
	if a.Domain != "" {
		mail += "@" + a.Domain
	}
	if a.Name == "" {
		return mail
	}
	return fmt.Sprintf("%s <%s>", mime.DecodeHeader(a.Name), mail)
}
