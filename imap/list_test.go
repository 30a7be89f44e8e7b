package imap

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// listing is a session of somebody with these mailboxes beside INBOX, and these subscriptions.
// What is offered is as in RFC 5258's examples, without attributes that nobody asked for.
func listing(t *testing.T, mailboxes, subscribed string) *talker {
	m := newMemory()
	a := m.account("bob@lab.test")
	for _, name := range strings.Fields(mailboxes) {
		m.make(a, name, "")
	}
	for _, name := range strings.Fields(subscribed) {
		a.subscribed[name] = true
	}
	s := serverOver(m)
	s.Capabilities = Capabilities{"LIST-EXTENDED", "LIST-STATUS", "LITERAL+"}
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	return c
}

func TestList(t *testing.T) {
	c := listing(t, "foo foo/bar foo/bar/deep music/rock a&b 台北 In%x", "")
	all := []string{`LIST () "/" INBOX`, `LIST () "/" "In%x"`, `LIST () "/" a&-b`,
		`LIST () "/" foo`,
		`LIST () "/" foo/bar`, `LIST () "/" foo/bar/deep`, `LIST () "/" music/rock`,
		`LIST () "/" &U,BTFw-`}
	for _, x := range []struct {
		command string
		want    []string
	}{
		{`LIST "" "*"`, all},
		{`LIST "" *`, all},
		{`LIST {0+}` + "\r\n {1+}\r\n*", all},
		{`LIST "" ""`, []string{`LIST (\Noselect) "/" ""`}},
		{`LIST foo ""`, []string{`LIST (\Noselect) "/" ""`}},
		{`LIST "" %`, []string{all[0], all[1], all[2], all[3], `LIST (\Noselect) "/" music`,
			all[7]}},
		{`LIST "" %/%`, []string{all[4], all[6]}},
		{`LIST foo/ %`, []string{all[4]}},
		{`LIST fo o/%`, []string{all[4]}},
		{`LIST foo %`, []string{all[3]}},
		{`LIST "" inbox`, all[:1]},
		{`LIST "" iN*`, all[:1]},
		{`LIST "" In%x`, all[:2]},
		{`LIST "" FOO`, nil},
		{`LIST "" music`, nil},
		{`LIST "" mus%`, []string{`LIST (\Noselect) "/" music`}},
		{`LIST "" mus*`, all[6:7]},
		{`LIST "" &U,BTFw-`, all[7:]},
		{`LIST "" a&-*`, all[2:3]},
		{`LIST "" *r%p`, nil},
		{`LIST "" *d%p`, all[5:6]},
	} {
		c.expect(x.command, slices.Concat(x.want, []string{"OK ..."})...)
	}
	c.expect(`LIST "" &`, `BAD ...`)
	c.expect(`NOOP`, `OK ...`)
}

// What was told unasked where the capability is there.
func TestListAttributes(t *testing.T) {
	s, m := bobs(0)
	a := m.account("bob@lab.test")
	m.make(a, "Sent", `\Sent`)
	m.make(a, "a/b", "")
	m.make(a, "a-b", "")
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect(`LIST "" %`, `LIST (\HasNoChildren) "/" INBOX`, `LIST (\Sent \HasNoChildren) "/" Sent`,
		`LIST (\Noselect \HasChildren) "/" a`, `LIST (\HasNoChildren) "/" a-b`, "OK ...")
	c.expect(`LIST "" % RETURN ()`, `LIST (\HasNoChildren) "/" INBOX`,
		`LIST (\Sent \HasNoChildren) "/" Sent`,
		`LIST (\NonExistent \HasChildren) "/" a`, `LIST (\HasNoChildren) "/" a-b`, "OK ...")
	c.expect(`LIST (SPECIAL-USE) "" *`, `LIST (\Sent \HasNoChildren) "/" Sent`, "OK ...")
	c.expect(`LIST (SPECIAL-USE SUBSCRIBED) "" *`, "OK ...")
	c.must("SUBSCRIBE Sent")
	c.expect(`LIST (SPECIAL-USE SUBSCRIBED) "" *`,
		`LIST (\Sent \Subscribed \HasNoChildren) "/" Sent`, "OK ...")
	c.must("CREATE a/Mine (USE (\\drafts))")
	c.expect(`LIST (SPECIAL-USE RECURSIVEMATCH) "" %`, `LIST (\Sent \HasNoChildren) "/" Sent`,
		`LIST (\HasChildren) "/" a ("CHILDINFO" ("SPECIAL-USE"))`, "OK ...")

	s.Capabilities = nil
	c.expect(`LIST "" S%`, `LIST () "/" Sent`, "OK ...")
	for _, command := range []string{`LIST () "" *`, `LIST "" (*)`, `LIST "" * RETURN ()`} {
		c.expect(command, "BAD ...")
	}
	s.Capabilities = Capabilities{"LIST-EXTENDED"}
	for _, command := range []string{`LIST (SPECIAL-USE) "" *`, `LIST "" * RETURN (SPECIAL-USE)`,
		`LIST "" * RETURN (STATUS (MESSAGES))`} {
		c.expect(command, "BAD ...")
	}
	m.mu.Lock()
	m.broken = errSecret
	m.mu.Unlock()
	c.expect(`LIST "" *`, "NO [SERVERBUG] ...")
	c.expect(`LSUB "" *`, "NO [SERVERBUG] ...")
	c.expect(`STATUS INBOX (MESSAGES)`, "NO [SERVERBUG] ...")
}

