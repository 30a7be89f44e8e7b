package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// to returns a client to which a server says a text, whatever the client says; it has read
// the greeting. Each "|" waits for a line of the client first.
func to(t *testing.T, text string) (*Client, *bytes.Buffer) {
	t.Helper()
	conn, heard := talk.Say(text)
	c := NewClient(conn)
	t.Cleanup(func() { c.Close() })
	return c, heard
}

// What a server may do wrong. The error quotes what came; the session is over then, and
// nothing more is said.
func TestServerAtFault(t *testing.T) {
	const hello = "+OK ready\r\n|"
	for _, row := range []struct {
		why, text string
		call      func(c *Client) error
		want      string // of the error
		on        bool   // the session can go on
	}{
		{"SMTP", "220 mail.lab.test\r\n", (*Client).Greet,
			`the answer to the connection is not POP3: neither +OK nor -ERR: "220 mail.lab.test"`, false},
		{"challenge for a greeting", "+ \r\n", (*Client).Greet, "neither +OK nor -ERR", false},
		{"refusal for a greeting", "-ERR [SYS/TEMP] too many\r\n", (*Client).Greet,
			"-ERR [SYS/TEMP] too many", false},
		{"closed at once", "", (*Client).Greet, "EOF", false},
		{"closed in the greeting", "+OK re", (*Client).Greet, "unexpected EOF", false},
		{"lone LF", "+OK ready\n", (*Client).Greet, "lone LF", false},
		{"NUL", "+OK \x00\r\n", (*Client).Greet, "a NUL octet", false},
		{"long greeting", "+OK " + strings.Repeat("x", 20000) + "\r\n",
			(*Client).Greet, "too long", false},
		{"endless greeting", "+OK " + strings.Repeat("x", 2<<20), (*Client).Greet, "does not end", false},
		{"two greetings", "+OK ready\r\n+OK ready\r\n|", noop,
			`the answer to NOOP is not POP3: it came before the command: "+OK ready\r\n"`, false},
		{"two answers", hello + "+OK\r\n+OK again\r\n|",
			twice(noop), "it came before the command", false},
		{"two ends", hello + "+OK\r\nx\r\n.\r\n.\r\n|", twice(retr), "it came before the command", false},
		{"an answer of another protocol", hello + "250 Ok\r\n", noop, "neither +OK nor -ERR", false},
		{"a challenge that nothing asked for", hello + "+ Zm9v\r\n", noop, "neither +OK nor -ERR", false},
		{"closed instead of an answer", hello, noop, "EOF", false},
		{"lower case", hello + "+ok\r\n|", noop, "", true},

		{"STAT in words", hello + "+OK two messages\r\n", stat, `not the number of messages`, false},
		{"STAT of one number", hello + "+OK 2\r\n", stat, "not the number of messages", false},
		{"STAT of a negative", hello + "+OK -1 7\r\n", stat, "not the number of messages", false},
		{"STAT beyond all measure", hello + "+OK 2 99999999999999999999\r\n",
			stat, "not the number", false},
		{"STAT and more", hello + "+OK 2 320 and so on\r\n", stat, "", true},

		{"a listing of words", hello + "+OK\r\none 120\r\n.\r\n", listAll,
			`to LIST is not POP3: not the number of a message and that of its octets: "one 120"`, false},
		{"number 0", hello + "+OK\r\n0 120\r\n.\r\n", listAll, "not the number of a message", false},
		{"a size that is none", hello + "+OK\r\n1 -120\r\n.\r\n",
			listAll, "not the number of a message", false},
		{"sizes and more", hello + "+OK\r\n1 120 new\r\n2 0\r\n.\r\n", listAll, "", true},
		{"LIST 1 in words", hello + "+OK it is large\r\n",
			listOne,
			"not the number of a message", false},
		{"no unique-id", hello + "+OK\r\n1\r\n.\r\n",
			uidlAll, "not the number of a message and its unique-id", false},
		{"closed in a listing", hello + "+OK\r\n1 120\r\n", listAll, "unexpected EOF", false},
		{"closed before the dot's line ending", hello + "+OK\r\n1 120\r\n.",
			listAll, "unexpected EOF", false},
		{"a lone LF behind the dot", hello + "+OK\r\n1 120\r\n.\n", listAll, "lone LF", false},
		{"an endless listing", hello + "+OK\r\n" + strings.Repeat("1 120\r\n", 2000), listAll,
			"the answer does not end", false},
		{"an endless line", hello + "+OK\r\n" + strings.Repeat("1", 9000) + "\r\n",
			listAll, "too long", false},
		{"refused", hello + "-ERR [IN-USE] no\r\n|", listAll, "-ERR [IN-USE] no", true},

		{"closed in a message", hello + "+OK 120 octets\r\nSubject: x\r\n",
			retr, "unexpected EOF", false},
		{"closed in front of the dot's CRLF", hello + "+OK 120 octets\r\nx\r\n.",
			retr, "unexpected EOF", false},
		{"an endless message", hello + "+OK 12 octets\r\n" + strings.Repeat("text\r\n", 100_000), retr,
			"the message does not end", false},
		{"an endless answer to CAPA", hello + "+OK\r\n" + strings.Repeat("X\r\n", 2000),
			func(c *Client) error { _, err := c.Capa(); return err }, "does not end", false},
		{"no CAPA", hello + "-ERR what?\r\n|", func(c *Client) error {
			if offered, err := c.Capa(); offered != nil || err != nil {
				return fmt.Errorf("%v %v", offered, err)
			}
			return nil
		}, "", true},
	} {
		c, _ := to(t, row.text)
		c.Bounds = Bounds{Line: 4096, List: 1000, Message: 100_000}
		err := c.Greet()
		if err == nil {
			err = row.call(c)
		}
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", row.why, err, row.want)
		}
		if (c.over == nil) != row.on {
			t.Errorf("%s: the session can go on: %v", row.why, !row.on)
		}
		if c.over != nil {
			if _, err := c.Pass("bob", "sesame"); err != c.over {
				t.Errorf("%s: and then: %v", row.why, err)
			}
		}
	}
}

