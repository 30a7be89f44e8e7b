package imap

import "io"

// An Into says where the octets of a section go. It is given the message's number, the item in
// capitals, as "BODY[1.2]" or "BODY[]<0>", and how many octets there are. Where it returns nil
// they are kept in memory.
type Into func(number uint32, item string, octets int64) io.Writer

// Fetch asks for data of messages (RFC 3501 §6.4.5). each is given what is told of each message,
// as it comes; after an error of it the rest is passed over. A section that went where into, which
// may be nil, has said, has no octets there. An error of a writer is returned in the end. Flags
// that change meanwhile, and were not asked for, go to Unasked.
func (c *Client) Fetch(cmd *Fetch, each func(*FetchData) error, into Into) (*Response, error) {
	return c.do(cmd, &exchange{into: into, take: func(d Data) error {
		if d, ok := d.(*FetchData); ok && cmd.askedFor(d) {
			return each(d)
		}
		return ErrUnasked
	}})
}

// askedFor says that data is an answer to the command, and no news of flags.
func (c *Fetch) askedFor(d *FetchData) bool {
	if !d.HasFlags || len(d.Sections)+len(d.Others) > 0 || d.HasSize || !d.Internal.IsZero() ||
		d.Envelope != nil || d.Structure != nil {
		return true
	}
	for _, item := range c.Items {
		if item.Kind == FetchFlags {
			return true
		}
	}
	return false
}
