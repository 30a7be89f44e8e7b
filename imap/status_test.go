package imap

import "testing"

func TestStatus(t *testing.T) {
	s, m := bobs(0)
	m.deliver("bob@lab.test", "blurdybloop", sample(1), FlagSeen)
	m.deliver("bob@lab.test", "blurdybloop", sample(2), FlagDeleted)
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect("STATUS blurdybloop (UIDNEXT MESSAGES)", "STATUS blurdybloop (UIDNEXT 3 MESSAGES 2)",
		"OK ...")
	size := decimal(int64(len(sample(1))))
	both := decimal(int64(len(sample(1)) + len(sample(2))))
	c.expect("STATUS \"blurdybloop\" (RECENT UIDVALIDITY UNSEEN SIZE DELETED DELETED-STORAGE APPENDLIMIT)",
		"STATUS blurdybloop (RECENT 2 UIDVALIDITY 1002 UNSEEN 1 SIZE "+both+
			" DELETED 1 DELETED-STORAGE "+size+" APPENDLIMIT 52428800)", "OK ...")
	c.expect("STATUS nowhere (MESSAGES)", "NO [NONEXISTENT] ...")
	c.expect("STATUS INBOX (MESSAGES BOGUS)", "BAD ...")
	c.expect("STATUS INBOX (MESSAGES MESSAGES)", "STATUS INBOX (MESSAGES 0)", "OK ...")
	c.expect("STATUS blurdybloop (HIGHESTMODSEQ)", "STATUS blurdybloop (HIGHESTMODSEQ 3)", "OK ...")
	c.expect("ENABLE CONDSTORE", "ENABLED", "OK ...") // it is (RFC 7162 §3.1)

	s.Capabilities = nil
	for _, item := range []string{"SIZE", "DELETED", "DELETED-STORAGE", "HIGHESTMODSEQ", "APPENDLIMIT"} {
		c.expect("STATUS INBOX ("+item+")", "BAD ...")
	}
}

// Messages that are \Recent are counted once, whether or not the session takes them for its own.
func TestStatusRecent(t *testing.T) {
	s, m := bobs(2)
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	for _, open := range []string{"NOOP", "EXAMINE INBOX", "SELECT INBOX", "SELECT INBOX"} {
		want := "STATUS INBOX (RECENT 2)"
		if c.must(open); open == "SELECT INBOX" && c.tag > 6 {
			want = "STATUS INBOX (RECENT 0)" // they were this session's the first time
		}
		c.expect("STATUS INBOX (RECENT)", want, "OK ...")
	}
	c.must("EXAMINE INBOX")
	m.deliver("bob@lab.test", Inbox, sample(3), 0)
	c.expect("STATUS INBOX (RECENT)", "STATUS INBOX (RECENT 1)", "3 EXISTS", "1 RECENT", "OK ...")
	c.expect("STATUS INBOX (RECENT)", "STATUS INBOX (RECENT 1)", "OK ...")
}

// ENABLE is to come before a mailbox is selected. Where it comes later, it tells what each command does
// that makes a client aware of modification sequences (RFC 7162 §3.1).
func TestEnableSelected(t *testing.T) {
	s, _ := bobs(2)
	c := selecting(t, s, Inbox)
	c.expect("ENABLE CONDSTORE", "OK [HIGHESTMODSEQ 3] ...", "ENABLED CONDSTORE", "OK ...")
	c.expect("ENABLE CONDSTORE UTF8=ACCEPT", "ENABLED UTF8=ACCEPT", "OK ...")
}

// What RFC 2342, RFC 2971, RFC 5161 and RFC 9208 have.
func TestSmallCommands(t *testing.T) {
	s, m := bobs(3)
	s.ID = []string{"name", "mailtool", "version", "1"}
	c := talkTo(t, s)
	c.expect(`ID ("name" "sodr" "version" "19.34" "os" NIL)`,
		`ID ("name" "mailtool" "version" "1")`, "OK ...")
	c.expect("NAMESPACE", "BAD ...")
	c.must("LOGIN bob sesame")
	c.expect("NAMESPACE", `NAMESPACE (("" "/")) NIL NIL`, "OK ...")
	c.expect("ENABLE X-GOOD-IDEA QRESYNC IDLE", "ENABLED", "OK ...")
	c.expect("ENABLE condstore CONDSTORE UTF8=ACCEPT", "ENABLED CONDSTORE UTF8=ACCEPT", "OK ...")
	c.expect("ENABLE CONDSTORE", "ENABLED", "OK ...")
	c.must("SELECT INBOX")
	c.expect("ENABLE CONDSTORE", "ENABLED", "OK ...") // it should come before, but who looks
	c.must("UNSELECT")

	// A quota-list has at least one quota-resource (RFC 9208 §7): nothing limited, no root.
	c.expect(`GETQUOTA ""`, "NO [NONEXISTENT] ...")
	c.expect(`GETQUOTAROOT inbox`, `QUOTAROOT INBOX`, "OK ...")
	m.mu.Lock()
	m.limit = Quota{OctetsLimit: 1 << 20, MessagesLimit: 100}
	m.mu.Unlock()
	c.expect(`GETQUOTA ""`, `QUOTA "" (STORAGE 1 1024 MESSAGE 3 100)`, "OK ...")
	c.expect(`GETQUOTAROOT inbox`, `QUOTAROOT INBOX ""`, `QUOTA "" (STORAGE 1 1024 MESSAGE 3 100)`,
		"OK ...")
	c.expect(`GETQUOTA x`, "NO [NONEXISTENT] ...")
	c.expect(`SETQUOTA "" (STORAGE 512)`, "NO [NOPERM] ...")
	c.expect(`SETQUOTA "" (STORAGE)`, "BAD ...")

	s.ID, s.Capabilities = nil, Capabilities{"ID", "ENABLE"}
	c.expect("ID NIL", "ID NIL", "OK ...")
	c.expect("ENABLE UTF8=ACCEPT", "ENABLED", "OK ...")
	c.expect("NAMESPACE", "BAD ...")
	c.expect(`GETQUOTA ""`, "BAD ...")
}
