package imap

import (
	"bytes"
	"context"
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

// to returns a client to which a server says a text, whatever the client says. Each "|" waits for
// something from the client first.
func to(t testing.TB, text string) (*Client, *bytes.Buffer) {
	t.Helper()
	conn, heard := talk.Say(text)
	c := NewClient(conn)
	t.Cleanup(func() { c.Close() })
	return c, heard
}

const hello = "* OK ready\r\n|"

// What a server may do wrong. The error quotes what came; the session is over then, and nothing
// more is said.
func TestServerAtFault(t *testing.T) {
	greet := (*Client).Greet
	for _, row := range []struct {
		why, text string
		call      func(c *Client) error
		want      string // of the error
		on        bool   // the session can go on
	}{
		{"SMTP", "220 mail.lab.test\r\n", greet,
			`the answer to the connection is not IMAP: neither OK, PREAUTH nor BYE: "220 mail.lab.test"`,
			false},
		{"POP3", "+OK ready\r\n", greet, "neither OK, PREAUTH nor BYE", false},
		{"a refusal for a greeting", "* NO ready\r\n", greet, "neither OK, PREAUTH nor BYE", false},
		{"data for a greeting", "* 1 EXISTS\r\n", greet, "neither OK, PREAUTH nor BYE", false},
		{"a result for a greeting", "a001 OK ready\r\n", greet, "neither OK, PREAUTH nor BYE",
			false},
		{"farewell for a greeting", "* BYE [UNAVAILABLE] too many\r\n", greet,
			"the server ended the session: * BYE [UNAVAILABLE] too many", false},
		{"closed at once", "", greet, "EOF", false},
		{"closed in the greeting", "* OK re", greet, "unexpected EOF", false},
		{"lone LF", "* OK ready\n", greet, `lone LF: "* OK ready"`, false},
		{"lone CR", "* OK re\rady\r\n", greet, "lone CR", false},
		{"NUL", "* OK \x00\r\n", greet, "a NUL octet", false},
		{"long greeting", "* OK " + strings.Repeat("x", 20000) + "\r\n", greet, "too long", false},
		{"endless greeting", "* OK " + strings.Repeat("x", 2<<20), greet, `does not end: "* OK xxx`, false},
		{"a literal that a greeting cannot have", "* OK {3}\r\n|a001 OK\r\n|", noop, "", true},

		{"a tag never sent", hello + "a002 OK done\r\n", noop,
			`no command has this tag: "a002 OK done"`, false},
		{"a result twice", hello + "a001 OK\r\na001 OK\r\n|", twice(noop),
			"no command has this tag", false},
		{"a request that nothing asked for", hello + "+ go on\r\n", noop,
			`the answer to NOOP is not IMAP: nothing waits to be asked for: "+ go on"`, false},
		{"another protocol", hello + "250 Ok\r\n", noop, "no command has this tag", false},
		{"an empty line", hello + "\r\n", noop, "neither data, nor a result", false},
		{"an asterisk alone", hello + "*\r\n", noop, "neither data, nor a result", false},
		{"an asterisk and a space", hello + "* \r\n", noop, "nothing behind the asterisk", false},
		{"a tagged farewell", hello + "a001 BYE\r\n", noop, "neither data, nor a result", false},
		{"tagged data", hello + "a001 EXISTS\r\n", noop, "neither data, nor a result", false},
		{"closed instead of an answer", hello, noop, "EOF", false},
		{"closed behind data", hello + "* 2 EXISTS\r\n", noop, "EOF", false},
		{"farewell", hello + "* 2 EXISTS\r\n* BYE overslept\r\n", noop,
			"ended the session: * BYE overslept", false},
		{"farewell in a log-in", hello + "* BYE no\r\n", loginBob, "ended the session", false},
		{"farewell and the result", hello + "* BYE no\r\na001 OK\r\n|", noop, "ended the session",
			false},
		{"refused", hello + "a001 NO [INUSE] no\r\n|", noop, "a001 NO [INUSE] no", true},
		{"rejected", hello + "a001 BAD no\r\n|", noop, "a001 BAD no", true},
		{"lower case", hello + "* ok x\r\na001 ok x\r\n|", noop, "", true},
		{"words of its own", hello +
			"* BAD what\r\n* NO disk full\r\n* OK [ALERT] x\r\na001 OK x\r\n|", noop, "", true},
		{"data nobody knows", hello + "* XFOO {3}\r\na\x00b (\r\n* 7 XBAR\r\na001 OK\r\n|", noop,
			"", true},

		{"an asked literal for a result", hello + "a001 OK\r\n|", login8,
			"the result comes before the command", false},
		{"a literal refused", hello + "a001 NO no\r\n|", login8, "a001 NO no", true},
		{"a literal refused by farewell", hello + "* BYE no\r\n", login8, "ended the session",
			false},

		{"data that is none", hello + "* x EXISTS\r\na001 OK\r\n|", noop, "", true},
		{"a number beyond all measure", hello + "* 4294967296 EXISTS\r\na001 OK\r\n|", noop,
			"the data that came with the answer to NOOP is wrong: a number below 4294967296", true},
		{"capabilities that are none", hello + "* CAPABILITY (\r\na001 OK\r\n|", capability,
			"is wrong", true},
		{"a literal longer than the rest", hello + "* XFOO {40}\r\nabc\r\na001 OK\r\n", noop,
			"unexpected EOF", false},
		{"a literal shorter than it says", hello + "* XFOO {1}\r\nabc\r\ndef\r\na001 OK\r\n", noop,
			"neither data, nor a result", false},
		{"a literal of all memory", hello + "* XFOO {9007199254740992}\r\nabc", noop,
			"the answer does not end", false},
		{"a literal of much memory", hello + "* XFOO {900000}\r\nabc", noop,
			"the literal is too long", false},
		{"a literal beyond all measure", hello + "* XFOO {9223372036854775808}\r\nabc\r\n", noop,
			"neither data, nor a result", false},
		{"a literal that comes in no time", hello + "* XFOO {90000}\r\nabc", noop, "unexpected EOF",
			false},
		{"literals without end", hello + strings.Repeat("* XFOO {90000}\r\n"+strings.Repeat("x",
			90000)+"\r\n", 12),
			noop, "the answer does not end", false},
		{"literals in one response", hello + "* XFOO" +
			strings.Repeat(" {90000}\r\n"+strings.Repeat("x", 90000), 3),
			noop, "the literal is too long", false},
		{"data without end", hello + strings.Repeat("* 1 EXISTS\r\n", 100_000), noop,
			"the answer does not end", false},
		{"a long line", hello + "* XFOO " + strings.Repeat("x", 20000) + "\r\n", noop, "too long",
			false},
		{"parentheses", hello + "* XFOO " + strings.Repeat("(", 5000) + "\r\na001 OK\r\n|", noop,
			"", true},
		{"NUL in a line", hello + "* XFOO \x00\r\n", noop, "a NUL octet", false},
		{"a result that ends in LF", hello + "a001 OK\n", noop, "lone LF", false},

		{"a log-out without farewell", hello + "a001 OK\r\n", logout, "", false},
		{"a log-out without result", hello + "* BYE bye\r\n", logout, "EOF", false},
		{"a log-out refused", hello + "a001 BAD no\r\n", logout, "a001 BAD no", false},
	} {
		c, _ := to(t, row.text)
		c.Bounds = Bounds{Line: 16384, Literal: 200_000, Data: 1_000_000}
		err := c.Greet()
		if err == nil {
			err = row.call(c)
		}
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(),
			row.want) {
			t.Errorf("%s: %v, want %s", row.why, err, row.want)
		}
		if (c.over == nil) != row.on {
			t.Errorf("%s: the session can go on: %v", row.why, !row.on)
		}
		if c.over != nil {
			if _, err := c.Login("bob", "sesame"); err != c.over {
				t.Errorf("%s: and then: %v", row.why, err)
			}
		}
	}
}

