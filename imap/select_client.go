package imap

// A Selection is what a server says of a mailbox that it opens (RFC 3501 §6.3.1). What it did not
// say is zero.
type Selection struct {
	FlagsData            // those that messages can have
	Permanent   []string // those that the client can change for good; "\*" is any keyword
	Messages    uint32   // how many there are
	Recent      uint32   // how many of them are \Recent
	Unseen      uint32   // the number of the first that was not read
	UIDValidity uint32   // as long as it is the same, UIDs hold
	UIDNext     UID      // no message has it or a greater one
	// HighestModSeq is what changes may be counted from (RFC 7162 §3.1.2.1).
	HighestModSeq uint64
	ReadOnly      bool
}

// Select opens a mailbox.
func (c *Client) Select(cmd *Select) (*Selection, error) {
	x := &Selection{ReadOnly: cmd.ReadOnly}
	r, err := c.Do(cmd, x.take)
	if err != nil {
		return nil, err
	}
	x.ReadOnly = x.ReadOnly || r.Code.Name == CodeReadOnly
	return x, nil
}

// take takes in what the server says of the mailbox.
func (x *Selection) take(d Data) error {
	switch d := d.(type) {
	case FlagsData:
		x.FlagsData = d
	case ExistsData:
		x.Messages = uint32(d)
	case RecentData:
		x.Recent = uint32(d)
	case *Response:
		return x.takeCode(d.Code)
	default:
		return ErrUnasked
	}
	return nil
}

func (x *Selection) takeCode(c Code) error {
	if flags, ok := c.PermanentFlags(); ok {
		x.Permanent = flags
		return nil
	}
	n, ok := c.Number(c.Name)
	switch {
	case !ok:
		return ErrUnasked
	case c.Name == CodeHighestModSeq:
		x.HighestModSeq = n
		return nil
	case n > 1<<32-1:
		return ErrUnasked
	}
	switch c.Name {
	case CodeUnseen:
		x.Unseen = uint32(n)
	case CodeUIDValidity:
		x.UIDValidity = uint32(n)
	case CodeUIDNext:
		x.UIDNext = uint32(n)
	default:
		return ErrUnasked
	}
	return nil
}
