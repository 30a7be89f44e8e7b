package imap

import "slices"

// A StatusItem is something that STATUS tells of a mailbox.
type StatusItem string

// The items of STATUS.
const (
	StatusMessages       StatusItem = "MESSAGES"        // how many there are (RFC 3501 §6.3.10)
	StatusRecent         StatusItem = "RECENT"          // how many are \Recent
	StatusUIDNext        StatusItem = "UIDNEXT"         // the UID of the next one
	StatusUIDValidity    StatusItem = "UIDVALIDITY"     // with which UIDs are for ever
	StatusUnseen         StatusItem = "UNSEEN"          // how many are not \Seen
	StatusSize           StatusItem = "SIZE"            // octets of all (RFC 8438 §2)
	StatusDeleted        StatusItem = "DELETED"         // how many are \Deleted (RFC 9208 §4.1.4)
	StatusDeletedStorage StatusItem = "DELETED-STORAGE" // octets of those
	StatusHighestModSeq  StatusItem = "HIGHESTMODSEQ"   // RFC 7162 §3.1.7
	StatusAppendLimit    StatusItem = "APPENDLIMIT"     // RFC 7889 §2
)

// statusItems has, for each item, the capability that it belongs to, and its value.
var statusItems = map[StatusItem]struct {
	capability string
	value      func(*session, *MailboxStatus) int64
}{
	StatusMessages: {"", func(_ *session, m *MailboxStatus) int64 { return int64(m.Messages) }},
	StatusRecent:   {"", (*session).statusRecent},
	StatusUIDNext:  {"", func(_ *session, m *MailboxStatus) int64 { return int64(m.UIDNext) }},
	StatusUIDValidity: {"", func(_ *session, m *MailboxStatus) int64 {
		return int64(m.UIDValidity)
	}},
	StatusUnseen: {"", func(_ *session, m *MailboxStatus) int64 { return int64(m.Unseen) }},
	StatusSize:   {"STATUS=SIZE", func(_ *session, m *MailboxStatus) int64 { return m.Size }},
	StatusDeleted: {"QUOTA=RES-MESSAGE", func(_ *session, m *MailboxStatus) int64 {
		return int64(m.Deleted)
	}},
	StatusDeletedStorage: {"QUOTA=RES-STORAGE", func(_ *session, m *MailboxStatus) int64 {
		return m.DeletedSize
	}},
	StatusHighestModSeq: {"CONDSTORE", func(_ *session, m *MailboxStatus) int64 {
		return int64(m.HighestModSeq)
	}},
	StatusAppendLimit: {"APPENDLIMIT", func(s *session, _ *MailboxStatus) int64 {
		return s.limits.Message
	}},
}

// A StatusCommand is STATUS (RFC 3501 §6.3.10).
type StatusCommand struct {
	Mailbox string
	Items   []StatusItem
}

// Verb implements Command.
func (c *StatusCommand) Verb() string { return "STATUS" }

func (c *StatusCommand) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
	w.sp()
	w.statusItems(c.Items)
}

func (w *writer) statusItems(items []StatusItem) {
	w.list(len(items), func(i int) { w.raw(string(items[i])) })
}

func parseStatus(s *scanner) Command {
	c := &StatusCommand{}
	s.sp()
	c.Mailbox = s.mailbox()
	s.sp()
	c.Items = s.statusItems()
	return c
}

// statusItems reads items in parentheses. One that comes again says nothing new.
func (s *scanner) statusItems() []StatusItem {
	var items []StatusItem
	s.list(func() {
		at := s.at
		item := StatusItem(s.upper())
		if _, known := statusItems[item]; !known {
			if s.err == nil {
				s.at = at
			}
			s.fail("an item of STATUS")
		}
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	})
	return items
}

// A StatusData is what STATUS tells of a mailbox (RFC 3501 §7.2.4).
type StatusData struct {
	Mailbox string
	Values  []StatusValue
}

// A StatusValue is the value of one item.
type StatusValue struct {
	Item StatusItem
	N    int64
	None bool // NIL: there is no APPENDLIMIT (RFC 7889 §2)
}

func (d *StatusData) print(w *writer) {
	w.raw("STATUS ")
	w.mailbox(d.Mailbox)
	w.sp()
	w.list(len(d.Values), func(i int) {
		v := d.Values[i]
		w.raw(string(v.Item))
		w.sp()
		if v.None {
			w.raw("NIL")
			return
		}
		w.number64(v.N)
	})
}

// Get is the value of an item, and whether it was told.
func (d *StatusData) Get(item StatusItem) (int64, bool) {
	for _, v := range d.Values {
		if v.Item == item && !v.None {
			return v.N, true
		}
	}
	return 0, false
}

// parseStatusData passes over values that are no numbers: of items that nobody knows here.
func parseStatusData(s *scanner, _ uint32) Data {
	d := &StatusData{}
	s.sp()
	d.Mailbox = s.mailbox()
	s.sp()
	s.listOrNone(func() {
		v := StatusValue{Item: StatusItem(s.upper())}
		s.sp()
		switch c := s.next(); {
		case c >= '0' && c <= '9':
			v.N = s.number64()
		case s.word("NIL"):
			v.None = true
		default:
			s.anything()
			return
		}
		d.Values = append(d.Values, v)
	})
	return d
}

func (s *session) status(c *StatusCommand) *Response {
	if r := s.statusOffered(c.Items); r != nil {
		return r
	}
	if slices.Contains(c.Items, StatusHighestModSeq) {
		s.becomeAware()
	}
	m, err := s.store.Status(s.ctx, c.Mailbox)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	s.tell(s.statusValues(c.Mailbox, &m, c.Items))
	return Accept("That is how it stands")
}

// statusOffered says which item belongs to what was not offered, nil if none does.
func (s *session) statusOffered(items []StatusItem) *Response {
	for _, item := range items {
		if !s.offers(statusItems[item].capability) {
			return Reject("STATUS has no %s here", string(item))
		}
	}
	return nil
}

// statusData is what is told of a mailbox, nil if it cannot be found out.
func (s *session) statusData(name string, items []StatusItem) *StatusData {
	m, err := s.store.Status(s.ctx, name)
	if err != nil {
		return nil
	}
	return s.statusValues(name, &m, items)
}

func (s *session) statusValues(name string, m *MailboxStatus, items []StatusItem) *StatusData {
	d := &StatusData{Mailbox: name}
	for _, item := range items {
		d.Values = append(d.Values, StatusValue{Item: item, N: statusItems[item].value(s, m)})
	}
	return d
}

// statusRecent counts, in the mailbox that is selected, what is \Recent in this session, too. Who
// only looks at it takes nothing from the next session, and from m.Recent neither.
func (s *session) statusRecent(m *MailboxStatus) int64 {
	if s.sel != nil && s.sel.name == m.Name && !s.sel.readOnly {
		return int64(m.Recent + s.sel.countRecent())
	}
	return int64(m.Recent)
}

// Status asks about a mailbox that need not be selected (RFC 3501 §6.3.10). The result is nil
// where the server says nothing.
func (c *Client) Status(mailbox string, items ...StatusItem) (*StatusData, error) {
	return only[*StatusData](c, &StatusCommand{mailbox, items})
}
