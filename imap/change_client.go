package imap

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