func noop(c *Client) error       { _, err := c.Noop(); return err }
func logout(c *Client) error     { _, err := c.Logout(); return err }
func capability(c *Client) error { _, err := c.Capability(); return err }
func loginBob(c *Client) error   { _, err := c.Login("bob", "sesame"); return err }
func login8(c *Client) error     { _, err := c.Login("bob", "s\xc3\xa9same"); return err }

func twice(call func(*Client) error) func(*Client) error {
	return func(c *Client) error {
		if err := call(c); err != nil {
			return err
		}
		return call(c)
	}
}

// What cannot be said is not sent, and the session goes on.
func TestUnsayable(t *testing.T) {
	c, heard := to(t, hello+"a001 OK\r\n|a002 OK\r\n|")
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	c.Capabilities = Capabilities{"LOGINDISABLED"}
	if _, err := c.Login("bob", "sesame"); err == nil ||
		err.Error() != "the server does not offer LOGIN, which is needed here" {
		t.Error(err)
	}
	c.Capabilities = nil
	if _, err := c.Login("bob", "ses\x00ame"); !errors.Is(err, sasl.ErrCredentials) {
		t.Error(err)
	}
	for _, cmd := range []Command{Simple{"NOOP\r\nx LOGOUT"}, Simple{"NOOP\n"}, Simple{"NO\rOP"},
		Simple{"NO\x00OP"},
		Simple{"NOOP {3}"}, Simple{"NOOP {3}\r\nabc"},
		&Authenticate{Mechanism: "PLAIN\r\nx LOGOUT"}} {
		if _, err := c.Do(cmd, nil); err != ErrLineEnding {
			t.Errorf("%q: %v", cmd.Verb(), err)
		}
	}
	for _, flag := range []string{"x)\r\nb LOGOUT", "x) {3}", "", `\Recent`} {
		if _, err := c.Append("a", []string{flag}, time.Time{}, 3,
			strings.NewReader("abc")); err == nil {
			t.Errorf("%q: no error", flag)
		}
	}
	if heard.Len() > 0 {
		t.Errorf("said %q", heard)
	}
	c.tags = 0
	if err := noop(c); err != nil {
		t.Error(err)
	}
}

