package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/mailbox"
)

// organize is the mail of an account, as a session of IMAP has it.
func (c *counted) organize(account string) imap.Store {
	c.t.Helper()
	s, err := c.openFolders(c.t.Context(), imap.Peer{}, account)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(s.Close)
	return s
}

// choose selects a mailbox, until the test ends.
func (c *counted) choose(s imap.Store, name string) imap.Mailbox {
	c.t.Helper()
	box, err := s.Select(c.t.Context(), name, false)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(box.Close)
	return box
}

// appended puts messages into a mailbox as APPEND does.
func appended(t testing.TB, s imap.Store, name string, flags imap.Flags, texts ...string) []imap.UID {
	t.Helper()
	var mails []imap.Appended
	for _, text := range texts {
		d, err := s.Draft(t.Context(), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		mails = append(mails, imap.Appended{Draft: d, Flags: flags})
	}
	_, uids, err := s.Append(t.Context(), name, mails)
	if err != nil {
		t.Fatal(err)
	}
	return uids
}

// refusalCode is that of a refusal, "" where there is no error.
func refusalCode(t testing.TB, err error) string {
	t.Helper()
	r := (*imap.Response)(nil)
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &r) || r.Status != imap.NO:
		t.Errorf("%v is no refusal", err)
		return "?"
	}
	return r.Code.Name
}

func folderNames(t testing.TB, s imap.Store) []string {
	t.Helper()
	all, err := s.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range all {
		found = append(found, m.Name+m.Use)
	}
	return found
}

func TestFolders(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	usual := []string{`Archive\Archive`, `Drafts\Drafts`, "INBOX", `Junk\Junk`, `Sent\Sent`, `Trash\Trash`}
	if got := folderNames(t, s); !slices.Equal(got, usual) {
		t.Errorf("bob has %q, want %q", got, usual)
	}
	ctx := t.Context()
	for i, step := range []struct {
		err  error
		code string
	}{
		{s.Create(ctx, "a/b/c", ""), ""},
		{s.Create(ctx, "a/b", ""), "ALREADYEXISTS"},
		{s.Create(ctx, "inbox", ""), "ALREADYEXISTS"},
		{s.Create(ctx, "a//b", ""), "CANNOT"},
		{s.Create(ctx, "a\x01", ""), "CANNOT"},
		{s.Create(ctx, "Sent 2", `\Sent`), "USEATTR"},
		{s.Delete(ctx, "INBOX"), "CANNOT"},
		{s.Delete(ctx, "nowhere"), "NONEXISTENT"},
		{s.Delete(ctx, "Sent"), ""},
		{s.Create(ctx, "Gesendet", `\Sent`), ""},
		{s.Rename(ctx, "a", "a/b"), "CANNOT"},
		{s.Rename(ctx, "a", "Junk"), "ALREADYEXISTS"},
		{s.Rename(ctx, "nowhere", "x"), "NONEXISTENT"},
		{s.Rename(ctx, "a", "草稿"), ""},
		{s.Subscribe(ctx, "nowhere", true), ""},
		{s.Subscribe(ctx, "Junk", false), ""},
		{s.Subscribe(ctx, "nothing", false), ""},
	} {
		if got := refusalCode(t, step.err); got != step.code {
			t.Errorf("step %d: %v, want %q", i, step.err, step.code)
		}
	}
	want := []string{`Archive\Archive`, `Drafts\Drafts`, `Gesendet\Sent`, "INBOX", `Junk\Junk`,
		`Trash\Trash`, "草稿", "草稿/b", "草稿/b/c"}
	if got := folderNames(t, s); !slices.Equal(got, want) {
		t.Errorf("now %q, want %q", got, want)
	}
	subscribed, err := s.Subscriptions(ctx)
	if want := []string{"Archive", "Drafts", "INBOX", "Sent", "Trash", "nowhere"}; err != nil || !slices.Equal(subscribed, want) {
		t.Errorf("subscriptions %q, %v, want %q", subscribed, err, want)
	}
	for _, name := range []string{"nowhere", "a//b"} {
		if _, err := s.Select(ctx, name, true); refusalCode(t, err) != "NONEXISTENT" {
			t.Errorf("SELECT %s: %v", name, err)
		}
		if _, err := s.Status(ctx, name); refusalCode(t, err) != "NONEXISTENT" {
			t.Errorf("STATUS %s: %v", name, err)
		}
	}
	if _, err := c.openFolders(ctx, imap.Peer{}, "nobody"); err == nil {
		t.Error("nobody's mail was opened")
	}
}

