package imap

// Search finds messages (RFC 3501 §6.4.4): those that all keys find, or all messages. The numbers
// are message sequence numbers, or unique identifiers with uid.
func (c *Client) Search(uid bool, keys ...Key) (*SearchData, error) {
	found := &SearchData{}
	_, err := c.Do(&SearchCommand{UID: uid, Criteria: c.criteria(keys)}, func(d Data) error {
		more, ok := d.(*SearchData)
		if !ok {
			return ErrUnasked
		}
		// A server may say what it has found in several lines.
		found.Numbers = append(found.Numbers, more.Numbers...)
		found.ModSeq = max(found.ModSeq, more.ModSeq)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// ExtendedSearch finds messages and has the server answer what is wanted of them alone (RFC 4731),
// or keep them as "$" (RFC 5182). The error is a NotOfferedError where it does not offer that.
func (c *Client) ExtendedSearch(uid bool, want SearchReturn, keys ...Key) (*ESearchData, error) {
	if err := c.needs("ESEARCH"); err != nil {
		return nil, err
	}
	if want&ReturnSave != 0 {
		if err := c.needs("SEARCHRES"); err != nil {
			return nil, err
		}
	}
	if want == 0 {
		want = ReturnAll
	}
	cmd := &SearchCommand{UID: uid, Return: want, Criteria: c.criteria(keys)}
	found, err := only[*ESearchData](c, cmd)
	if found == nil && err == nil { // who keeps what was found as "$" need not answer
		found = &ESearchData{UID: uid}
	}
	return found, err
}

// Sort finds messages and has them put into an order (RFC 5256).
func (c *Client) Sort(uid bool, by []SortKey, keys ...Key) (*SortData, error) {
	found := &SortData{}
	cmd := &SortCommand{UID: uid, By: by, Criteria: c.criteria(keys).said()}
	_, err := c.Do(cmd, func(d Data) error {
		more, ok := d.(*SortData)
		if !ok {
			return ErrUnasked
		}
		found.Numbers = append(found.Numbers, more.Numbers...)
		found.ModSeq = max(found.ModSeq, more.ModSeq)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Thread finds messages and has them put into threads by an algorithm (RFC 5256).
func (c *Client) Thread(uid bool, algorithm string, keys ...Key) (Forest, error) {
	cmd := &ThreadCommand{UID: uid, Algorithm: algorithm, Criteria: c.criteria(keys).said()}
	d, err := only[*ThreadData](c, cmd)
	if d == nil || err != nil {
		return nil, err
	}
	return d.Forest, nil
}

// criteria are keys as the server is to be told them: in UTF-8 where US-ASCII is not enough.
// Once UTF8=ACCEPT is enabled that goes without saying, and must not be said (RFC 6855 §3).
func (c *Client) criteria(keys []Key) Criteria {
	if len(keys) == 0 {
		keys = []Key{Flagged("ALL")}
	}
	if c.utf8 || inASCII(keys) {
		return Criteria{Keys: keys}
	}
	return Criteria{utf8Set, keys}
}

// said is c with a charset in any case.
func (c Criteria) said() Criteria {
	c.Charset = utf8Set
	return c
}
