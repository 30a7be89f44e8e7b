package main

import (
	"context"
	"strconv"
	"strings"

	"mailtool/imap"
	"mailtool/sandbox"
	"mailtool/trace"
)

// byIMAP is what is done by IMAP: a session that breaks, another client beside it, and another
// session.
func (s *side) byIMAP(ctx context.Context) error {
	first, c, err := s.imapSession(ctx, "first")
	if err != nil {
		return err
	}
	uid, err := s.imapReads(first, c)
	if err != nil {
		return err
	}
	if err := s.imapTogether(ctx, first, c); err != nil {
		return err
	}
	before := s.count()
	e, err := first.during(func() error {
		_, _, err := c.Store(&imap.StoreCommand{Set: numbered(2),
			FlagChange: imap.FlagChange{Mode: imap.AddFlags, Flags: imap.FlagDeleted}})
		return err
	})
	if err != nil {
		return err
	}
	s.saw("marked", "compare/change", "command", e.command(trace.IMAP),
		"before", before, "after", s.count())
	first.tap.Close() // neither EXPUNGE nor LOGOUT: the connection breaks
	return s.imapAgain(ctx, uid)
}

// imapSession begins a session, in which bob has logged in.
func (s *side) imapSession(ctx context.Context, name string) (*witness, *imap.Client, error) {
	w, err := s.begin(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	c := imap.NewClient(w.tap)
	if err := c.Greet(); err != nil {
		return nil, nil, err
	}
	_, err = c.Login("bob", sandbox.DefaultPassword)
	return w, c, err
}

// imapReads looks at the folders and the list, sees a subject and reads a letter. It returns how
// the first letter is known.
func (s *side) imapReads(w *witness, c *imap.Client) (uid imap.UID, err error) {
	seen, folders, err := messagesSeen(c)
	if err != nil {
		return 0, err
	}
	s.saw("reach", "compare/reach/folders", "n", strconv.FormatInt(seen, 10), "all", s.all(),
		"folders", strconv.Itoa(folders))
	if _, err := c.Select(&imap.Select{Mailbox: imap.Inbox}); err != nil {
		return 0, err
	}
	_, err = c.Fetch(&imap.Fetch{Messages: numbered(1), Items: []imap.FetchItem{{Kind: imap.FetchUID}}},
		func(d *imap.FetchData) error { uid = d.UID; return nil })
	if err != nil {
		return 0, err
	}
	for _, step := range []struct {
		row  string
		item imap.FetchItem
	}{
		{"glance", imap.FetchItem{Kind: imap.FetchEnvelope}},
		{"whole", imap.FetchItem{Kind: imap.FetchSection}},
	} {
		e, err := w.during(func() error {
			_, err := c.Fetch(&imap.Fetch{Messages: numbered(1), Items: []imap.FetchItem{step.item}},
				func(*imap.FetchData) error { return nil })
			return err
		})
		if err != nil {
			return 0, err
		}
		s.saw(step.row, "compare/octets", "command", e.command(trace.IMAP), "n", size(e.octets()))
	}
	return uid, nil
}

// messagesSeen is how many messages the server says there are, and in how many folders.
func messagesSeen(c *imap.Client) (n int64, folders int, err error) {
	names, err := c.List("", "*")
	for _, f := range names {
		in, lost := messagesIn(c, f.Name)
		if n += in; lost != nil {
			return n, len(names), lost
		}
	}
	return n, len(names), err
}

// messagesIn is how many messages the server says there are in a folder.
func messagesIn(c *imap.Client, folder string) (n int64, err error) {
	d, err := c.Status(folder, imap.StatusMessages)
	if d != nil {
		for _, v := range d.Values {
			n += v.N
		}
	}
	return n, err
}

// imapTogether has another client wait in IDLE while a letter comes, and while this one flags a
// letter and files another one: the other is told of each.
func (s *side) imapTogether(ctx context.Context, w *witness, c *imap.Client) error {
	other, o, err := s.imapSession(ctx, "other")
	if err != nil {
		return err
	}
	e, err := other.during(func() error {
		_, err := o.Select(&imap.Select{Mailbox: imap.Inbox})
		return err
	})
	if err != nil {
		return err
	}
	s.quotes("second", e.result(trace.IMAP))
	over, done := beginIdle(ctx, o)
	defer done()
	if err := other.heard.until(ctx, "+"); err != nil {
		return err
	}
	for _, step := range []struct {
		row  string // of what the other is told
		told string
		own  string // the row of this one's own
		do   func() error
	}{
		{"arrives", "EXISTS", "", func() error { return s.arrives(ctx, newLetter) }},
		{"", "", "", func() error { _, err := c.Noop(); return err }},
		{"flagged", "FETCH", "flag", func() error {
			_, _, err := c.Store(&imap.StoreCommand{Set: numbered(1),
				FlagChange: imap.FlagChange{Mode: imap.AddFlags, Flags: imap.FlagFlagged}})
			return err
		}},
		{"gone", "EXPUNGE", "file", func() error {
			_, err := c.Copy(&imap.CopyCommand{Move: true, Set: numbered(2), Mailbox: archive})
			return err
		}},
	} {
		from := len(other.all())
		own, err := w.during(step.do)
		if err != nil {
			return err
		}
		if step.own != "" {
			s.saw(step.own, "compare/said", "command", own.command(trace.IMAP), "line", own.result(trace.IMAP))
		}
		if step.told == "" {
			continue
		}
		if err := other.heard.until(ctx, step.told); err != nil {
			return err
		}
		s.quotes(step.row, other.all()[from:].said(step.told))
	}
	done()
	if err := <-over; err != nil {
		return err
	}
	_, err = o.Logout()
	return err
}

// imapAgain is the second session: it finds what the server has remembered.
func (s *side) imapAgain(ctx context.Context, uid imap.UID) error {
	w, c, err := s.imapSession(ctx, "second")
	if err != nil {
		return err
	}
	seen, _, err := messagesSeen(c)
	if err != nil {
		return err
	}
	filed, err := messagesIn(c, archive)
	if err != nil {
		return err
	}
	if _, err := c.Select(&imap.Select{Mailbox: imap.Inbox}); err != nil {
		return err
	}
	s.saw("folder", "compare/in-folder", "n", strconv.FormatInt(seen, 10), "all", s.all(),
		"filed", strconv.FormatInt(filed, 10), "folder", archive)
	var first, second imap.FetchData
	_, err = c.Fetch(&imap.Fetch{Messages: numbered(1, 2),
		Items: []imap.FetchItem{{Kind: imap.FetchUID}, {Kind: imap.FetchFlags}}},
		func(d *imap.FetchData) error {
			if d.Number == 1 {
				first = *d
			} else {
				second = *d
			}
			return nil
		})
	if err != nil {
		return err
	}
	s.number("UID", decimal(first.UID), decimal(uid))
	s.saw("remembered", "compare/said", "command", "FETCH 1 FLAGS", "line", lastingFlags(&first))
	s.saw("broken", "compare/said", "command", "FETCH 2 FLAGS", "line", lastingFlags(&second))
	before := s.count()
	if _, _, err := c.Expunge(); err != nil {
		return err
	}
	s.saw("done", "compare/change", "command", "EXPUNGE", "before", before, "after", s.count())
	if _, err := c.Logout(); err != nil {
		return err
	}
	s.quotes("phases", strings.Join(w.phases(), s.say("compare/comma")))
	return nil
}

// lastingFlags are the flags of a message that the server keeps: \Recent is each session's own.
func lastingFlags(d *imap.FetchData) string {
	d.Flags &^= imap.FlagRecent
	return flagNames(d)
}
