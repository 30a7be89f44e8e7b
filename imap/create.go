package imap

import "strings"

// A Create is CREATE (RFC 3501 §6.3.3), with special uses if there are any (RFC 6154 §3).
type Create struct {
	Mailbox string
	Uses    []string // `\Sent`
}

// Verb implements Command.
func (c *Create) Verb() string { return "CREATE" }

func (c *Create) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
	if len(c.Uses) > 0 {
		w.raw(" (USE ")
		w.atoms(c.Uses)
		w.raw(")")
	}
}

func parseCreate(s *scanner) Command {
	c := &Create{}
	s.sp()
	c.Mailbox = s.mailbox()
	if s.take(' ') {
		s.list(func() {
			if !s.word("USE") { // RFC 4466 §2.2
				s.fail("USE: there is no other parameter")
			}
			s.sp()
			s.listOrNone(func() { c.Uses = append(c.Uses, s.attribute()) })
		})
	}
	return c
}

// A Delete is DELETE (RFC 3501 §6.3.4).
type Delete struct{ Mailbox string }

// Verb implements Command.
func (c *Delete) Verb() string { return "DELETE" }

func (c *Delete) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
}

func parseDelete(s *scanner) Command {
	s.sp()
	return &Delete{s.mailbox()}
}

// A Rename is RENAME (RFC 3501 §6.3.5).
type Rename struct{ From, To string }

// Verb implements Command.
func (c *Rename) Verb() string { return "RENAME" }

func (c *Rename) print(w *writer) {
	w.sp()
	w.mailbox(c.From)
	w.sp()
	w.mailbox(c.To)
}

func parseRename(s *scanner) Command {
	c := &Rename{}
	s.sp()
	c.From = s.mailbox()
	s.sp()
	c.To = s.mailbox()
	return c
}

// A Subscribe is SUBSCRIBE (RFC 3501 §6.3.6), or UNSUBSCRIBE (§6.3.7).
type Subscribe struct {
	Mailbox string
	Not     bool // UNSUBSCRIBE
}

// Verb implements Command.
func (c *Subscribe) Verb() string {
	if c.Not {
		return "UNSUBSCRIBE"
	}
	return "SUBSCRIBE"
}

func (c *Subscribe) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
}

// subscribe is the parser of SUBSCRIBE, or of UNSUBSCRIBE.
func subscribe(not bool) parser {
	return func(s *scanner) Command {
		s.sp()
		return &Subscribe{s.mailbox(), not}
	}
}

// uses are the special uses that a mailbox can be made for. \All and \Flagged are none of them:
// they show messages of other mailboxes (RFC 6154 §2).
var uses = []string{`\Archive`, `\Drafts`, `\Junk`, `\Sent`, `\Trash`}

func (s *session) create(c *Create) *Response {
	// A delimiter at the end says that there will be mailboxes below it, which can be below any
	// here (RFC 3501 §6.3.3).
	name := strings.TrimSuffix(c.Mailbox, string(Delimiter))
	if r := nameTrouble(name); r != nil {
		return r
	}
	if name == Inbox {
		return Refuse(CodeAlreadyExists, "There is an INBOX always")
	}
	use, r := s.useOf(c)
	if r != nil {
		return r
	}
	if err := s.store.Create(s.ctx, name, use); err != nil {
		return responseTo(err, CodeServerBug)
	}
	return Accept("Made")
}

// useOf is the special use that a mailbox is made for, or says why it cannot be.
func (s *session) useOf(c *Create) (string, *Response) {
	switch {
	case len(c.Uses) == 0:
		return "", nil
	case !s.offers("CREATE-SPECIAL-USE"):
		return "", Reject("CREATE-SPECIAL-USE was not offered")
	case len(c.Uses) > 1:
		return "", Refuse(CodeUseAttr, "A mailbox has one special use here")
	}
	for _, use := range uses {
		if sameWord(use, c.Uses[0]) {
			return use, nil
		}
	}
	return "", Refuse(CodeUseAttr, "There is no special use %s here", c.Uses[0])
}

// delete deletes a mailbox. Those below it stay, and it is a level above them from then on
// (RFC 3501 §6.3.4). A session that has it selected has none then.
func (s *session) delete(c *Delete) *Response {
	if c.Mailbox == Inbox {
		return Refuse(CodeCannot, "INBOX cannot be deleted")
	}
	if err := s.store.Delete(s.ctx, c.Mailbox); err != nil {
		return responseTo(err, CodeServerBug)
	}
	if s.sel != nil {
		if s.learn(); s.sel.removed {
			s.deselect()
			return Accept("Deleted, and no mailbox is selected now")
		}
	}
	return Accept("Deleted")
}

// rename renames a mailbox and those below it. Of INBOX it moves the messages (RFC 3501 §6.3.5).
func (s *session) rename(c *Rename) *Response {
	if r := nameTrouble(c.To); r != nil {
		return r
	}
	switch {
	case c.To == Inbox:
		return Refuse(CodeAlreadyExists, "There is an INBOX always")
	case c.From != Inbox && strings.HasPrefix(c.To, c.From+string(Delimiter)):
		return Refuse(CodeCannot, "A mailbox cannot be moved below itself")
	}
	if err := s.store.Rename(s.ctx, c.From, c.To); err != nil {
		return responseTo(err, CodeServerBug)
	}
	if s.sel != nil && c.From != Inbox {
		rest, below := strings.CutPrefix(s.sel.name, c.From)
		if below && (rest == "" || rest[0] == Delimiter) {
			s.sel.name = c.To + rest
		}
	}
	return Accept("Renamed")
}

// subscribe notes a name, whether or not there is such a mailbox (RFC 3501 §6.3.6), or forgets
// it; that it was not noted is no error.
func (s *session) subscribe(c *Subscribe) *Response {
	if r := nameTrouble(c.Mailbox); r != nil {
		return r
	}
	if err := s.store.Subscribe(s.ctx, c.Mailbox, !c.Not); err != nil {
		return responseTo(err, CodeServerBug)
	}
	return Accept("Noted")
}

// Create makes a mailbox. uses are its special uses, for servers with CREATE-SPECIAL-USE
// (RFC 6154 §3).
func (c *Client) Create(name string, uses ...string) (*Response, error) {
	if len(uses) > 0 {
		if err := c.needs("CREATE-SPECIAL-USE"); err != nil {
			return nil, err
		}
	}
	return c.Do(&Create{name, uses}, nil)
}

// Delete deletes a mailbox with all that is in it.
func (c *Client) Delete(name string) (*Response, error) { return c.Do(&Delete{name}, nil) }

// Rename gives a mailbox another name. Of INBOX it moves the messages.
func (c *Client) Rename(from, to string) (*Response, error) { return c.Do(&Rename{from, to}, nil) }

// Subscribe adds a name to those that LSUB shows.
func (c *Client) Subscribe(name string) (*Response, error) {
	return c.Do(&Subscribe{Mailbox: name}, nil)
}

// Unsubscribe takes it away.
func (c *Client) Unsubscribe(name string) (*Response, error) {
	return c.Do(&Subscribe{Mailbox: name, Not: true}, nil)
}
