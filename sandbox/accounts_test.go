package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"mailtool/mailbox"
)

// TestAcceptAll: mail for anybody is taken and kept here, and accounts are made of it.
func TestAcceptAll(t *testing.T) {
	b := start(t, Options{AcceptAll: true})
	c := call(t, b)
	c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<a@a.test>", "250")
	for _, to := range []string{"carol@lab.test", "Carol@LAB.test", "dave@Elsewhere.test", "bob@elsewhere.test",
		"postmaster", "bob@lab.test", `"e f"@lab.test`} {
		c.dialogue("RCPT TO:<"+to+">", "250")
	}
	c.dialogue("DATA", "354", "Subject: x\r\n\r\nx\r\n.", "250", "QUIT", "221")
	want := []string{"alice", "bob", "bob@elsewhere.test", "carol", "dave@elsewhere.test", "e f"}
	if got := b.Users(); !slices.Equal(got, want) {
		t.Errorf("users %q, want %q", got, want)
	}
	for _, u := range want {
		if n := b.Count(u); n != 1 {
			t.Errorf("%s has %d mails", u, n)
		}
	}
}

// TestCatchAll: mail for users that there are not goes to one account, and that of other
// domains to nobody.
func TestCatchAll(t *testing.T) {
	b := start(t, Options{CatchAll: "bob"})
	c := call(t, b)
	c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<a@a.test>", "250",
		"RCPT TO:<carol@lab.test>", "250", "RCPT TO:<alice@lab.test>", "250",
		"RCPT TO:<carol@elsewhere.test>", "550 5.7.1", "DATA", "354", "Subject: x\r\n\r\nx\r\n.", "250", "QUIT", "221")
	if a, n := b.Count("alice"), b.Count("bob"); a != 1 || n != 1 || len(b.Users()) != 2 {
		t.Errorf("alice has %d, bob %d; users %q", a, n, b.Users())
	}
}

// TestKept: what was taken is there when the sandbox starts again, with its envelope, and
// Fresh removes it.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir, AcceptAll: true, Profile: Full})
	c := call(t, b)
	c.dialogue("", "220", "EHLO a.test", "250",
		"MAIL FROM:<a@a.test> SIZE=20 BODY=8BITMIME RET=HDRS ENVID=x+2By", "250",
		"RCPT TO:<carol@lab.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;c@x.test", "250", "RCPT TO:<bob@lab.test>", "250",
		"DATA", "354", "Subject: x\r\n\r\nx\r\n.", "250", "QUIT", "221")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = start(t, Options{Dir: dir})
	carol := mails(t, b, "carol")
	if len(carol) != 1 || len(mails(t, b, "bob")) != 1 || carol[0].From != "<a@a.test>" {
		t.Fatalf("carol has %+v", carol)
	}
	u, _ := b.accounts.find("carol")
	m, err := b.mailbox.Message(t.Context(), u.Inbox, 1)
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.mailbox.Envelope(t.Context(), m.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	if e.Sender != "<a@a.test>" || e.Parameters != "SIZE=20 BODY=8BITMIME RET=HDRS ENVID=x+2By" || e.Hello != "a.test" ||
		e.Protocol != "ESMTP" || e.Session != "1" || e.Peer == "" || e.Received.IsZero() {
		t.Errorf("the envelope: %+v", e)
	}
	want := []mailbox.Recipient{{Path: "<carol@lab.test>", Parameters: "NOTIFY=FAILURE,DELAY ORCPT=rfc822;c@x.test"},
		{Path: "<bob@lab.test>"}}
	if !slices.Equal(e.Recipients, want) {
		t.Errorf("recipients %+v", e.Recipients)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = start(t, Options{Dir: dir, Fresh: true})
	if b.Count("carol")+b.Count("bob") != 0 || len(b.Users()) != 3 {
		t.Errorf("after Fresh: carol %d, bob %d, users %q", b.Count("carol"), b.Count("bob"), b.Users())
	}
}

// TestOneAtATime: a second sandbox in the same directory is told who has it; others may
// look.
func TestOneAtATime(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	mail(t, b)
	_, err := Start(t.Context(), Options{Dir: dir, SMTP: "0"})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Process == 0 {
		t.Errorf("a second sandbox: %v", err)
	}
	view, err := ViewMailbox(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	u, err := view.User(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		list, err := view.List(t.Context(), u.Inbox, 0, 0)
		if err != nil || len(list) != i+1 {
			t.Fatalf("bob has %d mails in the other program, %v", len(list), err)
		}
		if _, err := view.Derived(t.Context(), list[0].Body); err != nil {
			t.Error(err)
		}
		mail(t, b)
	}
	if _, err := view.AddUser(t.Context(), "carol"); !errors.Is(err, mailbox.ErrReadOnly) {
		t.Errorf("a view was written: %v", err)
	}
	if _, err := ViewMailbox(t.Context(), t.TempDir()); !errors.Is(err, ErrNoMailbox) {
		t.Errorf("an empty directory: %v", err)
	}
}

// TestManyUsers: as many sessions as there are users, each with the others' mail.
func TestManyUsers(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("s%03d", i+1))
	}
	b := start(t, Options{Accounts: names})
	c := call(t, b)
	c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<>", "250")
	for _, n := range names {
		c.dialogue("RCPT TO:<"+n+"@lab.test>", "250")
	}
	c.dialogue("DATA", "354", "Subject: x\r\n\r\nx\r\n.", "250 2.0.0 Ok, stored for 60 recipients", "QUIT", "221")
	for _, n := range names {
		if b.Count(n) != 1 {
			t.Errorf("%s has %d mails", n, b.Count(n))
		}
	}
}
