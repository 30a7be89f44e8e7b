package imap

// A UIDExpunge is UID EXPUNGE: of the messages that are \Deleted those of a set are removed
// (RFC 4315 §2.1). EXPUNGE itself is a Simple.
type UIDExpunge struct{ Set MessageSet }

// Verb implements Command.
func (c *UIDExpunge) Verb() string { return "UID EXPUNGE" }

func (c *UIDExpunge) print(w *writer) {
	w.sp()
	w.messageSet(c.Set)
}

func parseUIDExpunge(s *scanner) Command {
	s.sp()
	return &UIDExpunge{s.messageSet()}
}

// expunge removes all messages that are \Deleted (RFC 3501 §6.4.3). Which they were is told by
// tellChanges.
func (s *session) expunge(Simple) *Response {
	if s.sel.readOnly {
		return isReadOnly()
	}
	if err := s.sel.box.Expunge(s.ctx, nil); err != nil {
		return responseTo(err, CodeServerBug)
	}
	return Accept("Removed")
}

func (s *session) uidExpunge(c *UIDExpunge) *Response {
	places, bad := s.find(c.Set, true)
	switch {
	case bad != nil:
		return bad
	case s.sel.readOnly:
		return isReadOnly()
	case len(places) == 0: // no UIDs would be all of them
		return Accept("Nothing to remove")
	}
	if err := s.sel.box.Expunge(s.ctx, s.sel.uids(places)); err != nil {
		return responseTo(err, CodeServerBug)
	}
	return Accept("Removed")
}

// Expunge removes what is \Deleted (RFC 3501 §6.4.3), and returns the numbers as the server tells
// them: each counts by what the one before it has left.
func (c *Client) Expunge() ([]uint32, *Response, error) { return c.expunge(Simple{"EXPUNGE"}) }

// UIDExpunge is Expunge of some messages alone (RFC 4315 §2.1).
func (c *Client) UIDExpunge(uids MessageSet) ([]uint32, *Response, error) {
	if err := c.needs("UIDPLUS"); err != nil {
		return nil, nil, err
	}
	return c.expunge(&UIDExpunge{uids})
}

func (c *Client) expunge(cmd Command) ([]uint32, *Response, error) {
	var numbers []uint32
	r, err := c.Do(cmd, func(d Data) error {
		if n, ok := d.(ExpungeData); ok {
			numbers = append(numbers, uint32(n))
			return nil
		}
		return ErrUnasked
	})
	return numbers, r, err
}
