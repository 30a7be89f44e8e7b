package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
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
		for _, m := range d.messages[n:max(d.ahead.end-1, n)] {
			held += m.Octets
		}
		if ahead := d.ahead.end - n - 1; held > aheadOctets || ahead > mailbox.ManyBodies {
			t.Errorf("with message %d are read %d, %d octets", n+1, ahead, held)
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

// BenchmarkRetrieve fetches messages of 5 KB, one after the other, over TCP.
func BenchmarkRetrieve(b *testing.B) {
	for _, recorded := range []bool{false, true} {
		b.Run(fmt.Sprint("recorded=", recorded), func(b *testing.B) {
			dir := b.TempDir()
			box, err := Start(b.Context(), Options{Dir: dir, SMTP: "127.0.0.1:0", POP3: "127.0.0.1:0",
				Unrecorded: !recorded})
			if err != nil {
				b.Fatal(err)
			}
			defer box.Close()
			const messages = 1000
			text := "Subject: 5 KB\r\n\r\n" + strings.Repeat("Do you like ketchup? I have a bottle of it left, "+
				"and no chips.\r\n", 80)
			for range messages {
				if err := box.Add(b.Context(), "bob", mailbox.Inbox, time.Now(), 0, strings.NewReader(text)); err != nil {
					b.Fatal(err)
				}
			}
			c, err := net.Dial("tcp", box.POP3Addr())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			buf := make([]byte, 64<<10)
			say := func(command, end string) {
				io.WriteString(c, command)
				for n := 0; !bytes.HasSuffix(buf[:n], []byte(end)); {
					k, err := c.Read(buf[n:])
					if n += k; err != nil || buf[0] != '+' {
						b.Fatalf("%q was answered by %.60q, %v", command, buf[:n], err)
					}
				}
			}
			say("", "\r\n")
			say("USER bob\r\n", "\r\n")
			say("PASS "+DefaultPassword+"\r\n", "\r\n")
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				say(fmt.Sprintf("RETR %d\r\n", i%messages+1), "\r\n.\r\n")
			}
		})
	}
}