// The examples of RFC 5258 §5, but for remote mailboxes and \NoInferiors, which are not here.
func TestListExtended(t *testing.T) {
	fruit := listing(t,
		"Fruit Fruit/Apple Fruit/Banana Tofu Vegetable Vegetable/Broccoli Vegetable/Corn",
		"INBOX Fruit/Banana Fruit/Peach Vegetable Vegetable/Broccoli")
	fruit.expect(`LIST (SUBSCRIBED) "" "*"`, `LIST (\Subscribed) "/" Fruit/Banana`,
		`LIST (\NonExistent \Subscribed) "/" Fruit/Peach`, `LIST (\Subscribed) "/" INBOX`,
		`LIST (\Subscribed) "/" Vegetable`, `LIST (\Subscribed) "/" Vegetable/Broccoli`, `OK ...`)
	fruit.expect(`LIST () "" "%" RETURN (CHILDREN)`, `LIST (\HasChildren) "/" Fruit`,
		`LIST (\HasNoChildren) "/" INBOX`, `LIST (\HasNoChildren) "/" Tofu`,
		`LIST (\HasChildren) "/" Vegetable`, `OK ...`)
	fruit.expect(`LIST (REMOTE) "" "V*" RETURN (SUBSCRIBED)`, `LIST (\Subscribed) "/" Vegetable`,
		`LIST (\Subscribed) "/" Vegetable/Broccoli`, `LIST () "/" Vegetable/Corn`, `OK ...`)
	fruit.expect(`LIST (REMOTE SUBSCRIBED) "" "F*"`, `LIST (\Subscribed) "/" Fruit/Banana`,
		`LIST (\NonExistent \Subscribed) "/" Fruit/Peach`, `OK ...`)
	fruit.expect(`LIST "" ("INBOX" "Tofu" "Fruit/%" "Fruit/A*" "")`, `LIST () "/" Fruit/Apple`,
		`LIST () "/" Fruit/Banana`, `LIST () "/" INBOX`, `LIST () "/" Tofu`, `OK ...`)
	fruit.expect(`LIST "" ("")`, `OK ...`)
	fruit.expect(`LIST () "" ""`, `OK ...`)

	baz := listing(t, "Foo Foo/Bar Foo/Baz Moo", "Foo/Baz")
	baz.expect(`LIST (SUBSCRIBED) "" "%"`, `OK ...`)
	baz.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"`,
		`LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED"))`, `OK ...`)
	baz.must("SUBSCRIBE Foo")
	baz.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"`,
		`LIST (\Subscribed) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))`, `OK ...`)
	baz.must("UNSUBSCRIBE Foo")
	baz.must("DELETE Foo")
	baz.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"`,
		`LIST (\NonExistent) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))`, `OK ...`)
	baz.must("CREATE Foo")
	baz.must("UNSUBSCRIBE Foo/Baz")
	baz.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"`, `OK ...`)
	baz.must("SUBSCRIBE Foo")
	baz.must("SUBSCRIBE Moo")
	baz.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" "%" RETURN (CHILDREN)`,
		`LIST (\Subscribed \HasChildren) "/" Foo`, `LIST (\Subscribed \HasNoChildren) "/" Moo`,
		`OK ...`)

	two := listing(t,
		"foo2 foo2/bar1 foo2/bar2 baz2 baz2/bar2 baz2/bar22 baz2/bar222 eps2 eps2/mamba qux2/bar2",
		"foo2/bar1 foo2/bar2 baz2/bar2 baz2/bar22 baz2/bar222 eps2 eps2/mamba qux2/bar2")
	two.expect(`LIST (RECURSIVEMATCH SUBSCRIBED) "" "*2"`, `LIST (\Subscribed) "/" baz2/bar2`,
		`LIST (\Subscribed) "/" baz2/bar22`, `LIST (\Subscribed) "/" baz2/bar222`,
		`LIST (\Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))`,
		`LIST () "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))`,
		`LIST (\Subscribed) "/" foo2/bar2`, `LIST (\Subscribed) "/" qux2/bar2`, `OK ...`)

	ten := listing(t, "foo music/rock", "foo/bar")
	ten.expect(`LIST (SUBSCRIBED) "" "foo/*"`, `LIST (\NonExistent \Subscribed) "/" foo/bar`,
		`OK ...`)
	ten.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" foo RETURN (CHILDREN)`,
		`LIST (\HasNoChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))`, `OK ...`)
	ten.expect(`LIST () "" m% RETURN (CHILDREN)`, `LIST (\NonExistent \HasChildren) "/" music`,
		`OK ...`)
}

