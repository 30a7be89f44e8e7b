package sandbox

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// start runs a sandbox on a free port until the test ends.
func start(t *testing.T, o Options) *Sandbox {
	t.Helper()
	if o.SMTP == "" {
		o.SMTP = "0"
	}
	b, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		b.Stop(ctx)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// mails are those in somebody's INBOX.
func mails(t *testing.T, b *Sandbox, user string) []Mail {
	t.Helper()
	all, err := b.Mails(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A caller is a client that says exactly what a test wants, over TCP.
type caller struct {
	t  *testing.T
	nc net.Conn
	in *bufio.Reader
}

func call(t *testing.T, b *Sandbox) *caller {
	t.Helper()
	nc, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return &caller{t, nc, bufio.NewReader(nc)}
}

// send writes octets; a server that hung up is no failure of the test by itself.
func (c *caller) send(octets string) {
	c.nc.Write([]byte(octets))
}

// reply reads a whole reply and returns its last line.
func (c *caller) reply() string {
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "(" + err.Error() + ")"
		}
		if len(line) < 4 || line[3] != '-' {
			return strings.TrimRight(line, "\r\n")
		}
	}
}

// dialogue plays pairs: what to send, and how the reply begins.
func (c *caller) dialogue(pairs ...string) {
	c.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != "" {
			c.send(pairs[i] + "\r\n")
		}
		if got := c.reply(); !strings.HasPrefix(got, pairs[i+1]) {
			c.t.Fatalf("%.60q: the reply is %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// mail sends one mail to bob and is gone.
func mail(t *testing.T, b *Sandbox) {
	t.Helper()
	c := call(t, b)
	c.dialogue("", "220 ", "EHLO a.test", "250 ", "MAIL FROM:<a@a.test>", "250 ",
		"RCPT TO:<bob@lab.test>", "250 ", "DATA", "354 ", "Subject: x\r\n\r\nx\r\n.", "250 ", "QUIT", "221 ")
	c.nc.Close()
}
