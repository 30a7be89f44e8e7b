package imap

import "io"

// Fetch asks for data of messages (RFC 3501 §6.4.5). told is given the data of each message, as it
// comes; the error that it returns is returned once the result has come, and it is given no more.
// Where into is set it is asked where the octets of a section go that come as a literal, which
// then are not kept in memory: what stands before them is the number of the message and the item,
// "BODY[1]<0>". What it returns nil for is told.
func (c *Client) Fetch(
	cmd *Fetch, told func(*FetchData) error, into func(number uint32, item string, size int64) io.Writer,
) (*Response, error) {
	return c.do(cmd, &exchange{into: into, take: func(d Data) error {
		data, ok := d.(*FetchData)
		if !ok || !cmd.answeredBy(data) {
			return ErrUnasked
		}
		return told(data)
	}})
}

// answeredBy says that data has something that was asked for. A server may tell of flags at any
// time (RFC 3501 §7.4.2); where they were asked for beside other things, they come with these.
func (c *Fetch) answeredBy(d *FetchData) bool {
	alone := true
	for i := range c.Items {
		told := false
		switch x := &c.Items[i]; x.Kind {
		case FetchUID, FetchFlags, FetchModSeq:
			continue
		case FetchInternalDate:
			told = !d.Internal.IsZero()
		case FetchSize:
			told = d.HasSize
		case FetchEnvelope:
			told = d.Envelope != nil
		case FetchBody, FetchBodyStructure:
			told = d.Structure != nil
		default:
			told = len(d.Sections) > 0
		}
		if told {
			return true
		}
		alone = false
	}
	return alone || len(d.Others) > 0
}
