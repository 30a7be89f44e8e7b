package imap

import "testing"

// STORE tells the new flags of each message, and with .SILENT only what its client cannot know.
func TestStore(t *testing.T) {
	s, m := bobs(3)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	c.expect(`STORE 1 +FLAGS (\Seen)`, `1 FETCH (FLAGS (\Seen \Recent))`, "OK ...")
	c.expect(`STORE 1 +FLAGS (\Seen)`, `1 FETCH (FLAGS (\Seen \Recent))`, "OK ...") // told again
	c.expect(`STORE 1 FLAGS \Flagged \Draft`, `1 FETCH (FLAGS (\Flagged \Draft \Recent))`, "OK ...")
	c.expect(`STORE 1 -FLAGS (\Draft \Deleted)`, `1 FETCH (FLAGS (\Flagged \Recent))`, "OK ...")
	c.expect(`STORE 1 FLAGS ()`, `1 FETCH (FLAGS (\Recent))`, "OK ...")
	c.expect(`STORE 1:* +FLAGS.SILENT (\Seen)`, "OK ...")
	c.expect(`UID STORE 2 -flags.silent \seen`, "OK ...")
	c.expect(`UID STORE 3,99,2 +FLAGS \Answered`, `2 FETCH (UID 2 FLAGS (\Answered \Recent))`,
		`3 FETCH (UID 3 FLAGS (\Answered \Seen \Recent))`, "OK ...")
	c.expect(`UID STORE 98:99 +FLAGS \Answered`, "OK ...")
	other.expect("NOOP", `1 FETCH (FLAGS (\Seen))`, `2 FETCH (FLAGS (\Answered))`,
		`3 FETCH (FLAGS (\Answered \Seen))`, "OK ...")
	// what the other one did comes to light
	other.must(`STORE 2 +FLAGS.SILENT (\Flagged)`)
	c.expect(`STORE 1:2 +FLAGS.SILENT (\Deleted)`,
		`2 FETCH (FLAGS (\Answered \Flagged \Deleted \Recent))`, "OK ...")
	// keywords are told of before a message has them, in the letters that they came in first
	c.expect(`STORE 3 FLAGS (Lab $Forwarded)`,
		`FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded Lab)`,
		`OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded Lab \*)] ...`,
		`3 FETCH (FLAGS (\Recent $Forwarded Lab))`, "OK ...")
	c.expect(`STORE 3 +FLAGS (lab LAB)`, `3 FETCH (FLAGS (\Recent $Forwarded Lab))`, "OK ...")
	c.expect(`STORE 3 -FLAGS lab`, `3 FETCH (FLAGS (\Recent $Forwarded))`, "OK ...")
	c.expect(`STORE 3 +FLAGS.SILENT ($mdnsent)`, "FLAGS ...", "OK [PERM...", "OK ...")
	other.must("EXAMINE INBOX")
	other.expect(`STORE 1 +FLAGS (\Seen)`, "NO [READ-ONLY] ...")
	if n := len(m.accounts["bob@lab.test"].folders[Inbox].messages); n != 3 {
		t.Errorf("%d messages", n)
	}
}

// What is no STORE gets BAD, and changes nothing.
func TestStoreIsWrong(t *testing.T) {
	s, m := bobs(2)
	c := selecting(t, s, Inbox)
	for _, args := range []string{"", " 1", " 1 ", " 1 FLAGS", " 1 FLAGS ", " 0 FLAGS ()", " 3 FLAGS ()",
		" 1:3 FLAGS ()", " 1 FLAGS (\\Seen", " 1 FLAGS \\Seen)", " 1 FLAGS (\\Recent)",
		" 1 +FLAGS \\*", " 1 FLAGS (\\Seen  \\Draft)", " 1 FLAGS \\Foo", " 1 FLAGS {3+}\r\nabc",
		" 1 FLAGS \"a\"", " 1 +FLAG (a)", " 1 FLAGS.LOUD (a)", " 1 +-FLAGS (a)", " 1 FLAGS () x",
		" 1 (UNCHANGEDSINCE) FLAGS ()", " 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 1) FLAGS ()",
		" 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS ()", " 1 (CHANGEDSINCE 1) FLAGS ()", " 1 () FLAGS ()",
		" x FLAGS ()", " 1,,2 FLAGS ()", " 1 FLAGS (a]b)", " 1 FLAGS ((a))"} {
		c.expect("STORE"+args, "BAD ...")
	}
	c.expect("NOOP", "OK ...")
	for _, x := range m.accounts["bob@lab.test"].folders[Inbox].messages {
		if x.ModSeq > 3 || x.Flags != 0 {
			t.Errorf("%+v", x)
		}
	}
}

