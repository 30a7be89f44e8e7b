package imap

// List asks which mailboxes there are (RFC 3501 §6.3.8). "*" is for all, "%" for those of the
// first level.
func (c *Client) List(reference, pattern string) ([]*ListData, error) {
	names, _, err := c.ListExtended(&List{Reference: reference, Patterns: []string{pattern}})
	return names, err
}

// ListExtended is List with options, for servers with LIST-EXTENDED (RFC 5258 §3). What
// RETURN (STATUS) asks for comes besides, by mailbox (RFC 5819 §2).
func (c *Client) ListExtended(cmd *List) (
	names []*ListData, status map[string]*StatusData, err error,
) {
	if cmd.extended() {
		if err := c.needs("LIST-EXTENDED"); err != nil {
			return nil, nil, err
		}
	}
	status = map[string]*StatusData{}
	_, err = c.Do(cmd, func(d Data) error {
		switch d := d.(type) {
		case *ListData:
			if d.LSub {
				return ErrUnasked
			}
			names = append(names, d)
		case *StatusData:
			if len(cmd.Status) == 0 {
				return ErrUnasked
			}
			status[d.Mailbox] = d
		default:
			return ErrUnasked
		}
		return nil
	})
	return names, status, err
}

// LSub asks which names were subscribed to (RFC 3501 §6.3.9).
func (c *Client) LSub(reference, pattern string) ([]*ListData, error) {
	var names []*ListData
	_, err := c.Do(&LSub{reference, pattern}, func(d Data) error {
		l, ok := d.(*ListData)
		if !ok || !l.LSub {
			return ErrUnasked
		}
		names = append(names, l)
		return nil
	})
	return names, err
}
