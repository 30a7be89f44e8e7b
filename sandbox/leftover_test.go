package sandbox

import (
	"context"
	"database/sql"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailtool/smtp"
)

// rows counts those of a table.
func rowsIn(t *testing.T, dir, table string) int {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, DatabaseFile), readerPragmas, "deferred"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := 0
	if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCutLarge: of a large message that does not come to its end nothing is left, neither
// where the connection was cut nor where the message was refused.
func TestCutLarge(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir, Limits: smtp.Limits{Size: 2 << 20}})
	block := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000)
	for _, end := range []string{"cut", "too large", "a lone LF"} {
		c := call(t, b)
		c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<a@a.test>", "250",
			"RCPT TO:<bob@lab.test>", "250", "DATA", "354")
		c.send("Subject: x\r\n\r\n")
		for range 20 {
			c.send(block)
		}
		switch end {
		case "cut":
			for range 500 { // until some of it is on the disk
				if rowsIn(t, dir, "pieces") > 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if rowsIn(t, dir, "pieces") == 0 {
				t.Error("nothing was staged: the test says little")
			}
		case "too large":
			for range 20 {
				c.send(block)
			}
			c.dialogue(".", "552")
		case "a lone LF":
			c.send("x\n")
			c.dialogue("\r\n.", "5")
		}
		c.nc.Close()
	}
	left := 0
	for range 500 { // the server may not have seen yet that the client is gone
		if err := b.mailbox.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		left = rowsIn(t, dir, "pieces") + rowsIn(t, dir, "loose") + rowsIn(t, dir, "bodies")
		if left == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if left != 0 || b.Count("bob") != 0 {
		t.Errorf("%d rows are left, and bob has %d mails", left, b.Count("bob"))
	}
}

// TestNothingIsHeld: when sessions and the sandbox have ended, however they did, nobody is
// left who works for them.
func TestNothingIsHeld(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	b, err := Start(t.Context(), Options{SMTP: "0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		mail(t, b)
		cut(t, b, whole[:100], "fin")
		cut(t, b, whole[:100], "reset")
	}
	r, err := Running(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sessions(t.Context()); err != nil {
		t.Error(err)
	}
	in, err := r.Session(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, in)
	in.Close()
	r.client.CloseIdleConnections()
	if err := b.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	n := 0
	for range 500 {
		if n = runtime.NumGoroutine(); n <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
}

// TestClockJumps: the clock goes back a day, and forth, while mail comes. (How long a session
// may last, the system's clock knows also when it was set; the one of this test does not.)
func TestClockJumps(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 15, 2, 0, time.UTC)
	var shift atomic.Int64 // what the clock has jumped, in days
	day := func() time.Time { return now.AddDate(0, 0, int(shift.Load())) }
	b := start(t, Options{Now: day, Dir: t.TempDir()})
	days := []int64{0, -1, 30, 1}
	for _, to := range days {
		shift.Store(max(to, shift.Load())) // forth between the sessions
		c := call(t, b)
		c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<a@a.test>", "250")
		shift.Store(to) // back in the middle of one
		c.dialogue("RCPT TO:<bob@lab.test>", "250", "DATA", "354", "Subject: x\r\n\r\nx\r\n.", "250",
			"QUIT", "221")
	}
	list := mails(t, b, "bob")
	if len(list) != len(days) {
		t.Fatalf("%d mails", len(list))
	}
	for i, m := range list {
		if want := now.AddDate(0, 0, int(days[i])); !m.Internal.Equal(want) || int(m.UID) != i+1 {
			t.Errorf("mail %d came at %v and has UID %d, want %v", i+1, m.Internal, m.UID, want)
		}
	}
	// What was expunged stays for who has a list, also when the clock went back since.
	u, _ := b.accounts.find("bob")
	found, err := b.mailbox.List(t.Context(), u.Inbox, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Empty(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	shift.Store(-1)
	if err := b.mailbox.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.mailbox.Body(context.Background(), found[0].Body); err != nil {
		t.Errorf("the octets of an expunged mail: %v", err)
	}
	for _, s := range b.Ring().List() {
		if s.Verdict != "221 2.0.0 Bye" {
			t.Errorf("the record: %+v", s)
		}
	}
}
