package interop

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

// many is how many messages lie in a folder.
const many = 100_000

// TestMany: a delivery into a folder of 100,000 messages costs no more than into an empty
// one, and the server starts as quickly.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while to fill a mailbox")
	}
	build(t)
	dir := t.TempDir()
	fill(t, dir)
	began := time.Now()
	addr, kill := served(t, dir)
	took := time.Since(began)
	defer kill()
	t.Logf("serve was ready after %v", took)
	if took > 500*time.Millisecond {
		t.Errorf("serve was ready after %v only", took)
	}
	c := dialog(t, addr)
	defer c.Close()
	full, empty := deliveries(c, "bob", "alice")
	t.Logf("a delivery took %v into the full folder and %v into the empty one", full, empty)
	if float64(full) > 1.5*float64(empty) { // machines are noisy
		t.Errorf("a delivery took %v into the full folder and %v into the empty one", full, empty)
	}
}

// fill puts messages into bob's INBOX.
func fill(t *testing.T, dir string) {
	t.Helper()
	s, err := sandbox.OpenMailbox(t.Context(), dir, sandbox.MailboxOptions{Careless: true})
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.AddUser(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	const writers = 200
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for n := range many / writers {
				if err := put(t.Context(), s, u.Inbox, fmt.Sprintf("%d.%d", w, n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func put(ctx context.Context, s *mailbox.Store, inbox mailbox.FolderID, subject string) error {
	d := s.Draft(ctx)
	if _, err := fmt.Fprintf(d, "From: a@a.test\r\nSubject: %s\r\n\r\nx\r\n", subject); err != nil {
		return err
	}
	_, err := d.Deliver(ctx, mailbox.Delivery{To: []mailbox.FolderID{inbox}})
	return err
}

// deliveries delivers to both users in turns, and returns the medians of what it took.
func deliveries(c *dialogue, one, other string) (a, b time.Duration) {
	took := map[string][]time.Duration{}
	for range 300 {
		for _, user := range []string{one, other} {
			c.say("MAIL FROM:<a@a.test>\r\n", "250")
			c.say("RCPT TO:<"+user+"@lab.test>\r\n", "250")
			c.say("DATA\r\n", "354")
			began := time.Now()
			c.say("Subject: x\r\n\r\nx\r\n.\r\n", "250")
			took[user] = append(took[user], time.Since(began))
		}
	}
	median := func(user string) time.Duration {
		slices.Sort(took[user])
		return took[user][len(took[user])/2]
	}
	return median(one), median(other)
}
