package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/imap"
)

// A folderRow is what "imap folders" shows of a folder.
type folderRow struct {
	*imap.ListData
	status *imap.StatusData // nil where it cannot be selected
}

// A folderList is one run of "imap folders".
type folderList struct {
	imapCall
	subscribed bool // --subscribed
}

// newIMAPFolders is "imap folders", or "imap list".
func (p *program) newIMAPFolders() *cobra.Command {
	f := &folderList{imapCall: p.newIMAPCall()}
	f.result = true
	c := p.newIMAPCommand(&f.imapCall, "folders", func(l *live, s *imapSession, _ []string) (string, error) {
		rows, err := f.rows(s)
		if err != nil {
			return "", err
		}
		l.print = func() error { return f.table(rows) }
		return p.counted("verdict/imap/folders", len(rows)), nil
	}, func() []offer { return f.nextLook()[:1] })
	c.Aliases = []string{"list"}
	c.Flags().BoolVar(&f.subscribed, "subscribed", false, "")
	f.flags(c)
	return c
}

// folderItems are what is counted in each folder.
var folderItems = []imap.StatusItem{imap.StatusMessages, imap.StatusUnseen}

// rows asks for the folders, and how many messages are in each: with LIST alone where the server
// can tell both at once (RFC 5819), else with a STATUS for each.
func (f *folderList) rows(s *imapSession) ([]folderRow, error) {
	var names []*imap.ListData
	var status map[string]*imap.StatusData
	var err error
	what := "LIST"
	switch {
	case f.subscribed:
		what = "LSUB"
		names, err = s.LSub("", "*")
	case s.Capabilities.Has("LIST-EXTENDED") && s.Capabilities.Has("LIST-STATUS"):
		cmd := &imap.List{Patterns: []string{"*"}, Status: folderItems}
		if s.Capabilities.Has("SPECIAL-USE") {
			cmd.Return |= imap.ReturnSpecialUse
		}
		names, status, err = s.ListExtended(cmd)
	default:
		names, err = s.List("", "*")
	}
	if err != nil {
		return nil, s.refused(what, err)
	}
	rows := make([]folderRow, 0, len(names))
	for _, n := range names {
		row := folderRow{ListData: n, status: status[n.Name]}
		if row.status == nil && row.selectable() {
			if row.status, err = s.counts(n.Name); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b folderRow) int {
		return cmp.Or(inboxFirst(a.Name)-inboxFirst(b.Name), cmp.Compare(a.Name, b.Name))
	})
	return rows, nil
}

// counts asks for the figures of one folder. One that the server does not want to speak of, since
// it is only subscribed to, say, has none.
func (s *imapSession) counts(folder string) (*imap.StatusData, error) {
	told, err := s.Status(folder, folderItems...)
	if r := replyIn(err); r != nil {
		return nil, nil
	}
	return told, s.refused("STATUS "+folder, err)
}

func inboxFirst(name string) int {
	if strings.EqualFold(name, imap.Inbox) {
		return 0
	}
	return 1
}

func (r *folderRow) selectable() bool {
	return !r.Has(imap.NoSelect) && !r.Has(imap.NonExistent)
}

// use is what the folder is for, as the server says it (RFC 6154 §2), and that it cannot be
// selected.
func (r *folderRow) use() string {
	var uses []string
	for _, a := range r.Attributes {
		same := func(plain string) bool { return strings.EqualFold(a, plain) }
		if !slices.ContainsFunc(plainAttributes, same) {
			uses = append(uses, a)
		}
	}
	return strings.Join(uses, " ")
}

// plainAttributes are those of any folder (RFC 3501 §7.2.2, RFC 5258 §3).
var plainAttributes = []string{imap.Subscribed, imap.HasChildren, imap.HasNoChildren, `\Marked`,
	`\Unmarked`, `\Noinferiors`}

// table writes the folders. What a name is on the wire is told where that is another name.
func (f *folderList) table(rows []folderRow) error {
	if len(rows) == 0 {
		f.p.note(f.p.out, "imap/no-folders")
		return nil
	}
	encoded := slices.ContainsFunc(rows, func(r folderRow) bool {
		return imap.EncodeName(r.Name) != r.Name
	})
	columns := []string{"folder", "messages", "unseen", "use"}
	if encoded {
		columns = slices.Insert(columns, 1, "wire")
	}
	table := [][]string{f.p.heads("imap/column/", columns...)}
	for _, r := range rows {
		row := []string{r.Name, statusText(r.status, imap.StatusMessages),
			statusText(r.status, imap.StatusUnseen), r.use()}
		if encoded {
			wire := imap.EncodeName(r.Name)
			if wire == r.Name {
				wire = ""
			}
			row = slices.Insert(row, 1, wire)
		}
		table = append(table, row)
	}
	return writeTable(f.p.out, table)
}

func statusText(told *imap.StatusData, item imap.StatusItem) string {
	if told == nil {
		return "-"
	}
	n, ok := told.Get(item)
	if !ok {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}
