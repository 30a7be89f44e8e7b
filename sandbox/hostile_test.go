package sandbox

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/smtp"
)

// A session as bad clients begin it; the message ends after its last dot.
const whole = "EHLO a.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<bob@lab.test>\r\nDATA\r\n" +
	"From: a@a.test\r\nSubject: x\r\n\r\n.. a line\r\nlast\r\n.\r\nQUIT\r\n"

// chunked is a session with a message in two chunks.
const chunked = "EHLO a.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<bob@lab.test>\r\n" +
	"BDAT 16\r\nFrom: a@a.test\r\nBDAT 23 LAST\r\nSubject: x\r\n\r\n.\r\nlast\r\nQUIT\r\n"

// TestCutEverywhere cuts the connection after each octet of a session, in three ways.
// A message is kept if and only if its end was sent.
func TestCutEverywhere(t *testing.T) {
	t.Run("DATA", func(t *testing.T) { cutEverywhere(t, whole, "\r\n.\r\n") })
	t.Run("BDAT", func(t *testing.T) { cutEverywhere(t, chunked, "\r\n.\r\nlast\r\n") })
}

// cutEverywhere plays a session whose message has an end of its own.
func cutEverywhere(t *testing.T, whole, last string) {
	b := start(t, Options{Profile: Full})
	end := strings.Index(whole, last) + len(last)
	want := 0
	var wg sync.WaitGroup
	for i := range len(whole) + 1 {
		for _, how := range []string{"fin", "close", "reset"} {
			if i >= end {
				if how != "fin" { // a reset may overtake the message
					continue
				}
				want++
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				cut(t, b, whole[:i], how)
			}()
		}
		if i%16 == 0 {
			wg.Wait()
		}
	}
	wg.Wait()
	mail(t, b)
	// A session may still be at its last words; nothing is left that could deliver.
	if got := b.Count("bob") - 1; got != want {
		t.Errorf("%d messages are kept, %d came to their end", got, want)
	}
}

func cut(t *testing.T, b *Sandbox, said, how string) {
	nc, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	tcp := nc.(*net.TCPConn)
	io.WriteString(nc, said)
	switch how {
	case "fin":
		tcp.CloseWrite()
		if _, err := io.Copy(io.Discard, nc); err != nil {
			t.Errorf("after %d octets and FIN: %v", len(said), err)
		}
	case "reset":
		tcp.SetLinger(0)
	}
}

// TestSilence: who says nothing is told and sent away; others do not notice.
func TestSilence(t *testing.T) {
	b := start(t, Options{Limits: smtp.Limits{Idle: 150 * time.Millisecond}})
	for said, replies := range map[string]string{
		"":                   "220,421 4.4.2,(EOF)",
		"EHLO a.test\r\n":    "220,250,421 4.4.2,(EOF)",
		"EHLO a.te":          "220,421 4.4.2,(EOF)",
		"MAIL FROM:<>":       "220,421 4.4.2,(EOF)",
		whole[:90]:           "220,250,250,250,354,421 4.4.2,(EOF)",
		"\r\n":               "220,500,421 4.4.2,(EOF)",
		"EHLO a.test\r\nDA":  "220,250,421 4.4.2,(EOF)",
		"NOOP\r\nNOOP\r\nNO": "220,250,250,421 4.4.2,(EOF)",
	} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			c := call(t, b)
			c.send(said)
			for want := range strings.SplitSeq(replies, ",") {
				if got := c.reply(); !strings.HasPrefix(got, want) {
					t.Fatalf("%q: the reply is %q, want %q", said, got, want)
				}
			}
		})
	}
	mail(t, b)
}

// TestSlow: who sends an octet now and then is no better than who is silent.
func TestSlow(t *testing.T) {
	b := start(t, Options{Limits: smtp.Limits{Idle: 200 * time.Millisecond,
		Session: 400 * time.Millisecond}})
	t.Run("command", func(t *testing.T) {
		t.Parallel()
		trickle(t, b, "", "NOOP "+strings.Repeat("x", 400))
	})
	t.Run("message", func(t *testing.T) {
		t.Parallel()
		trickle(t, b, whole[:strings.Index(whole, "From:")], strings.Repeat("x", 400))
	})
	mail(t, b)
	if n := b.Count("bob"); n != 1 {
		t.Errorf("bob has %d mails", n)
	}
}

