// Command arrange is an IMAP client that uses mailtool's own: Go's library has none. Package imap
// has a method for each command, which waits for the result; what the server tells without being
// asked goes to a function.
//
//	go run ./examples/go/arrange
//
// It lists what is in bob's INBOX, and flags the newest letter. Nothing is marked as read.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"mailtool/imap"
)

func main() {
	log.SetFlags(0)
	addr := "127.0.0.1:2143"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	if err := arrange(context.Background(), addr, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// arrange lists the letters on w, and flags the newest.
func arrange(ctx context.Context, addr string, w io.Writer) error {
	c, err := imap.Dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	c.Unasked = func(d imap.Data) { // another client may be at work
		if n, ok := d.(imap.ExistsData); ok {
			fmt.Fprintf(w, "the server says: %d letters now\n", n)
		}
	}
	if _, err := c.Login("bob", "sesame"); err != nil { // in clear: on this machine only
		return err
	}
	inbox, err := c.Select(&imap.Select{Mailbox: imap.Inbox})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d letters\n", inbox.Messages)
	if inbox.Messages == 0 {
		_, err = c.Logout()
		return err
	}
	newest, err := list(c, w)
	if err != nil {
		return err
	}
	// A number changes when a letter before it goes. The UID stays: to change something, use it.
	told, _, err := c.Store(&imap.StoreCommand{UID: true, Set: set(newest),
		FlagChange: imap.FlagChange{Mode: imap.AddFlags, Flags: imap.FlagFlagged}})
	if err != nil {
		return err
	}
	for _, d := range told {
		fmt.Fprintf(w, "flagged: UID %d %s\n", d.UID, imap.AppendFlags(nil, d.Flags, d.Keywords))
	}
	_, err = c.Logout()
	return err
}

// list writes a line for each letter. It asks for what a list needs, and not for the letters.
func list(c *imap.Client, w io.Writer) (newest imap.UID, err error) {
	all, err := imap.ParseMessageSet("1:*")
	if err != nil {
		return 0, err
	}
	items, err := imap.ParseFetchItems("UID FLAGS ENVELOPE")
	if err != nil {
		return 0, err
	}
	_, err = c.Fetch(&imap.Fetch{Messages: all, Items: items}, func(d *imap.FetchData) error {
		subject := ""
		if d.Envelope != nil {
			subject = d.Envelope.Subject.Text
		}
		flags := imap.AppendFlags(nil, d.Flags, d.Keywords)
		newest = max(newest, d.UID)
		_, err := fmt.Fprintf(w, "%d  UID %d  %s  %s\n", d.Number, d.UID, flags, subject)
		return err
	})
	return newest, err
}

// set is the set of one message.
func set(uid imap.UID) imap.MessageSet {
	return imap.MessageSet{Numbers: imap.SetOf([]imap.UID{uid})}
}
