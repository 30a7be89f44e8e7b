package sandbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mailtool/mailbox"
	"mailtool/pop3"
)

// TestAhead: in whatever order messages are asked for, and however large they are, each is
// the one with that number.
func TestAhead(t *testing.T) {
	c := logInto(t, Options{})
	texts := numbered(40)
	texts[20] += strings.Repeat("large\r\n", aheadOctets)
	texts[22] += strings.Repeat("so-so\r\n", aheadOctets/10)
	c.put(texts...)
	d := c.drop()
	defer d.Close()
	orders := [][]int{{1, 1, 2, 2, 3, 5, 4, 40, 1, 2, 3}, nil, nil}
	for n := range len(texts) {
		orders[1] = append(orders[1], n+1)
		orders[2] = append(orders[2], len(texts)-n)
	}
	for _, order := range orders {
		for _, n := range order {
			if got := c.read(d, n); got != texts[n-1] {
				t.Errorf("%v: message %d has %d octets of %d", order, n, len(got), len(texts[n-1]))
			}
		}
	}
}

// TestAheadBounds: no more is held than what the bounds allow, and messages that are gone
// keep nobody from those behind them.
func TestAheadBounds(t *testing.T) {
	c := logInto(t, Options{})
	texts := numbered(40)
	for i := range 10 {
		texts[i] += strings.Repeat("ten k", 2000) + "\r\n"
	}
	c.put(texts...)
	d := c.drop().(*maildrop)
	defer d.Close()
	for n := range texts {
		c.read(d, n+1)
		held := int64(0)
		for _, b := range d.ahead.bodies {
			held += b.Octets
		}
		if held > aheadOctets || len(d.ahead.bodies) > mailbox.ManyBodies {
			t.Errorf("after message %d are held %d, %d octets", n+1, len(d.ahead.bodies), held)
		}
	}

	u, _ := c.accounts.find("bob")
	if _, err := c.mailbox.Expunge(t.Context(), u.Inbox, []mailbox.UID{3}); err != nil {
		t.Fatal(err)
	}
	c.clock.at = c.clock.at.Add(mailbox.Grace + time.Second)
	if err := c.mailbox.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 5; n++ {
		var r *pop3.Reply
		if _, err := d.Open(t.Context(), n); n == 3 && !errors.As(err, &r) || n != 3 && err != nil {
			t.Errorf("message %d: %v", n, err)
		}
	}
}