// trickle sends at once, then slowly, and fails where the server bears it for long.
func trickle(t *testing.T, b *Sandbox, at, slowly string) {
	c := call(t, b)
	c.send(at)
	gone := make(chan time.Time, 1)
	go func() {
		io.Copy(io.Discard, c.in)
		gone <- time.Now()
	}()
	begin := time.Now()
	for _, octet := range []byte(slowly) {
		select {
		case when := <-gone:
			if d := when.Sub(begin); d > 5*time.Second {
				t.Errorf("sent away after %v", d)
			}
			return
		case <-time.After(20 * time.Millisecond):
			c.send(string(octet))
		}
	}
	t.Error("the server bears it")
}

// TestManyRecipients: a hundred thousand RCPTs cost their replies and nothing else.
func TestManyRecipients(t *testing.T) {
	const n = 100_000
	b := start(t, Options{})
	begin := time.Now()
	c := call(t, b)
	c.nc.SetDeadline(time.Now().Add(60 * time.Second))
	c.dialogue("", "220", "EHLO a.test", "250", "MAIL FROM:<>", "250")
	go func() {
		for i := range n {
			fmt.Fprintf(c.nc, "RCPT TO:<%s@lab.test>\r\n", spell("postmaster", i))
			if i%1000 == 0 {
				mail(t, b) // others go about their business
			}
		}
		io.WriteString(c.nc, "DATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
	}()
	taken := 0
	for i := range n {
		switch got := c.reply(); {
		case strings.HasPrefix(got, "250 "):
			taken++
		case !strings.HasPrefix(got, "452 4.5.3"): // RFC 5321 §4.5.3.1.10
			t.Fatalf("recipient %d: %s", i+1, got)
		}
	}
	c.dialogue("", "354", "", "250", "", "221")
	if distinct := n / 1024 * 100; taken < smtp.MinRecipients || taken > distinct+200 {
		t.Errorf("%d recipients were taken", taken)
	}
	if b.Count("alice") != 1 || b.Count("bob") != n/1000 {
		t.Errorf("alice has %d mails, bob %d", b.Count("alice"), b.Count("bob"))
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// spell writes a name in capitals where the bits of i are 1: a local part of its own for
// the protocol, the same person for the sandbox.
func spell(name string, i int) string {
	b := []byte(name)
	for k := range b {
		if i>>k&1 == 1 {
			b[k] &^= 0x20
		}
	}
	return string(b)
}

// TestGarbage: what is no command gets its reply, and the session goes on.
func TestGarbage(t *testing.T) {
	b := start(t, Options{})
	for name, test := range map[string]struct{ said, want string }{
		"long line":   {"NOOP " + strings.Repeat("x", 5000) + "\r\n", "500"},
		"NUL":         {"NOOP \x00\r\n", "500"},
		"lone LF":     {"NOOP\n", "500"},
		"lone CR":     {"NO\rOP\r\n", "500"},
		"eight bits":  {"\xff\xfe\x80garbage\xe4\r\n", "500"},
		"control":     {"NO\x08\x08NOOP\r\n", "500"},
		"empty":       {"\r\n", "500"},
		"HTTP":        {"GET / HTTP/1.1\r\n", "500"},
		"endless":     {strings.Repeat("y", 3<<20), "421"},
		"TLS":         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "421"},
		"many errors": {strings.Repeat("WHAT\r\n", 49) + "WHAT\r\n", "500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, b)
			c.dialogue("", "220")
			go c.send(test.said)
			got := c.reply()
			if !strings.HasPrefix(got, test.want) {
				t.Fatalf("the reply is %q, want %s", got, test.want)
			}
			switch {
			case name == "many errors":
				for strings.HasPrefix(got, "500") {
					got = c.reply()
				}
				if !strings.HasPrefix(got, "421") {
					t.Errorf("after many errors: %s", got)
				}
			case test.want == "500":
				c.dialogue("EHLO a.test", "250", "QUIT", "221")
			}
		})
	}
	mail(t, b)
}
