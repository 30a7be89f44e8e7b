package imap

import "strconv"

// A CopyCommand is COPY or MOVE, with message numbers or UIDs (RFC 3501 §6.4.7, RFC 6851 §3.1).
type CopyCommand struct {
	Move    bool
	UID     bool
	Set     MessageSet
	Mailbox string
}

// Verb implements Command.
func (c *CopyCommand) Verb() string {
	if c.Move {
		return uidVerb(c.UID, "MOVE")
	}
	return uidVerb(c.UID, "COPY")
}

func (c *CopyCommand) print(w *writer) {
	w.sp()
	w.messageSet(c.Set)
	w.sp()
	w.mailbox(c.Mailbox)
}

func parseCopy(move, uid bool) parser {
	return func(s *scanner) Command {
		c := &CopyCommand{Move: move, UID: uid}
		s.sp()
		c.Set = s.messageSet()
		s.sp()
		c.Mailbox = s.mailbox()
		return c
	}
}

// code is COPYUID (RFC 4315 §3).
func (c *Copied) code() Code {
	arg := append(strconv.AppendUint(nil, uint64(c.UIDValidity), 10), ' ')
	arg = SetOf(c.To).Append(append(SetOf(c.From).Append(arg), ' '))
	return Code{CodeCopyUID, string(arg)}
}

// copyMessages copies messages to another mailbox, or moves them there. By their numbers all are
// copied or none; a UID that is not there is no mistake (RFC 3501 §6.4.8). Of a MOVE the UIDs
// are told before the messages are gone (RFC 6851 §4.3).
func (s *session) copyMessages(c *CopyCommand) *Response {
	places, bad := s.find(c.Set, c.UID)
	switch {
	case bad != nil:
		return bad
	case c.Move && s.sel.readOnly:
		return isReadOnly()
	}
	if s.learn(); !c.UID && s.goneAmong(places) {
		return Refuse(CodeExpungeIssued, "Some of the messages are gone: nothing was done")
	}
	if !c.Move && s.keywordsOf(places) > maxKeywordsCopied {
		return Refuse(CodeLimit, "The messages have too many keywords: fewer at a time")
	}
	act, done := s.sel.box.Copy, "Copied"
	if c.Move {
		act, done = s.sel.box.Move, "Moved"
	}
	copied, err := act(s.ctx, s.sel.uids(places), c.Mailbox)
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	r := Accept("%s", done)
	switch {
	case len(copied.From) == 0 || !s.offers("UIDPLUS"):
	case c.Move:
		told := *r
		told.Code = copied.code()
		s.say(&told)
	default:
		r.Code = copied.code()
	}
	return r
}

// maxKeywordsCopied is how many keywords the messages of a COPY may have together: since all are
// copied or none, others wait for the disk meanwhile.
const maxKeywordsCopied = 500_000

// keywordsOf is how many keywords messages have together.
func (s *session) keywordsOf(places []int) (n int) {
	for _, at := range places {
		n += len(s.sel.messages[at].Keywords)
	}
	return n
}

// Copy copies or moves messages to another mailbox (RFC 3501 §6.4.7, RFC 6851). Where the server
// has UIDPLUS, Code.CopyUID of the result says which UIDs they got; that of a MOVE it tells
// earlier (RFC 6851 §4.3).
func (c *Client) Copy(cmd *CopyCommand) (*Response, error) {
	if cmd.Move {
		if err := c.needs("MOVE"); err != nil {
			return nil, err
		}
	}
	var early Code
	r, err := c.Do(cmd, func(d Data) error {
		if r, ok := d.(*Response); ok && r.Code.Name == CodeCopyUID {
			early = r.Code
			return nil
		}
		return ErrUnasked
	})
	if r != nil && r.Code.Name == "" {
		r.Code = early
	}
	return r, err
}
