package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

// TestMailboxTable: each of many mails has a row with its own header, whether that was derived
// before, as of every other one, or not.
func TestMailboxTable(t *testing.T) {
	m := makeMails(t)
	var mbox strings.Builder
	const many = 2*mailbox.ManyDerived + 1
	for i := range many {
		fmt.Fprintf(&mbox, "From x Thu Nov 26 10:00:00 2026\nFrom: <%[1]d@lab.test>\n"+
			"Subject: the %[1]dth\n\nx\n\n", i+1)
	}
	m.run(0, fmt.Sprint(many), "mailbox", "import", "bob", m.file("many.mbox", mbox.String()))
	before := m.run(0, "the 1th", "mailbox", "bob")
	rows := strings.Split(strings.TrimSpace(before), "\n")
	if len(rows) != 1+many {
		t.Fatalf("%d rows, want %d below the heads", len(rows), many)
	}
	for i, row := range rows[1:] {
		want := fmt.Sprintf("<%d@lab.test> the %dth", i+1, i+1)
		if words := strings.Join(strings.Fields(row), " "); !strings.Contains(words, want) ||
			!strings.HasPrefix(row, fmt.Sprint(i+1, " ")) {
			t.Fatalf("row %d is %q, want %q", i+1, row, want)
		}
	}
	m.derive("bob")
	if m.change(`DELETE FROM derived WHERE body_id % 2 = 0`) == 0 {
		t.Error("nothing was derived")
	}
	if after := m.run(0, "the 1th", "mailbox", "bob"); after != before {
		t.Errorf("when half of them are derived:\n%s\nbefore\n%s", after, before)
	}
}

// TestMailboxTableDamaged: of a mail of which octets are lost it is not said that somebody has
// removed it.
func TestMailboxTableDamaged(t *testing.T) {
	m := makeMails(t)
	m.put("Subject: x\r\n\r\n" + strings.Repeat("x\r\n", 1<<20))
	m.change(`DELETE FROM derived; UPDATE pieces SET data = X''`)
	m.run(exitLocal, "error: the mailboxes in "+m.dir+" cannot be read", "mailbox", "bob")
}

// derive has what can be derived of a user's INBOX kept.
func (m *mails) derive(user string) {
	m.t.Helper()
	store, err := sandbox.OpenMailbox(m.t.Context(), m.dir, sandbox.MailboxOptions{})
	if err != nil {
		m.t.Fatal(err)
	}
	defer store.Close()
	u, err := store.User(m.t.Context(), user)
	if err != nil {
		m.t.Fatal(err)
	}
	err = store.Each(m.t.Context(), u.Inbox, 0, func(message *mailbox.Message) error {
		_, err := store.Derived(m.t.Context(), message.Body)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// change changes the database as no program does, and returns of how many rows it was.
func (m *mails) change(statement string) int64 {
	m.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(m.dir, sandbox.DatabaseFile))
	if err != nil {
		m.t.Fatal(err)
	}
	defer db.Close()
	result, err := db.ExecContext(m.t.Context(), statement)
	if err != nil {
		m.t.Fatal(err)
	}
	rows, err := result.RowsAffected()
	if err != nil {
		m.t.Fatal(err)
	}
	return rows
}
