package imap

import (
	"errors"
	"strings"
	"testing"
)

// errSecret is an error of a Store that no client may read.
var errSecret = errors.New("the disk is full of secrets")

func TestCreate(t *testing.T) {
	s, m := bobs(0)
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	for _, x := range []struct{ command, want string }{
		{"CREATE owatagusiam/", "OK ..."}, // RFC 3501 §6.3.3
		{"CREATE owatagusiam/blurdybloop", "OK ..."},
		{"CREATE owatagusiam", "NO [ALREADYEXISTS] ..."},
		{"CREATE a/b/c", "OK ..."},
		{"CREATE a/b", "NO [ALREADYEXISTS] ..."},
		{"CREATE INBOX", "NO [ALREADYEXISTS] ..."},
		{"CREATE inbox/", "NO [ALREADYEXISTS] ..."},
		{"CREATE inbox/x", "OK ..."},
		{"CREATE INBOX/x", "NO [ALREADYEXISTS] ..."},
		{`CREATE ""`, "NO [CANNOT] ..."},
		{`CREATE /`, "NO [CANNOT] ..."},
		{`CREATE /a`, "NO [CANNOT] ..."},
		{`CREATE a//b`, "NO [CANNOT] ..."},
		{`CREATE a//`, "NO [CANNOT] ..."},
		{"CREATE {3+}\r\na\tb", "BAD ..."}, // no such octet in UTF-7
		{"CREATE &AAk-", "NO [CANNOT] ..."},
		{"CREATE &ICg-", "NO [CANNOT] ..."},
		{"CREATE " + strings.Repeat("n", maxName), "OK ..."},
		{"CREATE " + strings.Repeat("m", maxName+1), "NO [LIMIT] ..."},
		{"CREATE {1200+}\r\n" + strings.Repeat("m", 1200), "NO [LIMIT] ..."},
		{`CREATE "we \"ird\\ (na]me) {3}"`, "OK ..."},
		{"CREATE x (USE (\\Sent))", "OK ..."},
		{"CREATE y (USE (\\All))", "NO [USEATTR] ..."},
		{"CREATE y (USE (\\Sent \\Drafts))", "NO [USEATTR] ..."},
		{"CREATE y", "OK ..."},
	} {
		c.expect(x.command, x.want)
	}
	if got := m.account("bob@lab.test").folders["x"].use; got != `\Sent` {
		t.Errorf("x is for %q", got)
	}
	s.Capabilities = nil
	c.expect("CREATE z (USE (\\Sent))", "BAD ...")
}

func TestDelete(t *testing.T) {
	s, m := bobs(2)
	a := m.account("bob@lab.test")
	for _, name := range []string{"blurdybloop", "foo", "foo/bar"} {
		m.make(a, name, "")
	}
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect("DELETE blurdybloop", "OK ...") // RFC 3501 §6.3.4
	c.expect("DELETE blurdybloop", "NO [NONEXISTENT] ...")
	c.expect("DELETE foo", "OK ...")
	c.expect(`LIST "" "foo%"`, `LIST (\Noselect \HasChildren) "/" foo`, "OK ...")
	c.expect("DELETE foo", "NO [NONEXISTENT] ...")
	c.expect("CREATE foo", "OK ...")
	c.expect("DELETE inbox", "NO [CANNOT] ...")
}

func TestRename(t *testing.T) {
	s, m := bobs(2)
	a := m.account("bob@lab.test")
	for _, name := range []string{"blurdybloop", "foo", "foo/bar", "foobar"} {
		m.make(a, name, "")
	}
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	for _, x := range []struct{ command, want string }{
		{"RENAME blurdybloop sarasoop", "OK ..."}, // RFC 3501 §6.3.5
		{"RENAME blurdybloop x", "NO [NONEXISTENT] ..."},
		{"RENAME foo zowie/x", "OK ..."},
		{"RENAME zowie zowie/deeper", "NO [CANNOT] ..."},
		{"RENAME foobar sarasoop", "NO [ALREADYEXISTS] ..."},
		{"RENAME foobar inbox", "NO [ALREADYEXISTS] ..."},
		{"RENAME foobar a//b", "NO [CANNOT] ..."},
		{"RENAME INBOX old-mail", "OK ..."},
	} {
		c.expect(x.command, x.want)
	}
	c.expect("STATUS INBOX (MESSAGES)", "STATUS INBOX (MESSAGES 0)", "OK ...")
	c.expect("STATUS old-mail (MESSAGES)", "STATUS old-mail (MESSAGES 2)", "OK ...")
	c.expect(`LIST "" *`, `LIST (\HasNoChildren) "/" INBOX`, `LIST (\HasNoChildren) "/" foobar`,
		`LIST (\HasNoChildren) "/" old-mail`, `LIST (\HasNoChildren) "/" sarasoop`,
		`LIST (\HasChildren) "/" zowie`, `LIST (\HasChildren) "/" zowie/x`,
		`LIST (\HasNoChildren) "/" zowie/x/bar`, "OK ...")
}

func TestSubscribe(t *testing.T) {
	s, _ := bobs(0)
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect("SUBSCRIBE inbox", "OK ...")
	c.expect("SUBSCRIBE not/there", "OK ...")
	c.expect("SUBSCRIBE not//there", "NO [CANNOT] ...")
	c.expect(`LSUB "" *`, `LSUB () "/" INBOX`, `LSUB () "/" not/there`, "OK ...")
	c.expect("UNSUBSCRIBE not/there", "OK ...")
	c.expect("UNSUBSCRIBE not/there", "OK ...")
	c.expect(`LSUB "" *`, `LSUB () "/" INBOX`, "OK ...")
}

// The mailbox that the session itself has selected.
func TestSelectedIsDeleted(t *testing.T) {
	s, m := bobs(0)
	m.deliver("bob@lab.test", "a/b", sample(1), 0)
	c := selecting(t, s, "a/b")
	c.expect("STATUS a/b (RECENT)", "STATUS a/b (RECENT 1)", "OK ...")
	c.expect("RENAME a/b c/d", "OK ...")
	c.expect("RENAME c x", "OK ...")
	c.expect("STATUS x/d (RECENT)", "STATUS x/d (RECENT 1)", "OK ...")
	c.expect("CHECK", "OK ...")
	c.expect("DELETE x/d", "OK Deleted, ...")
	c.expect("CHECK", "BAD ...")
	if m.boxes != 0 {
		t.Errorf("%d mailboxes are open", m.boxes)
	}
	c.expect("SELECT x/d", "NO [NONEXISTENT] ...")
}
