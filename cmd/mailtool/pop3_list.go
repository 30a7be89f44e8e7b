package main

import (
	"context"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"mailtool/mime"
	"mailtool/mime/scan"
	"mailtool/pop3"
)

// A listing is one run of "pop3 list" or "pop3 uidl": a table of messages.
type listing struct {
	popCall
	headers bool   // --headers
	first   string // the number of the first message in the table, "" for none

	ask func(s *popSession, n int) (table [][]string, err error) // n is 0 for all messages
}

// newPOP3List is "pop3 list [N]".
func (p *program) newPOP3List() *cobra.Command {
	l, c := p.newListing("list [N]")
	l.ask = l.sizes
	return c
}

// newPOP3UIDL is "pop3 uidl [N]".
func (p *program) newPOP3UIDL() *cobra.Command {
	l, c := p.newListing("uidl [N]")
	l.ask = l.ids
	return c
}

func (p *program) newListing(use string) (*listing, *cobra.Command) {
	l := &listing{popCall: p.newPOP3Call()}
	l.result = true
	c := p.command(use, func(c *cobra.Command, args []string) error {
		return l.run(c.Context(), args)
	})
	c.Args = p.between(0, 1, "N")
	c.Flags().BoolVar(&l.headers, "headers", false, "")
	l.flags(c)
	return l, c
}

func (k *listing) run(ctx context.Context, args []string) error {
	numbers, err := messageNumbers(args)
	if err != nil {
		return err
	}
	n := 0
	if len(numbers) > 0 {
		n = numbers[0]
	}
	if err := k.check(ctx); err != nil {
		return err
	}
	l, err := k.open()
	if err != nil {
		return err
	}
	err = k.popCall.run(ctx, l, func(s *popSession) error {
		table, err := k.ask(s, n)
		if err == nil {
			k.show(l, table)
		}
		return err
	})
	return l.finish(err, k.next()...)
}

// next is what can be done with the first message of the table. Where there is none, one can
// be sent to the sandbox.
func (k *listing) next() []offer {
	switch {
	case k.first != "":
		next := []offer{{"mailtool pop3 retr " + k.first + k.words(), "next/pop3/retr"},
			{"mailtool pop3 dele " + k.first + k.words(), "next/pop3/dele"}}
		if k.to.server == "" { // one that was named may have its own port, and no IMAP
			next = append(next, offer{"mailtool imap messages" + k.words(), "next/pop3/imap"})
		}
		return next
	case k.words() == "":
		return []offer{{"mailtool smtp send", "next/pop3/send"}}
	}
	return nil
}

// show has the table written. A mailbox without messages is no table.
func (k *listing) show(l *live, table [][]string) {
	messages := len(table) - 1
	if messages > 0 {
		k.first = table[1][0]
	}
	l.judge = func(*tally) string { return k.p.counted("verdict/pop3/listed", messages) }
	l.print = func() error {
		if messages == 0 {
			k.p.note(k.p.out, "pop3/empty", "user", k.who.user)
			return nil
		}
		return writeTable(k.p.out, table)
	}
}

// sizes asks LIST.
func (k *listing) sizes(s *popSession, n int) ([][]string, error) {
	var all []pop3.ScanListing
	var err error
	if n == 0 {
		all, err = s.ListAll()
	} else {
		all = make([]pop3.ScanListing, 1)
		all[0], err = s.List(n)
	}
	if err != nil {
		return nil, s.refused(about("LIST", n), err)
	}
	table := k.table("octets")
	for _, m := range all {
		if table, err = k.row(s, table, m.Number, strconv.FormatInt(m.Octets, 10)); err != nil {
			return nil, err
		}
	}
	return table, nil
}

// table is one without rows: a message's number, what was asked for, and with --headers who
// wrote and what about.
func (k *listing) table(asked string) [][]string {
	columns := []string{asked}
	if k.headers {
		columns = append(columns, "from", "subject")
	}
	return [][]string{append([]string{"#"}, k.p.heads("pop3/column/", columns...)...)}
}

// row adds a message to a table; with --headers the server is asked for its header.
func (k *listing) row(s *popSession, table [][]string, n int, told string) ([][]string, error) {
	row := []string{strconv.Itoa(n), told}
	if k.headers {
		from, subject, err := s.letterhead(n)
		if err != nil {
			return nil, err
		}
		row = append(row, cut(from, 32), cut(subject, 40))
	}
	return append(table, row), nil
}

// about is a command as it is said about message n, or about all where that is 0.
func about(verb string, n int) string {
	if n == 0 {
		return verb
	}
	return verb + " " + strconv.Itoa(n)
}

// letterhead asks for the header of a message, and reads who wrote it and what it is about.
func (s *popSession) letterhead(n int) (from, subject string, err error) {
	header := &head{most: 64 << 10}
	if _, err := s.Top(n, 0, header); err != nil {
		return "", "", s.refused(about("TOP", n)+" 0", err)
	}
	fields := scan.ParseFields(header.octets, scan.Limits{})
	value := func(name string) string {
		f, _ := fields.Get(name)
		return mime.DecodeHeader(f.Value())
	}
	return value("From"), value("Subject"), nil
}

// A head keeps the first octets of what is written.
type head struct {
	octets []byte
	most   int
	more   bool // there were more
}

var _ io.Writer = (*head)(nil)

func (h *head) Write(p []byte) (int, error) {
	room := h.most - len(h.octets)
	h.more = h.more || len(p) > room
	h.octets = append(h.octets, p[:min(len(p), room)]...)
	return len(p), nil
}

// ids asks UIDL.
func (k *listing) ids(s *popSession, n int) ([][]string, error) {
	var all []pop3.UniqueID
	var err error
	if n == 0 {
		all, err = s.UIDLAll()
	} else {
		all = make([]pop3.UniqueID, 1)
		all[0], err = s.UIDL(n)
	}
	if err != nil {
		return nil, s.refused(about("UIDL", n), err)
	}
	table := k.table("uid")
	for _, m := range all {
		if table, err = k.row(s, table, m.Number, m.UID); err != nil {
			return nil, err
		}
	}
	return table, nil
}
