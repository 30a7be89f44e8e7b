package imap

import (
	"strings"
	"testing"
)

// The example of RFC 3501 §6.4.3: each EXPUNGE moves the numbers behind it.
func TestExpunge(t *testing.T) {
	s, m := bobs(11)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	c.must(`STORE 3,4,7,11 +FLAGS.SILENT (\Deleted)`)
	c.expect("EXPUNGE", "3 EXPUNGE", "3 EXPUNGE", "5 EXPUNGE", "8 EXPUNGE", "OK ...")
	c.expect("EXPUNGE", "OK ...")
	// a new message, and what is gone, and what has other flags: one picture
	m.deliver("bob@lab.test", Inbox, sample(12), 0)
	c.must(`STORE 1 +FLAGS.SILENT (\Seen)`)
	other.expect("NOOP", `1 FETCH (FLAGS (\Seen))`, "3 EXPUNGE", "3 EXPUNGE", "5 EXPUNGE",
		"8 EXPUNGE", "8 EXISTS", "0 RECENT", "OK ...")
	c.must(`STORE 1:* +FLAGS.SILENT (\Deleted)`)
	c.expect("UID EXPUNGE 1,12,77", "1 EXPUNGE", "7 EXPUNGE", "OK ...")
	c.expect("UID EXPUNGE 78:99", "OK ...")
	c.expect("UID EXPUNGE", "BAD ...")
	c.expect("UID EXPUNGE x", "BAD ...")
	c.expect("EXPUNGE 1", "BAD ...")
	other.must("EXAMINE INBOX")
	other.expect("EXPUNGE", "NO [READ-ONLY] ...")
	other.expect("UID EXPUNGE 1:*", "NO [READ-ONLY] ...")
	other.expect("CLOSE", "OK ...") // removes nothing
	other.expect("EXPUNGE", "BAD ...")
	c.expect("NOOP", "OK ...")
	c.expect("CLOSE", "OK ...") // tells nothing
	c.expect("EXAMINE INBOX", "FLAGS ...", "OK ...", "0 EXISTS", "0 RECENT", "OK [UIDVALIDITY...",
		"OK [UIDNEXT 13] ...", "OK [HIGHEST...", "OK [READ-ONLY] ...")
	c.expect("STORE * FLAGS ()", "BAD ...") // there is no number in an empty mailbox
	c.expect("UID EXPUNGE *", "NO [READ-ONLY] ...")
	c.expect("UNSELECT", "OK ...")
	c.expect("UNSELECT", "BAD ...")
}

// While a command speaks of numbers, or waits behind another, no number moves.
func TestExpungeIsNotTold(t *testing.T) {
	s, _ := bobs(5)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	other.must(`STORE 1:2 +FLAGS.SILENT (\Deleted)`)
	other.must("EXPUNGE")
	c.expect(`STORE 5 +FLAGS (\Seen)`, `5 FETCH (FLAGS (\Seen \Recent))`, "OK ...")
	c.send("a NOOP\r\nb CHECK\r\nc STORE 5 +FLAGS (\\Draft)\r\nd NOOP\r\ne NOOP\r\n")
	data := []string{}
	for _, tag := range []string{"a", "b", "c", "d", "e"} {
		got, result := c.end(tag)
		data = append(append(data, got...), tag+" "+result[:2])
	}
	want := "a OK|b OK|5 FETCH (FLAGS (\\Seen \\Draft \\Recent))|c OK|d OK|1 EXPUNGE|1 EXPUNGE|e OK"
	if got := strings.Join(data, "|"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
