package sandbox

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/mailbox"
)

// many puts n messages of about 5 KB into bob's INBOX, of which each thousand are the same.
func (c *counted) many(n int) imap.Store {
	c.t.Helper()
	s := c.organize("bob")
	var texts []string
	for i := range min(n, 1000) {
		texts = append(texts, fmt.Sprintf("From: Alice <alice@lab.test>\r\nTo: bob@lab.test\r\nSubject: number %d\r\n"+
			"Message-ID: <%d@lab.test>\r\nDate: Mon, 23 Nov 2026 10:15:02 +0800\r\n\r\n", i, i)+
			strings.Repeat("The quick brown fox jumps over the lazy dog, and over it again.\r\n", 75))
	}
	appended(c.t, s, "Archive", 0, texts...)
	u, _ := c.accounts.find("bob")
	from, err := c.mailbox.Folder(c.t.Context(), u.ID, "Archive")
	for i := 0; i < n && err == nil; i += len(texts) {
		_, err = c.mailbox.Copy(c.t.Context(), from.ID, []mailbox.UID{mailbox.All}, u.Inbox)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// BenchmarkSelect selects a folder of 100,000 messages: as the first session, and beside another.
func BenchmarkSelect(b *testing.B) {
	c := logInto(b, Options{})
	s := c.many(100_000)
	for _, beside := range []bool{false, true} {
		b.Run(fmt.Sprintf("beside=%t", beside), func(b *testing.B) {
			if beside {
				defer c.choose(s, "INBOX").Close()
			}
			for b.Loop() {
				box, err := s.Select(b.Context(), "INBOX", false)
				if err != nil || len(box.Messages()) != 100_000 {
					b.Fatal(err)
				}
				box.Close()
				if !beside {
					c.sharing.forgetUnused(c.sharing.folders[box.(*selection).shared.id])
				}
			}
		})
	}
}

// BenchmarkSearchText looks for what is not there in 10,000 messages of 5 KB.
func BenchmarkSearchText(b *testing.B) {
	c := logInto(b, Options{})
	s := c.many(10_000)
	box := c.choose(s, "INBOX")
	ms := box.Messages()
	for b.Loop() {
		box.Ahead(ms)
		for _, m := range ms {
			text, err := box.Text(b.Context(), m)
			if err != nil || text.InText("ketchup") {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkSearchFrom looks into the senders of as many.
func BenchmarkSearchFrom(b *testing.B) {
	c := logInto(b, Options{})
	s := c.many(10_000)
	box := c.choose(s, "INBOX")
	ms := box.Messages()
	for b.Loop() {
		box.Ahead(ms)
		for _, m := range ms {
			text, err := box.Text(b.Context(), m)
			if err != nil || text.Field("From", "carol") {
				b.Fatal(err)
			}
		}
	}
}

// TestLargeFolder: what a session needs of a folder with 100,000 messages is known soon, lies in
// little memory, and is shared.
func TestLargeFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 messages")
	}
	c := logInto(t, Options{})
	s := c.many(100_000)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	began := time.Now()
	var boxes []imap.Mailbox
	var views [][]*imap.Message
	for i, most := range []int64{12 << 20, 2 << 20, 2 << 20} {
		box := c.choose(s, "INBOX")
		boxes, views = append(boxes, box), append(views, box.Messages())
		if took := time.Since(began); took.Seconds() > 15 { // 0.1 s, and 3 s under the race detector
			t.Errorf("session %d waited %v", i+1, took)
		}
		now := heap()
		t.Logf("session %d: %d KiB", i+1, (now-before)>>10)
		if now-before > most {
			t.Errorf("session %d takes %d KiB", i+1, (now-before)>>10)
		}
		before, began = heap(), time.Now()
	}
	for i, m := range views[0] {
		if m.UID != imap.UID(i+1) {
			t.Fatalf("message %d has UID %d", i+1, m.UID)
		}
	}
	runtime.KeepAlive(boxes)
	runtime.KeepAlive(views)
}
