package imap

import (
	"io"
	"slices"
	"strings"
)

// Fetch asks for data of messages (RFC 3501 §6.4.5, §6.4.8), and hands it to each, message by
// message as it comes; it may be kept. A server may tell of a message in several answers, and of
// flags that were not asked for, which go to Unasked. What each returns ends the handing on, and is
// returned once the result has come; with ErrUnasked the data goes to Unasked.
func (c *Client) Fetch(cmd *Fetch, each func(*FetchData) error) (*Response, error) {
	return c.FetchTo(cmd, nil, each)
}

// FetchTo is Fetch for messages that are not to be held in memory: to says where the octets of a
// section go, which number octets come as a literal. Where it returns nil they are kept in the
// data; else the data has none of them. to is called before each has the data, and must not use
// the client. An error of the writer is returned once the result has come.
func (c *Client) FetchTo(cmd *Fetch, to func(number uint32, section *FetchItem, octets int64) io.Writer,
	each func(*FetchData) error) (*Response, error) {
	if err := c.needsFor(cmd); err != nil {
		return nil, err
	}
	x := &exchange{take: func(d Data) error {
		if d, ok := d.(*FetchData); ok && cmd.askedFor(d) {
			return each(d)
		}
		return ErrUnasked
	}}
	if to != nil {
		x.into = func(number uint32, item string, octets int64) io.Writer {
			if !cmd.about(number) {
				return nil
			}
			s := scanner{text: []byte(item)}
			section := s.fetchTold()
			if s.end(); s.err != nil {
				return nil
			}
			return to(number, &section, octets)
		}
	}
	return c.do(cmd, x)
}

// askedFor says that data is an answer to the command: of one of its messages, and no news of
// flags.
func (c *Fetch) askedFor(d *FetchData) bool {
	if !c.about(d.Number) {
		return false
	}
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

// about says that the command may ask for the message with that number. Of UIDs, of what SEARCH has
// saved and of what counts from the last message, only the server knows.
func (c *Fetch) about(number uint32) bool {
	if c.UID || c.Messages.Saved {
		return true
	}
	return slices.ContainsFunc(c.Messages.Numbers, func(r Range) bool {
		return r.First == 0 || r.Last == 0 ||
			number >= min(r.First, r.Last) && number <= max(r.First, r.Last)
	})
}

// needsFor says what the server would have to offer, and does not.
func (c *Client) needsFor(cmd *Fetch) error {
	if cmd.Conditional {
		if err := c.needs("CONDSTORE"); err != nil {
			return err
		}
	}
	for i := range cmd.Items {
		need := ""
		switch cmd.Items[i].Kind {
		case FetchModSeq:
			need = "CONDSTORE"
		case FetchBinary, FetchBinarySize:
			need = "BINARY"
		}
		if need != "" {
			if err := c.needs(need); err != nil {
				return err
			}
		}
	}
	return nil
}

// ParseFetchItems reads items as a command has them, without parentheses: "FLAGS BODY.PEEK[1]",
// or a macro. The error is a *SyntaxError.
func ParseFetchItems(text string) ([]FetchItem, error) {
	s := scanner{text: []byte(text)}
	items := []FetchItem(nil)
	if strings.IndexByte(text, ' ') >= 0 {
		s.text = []byte("(" + text + ")")
	}
	items = s.fetchItems()
	s.end()
	if s.err != nil {
		return nil, s.err
	}
	return items, nil
}