// RFC 7162 §3.1.3: a condition, and who is told what.
func TestConditionalStore(t *testing.T) {
	s, _ := bobs(3) // modification sequences 2, 3, 4
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	c.expect(`STORE 1:3 (UNCHANGEDSINCE 3) +FLAGS.SILENT (\Deleted)`, "OK [HIGHESTMODSEQ 4] ...",
		`1 FETCH (UID 1 MODSEQ (5))`, `2 FETCH (UID 2 MODSEQ (5))`,
		`3 FETCH (UID 3 MODSEQ (4) FLAGS (\Recent))`, "OK [MODIFIED 3] ...")
	other.expect("NOOP", `1 FETCH (FLAGS (\Deleted))`, `2 FETCH (FLAGS (\Deleted))`, "OK ...")
	other.must(`STORE 1 -FLAGS.SILENT (\Deleted)`)
	c.expect(`UID STORE 1 (UNCHANGEDSINCE 5) FLAGS (\Seen)`,
		`1 FETCH (UID 1 MODSEQ (6) FLAGS (\Recent))`, "OK [MODIFIED 1] ...")
	c.expect(`UID STORE 1,77 (UNCHANGEDSINCE 6) FLAGS (\Seen)`,
		`1 FETCH (UID 1 MODSEQ (7) FLAGS (\Seen \Recent))`, "OK Changed")
	// nothing changes, and the modification sequence is told all the same
	c.expect(`STORE 1 (UNCHANGEDSINCE 7) +FLAGS.SILENT (\Seen)`, `1 FETCH (UID 1 MODSEQ (7))`, "OK ...")
	c.expect(`STORE 1 +FLAGS.SILENT (\Draft)`, `1 FETCH (UID 1 MODSEQ (8))`, "OK ...")
	c.expect(`STORE 1:* (UNCHANGEDSINCE 0) FLAGS ()`, "1 FETCH ...", "2 FETCH ...", "3 FETCH ...",
		"OK [MODIFIED 1:3] ...")
	other.expect("NOOP", `1 FETCH (FLAGS (\Seen \Draft))`, "OK ...")
	other.expect("SELECT INBOX (CONDSTORE)", "OK [CLOSED] ...", "FLAGS ...", "OK [PERM...", "3 EXISTS",
		"0 RECENT", "OK [UNSEEN 2] ...", "OK [UIDV...", "OK [UIDNEXT 4] ...", "OK [HIGHESTMODSEQ 8] ...", "OK ...")
	c.must(`STORE 2 FLAGS ()`)
	other.expect("NOOP", "2 FETCH (UID 2 MODSEQ (9) FLAGS ())", "OK ...")
	s.Capabilities = s.Capabilities[:1]
	c.expect(`STORE 1 (UNCHANGEDSINCE 7) FLAGS ()`, "BAD ...")
	other.expect("SELECT INBOX (CONDSTORE)", "BAD ...")
}

// A message that another session has expunged is no mistake of the client's.
func TestStoreOfWhatIsGone(t *testing.T) {
	s, _ := bobs(4)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	other.must(`STORE 1:2 +FLAGS.SILENT (\Deleted)`)
	other.expect("EXPUNGE", "1 EXPUNGE", "1 EXPUNGE", "OK ...")
	c.expect(`STORE 2:3 +FLAGS (\Seen)`, `3 FETCH (FLAGS (\Seen \Recent))`, "OK [EXPUNGEISSUED] ...")
	c.expect(`STORE 4 +FLAGS (\Seen)`, `4 FETCH (FLAGS (\Seen \Recent))`, "OK Changed")
	c.expect(`UID STORE 1:3 -FLAGS (\Seen)`, `3 FETCH (UID 3 FLAGS (\Recent))`, "1 EXPUNGE", "1 EXPUNGE",
		"OK [EXPUNGEISSUED] ...")
	c.expect(`STORE 2 +FLAGS (\Seen)`, `2 FETCH (FLAGS (\Seen \Recent))`, "OK Changed")
	c.expect(`STORE 3 +FLAGS (\Seen)`, "BAD ...")
}
