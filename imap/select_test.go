package imap

import (
	"errors"
	"testing"
)

// What SELECT tells of a mailbox, in the order of RFC 3501 §6.3.1.
func TestSelect(t *testing.T) {
	s, m := bobs(2)
	m.deliver("bob@lab.test", Inbox, sample(3), FlagSeen, "$Forwarded", "lab")
	m.deliver("bob@lab.test", "Lists", sample(1), FlagSeen)
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	described := []string{
		`FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded lab)`,
		`OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded lab \*)] ...`,
		"3 EXISTS", "3 RECENT", "OK [UNSEEN 1] ...", "OK [UIDVALIDITY 1001] ...", "OK [UIDNEXT 4] ...",
		"OK [HIGHESTMODSEQ 4] ..."}
	c.expect("EXAMINE inbox", append([]string{described[0], "OK [PERMANENTFLAGS ()] ..."},
		append(described[2:len(described):len(described)], "OK [READ-ONLY] ...")...)...)
	c.expect(`SELECT "InBox" (CondStore)`, append([]string{"OK [CLOSED] ..."},
		append(described[:len(described):len(described)], "OK [READ-WRITE] ...")...)...)
	other := talkTo(t, s) // \Recent belongs to the session before
	other.must("LOGIN bob sesame")
	described[3] = "0 RECENT"
	other.expect("SELECT INBOX", append(described, "OK [READ-WRITE] ...")...)
	c.expect("SELECT Lists", "OK [CLOSED] ...", "FLAGS ...", "OK [PERMANENTFLAGS ...", "1 EXISTS",
		"1 RECENT", "OK [UIDVALIDITY 1002] ...", "OK [UIDNEXT 2] ...", "OK [HIGHESTMODSEQ 2] ...",
		"OK [READ-WRITE] ...")
	c.expect("SELECT nowhere", "OK [CLOSED] ...", "NO [NONEXISTENT] ...")
	c.expect("CHECK", "BAD ...") // none is selected
	c.expect("SELECT Lists (QRESYNC (1 2))", "BAD ...")
	c.expect("SELECT Lists ()", "BAD ...")
	c.expect("SELECT", "BAD ...")
	c.must("SELECT Lists")
	c.expect("SELECT Lists x", "BAD ...") // what was not obeyed changes nothing
	c.expect("CHECK", "OK ...")
}

// What goes wrong behind the session is no business of the client's, and the session goes on.
func TestBrokenStore(t *testing.T) {
	s, m := bobs(3)
	c := selecting(t, s, Inbox)
	breakIt := func(err error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.broken = err
	}
	breakIt(errors.New("the disk is full of secrets"))
	for _, command := range []string{`STORE 1 +FLAGS (\Seen)`, `UID STORE 1 +FLAGS (\Seen)`, "EXPUNGE",
		"UID EXPUNGE 1", "COPY 1 Trash", "MOVE 1 Trash", "UID MOVE 1 Trash"} {
		c.expect(command, "NO [SERVERBUG] It cannot be done for now; try again later")
	}
	c.expect("NOOP", "OK ...")
	c.expect("CLOSE", "NO [SERVERBUG] ...")
	c.expect("CHECK", "OK ...") // a NO has closed nothing
	c.expect("SELECT INBOX", "OK [CLOSED] ...", "NO [SERVERBUG] ...")
	breakIt(nil)
	c.must("SELECT INBOX")
	c.expect("STORE 1 FLAGS ()", `1 FETCH (FLAGS ())`, "OK ...")
}

// A mailbox that somebody else has deleted can be closed.
func TestCloseDeleted(t *testing.T) {
	s, m := bobs(1)
	m.deliver("bob@lab.test", "Lists", sample(1), FlagDeleted)
	c := selecting(t, s, "Lists")
	other := selecting(t, s, Inbox)
	other.must("DELETE Lists")
	c.expect("CLOSE", "OK ...")
	c.expect("CHECK", "BAD ...") // none is selected
	c.must("SELECT INBOX")
}

// Who makes nothing but mistakes is sent away, out of a mailbox too.
func TestTooManyMistakes(t *testing.T) {
	s, m := bobs(1)
	s.Limits.Errors = 3
	early := talkTo(t, s)
	early.expect("CHECK", "BAD ...")
	early.expect("NOOP 1", "BAD ...")
	early.expect("CLOSE", "BAD ...")
	early.hears("* BYE too many errors")
	c := selecting(t, s, Inbox)
	c.expect("NOOP 1", "BAD ...")
	c.expect("NOOP", "OK ...") // what is right in between forgives
	for range 10 {             // after the log-in there is more time
		c.expect("CLOSE 1", "BAD ...")
		c.expect("IDLE 1", "BAD ...")
		c.expect("EXPUNGE 1", "BAD ...")
	}
	c.hears("* BYE too many errors")
	<-c.ended
	if m.boxes != 0 || m.stores != 0 {
		t.Errorf("%d mailboxes and %d stores are open", m.boxes, m.stores)
	}
}
