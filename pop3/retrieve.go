package pop3

import "io"

// A DropListing is what STAT says: the messages that are not marked, and their octets in all
// (RFC 1939 §5).
type DropListing struct {
	Messages int
	Octets   int64
}

// A ScanListing is a line of LIST (RFC 1939 §5).
type ScanListing struct {
	Number int
	Octets int64
}

// A UniqueID is a line of UIDL (RFC 1939 §7).
type UniqueID struct {
	Number int
	UID    string
}

// A Retrieved says what came of a message.
type Retrieved struct {
	Reply     *Reply
	Octets    int64 // that came, byte-stuffing removed
	Announced int64 // that the status line spoke of; -1 if it did not
}

// Stat asks how many messages there are (RFC 1939 §5).
func (c *Client) Stat() (DropListing, error) { return DropListing{}, nil }

// List asks for the size of message n (RFC 1939 §5).
func (c *Client) List(n int) (ScanListing, error) { return ScanListing{}, nil }

// ListAll asks for all sizes (RFC 1939 §5).
func (c *Client) ListAll() ([]ScanListing, error) { return nil, nil }

// UIDL asks for the unique-id of message n (RFC 1939 §7).
func (c *Client) UIDL(n int) (UniqueID, error) { return UniqueID{}, nil }

// UIDLAll asks for all unique-ids (RFC 1939 §7).
func (c *Client) UIDLAll() ([]UniqueID, error) { return nil, nil }

// Retrieve fetches message n and writes it to w as it comes, byte-stuffing removed
// (RFC 1939 §5). An error of w is returned when the message has come to its end: the session
// can go on.
func (c *Client) Retrieve(n int, w io.Writer) (Retrieved, error) { return Retrieved{}, nil }

// Top fetches the header of message n and so many lines of its body (RFC 1939 §7).
func (c *Client) Top(n, lines int, w io.Writer) (Retrieved, error) { return Retrieved{}, nil }
