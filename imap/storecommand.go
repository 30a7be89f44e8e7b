package imap

// A StoreCommand is STORE, or UID STORE: flags of messages are changed (RFC 3501 §6.4.6).
type StoreCommand struct {
	UID    bool
	Set    MessageSet
	Silent bool // the client does not want to be told what came of it
	FlagChange
}

// Verb implements Command.
func (c *StoreCommand) Verb() string { return uidVerb(c.UID, "STORE") }

var storeSigns = [...]string{SetFlags: "", AddFlags: "+", RemoveFlags: "-"}

func (c *StoreCommand) print(w *writer) {
	w.sp()
	w.messageSet(c.Set)
	if c.Conditional {
		w.raw(" (UNCHANGEDSINCE ")
		w.unsigned(c.UnchangedSince)
		w.raw(")")
	}
	w.sp()
	w.raw(storeSigns[c.Mode])
	w.raw("FLAGS")
	if c.Silent {
		w.raw(".SILENT")
	}
	w.sp()
	w.b = AppendFlags(w.b, c.Flags, c.Keywords)
}

func parseStore(uid bool) parser {
	return func(s *scanner) Command {
		c := &StoreCommand{UID: uid}
		s.sp()
		c.Set = s.messageSet()
		s.sp()
		if s.next() == '(' { // RFC 4466 §2.5, store-modifiers
			s.list(func() {
				if c.Conditional || !s.word("UNCHANGEDSINCE") {
					s.fail("UNCHANGEDSINCE, once")
				}
				s.sp()
				c.Conditional, c.UnchangedSince = true, uint64(s.number64())
			})
			s.sp()
		}
		switch {
		case s.take('+'):
			c.Mode = AddFlags
		case s.take('-'):
			c.Mode = RemoveFlags
		}
		if c.Silent = s.word("FLAGS.SILENT"); !c.Silent && !s.word("FLAGS") {
			s.fail("FLAGS or FLAGS.SILENT, maybe behind + or -,")
		}
		s.sp()
		c.Flags, c.Keywords = s.flags()
		return c
	}
}

// storeFlags changes flags. What came of it is told by tellChanges, with what others did.
func (s *session) storeFlags(c *StoreCommand) *Response {
	if c.Conditional && !s.offers("CONDSTORE") {
		return Reject("CONDSTORE was not offered")
	}
	places, bad := s.find(c.Set, c.UID)
	switch {
	case bad != nil:
		return bad
	case s.sel.readOnly:
		return isReadOnly()
	}
	if c.Conditional {
		s.becomeAware()
	}
	if len(places) == 0 {
		return Accept("Nothing to change")
	}
	modified, err := s.sel.box.Store(s.ctx, s.sel.uids(places), c.FlagChange)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	s.sel.owed = telling{c.UID, places, c.FlagChange, modified, c.Silent}
	s.learn()
	if len(modified) > 0 {
		return Accept("Some had changed since").With(CodeModified, s.numbers(modified, c.UID).String())
	}
	return s.expungedAmong(places, Accept("Changed"))
}

// numbers is a set of messages, in rising order, as a command that has UIDs or not says it.
func (s *session) numbers(uids []UID, uid bool) Set {
	if uid {
		return SetOf(uids)
	}
	var numbers []uint32
	at := 0
	for _, u := range uids {
		i, there := s.sel.indexFrom(at, u)
		if at = i; there {
			numbers = append(numbers, uint32(i+1))
		}
	}
	return SetOf(numbers)
}

// expungedAmong adds to a result that some of the messages are gone, if so (RFC 5530 §3,
// EXPUNGEISSUED).
func (s *session) expungedAmong(places []int, r *Response) *Response {
	if s.goneAmong(places) {
		r.Code.Name, r.Text = CodeExpungeIssued, "Done, but some of the messages are gone"
	}
	return r
}

func (s *session) goneAmong(places []int) bool {
	if len(s.sel.gone) == 0 {
		return false
	}
	for _, at := range places {
		if s.sel.isGone(s.sel.messages[at].UID) {
			return true
		}
	}
	return false
}

// isReadOnly refuses to change a mailbox that was opened by EXAMINE (RFC 3501 §6.3.2).
func isReadOnly() *Response {
	return Refuse(CodeReadOnly, "The mailbox is open for looking alone: SELECT it")
}

// Store changes flags (RFC 3501 §6.4.6), and returns what the server tells of the messages. Under
// a condition, Code.Modified of the result says which were left out (RFC 7162 §3.1.3).
func (c *Client) Store(cmd *StoreCommand) ([]*FetchData, *Response, error) {
	var told []*FetchData
	r, err := c.Do(cmd, func(d Data) error {
		if d, ok := d.(*FetchData); ok {
			told = append(told, d)
			return nil
		}
		return ErrUnasked
	})
	return told, r, err
}
