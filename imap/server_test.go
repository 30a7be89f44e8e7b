package imap

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/internal/wire"
)

// A desk lets in everybody by the password "sesame"; bob is bob@lab.test.
type desk struct{ mechanisms []string }

func (d *desk) Mechanisms(Peer) []string { return d.mechanisms }

func (d *desk) Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error) {
	return sasl.NewServer(ctx, mechanism, d, sasl.TLSExporter(p.TLS))
}

func (d *desk) Done(context.Context, Peer, string, sasl.Server, error) error { return nil }

func (d *desk) Password(_ context.Context, _, name, password string) (string, error) {
	switch {
	case name == "trouble":
		return "", errors.New("the disk is full of secrets")
	case password == "sesame":
		return name + "@lab.test", nil
	}
	return "", sasl.ErrRefused
}

func (d *desk) Secret(_ context.Context, name string) (account, secret string, err error) {
	return name + "@lab.test", "sesame", nil
}

func (d *desk) Stored(_ context.Context, mechanism, name string) (string, sasl.Verifier, error) {
	v, err := sasl.NewVerifier(mechanism, "sesame", sasl.MinRounds, []byte("salt of the test"))
	return name + "@lab.test", v, err
}

// serverOver is a server over a memory, with all that it can do.
func serverOver(m *memory) *Server {
	return &Server{Domain: "mail.lab.test", Capabilities: StandardCapabilities(), Open: m.open,
		Login: &desk{[]string{"PLAIN"}}, Now: m.now}
}

// bobs is a server with n samples in bob's INBOX.
func bobs(n int) (*Server, *memory) {
	m := newMemory()
	for i := range n {
		m.deliver("bob@lab.test", Inbox, sample(i+1), 0)
	}
	return serverOver(m), m
}

// A talker speaks to a server.
type talker struct {
	t     testing.TB
	nc    net.Conn
	got   chan string // responses, whole, without their last CRLF
	tag   int
	ended chan bool // the server has ended the session
}

// talkTo begins a session with a server; the greeting is read.
func talkTo(t testing.TB, s *Server) *talker {
	ours, theirs := net.Pipe()
	c := &talker{t: t, nc: ours, got: make(chan string, 1<<16), ended: make(chan bool)}
	go func() { s.ServeConn(theirs); close(c.ended) }()
	go c.listen()
	t.Cleanup(c.close)
	if got := c.next(); !strings.HasPrefix(got, "* OK") {
		t.Fatalf("greeting: %q", got)
	}
	return c
}

// selecting is a session in which bob has selected a mailbox.
func selecting(t testing.TB, s *Server, mailbox string) *talker {
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.must("SELECT " + mailbox)
	return c
}

// listen reads responses, each with its literals, until the connection ends.
func (c *talker) listen() {
	defer close(c.got)
	in, whole := bufio.NewReader(c.nc), ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		whole += strings.TrimSuffix(line, "\r\n")
		if l, ok := wire.FindLiteral([]byte(whole)); ok && !strings.HasPrefix(whole, "+") {
			octets := make([]byte, l.Size)
			if _, err := io.ReadFull(in, octets); err != nil {
				return
			}
			whole += "\r\n" + string(octets)
			continue
		}
		c.got <- whole
		whole = ""
	}
}

func (c *talker) close() {
	c.nc.Close()
	<-c.ended
}

// next is the next response, "" at the end of the connection.
func (c *talker) next() string {
	c.t.Helper()
	select {
	case got := <-c.got:
		return got
	case <-time.After(20 * time.Second):
		c.t.Fatal("the server says nothing")
	}
	return ""
}

// send says octets as they are, without a wait for an answer.
func (c *talker) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.nc, text); err != nil {
		c.t.Fatal(err)
	}
}

// begin says a command and returns its tag.
func (c *talker) begin(command string) (tag string) {
	c.t.Helper()
	c.tag++
	tag = "t" + strconv.Itoa(c.tag)
	c.send(tag + " " + command + "\r\n")
	return tag
}

// end reads up to the result of a command: the data without "* ", and the result without its tag.
func (c *talker) end(tag string) (data []string, result string) {
	c.t.Helper()
	for {
		got := c.next()
		if rest, ok := strings.CutPrefix(got, tag+" "); ok {
			return data, rest
		}
		rest, ok := strings.CutPrefix(got, "* ")
		if !ok {
			c.t.Fatalf("%s: got %q", tag, got)
		}
		data = append(data, rest)
	}
}

// do says a command and reads what comes of it.
func (c *talker) do(command string) (data []string, result string) {
	c.t.Helper()
	return c.end(c.begin(command))
}

// must is do for what has to succeed.
func (c *talker) must(command string) []string {
	c.t.Helper()
	data, result := c.do(command)
	if !strings.HasPrefix(result, "OK") {
		c.t.Fatalf("%s: %s", command, result)
	}
	return data
}

// expect says a command and compares all that comes of it, the result last; a line of want
// that ends in "..." is the beginning of one.
func (c *talker) expect(command string, want ...string) {
	c.t.Helper()
	data, result := c.do(command)
	got := append(data, result)
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		begin, open := strings.CutSuffix(want[i], "...")
		same = got[i] == want[i] || open && strings.HasPrefix(got[i], begin)
	}
	if !same {
		c.t.Errorf("%s:\n%s\nwant\n%s", command, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What happens before a mailbox is selected.
func TestTalk(t *testing.T) {
	s, m := bobs(3)
	c := talkTo(t, s)
	c.expect("NOOP", "OK ...")
	c.expect("LOGIN bob wrong", "NO [AUTHENTICATIONFAILED] ...")
	c.expect("CHECK", "BAD ...")
	for _, args := range []string{`"" ""`, `bob ""`, `"" sesame`, "bob {0+}\r\n", "{2+}\r\n\xff\xfe sesame"} {
		talkTo(t, s).expect("LOGIN "+args, "NO [AUTHENTICATIONFAILED] ...")
	}
	c.expect("LOGIN bob sesame", "OK [CAPABILITY IMAP4rev1 ...")
	c.expect("CHECK", "BAD ...")
	c.expect("LOGOUT", "BYE ...", "OK ...")
	<-c.ended
	if m.stores != 0 || m.boxes != 0 {
		t.Errorf("%d stores and %d mailboxes are open", m.stores, m.boxes)
	}
}