// An error of whoever takes the data is told once the result has come.
func TestTakeFails(t *testing.T) {
	c, _ := to(t,
		hello+"* CAPABILITY X\r\n* 3 EXISTS\r\n* CAPABILITY Y\r\na001 OK\r\n|a002 OK\r\n|")
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	unasked, taken := 0, 0
	c.Unasked = func(Data) { unasked++ }
	full := errors.New("disk full")
	r, err := c.Do(Simple{"CAPABILITY"}, func(d Data) error {
		if _, ok := d.(CapabilityData); !ok {
			return ErrUnasked
		}
		taken++
		return full
	})
	if err != full || r == nil || taken != 1 || unasked != 2 {
		t.Error(r, err, taken, unasked)
	}
	if err := noop(c); err != nil {
		t.Error(err)
	}
}

// A server that says nothing is not waited for without end, nor one that takes nothing.
func TestPatience(t *testing.T) {
	for _, text := range []string{"", "* OK", hello, hello + "a00", hello + "* XFOO {5}\r\nab",
		hello + "+ \r\n"} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			go func() {
				before, after, said := strings.Cut(text, "|")
				if before != "" { // a pipe would tell the reader of it
					io.WriteString(theirs, before)
				}
				if said {
					io.CopyN(io.Discard, theirs, 1)
					go io.Copy(io.Discard, theirs)
					if after != "" {
						io.WriteString(theirs, after)
					}
				}
			}()
			c := NewClient(ours)
			err := c.Greet()
			if err == nil {
				err = login8(c)
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) || c.over == nil {
				t.Errorf("%q: %v", text, err)
			}
			ours.Close()
			theirs.Close()
		})
	}
}

// Where sending fails, the server may have said why.
func TestLastWords(t *testing.T) {
	for said, want := range map[string]string{
		"* 1 EXISTS\r\n* BYE overslept\r\n": "the server ended the session: * BYE overslept",
		"* 1 EXISTS\r\n":                    "io: read/write on closed pipe",
		"nonsense\r\n":                      "io: read/write on closed pipe",
	} {
		c := NewClient(&deaf{said: strings.NewReader("* OK ready\r\n" + said)})
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		if err := noop(c); err == nil || err.Error() != want {
			t.Errorf("%q: %v", said, err)
		}
		if c.over == nil {
			t.Error("it is not over")
		}
	}
}

// A deaf connection says something and hears nothing.
type deaf struct {
	net.Conn
	said io.Reader
}

func (d *deaf) Read(p []byte) (int, error)       { return d.said.Read(p) }
func (d *deaf) Write([]byte) (int, error)        { return 0, io.ErrClosedPipe }
func (d *deaf) SetReadDeadline(time.Time) error  { return nil }
func (d *deaf) SetWriteDeadline(time.Time) error { return nil }
func (d *deaf) Close() error                     { return nil }