// The examples of RFC 5819 §3.
func TestListStatus(t *testing.T) {
	c := listing(t, "foo foo/x bar/x", "INBOX foo/x")
	c.expect(`LIST "" % RETURN (STATUS (MESSAGES UNSEEN))`, `LIST () "/" INBOX`,
		`STATUS INBOX (MESSAGES 0 UNSEEN 0)`, `LIST (\NonExistent) "/" bar`, `LIST () "/" foo`,
		`STATUS foo (MESSAGES 0 UNSEEN 0)`, `OK ...`)
	c.expect(`LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))`,
		`LIST (\Subscribed) "/" INBOX`, `STATUS INBOX (MESSAGES 0)`,
		`LIST () "/" foo ("CHILDINFO" ("SUBSCRIBED"))`, `OK ...`)
	c.expect(`LIST "" % RETURN (STATUS (HIGHESTMODSEQ))`, "BAD ...")
}

// The examples of RFC 3501 §6.3.9, with our delimiter.
func TestLSub(t *testing.T) {
	c := listing(t, "foo", "#news/comp/mail/mime #news/comp/mail/misc foo/bar foo INBOX gone")
	c.expect(`LSUB "#news/" "comp/mail/*"`, `LSUB () "/" #news/comp/mail/mime`,
		`LSUB () "/" #news/comp/mail/misc`, "OK ...")
	c.expect(`LSUB "#news/" "comp/%"`, `LSUB (\Noselect) "/" #news/comp/mail`, "OK ...")
	c.expect(`LSUB "" %`, `LSUB (\Noselect) "/" #news`, `LSUB () "/" INBOX`, `LSUB () "/" foo`,
		`LSUB () "/" gone`, "OK ...")
	c.must("UNSUBSCRIBE foo")
	c.expect(`LSUB "" f%`, `LSUB (\Noselect) "/" foo`, "OK ...")
	c.expect(`LSUB "" inBOX`, `LSUB () "/" INBOX`, "OK ...")
}

// UTF-8 in names is for who has enabled it (RFC 6855 §3).
func TestListUTF8(t *testing.T) {
	s, m := bobs(0)
	m.make(m.account("bob@lab.test"), "台北", "")
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect("CREATE \"Ä\"", "BAD ...")
	c.expect("ENABLE UTF8=ACCEPT", "ENABLED UTF8=ACCEPT", "OK ...")
	c.expect("CREATE \"Ä\"", "OK ...")
	c.expect("CREATE {2+}\r\n\xc3\xa4", "OK ...")
	c.expect("CREATE {2+}\r\n\xc3\x28", "BAD ...")
	c.expect("CREATE \"\xc3\x28\"", "BAD ...")
	c.expect("CREATE \"\xc2\x85\"", "NO [CANNOT] ...")
	c.expect(`LIST "" "台%"`, `LIST (\HasNoChildren) "/" "台北"`, "OK ...")
	c.expect(`LIST "" "&U,BTFw-"`, "OK ...")
	c.expect(`STATUS "Ä" (MESSAGES)`, `STATUS "Ä" (MESSAGES 0)`, "OK ...")
}

// An askedStore counts how often the Status of one mailbox is asked for.
type askedStore struct {
	Store
	asked *int
}

func (s askedStore) Status(ctx context.Context, name string) (MailboxStatus, error) {
	*s.asked++
	return s.Store.Status(ctx, name)
}

// What the look at all mailboxes has told is not asked for mailbox by mailbox; RECENT is.
func TestListStatusAsks(t *testing.T) {
	s, m := bobs(2)
	s.Capabilities = StandardCapabilities()
	asked := 0
	s.Open = func(ctx context.Context, p Peer, account string) (Store, error) {
		store, err := m.open(ctx, p, account)
		return askedStore{store, &asked}, err
	}
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect(`LIST "" INBOX RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN SIZE DELETED HIGHESTMODSEQ))`,
		`LIST (\HasNoChildren) "/" INBOX`,
		`STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1001 UNSEEN 2 SIZE 306 DELETED 0 HIGHESTMODSEQ 3)`,
		"OK ...")
	if asked != 0 {
		t.Errorf("asked %d times", asked)
	}
	c.expect(`LIST "" INBOX RETURN (STATUS (RECENT))`, `LIST (\HasNoChildren) "/" INBOX`,
		"STATUS INBOX (RECENT 2)", "OK ...")
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
