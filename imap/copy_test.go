package imap

import (
	"strconv"
	"testing"
)

func TestCopyAndMove(t *testing.T) {
	s, m := bobs(4)
	m.deliver("bob@lab.test", "Köln", sample(1), 0)
	c := selecting(t, s, Inbox)
	c.expect(`STORE 2 FLAGS.SILENT (\Seen lab)`, "FLAGS ...", "OK [PERM...", "OK ...")
	c.expect("COPY 2:3 K&APY-ln", "OK [COPYUID 1002 2:3 2:3] ...")
	c.expect("COPY 1,4 nowhere", "NO [TRYCREATE] ...")
	c.expect("UID COPY 4,99 {8+}\r\nK&APY-ln", "OK [COPYUID 1002 4 4] ...")
	c.expect("UID COPY 98:99 K&APY-ln", "OK Copied")
	c.expect("COPY 5 K&APY-ln", "BAD ...")
	c.expect("COPY 1", "BAD ...")
	c.expect("COPY 1 K&APY-ln x", "BAD ...")
	c.expect("COPY 1 K&AP-ln", "BAD ...")
	c.expect("MOVE 1,3 K&APY-ln", "OK [COPYUID 1002 1,3 5:6] ...", "1 EXPUNGE", "2 EXPUNGE", "OK Moved")
	c.expect("UID MOVE 2 INBOX", "OK [COPYUID 1001 2 5] ...", "1 EXPUNGE", "2 EXISTS", "2 RECENT", "OK Moved")
	c.expect("UID MOVE 99 K&APY-ln", "OK Moved")
	c.expect("MOVE 3 K&APY-ln", "BAD ...")
	c.expect("MOVE 1 nowhere", "NO [TRYCREATE] ...")
	c.expect("SELECT K&APY-ln", "OK [CLOSED] ...", "FLAGS ...", "OK [PERM...", "6 EXISTS", "6 RECENT",
		"OK [UNSEEN 1] ...", "OK [UIDVALIDITY 1002] ...", "OK [UIDNEXT 7] ...", "OK [HIGHEST...", "OK ...")
	c.expect("STORE 2 +FLAGS ()", `2 FETCH (FLAGS (\Seen \Recent lab))`, "OK ...")
	c.must("EXAMINE INBOX")
	c.expect("COPY 1 INBOX", "3 EXISTS", "1 RECENT", "OK [COPYUID 1001 4 6] ...")
	c.expect("MOVE 1 INBOX", "NO [READ-ONLY] ...")
	s.Capabilities = Capabilities{rev1, "MOVE"}
	c.expect("COPY 1 INBOX", "4 EXISTS", "2 RECENT", "OK Copied")
}

// By their numbers all messages are copied or none; with UIDs those that are there.
func TestCopyOfWhatIsGone(t *testing.T) {
	s, m := bobs(3)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	other.must(`STORE 1 +FLAGS.SILENT (\Deleted)`)
	other.must("EXPUNGE")
	m.deliver("bob@lab.test", "Lists", sample(1), 0)
	c.send("a COPY 1:2 Lists\r\nb MOVE 1:2 Lists\r\n")
	if _, result := c.end("a"); result[:18] != "NO [EXPUNGEISSUED]" {
		t.Error(result)
	}
	if _, result := c.end("b"); result[:18] != "NO [EXPUNGEISSUED]" {
		t.Error(result)
	}
	c.expect("UID COPY 1:2 Lists", "OK [COPYUID 1002 2 2] ...")
}

// One short command may not keep the disk busy for minutes.
func TestCopyOfTooManyKeywords(t *testing.T) {
	s, m := bobs(0)
	words := make([]string, 1000)
	for i := range words {
		words[i] = "k" + strconv.Itoa(1000+i)
	}
	for range maxKeywordsCopied/len(words) + 1 {
		m.deliver("bob@lab.test", Inbox, "x", 0, words...)
	}
	c := selecting(t, s, Inbox)
	c.expect("COPY 1:* INBOX", "NO [LIMIT] ...")
	c.must("UID COPY 2:* INBOX")
}
