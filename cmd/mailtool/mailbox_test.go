package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

// A mails are mailboxes for the tests of the commands that look into them.
type mails struct {
	t   *testing.T
	dir string
}

// makeMails makes the mailboxes of alice and bob, in which nothing lies.
func makeMails(t *testing.T) *mails {
	t.Helper()
	m := &mails{t, filepath.Join(t.TempDir(), "box")}
	box, err := sandbox.New(t.Context(), sandbox.Options{Dir: m.dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

// put puts a message into bob's INBOX, octet for octet.
func (m *mails) put(text string) {
	m.t.Helper()
	box, err := sandbox.New(m.t.Context(), sandbox.Options{Dir: m.dir})
	if err != nil {
		m.t.Fatal(err)
	}
	defer box.Close()
	at := time.Date(2026, 11, 23, 2, 15, 2, 0, time.UTC)
	if err := box.Add(m.t.Context(), "bob", "INBOX", at, 0, strings.NewReader(text)); err != nil {
		m.t.Fatal(err)
	}
}

// run runs a command about the mailboxes, and wants its status and words in what it says.
func (m *mails) run(status int, words string, args ...string) (out string) {
	m.t.Helper()
	args = append(args, "--dir", m.dir, "--lang", "en")
	got, out, errs := try(m.t, m.t.Context(), "", args...)
	if got != status || !strings.Contains(out+errs, words) {
		m.t.Errorf("%v: status %d, want %d and %q\n%s%s", args, got, status, words, out, errs)
	}
	return out
}

// file writes a file for a test.
func (m *mails) file(name, text string) string {
	m.t.Helper()
	path := filepath.Join(m.t.TempDir(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// TestMailboxLook: what is asked of mailboxes, and asked in vain.
func TestMailboxLook(t *testing.T) {
	m := makeMails(t)
	m.run(0, "bob    INBOX   0      0       0", "mailbox")
	m.run(0, "# bob has no mails in INBOX", "mailbox", "bob")
	m.run(exitLocal, "error: bob has no mails in INBOX", "mailbox", "bob", "last")
	m.put("From: =?utf-8?b?5bCP5piO?= <ming@lab.test>\r\n" +
		"Subject: Hi\x1b[31m \u202egnp.exe\r\n\r\nred \x1b[31m\r\n")
	m.put("From: a@lab.test\r\nSubject: =?utf-8?b?5rWL6K+V?=\r\n\r\nx\r\n")
	m.run(0, "bob    INBOX   2      2       ", "mailbox")
	table := m.run(0, "小明 <ming@lab.test>", "mailbox", "bob")
	m.run(0, "Subject: 测试", "mailbox", "bob", "2")
	m.run(0, "Subject: 测试", "mailbox", "bob", "last")
	mail := m.run(0, "Subject: Hi", "mailbox", "bob", "1")
	if text := table + mail; strings.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("what a mail says acts on the screen:\n%q", text)
	}
	m.run(exitLocal, "bob has no mail 999 in INBOX: there are 2", "mailbox", "bob", "999")
	m.run(exitUsage, `"0" is no number of a mail`, "mailbox", "bob", "0")
	m.run(exitUsage, `"x" is no number of a mail`, "mailbox", "bob", "x")
	m.run(exitUsage, "--raw and -o are for one mail", "mailbox", "bob", "--raw")
	m.run(exitLocal, `there is no user "carol"`, "mailbox", "carol")
	m.run(exitLocal, `bob has no folder "Old"`, "mailbox", "bob", "--folder", "Old")
}

// TestMailboxMissing: nothing was ever kept there, and a look or a change does not begin it.
func TestMailboxMissing(t *testing.T) {
	m := &mails{t, filepath.Join(t.TempDir(), "box")}
	letter := m.file("a.eml", "Subject: x\r\n\r\nx\r\n")
	for _, args := range [][]string{{}, {"bob"}, {"bob", "1"}, {"empty", "bob"},
		{"import", "bob", letter}, {"export", "bob", "x.mbox"}} {
		m.run(exitLocal, "there is no mailbox yet in "+m.dir, append([]string{"mailbox"}, args...)...)
		if _, err := os.Stat(m.dir); !os.IsNotExist(err) {
			t.Fatalf("%v makes the folder", args)
		}
	}
	m.run(exitNoConnection, "no mailtool serve runs in "+m.dir, "trace", "list")
	m.run(exitNoConnection, "no mailtool serve runs in "+m.dir, "trace", "show", "last")
}

// TestMailboxDamaged: a broken page that only a later query meets is told of as one that is
// met at once.
func TestMailboxDamaged(t *testing.T) {
	m := makeMails(t)
	m.put("Subject: x\r\n\r\n" + strings.Repeat("x\r\n", 20_000))
	name := filepath.Join(m.dir, sandbox.DatabaseFile)
	db, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for page := 4; (page+1)*4096 <= len(db); page++ { // those behind the list of tables
		copy(db[page*4096:], bytes.Repeat([]byte{0xa5}, 4096))
	}
	if err := os.WriteFile(name, db, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"bob"}, {"bob", "1"}, {"export", "bob", "x.mbox"},
		{"empty", "bob"}} {
		m.run(exitLocal, "error: the mailboxes in "+m.dir+" cannot be read",
			append([]string{"mailbox"}, args...)...)
	}
}

// TestImportRefused: files that hold no mail, and what is said of them.
func TestImportRefused(t *testing.T) {
	m := makeMails(t)
	for _, test := range []struct{ name, text, words string }{
		{"none.mbox", "Subject: x\n\nx\n", "is no mbox"},
		{"empty.mbox", "", "holds no mails"},
		{"blank.mbox", "\n\n", "holds no mails"},
		{"utf16.mbox", "\xff\xfeF\x00r\x00o\x00m\x00", "is no mbox"},
		{"utf16.eml", "\xff\xfeS\x00u\x00b\x00j\x00:\x00 \x00x\x00\n\x00", "UTF-16"},
		{"empty.eml", "", "empty"},
		{"binary.mbox", "\x00\x01\x02", "is no mbox"},
	} {
		m.run(exitLocal, test.words, "mailbox", "import", "bob", m.file(test.name, test.text))
	}
	m.run(exitLocal, "there is no file", "mailbox", "import", "bob", "nothing.mbox")
	m.run(exitLocal, "holds no mails", "mailbox", "import", "bob", filepath.Dir(m.file("a.txt", "x")))
	letter := m.file("a.eml", "A: b\n\n")
	m.run(exitLocal, `there is no user "carol"`, "mailbox", "import", "carol", letter)
	m.run(exitUsage, "cannot be a folder's name", "mailbox", "import", "bob", letter,
		"--folder", "a//b")
	m.run(0, "# bob has no mails", "mailbox", "bob")
}

// TestImportMaildir: a mail for each file, in order, with the flags of its name.
func TestImportMaildir(t *testing.T) {
	m := makeMails(t)
	first := m.file("box/cur/1.a:2,FS", "Subject: one\n\nx\n")
	box := filepath.Dir(filepath.Dir(first))
	for name, text := range map[string]string{"new/2.b": "Subject: two\r\n\r\nx",
		"tmp/3.c": "Subject: three\n\n"} {
		path := filepath.Join(box, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.run(0, "# mails put into Old of bob: 2", "mailbox", "import", "bob", box, "--folder", "Old")
	out := m.run(0, "one", "mailbox", "bob", "--folder", "Old")
	rows := strings.Split(strings.TrimSpace(out), "\n")
	if len(rows) != 3 || !strings.HasPrefix(rows[1], "1  F ") ||
		!strings.HasPrefix(rows[2], "2  N ") || !strings.Contains(rows[2], "two") {
		t.Errorf("the table:\n%s", out)
	}
}

// TestExportImport: what was exported comes back octet for octet, from an mbox and from
// files.
func TestExportImport(t *testing.T) {
	texts := []string{
		"Subject: plain\r\n\r\nx\r\n",
		"Subject: lines\r\n\r\nFrom the start\r\n>From quoted\r\n>>From twice\r\n" +
			"From a@b.test Mon Jan  1 00:00:00 2024\r\n",
		"Subject: ends\r\n\r\nx\r\n\r\n\r\n",
		"Subject: no body\r\n",
		"Subject: octets\r\n\r\n\xff\xfe\x00\x80 \t \r\n",
		"From a@b.test Mon Jan  1 00:00:00 2024\r\n\r\nFrom b\r\n",
		"Subject: long\r\n\r\n" + strings.Repeat("y", 300_000) + "\r\n",
	}
	for _, form := range []string{"mails.mbox", "mails", "mails [2024]"} {
		m := makeMails(t)
		for _, text := range texts {
			m.put(text)
		}
		path := filepath.Join(t.TempDir(), form)
		m.run(0, "# mails written: 7", "mailbox", "export", "bob", path)
		m.run(0, "# mails put into INBOX of alice: 7", "mailbox", "import", "alice", path)
		store, err := sandbox.ViewMailbox(t.Context(), m.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		alice, err := store.User(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		list, err := store.List(t.Context(), alice.Inbox, 0, 0)
		if err != nil || len(list) != len(texts) {
			t.Fatalf("%s: %d mails, %v", form, len(list), err)
		}
		for i, message := range list {
			if got := bodyOf(t, store, message); got != texts[i] {
				t.Errorf("%s: mail %d is %.200q, was %.200q", form, i+1, got, texts[i])
			}
		}
	}
}

func bodyOf(t *testing.T, store *mailbox.Store, m mailbox.Message) string {
	t.Helper()
	body, err := store.Body(t.Context(), m.Body)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := body.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestMailboxBeside: beside a server that runs, changes are its own, and the same is seen.
func TestMailboxBeside(t *testing.T) {
	dir := t.TempDir()
	box, err := sandbox.Start(t.Context(), sandbox.Options{SMTP: "0", Dir: dir, Letters: true})
	if err != nil {
		t.Fatal(err)
	}
	m := &mails{t, dir}
	letters := box.Count("bob")
	letter := m.file("a.eml", "Subject: one more\n\nx\n")
	m.run(0, "# mails put into INBOX of bob: 1", "mailbox", "import", "bob", letter)
	m.run(0, "one more", "mailbox", "bob")
	if n := box.Count("bob"); n != letters+1 {
		t.Errorf("the server knows of %d mails, want %d", n, letters+1)
	}
	m.run(exitLocal, `there is no user "carol"`, "mailbox", "empty", "carol")
	m.run(0, "# mails of bob removed: 3", "mailbox", "empty", "bob")
	if n := box.Count("bob"); n != 0 {
		t.Errorf("the server knows of %d mails, want none", n)
	}
	m.run(0, "# no session yet", "trace", "list")
	m.run(exitLocal, "the server does not know session 7", "trace", "show", "7")
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	m.run(0, "# mails of bob removed: 0", "mailbox", "empty", "bob")
}

// TestServeBeside: the commands that a temporary server offers reach it and not the one that
// has the folder.
func TestServeBeside(t *testing.T) {
	dir := t.TempDir()
	box, err := sandbox.Start(t.Context(), sandbox.Options{SMTP: "0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	status, out, errs := try(t, ctx, "", "serve", "--temp", "--smtp", "0", "--dir", dir)
	if status != 0 || !strings.Contains(out, "mailtool smtp send --server 127.0.0.1:") ||
		strings.Contains(out, "trace show last") || strings.Contains(out, box.Addr()) {
		t.Errorf("status %d, %s\n%s", status, errs, out)
	}
	status, _, errs = try(t, t.Context(), "", "serve", "--smtp", "0", "--dir", dir)
	if status != exitLocal || !strings.Contains(errs, "is in use by another mailtool serve") ||
		!strings.Contains(errs, "hint:  use another folder:") {
		t.Errorf("status %d, %s", status, errs)
	}
}

// TestAcceptAllLoopback: whoever takes everybody's mail is not reached by everybody.
func TestAcceptAllLoopback(t *testing.T) {
	for _, args := range [][]string{{"--smtp", "0.0.0.0:2525"}, {"--smtp", "0.0.0.0"},
		{"--smtp", "[::]:0"}, {"--smtp", "0:0"}, {"--smtp", "1:0"}, {"--smtp", "192.0.2.1:0"},
		{"--host", "0.0.0.0"}, {"--host", "::"}, {"--host", "0"}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		args = append([]string{"serve", "--accept", "all", "--temp", "--dir", t.TempDir()}, args...)
		status, out, errs := try(t, ctx, "", args...)
		cancel()
		if status != exitUsage || !strings.Contains(errs, "--accept all is for this machine only") {
			t.Errorf("%v: status %d, %s\n%s", args, status, errs, out)
		}
	}
}

// TestCut: a text is cut to columns, not to characters, in a time that does not grow with the
// square of its length.
func TestCut(t *testing.T) {
	for _, row := range []struct {
		text    string
		columns int
		want    string
	}{
		{"", 5, ""}, {"abcde", 5, "abcde"}, {"abcdef", 5, "ab..."}, {"你好你", 6, "你好你"},
		{"你好你好", 6, "你..."}, {"a你好你", 6, "a你..."}, {"abcd", 3, "..."},
		{"a\u0301b\u0301c\u0301d", 4, "a\u0301b\u0301c\u0301d"}, {"a\u0301bcde", 4, "a\u0301..."},
	} {
		if got := cut(row.text, row.columns); got != row.want {
			t.Errorf("%q to %d: %q, want %q", row.text, row.columns, got, row.want)
		}
	}
	start := time.Now()
	if got := cut(strings.Repeat("x", 1<<20), 300); len(got) != 300 || time.Since(start) > 5*time.Second {
		t.Errorf("%d columns after %v", len(got), time.Since(start))
	}
}