// TestFoldersForOld: accounts that were there before get the folders once. Who has deleted one
// since keeps it deleted.
func TestFoldersForOld(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	old, err := OpenMailbox(ctx, dir, MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := old.AddUser(ctx, "old")
	if err == nil {
		_, err = old.CreateFolder(ctx, u.ID, "Sent", "")
	}
	if err = errors.Join(err, old.Close()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`Archive\Archive Drafts\Drafts INBOX Junk\Junk Sent\Sent Trash\Trash`,
		`Archive\Archive Drafts\Drafts INBOX Sent\Sent Trash\Trash`} {
		c := logInto(t, Options{Dir: dir})
		s := c.organize("old")
		if got := strings.Join(folderNames(t, s), " "); got != want {
			t.Errorf("start %d: %s, want %s", i+1, got, want)
		}
		if got, err := s.Subscriptions(ctx); err != nil || i == 0 && len(got) != 6 {
			t.Errorf("subscriptions %q, %v", got, err)
		}
		s.Delete(ctx, "Junk")
		c.Close()
	}
}

// TestFoldersForAll: each way to an account leads to the folders.
func TestFoldersForAll(t *testing.T) {
	c := logInto(t, Options{AcceptAll: true, Accounts: []string{"early"}})
	if err := c.AddUser(t.Context(), "carol", "secret word"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"early", "carol", "strange@elsewhere.test"} {
		if _, err := c.accounts.make(t.Context(), c.mailbox, name); err != nil {
			t.Fatal(err)
		}
		if got := folderNames(t, c.organize(name)); len(got) != 6 {
			t.Errorf("%s has %q", name, got)
		}
	}
}

func TestAppendToFolder(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	ctx := t.Context()
	at := time.Date(2026, 11, 1, 2, 3, 4, 0, time.FixedZone("", -5*3600-1800))
	d, err := s.Draft(ctx, 5)
	if err != nil {
		t.Fatal(err)
	}
	d.Write([]byte("a\r\n\r\nb"))
	validity, uids, err := s.Append(ctx, "Drafts", []imap.Appended{{Draft: d, Date: at,
		Flags: imap.FlagDraft | imap.FlagSeen, Keywords: []string{"$Later", "a"}}})
	if err != nil || len(uids) != 1 || uids[0] != 1 || validity == 0 {
		t.Fatalf("%d, %v, %v", validity, uids, err)
	}
	box := c.choose(s, "Drafts")
	if box.Status().UIDValidity != validity || len(box.Messages()) != 1 {
		t.Fatalf("%+v, %d messages", box.Status(), len(box.Messages()))
	}
	m := box.Messages()[0]
	if m.Flags != imap.FlagDraft|imap.FlagSeen || !m.InternalDate().Equal(at) || m.Zone != -330 ||
		!slices.Equal(m.Keywords, []string{"$Later", "a"}) || m.Octets != 6 {
		t.Errorf("%+v", m)
	}
	// A keyword means the same in any case, and stays as it was first written.
	_, err = box.Store(ctx, uids, imap.FlagChange{Mode: imap.AddFlags, Keywords: []string{"$LATER", "$new"}})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := box.Changes(ctx)
	if err != nil || len(changes.Messages) != 1 ||
		!slices.Equal(changes.Messages[0].Keywords, []string{"$Later", "$new", "a"}) {
		t.Errorf("%+v, %v", changes, err)
	}
	for _, test := range []struct{ name, text, code string }{
		{"nowhere", "x\r\n", "TRYCREATE"}, {"a//b", "x\r\n", "NONEXISTENT"},
		{"Drafts", "a\nb\r\n", "CANNOT"}} {
		d, err := s.Draft(ctx, 5)
		if err != nil {
			t.Fatal(err)
		}
		d.Write([]byte(test.text))
		if _, _, err := s.Append(ctx, test.name, []imap.Appended{{Draft: d}}); refusalCode(t, err) != test.code {
			t.Errorf("APPEND to %s of %q: %v, want %s", test.name, test.text, err, test.code)
		}
		d.Discard()
	}
	q, err := s.Quota(ctx)
	if err != nil || q != (imap.Quota{Octets: 6, Messages: 1}) {
		t.Errorf("quota %+v, %v", q, err)
	}
}

// body reads a message as a session does.
func body(t testing.TB, box imap.Mailbox, m *imap.Message) string {
	t.Helper()
	b, err := box.Body(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, err := b.WriteTo(&out); err != nil || n != m.Octets || b.Size() != n {
		t.Errorf("UID %d: %d octets of %d, %v", m.UID, n, m.Octets, err)
	}
	return out.String()
}

// TestReadAhead: in whatever order messages are asked for, announced or not, each is the one
// that was asked for.
func TestReadAhead(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	var texts []string
	for i := range 150 {
		texts = append(texts, fmt.Sprintf("Subject: %d\r\n\r\n%s", i+1, strings.Repeat(".x\r\n", i*i)))
	}
	appended(t, s, "INBOX", 0, texts...)
	box := c.choose(s, "INBOX")
	ms := box.Messages()
	for _, announced := range [][]*imap.Message{nil, ms, ms[50:], {ms[3], ms[3], ms[149], ms[1]}} {
		box.Ahead(announced)
		for _, i := range []int{0, 1, 2, 3, 2, 5, 50, 51, 149, 3, 149, 1, 0, 148, 149} {
			if got := body(t, box, ms[i]); got != texts[i] {
				t.Fatalf("message %d is %.20q", i+1, got)
			}
			d, err := box.Structure(t.Context(), ms[i])
			if err != nil || d.Get("subject") != fmt.Sprint(i+1) || d.Tree().Size != ms[i].Octets {
				t.Fatalf("message %d: %+v, %v", i+1, d, err)
			}
		}
	}
}

// TestExpungedIsRead: what is gone can be read by who was not told, as long as its octets lie
// there.
func TestExpungedIsRead(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	appended(t, s, "INBOX", imap.FlagDeleted, numbered(3)...)
	first, second := c.choose(s, "INBOX"), c.choose(c.organize("bob"), "INBOX")
	ms := second.Messages()
	if err := first.Expunge(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := body(t, second, ms[1]); got != numbered(3)[1] {
		t.Errorf("%q", got)
	}
	if got, err := second.Copy(t.Context(), []imap.UID{1}, "Trash"); err != nil || len(got.To) != 0 {
		t.Errorf("COPY of what is gone: %+v, %v", got, err)
	}
	if got, err := second.Move(t.Context(), []imap.UID{1}, "Trash"); err != nil || len(got.To) != 0 {
		t.Errorf("MOVE of what is gone: %+v, %v", got, err)
	}
	c.clock.at = c.clock.at.Add(2 * mailbox.Grace)
	if err := c.mailbox.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Body(t.Context(), ms[2]); refusalCode(t, err) != "EXPUNGEISSUED" {
		t.Errorf("after the sweeper: %v", err)
	}
	if _, err := second.Structure(t.Context(), ms[0]); refusalCode(t, err) != "EXPUNGEISSUED" {
		t.Errorf("its structure: %v", err)
	}
}

// An account has so many folders and a folder so many keywords, whichever way they come; what is
// refused with LIMIT leaves nothing, and what is gone makes room.
func TestFolderLimits(t *testing.T) {
	b := start(t, Options{Careless: true})
	k := arrange(t, b, "bob")
	refused := func(command string) {
		t.Helper()
		if _, status := k.say(command); status != "NO" || k.code != "LIMIT" {
			t.Errorf("%.60s: %s %s", command, status, k.text)
		}
	}
	refused("CREATE a" + strings.Repeat("/a", 50))
	k.ok("CREATE a" + strings.Repeat("/a", 49))
	for n := len(k.ok(`LIST "" *`)); n < mailbox.MaxFolders; n++ {
		k.ok(fmt.Sprint("CREATE f", n))
	}
	refused("CREATE more")
	refused("RENAME a/a more/and/more")
	k.ok("DELETE f999")
	k.ok("CREATE more")
	if n := len(k.ok(`LIST "" *`)); n != mailbox.MaxFolders {
		t.Errorf("%d folders", n)
	}

	all := make([]string, maxKeywords+1)
	for i := range all {
		all[i] = fmt.Sprint("$k", i)
	}
	k.ok("APPEND INBOX (" + strings.Join(all[:maxKeywords-1], " ") + ") {2+}\r\n\r\n")
	refused("APPEND INBOX (" + strings.Join(all[maxKeywords-1:], " ") + ") {2+}\r\n\r\n")
	k.ok("APPEND Sent (other) {2+}\r\n\r\n")
	k.ok("APPEND Sent ($K1 another) {2+}\r\n\r\n")
	k.sel("INBOX")
	refused("STORE 1 +FLAGS (" + strings.Join(all, " ") + ")")
	refused("STORE 1 FLAGS (" + strings.Join(all, " ") + ")")
	refused("STORE 1 +FLAGS " + strings.Repeat("k", maxKeyword+1))
	k.ok("STORE 1 -FLAGS (" + strings.Join(all, " ") + ")")
	k.ok("STORE 1 +FLAGS (" + strings.Join(all[1:], " ") + ")") // those before are on no message
	k.ok("STORE 1 +FLAGS ($K1)")
	refused("STORE 1 +FLAGS one.more")
	k.sel("Sent")
	refused("COPY 1 INBOX")
	refused("MOVE 1:2 INBOX")
	k.ok("STORE 2 -FLAGS another")
	k.ok("COPY 2 INBOX")
	k.ok("MOVE 2 INBOX")
}

// An account's mail is counted in all folders.
func TestCountAll(t *testing.T) {
	b := start(t, Options{Careless: true})
	k := arrange(t, b, "bob")
	for _, name := range []string{"INBOX", "Sent", "Sent"} {
		k.ok("APPEND " + name + " {2+}\r\n\r\n")
	}
	if b.CountAll("bob") != 3 || b.Count("bob") != 1 || b.CountAll("alice") != 0 || b.CountAll("carol") != 0 {
		t.Errorf("bob %d, %d in the INBOX, alice %d, carol %d", b.CountAll("bob"), b.Count("bob"),
			b.CountAll("alice"), b.CountAll("carol"))
	}
}

// An account that is made while the sandbox runs has its folders at once, however it is made.
func TestNewAccountsHaveFolders(t *testing.T) {
	for name, o := range map[string]Options{"added": {}, "accepted": {AcceptAll: true}} {
		o.Careless = true
		b := start(t, o)
		if name == "added" {
			if err := b.AddUser(t.Context(), name, DefaultPassword); err != nil {
				t.Fatal(err)
			}
		}
		k := arrange(t, b, name)
		got := strings.Join(k.ok(`LIST "" *`), "|")
		for _, f := range specialFolders {
			if !strings.Contains(got, "("+f.Use+`) "/" `+f.Name) {
				t.Errorf("%s: there is no %s: %s", name, f.Name, got)
			}
		}
		k.ok("SELECT Sent")
	}
}

// What follows a literal is no command of its own, nor is it counted as one.
func TestCommandsCounted(t *testing.T) {
	b := start(t, Options{Careless: true})
	k := arrange(t, b, "bob")
	k.ok("APPEND {5+}\r\nINBOX {2+}\r\n\r\n")
	k.ok("LOGOUT")
	if last, ok := b.Ring().Last(); !ok || last.Commands != 3 {
		t.Errorf("%d commands", last.Commands)
	}
	conn, err := net.Dial("tcp", b.IMAPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	k = &talker{t: t, conn: conn, in: bufio.NewReader(conn)}
	k.line()
	k.ok("LOGIN {3+}\r\nbob {6+}\r\n" + DefaultPassword)
	if last, ok := b.Ring().Last(); !ok || last.To != "" || last.Account != "bob" {
		t.Errorf("%q, %q", last.To, last.Account)
	}
}