// The server speaks in IDLE at any time; DONE is said when the time is over, and IDLE begun anew
// before the server is tired of it.
func TestClientIdle(t *testing.T) {
	for _, row := range []struct {
		why, said, heard string
		told             string
		want             string // of the error
	}{
		{"an hour",
			"* OK\r\n|+ idling\r\n* 4 EXISTS\r\n* 2 EXPUNGE\r\n|a001 OK\r\n|" +
				"+ \r\n* OK still here\r\n|" +
				"* 5 EXISTS\r\na002 OK\r\n|+\r\n|a003 OK done\r\n",
			"a001 IDLE\r\nDONE\r\na002 IDLE\r\nDONE\r\na003 IDLE\r\nDONE\r\n",
			"* 4 EXISTS\r\n* 2 EXPUNGE\r\n* OK still here\r\n* 5 EXISTS\r\n", ""},
		{"refused", "* OK\r\n|a001 NO not now\r\n", "a001 IDLE\r\n", "", "a001 NO not now"},
		{"ended by the server", "* OK\r\n|+ \r\na001 OK enough\r\n", "a001 IDLE\r\n", "", ""},
		{"farewell", "* OK\r\n|+ \r\n* BYE bye\r\n", "a001 IDLE\r\n", "",
			"ended the session: * BYE bye"},
		{"no answer to DONE", "* OK\r\n|+ \r\n|||", "a001 IDLE\r\nDONE\r\n", "",
			"no answer to DONE for 5m0s"},
		{"an answer without end", "* OK\r\n|+ \r\n|* OK x||", "a001 IDLE\r\nDONE\r\n", "",
			"no answer to DONE for 5m0s"},
		{"a tag never sent", "* OK\r\n|+ \r\na002 OK\r\n", "a001 IDLE\r\n", "",
			"no command has this tag"},
		{"wrong data", "* OK\r\n|+ \r\n* 4294967296 EXISTS\r\n* 1 EXISTS\r\n|a001 OK\r\n",
			"a001 IDLE\r\nDONE\r\n",
			"* 4294967296 EXISTS\r\n* 1 EXISTS\r\n", "is wrong"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, heard := to(t, row.said)
			if err := c.Greet(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			var told []byte
			r, err := c.Idle(ctx, func(d Data) { told = AppendData(told, d) })
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(),
				row.want) {
				t.Errorf("%s: %v, want %s", row.why, err, row.want)
			}
			if err == nil && r.Status != OK {
				t.Errorf("%s: %v", row.why, r)
			}
			c.Close()
			synctest.Wait()
			if string(told) != row.told || heard.String() != row.heard {
				t.Errorf("%s: told %q, heard %q", row.why, told, heard)
			}
		})
	}
}

// A message is sent as it is read; where it is too short, the server has to forget it.
func TestClientAppend(t *testing.T) {
	date := time.Date(1994, 2, 7, 21, 52, 25, 0, time.FixedZone("", -8*3600))
	for _, row := range []struct {
		why, said string
		flags     []string
		date      time.Time
		size      int64
		noWait    bool
		heard     string
		want      string
		on        bool
	}{
		{"all of it", "* OK\r\n|+ \r\n|a001 OK [APPENDUID 1 7] x\r\n|", []string{`\Seen`, "$x"},
			date, 5, false,
			"a001 APPEND \"a b\" (\\Seen $x) \" 7-Feb-1994 21:52:25 -0800\" {5}\r\nhello\r\n", "",
			true},
		{"nothing", "* OK\r\n|+ \r\n|a001 OK\r\n|", nil, time.Time{}, 0, false,
			"a001 APPEND \"a b\" {0}\r\n\r\n", "", true},
		{"no such mailbox", "* OK\r\n|a001 NO [TRYCREATE] x\r\n|", nil, time.Time{}, 5, false,
			"a001 APPEND \"a b\" {5}\r\n", "a001 NO [TRYCREATE] x", true},
		{"refused behind it", "* OK\r\n|+ \r\n|* 1 EXISTS\r\na001 NO full\r\n|", nil, time.Time{},
			5, false,
			"a001 APPEND \"a b\" {5}\r\nhello\r\n", "a001 NO full", true},
		{"too short", "* OK\r\n|+ \r\n|", nil, time.Time{}, 6, false, "a001 APPEND \"a b\" {6}\r\n",
			"fewer octets than were announced: 5 of 6", false},
		{"unasked", "* OK [CAPABILITY LITERAL-] x\r\n|a001 OK\r\n|", nil, time.Time{}, 5, true,
			"a001 APPEND \"a b\" {5+}\r\nhello\r\n", "", true},
	} {
		c, heard := to(t, row.said)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		c.NoWait = row.noWait
		r, err := c.Append("a b", row.flags, row.date, row.size, strings.NewReader("hello"))
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(),
			row.want) {
			t.Errorf("%s: %v, want %s", row.why, err, row.want)
		}
		if row.why == "all of it" {
			if v, uids, ok := r.Code.AppendUID(); v != 1 || uids.String() != "7" || !ok {
				t.Error(r)
			}
		}
		if (c.over == nil) != row.on {
			t.Errorf("%s: the session can go on: %v", row.why, !row.on)
		}
		if heard.String() != row.heard {
			t.Errorf("%s: heard %q", row.why, heard)
		}
	}
	c, _ := to(t, hello+"+ \r\n|")
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Append("a", nil, time.Time{}, 5,
		failingReader{}); fmt.Sprint(err) != "bad sector" || c.over == nil {
		t.Error(err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("bad sector") }
