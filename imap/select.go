package imap

import (
	"maps"
	"slices"
	"strconv"
)

// A Select is SELECT, or EXAMINE, which changes nothing (RFC 3501 §6.3.1, §6.3.2).
type Select struct {
	Mailbox  string
	ReadOnly bool // EXAMINE
	// CondStore is the parameter by which the client says that it knows modification sequences
	// (RFC 7162 §3.1.8).
	CondStore bool
}

// Verb implements Command.
func (c *Select) Verb() string {
	if c.ReadOnly {
		return "EXAMINE"
	}
	return "SELECT"
}

func (c *Select) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
	if c.CondStore {
		w.raw(" (CONDSTORE)")
	}
}

// parseSelect reads the name, and the parameters behind it (RFC 4466 §2.1).
func parseSelect(readOnly bool) parser {
	return func(s *scanner) Command {
		c := &Select{ReadOnly: readOnly}
		s.sp()
		c.Mailbox = s.mailbox()
		if s.take(' ') {
			s.list(func() {
				if c.CondStore = s.word("CONDSTORE"); !c.CondStore {
					s.fail("CONDSTORE")
				}
			})
		}
		return c
	}
}

// A FlagsData is the flags that messages of the mailbox can have (RFC 3501 §7.2.6).
type FlagsData struct {
	Flags    Flags
	Keywords []string
}

func (d FlagsData) print(w *writer) {
	w.raw("FLAGS ")
	w.b = AppendFlags(w.b, d.Flags, d.Keywords)
}

func parseFlagsData(s *scanner, _ uint32) Data {
	var d FlagsData
	s.sp()
	d.Flags, d.Keywords = s.fetchedFlags()
	return d
}

// selectMailbox opens a mailbox. The one that was open is left first, so that none is where this
// fails (RFC 3501 §6.3.1).
func (s *session) selectMailbox(c *Select) *Response {
	if c.CondStore && !s.offers("CONDSTORE") {
		return Reject("CONDSTORE was not offered")
	}
	if s.sel != nil {
		s.deselect()
		if s.offers("CONDSTORE") { // RFC 7162 §3.2.11
			s.say(Accept("The other mailbox is closed").With(CodeClosed, ""))
		}
	}
	box, err := s.store.Select(s.ctx, c.Mailbox, c.ReadOnly)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	s.aware = s.aware || c.CondStore
	s.enter(box, c.ReadOnly)
	s.state = StateSelected
	s.describe(box.Status().UIDValidity, box.Status().UIDNext)
	if c.ReadOnly {
		return Accept("Look, and change nothing").With(CodeReadOnly, "")
	}
	return Accept("Selected").With(CodeReadWrite, "")
}

// enter makes the client's view of a mailbox.
func (s *session) enter(box Mailbox, readOnly bool) {
	m := &selected{box: box, name: box.Status().Name, readOnly: readOnly, messages: box.Messages(),
		keywords: map[string]bool{}, highest: box.Status().HighestModSeq}
	for _, x := range m.messages {
		for _, w := range x.Keywords {
			m.keywords[w] = true
		}
	}
	if first := box.Recent(); first != 0 {
		m.recent = []Range{{first, m.highestUID()}}
	}
	s.sel = m
}

// describe tells all that a client is to know of a mailbox (RFC 3501 §6.3.1).
func (s *session) describe(validity uint32, next UID) {
	m := s.sel
	s.tellFlagNames()
	s.tell(ExistsData(len(m.messages)))
	s.tell(RecentData(m.countRecent()))
	unseen := slices.IndexFunc(m.messages, func(x *Message) bool { return x.Flags&FlagSeen == 0 })
	if unseen >= 0 {
		s.say(Accept("The first unread one").With(CodeUnseen, strconv.Itoa(unseen+1)))
	}
	s.say(Accept("UIDs hold as long as this is the same").With(CodeUIDValidity, decimal(int64(validity))))
	s.say(Accept("The next UID, or less than it").With(CodeUIDNext, decimal(int64(next))))
	if s.offers("CONDSTORE") {
		s.sayHighestModSeq()
	}
}

// tellFlagNames tells which flags there are, and which of them a client can change for good
// (RFC 3501 §7.1, PERMANENTFLAGS); \* stands for keywords of its own.
func (s *session) tellFlagNames() {
	words := slices.Sorted(maps.Keys(s.sel.keywords))
	s.tell(FlagsData{settable, words})
	if s.sel.readOnly {
		s.say(Accept("Nothing can be changed").With(CodePermanentFlags, "()"))
		return
	}
	all := AppendFlags(nil, settable, append(words, `\*`))
	s.say(Accept("What can be changed").With(CodePermanentFlags, string(all)))
}

// closeMailbox is CLOSE: what is \Deleted goes without a word (RFC 3501 §6.4.2). Where it cannot go,
// the mailbox stays open: that is what NO says. One that somebody has deleted has nothing to go.
func (s *session) closeMailbox(Simple) *Response {
	if !s.sel.readOnly {
		if err := s.sel.box.Expunge(s.ctx, nil); err != nil {
			if r := responseTo(err, CodeServerBug); r.Code.Name != CodeNonexistent {
				return r
			}
		}
	}
	s.deselect()
	return Accept("Closed")
}

// unselect leaves the mailbox as it is (RFC 3691 §2).
func (s *session) unselect(Simple) *Response {
	s.deselect()
	return Accept("Closed, and nothing removed")
}