func noop(c *Client) error    { _, err := c.Noop(); return err }
func listOne(c *Client) error { _, err := c.List(1); return err }
func stat(c *Client) error    { _, err := c.Stat(); return err }
func listAll(c *Client) error { _, err := c.ListAll(); return err }
func uidlAll(c *Client) error { _, err := c.UIDLAll(); return err }
func retr(c *Client) error    { _, err := c.Retrieve(1, io.Discard); return err }

func twice(call func(*Client) error) func(*Client) error {
	return func(c *Client) error {
		if err := call(c); err != nil {
			return err
		}
		return call(c)
	}
}

// What a server says of a message's size is told beside what came, and is no error.
func TestAnnounced(t *testing.T) {
	for line, want := range map[string]int64{
		"120 octets":                        120,
		"120":                               120,
		"Message 1 follows (5012 octets)":   5012,
		"1 message, 77 Octets.":             77,
		"here it is":                        -1,
		"message 1 follows":                 -1,
		"-5 octets":                         -1,
		"99999999999999999999999999 octets": -1,
		"":                                  -1,
	} {
		c, _ := to(t, "+OK ready\r\n|+OK "+line+"\r\n..\r\nx\r\n.\r\n|")
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		got, err := c.Retrieve(1, &text)
		if err != nil || got.Announced != want || got.Octets != 6 || text.String() != ".\r\nx\r\n" {
			t.Errorf("%q: %+v %q %v, want %d", line, got, text.String(), err, want)
		}
	}
}

// Where the message cannot be kept, it is read to its end all the same, and the session can
// go on; one that never ends is cut.
func TestDiskFull(t *testing.T) {
	full := errors.New("disk full")
	c, _ := to(t, "+OK ready\r\n|+OK\r\n"+strings.Repeat("text\r\n", 10_000)+".\r\n|+OK\r\n|"+
		"+OK\r\n"+strings.Repeat("text\r\n", 100_000))
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Retrieve(1, failing{full}); err != full || got.Octets != 60_000 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := c.Noop(); err != nil {
		t.Error(err)
	}
	c.Bounds.Message = 100_000
	if _, err := c.Retrieve(1, failing{full}); !errors.As(err, new(*ProtocolError)) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A server that says nothing is not waited for for ever.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		c := NewClient(ours)
		defer c.Close()
		start := time.Now()
		err := c.Greet()
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > 6*time.Minute {
			t.Error(err, time.Since(start))
		}
	})
}

// What cannot be said is not sent, and the session can go on.
func TestUnsayable(t *testing.T) {
	c, heard := to(t, "+OK ready\r\n|+OK\r\n|+OK\r\n")
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	offers := func(lines ...string) Capabilities {
		all := Capabilities{}
		for _, l := range lines {
			all.Add(l)
		}
		return all
	}
	long := strings.Repeat("x", 249)
	for _, row := range []struct {
		offered Capabilities
		call    func() error
		want    error
	}{
		{nil, func() error { _, err := c.Do(Command{"NOOP", "\r\nDELE 1"}, nil); return err },
			ErrLineEnding},
		{nil, func() error { _, err := c.Do(Command{"NOOP", long + "y"}, nil); return err }, ErrTooLong},
		{nil, func() error { _, err := c.Pass("bob\nDELE 1", "x"); return err }, sasl.ErrCredentials},
		{nil, func() error { _, err := c.Pass("bob", ""); return err }, sasl.ErrCredentials},
		{nil, func() error { _, err := c.Pass("bob", long); return err }, ErrTooLong},
		{offers("TOP"), func() error { _, err := c.Pass("bob", "x"); return err },
			&NotOfferedError{"USER"}},
		{offers("USER", "UTF8"), func() error { _, err := c.Pass("bob", "é"); return err },
			&NotOfferedError{"UTF8 USER"}},
		{nil, func() error { _, err := c.APOP("bob", "x"); return err }, &NotOfferedError{"APOP"}},
		{nil, func() error { return c.StartTLS(t.Context(), nil) }, &NotOfferedError{"STLS"}},
		{offers("SASL LOGIN"), func() error { _, err := c.Auth(plain(t)); return err },
			&NotOfferedError{"AUTH PLAIN"}},
	} {
		c.Capabilities = row.offered
		err := row.call()
		if not := (*NotOfferedError)(nil); errors.As(row.want, &not) {
			if got := (*NotOfferedError)(nil); !errors.As(err, &got) || got.Keyword != not.Keyword {
				t.Errorf("%v, want %v", err, row.want)
			}
		} else if !errors.Is(err, row.want) {
			t.Errorf("%v, want %v", err, row.want)
		}
	}
	if _, err := c.Noop(); err != nil || heard.String() != "NOOP\r\n" {
		t.Errorf("%v, and the server heard %q", err, heard)
	}
}

func plain(t *testing.T) sasl.Client {
	x, err := sasl.NewClient(sasl.Plain, sasl.Credentials{Name: "bob", Password: "sesame"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
