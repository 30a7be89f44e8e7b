package imap

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// Whatever a server says, in whatever pieces, the client comes to an end, in bounded memory, hears
// the same, and says the password only to one that greeted.
func FuzzClient(f *testing.F) {
	for _, s := range []string{
		"* OK [CAPABILITY IMAP4rev1 AUTH=CRAM-MD5] ready\r\na001 OK\r\n" +
			"+ YQ==\r\na002 OK\r\n+ go\r\n" +
			"a003 OK\r\n* 1 FETCH (BODY[] {3}\r\nabc UID 3)\r\na004 OK\r\n+ \r\na005 OK\r\n+ \r\n" +
			"* 2 EXISTS\r\na006 OK\r\n* BYE\r\na007 OK\r\n",
		"* PREAUTH x\r\n" +
			"* CAPABILITY IMAP4rev1\r\na001 OK\r\na002 NO\r\na003 BAD [X] y\r\n* 1 EXPUNGE\r\n",
		"* BYE\r\n", "* OK\n", "220\r\n",
		"* OK\r\n* X {5}\r\nabcde {2+}\r\nab ~{1}\r\n\x00\r\na001 OK\r\n",
		"* OK\r\n* X {9007199254740992}\r\n", "* OK\r\n+ x\r\n", "* OK\r\n* BYE\r\n",
		"* OK\r\n* NO [A \"]\"] x\r\n* \r\n",
		"* OK\r\n* 4294967296 FETCH (BODY[] {1}\r\n",
		"* OK\r\n* 1 FETCH (BODY[<0>] {1}\r\nx BODY[ {1}\r\ny[] {1}\r\nz)\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var first string
		for i, piece := range []int{len(text) + 1, 1} {
			conn := &talk.Caller{Said: text, Piece: piece}
			c := NewClient(conn)
			c.Bounds = Bounds{Line: 100, Literal: 300, Data: 2000}
			var told []byte
			c.Unasked = func(d Data) { told = AppendData(told, d) }
			tryAll(c, &told)
			if c.Greeting == nil && conn.Heard.Len() > 0 {
				t.Fatalf("no greeting, and the client said %q", conn.Heard.String())
			}
			got := conn.Heard.String() + "\n" + string(told)
			if i > 0 && got != first {
				t.Fatalf("in single octets:\n%q\nwant\n%q", got, first)
			}
			first = got
		}
	})
}

// tryAll calls the methods in turn.
func tryAll(c *Client, told *[]byte) {
	if c.Greet() != nil {
		return
	}
	c.Capability()
	logIn(c, sasl.CRAMMD5, "sesame")
	c.Login("bob", "s\xc3\xa9same")
	c.do(Simple{"FETCH"}, &exchange{into: func(_ uint32, item string, _ int64) io.Writer {
		return &appender{told}
	}})
	c.Append("x", nil, time.Time{}, 3, strings.NewReader("abc"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.Idle(ctx, func(Data) {})
	c.Logout()
}

type appender struct{ b *[]byte }

func (a *appender) Write(p []byte) (int, error) {
	*a.b = append(*a.b, p...)
	return len(p), nil
}
