package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mailtool/mailbox"
	"mailtool/pop3"
)

// put puts messages into bob's INBOX.
func (c *counted) put(messages ...string) {
	c.t.Helper()
	for _, m := range messages {
		err := c.Add(c.t.Context(), "bob", mailbox.Inbox, c.clock.at, 0, strings.NewReader(m))
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// drop opens bob's maildrop.
func (c *counted) drop() pop3.Maildrop {
	c.t.Helper()
	d, err := c.openMaildrop(c.t.Context(), pop3.Peer{}, "bob")
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// read reads message n as a session would.
func (c *counted) read(d pop3.Maildrop, n int) string {
	c.t.Helper()
	m, err := d.Open(c.t.Context(), n)
	if err != nil {
		c.t.Fatal(err)
	}
	var b bytes.Buffer
	if got, err := m.WriteTo(&b); err != nil || got != d.Messages()[n-1].Octets || got != int64(b.Len()) {
		c.t.Errorf("message %d: %d octets of %d, %v", n, got, d.Messages()[n-1].Octets, err)
	}
	return b.String()
}

// subjects are what is in bob's INBOX.
func (c *counted) subjects() (all []string) {
	c.t.Helper()
	found, err := c.Mails(c.t.Context(), "bob")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range found {
		subject, _, _ := strings.Cut(string(m.Data), "\r\n")
		all = append(all, subject)
	}
	return all
}

func numbered(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("Subject: %d\r\n\r\n%s", i+1, strings.Repeat(".x\r\n", 10*i)))
	}
	return all
}

// TestMaildropFrozen: what comes while the list is open waits for the next session, where all
// have the unique-ids that they had. What others delete meanwhile can still be read, for the
// time of Grace.
func TestMaildropFrozen(t *testing.T) {
	c := logInto(t, Options{})
	texts := numbered(4)
	c.put(texts[:3]...)
	d := c.drop()
	before := d.Messages()
	c.put(texts[3])
	if got := d.Messages(); len(got) != 3 || !slices.Equal(got, before) {
		t.Errorf("a message that came makes %v of %v", got, before)
	}
	u, _ := c.accounts.find("bob")
	if _, err := c.mailbox.Expunge(t.Context(), u.Inbox, []mailbox.UID{2}); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts[:3] {
		if got := c.read(d, i+1); got != text {
			t.Errorf("message %d: %q", i+1, got)
		}
	}
	c.clock.at = c.clock.at.Add(mailbox.Grace + time.Second)
	if err := c.mailbox.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r *pop3.Reply
	if m, err := d.Open(t.Context(), 2); m != nil || !errors.As(err, &r) || r.Code != pop3.CodeTemporary {
		t.Errorf("a message that is swept: %v, %v", m, err)
	}
	c.read(d, 3)
	if err := d.Update(t.Context(), []int{2, 3}); err != nil { // the second is gone already
		t.Error(err)
	}
	d.Close()
	next := c.drop()
	defer next.Close()
	if got := next.Messages(); len(got) != 2 || got[0] != before[0] || got[1].UID == before[2].UID {
		t.Errorf("the next session has %v, after %v", got, before)
	}
	for _, m := range slices.Concat(before, next.Messages()) {
		if m.UID == "" || len(m.UID) > 70 || strings.Trim(m.UID, "0123456789.") != "" {
			t.Errorf("the unique-id %q", m.UID)
		}
	}
}

// TestMaildropUpdate: what is marked goes, and nothing else; without Update nothing does.
func TestMaildropUpdate(t *testing.T) {
	c := logInto(t, Options{})
	c.put(numbered(5)...)
	c.drop().Close()
	d := c.drop()
	if err := d.Update(t.Context(), []int{1, 3, 5}); err != nil {
		t.Error(err)
	}
	d.Close()
	if got := c.subjects(); !slices.Equal(got, []string{"Subject: 2", "Subject: 4"}) {
		t.Errorf("left are %q", got)
	}
}

// TestLockWaits: who logs in while a session is just ending waits for its end, and no longer than
// a moment. Of two who wait, one gets in.
func TestLockWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l locks
		began := time.Now()
		take := func(ctx context.Context, want bool, after time.Duration) {
			t.Helper()
			if got := l.take(ctx, 1); got != want || time.Since(began) != after {
				t.Errorf("taken: %v after %v, want %v after %v", got, time.Since(began), want, after)
			}
		}
		take(t.Context(), true, 0)
		if !l.take(t.Context(), 2) {
			t.Error("another mailbox is locked, too")
		}
		time.AfterFunc(lockPatience/4, func() { l.release(1) })
		take(t.Context(), true, lockPatience/4)
		take(t.Context(), false, lockPatience/4+lockPatience)

		began = time.Now()
		ended, end := context.WithTimeout(t.Context(), lockPatience/8)
		defer end()
		take(ended, false, lockPatience/8)

		began = time.Now()
		time.AfterFunc(lockPatience/2, func() { l.release(1) })
		won := make(chan bool)
		for range 2 {
			go func() { won <- l.take(t.Context(), 1) }()
		}
		if first, second := <-won, <-won; first == second || time.Since(began) != lockPatience {
			t.Errorf("two who wait: %v, %v after %v", first, second, time.Since(began))
		}
	})
}

// TestMaildropLock: one session a mailbox, whoever it is, and the next when it is over.
func TestMaildropLock(t *testing.T) {
	c := logInto(t, Options{})
	d := c.drop()
	var r *pop3.Reply
	_, err := c.openMaildrop(t.Context(), pop3.Peer{}, "BOB")
	if !errors.As(err, &r) || r.Code != pop3.CodeInUse {
		t.Errorf("a second session: %v", err)
	}
	other, err := c.openMaildrop(t.Context(), pop3.Peer{}, "alice")
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	d.Close()
	c.drop().Close()
	// What fails keeps no lock.
	if _, err := c.openMaildrop(t.Context(), pop3.Peer{}, "carol"); !errors.Is(err, mailbox.ErrNoUser) {
		t.Errorf("nobody's maildrop: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := c.openMaildrop(ended, pop3.Peer{}, "bob"); err == nil {
		t.Error("a list was read after the end")
	}
	c.drop().Close()
}
