package pop3

import (
	"io"
	"testing"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// Whatever a server says, in whatever pieces, the client comes to an end, and says the
// password only to one that greeted.
func FuzzClient(f *testing.F) {
	for _, s := range []string{
		"+OK ready <1.2@x>\r\n+OK\r\nUSER\r\nSASL PLAIN CRAM-MD5\r\n.\r\n" +
			"+ YQ==\r\n+OK\r\n+OK 1 2\r\n+OK\r\n1 2\r\n.\r\n",
		"+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 1 2\r\n+OK\r\n1 a\r\n.\r\n+OK 2 octets\r\n..\r\n.\r\n+OK\r\n",
		"-ERR\r\n", "+OK\n", "220\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, piece := range []int{len(text) + 1, 1} {
			conn := &talk.Caller{Said: text, Piece: piece}
			c := NewClient(conn)
			c.Bounds = Bounds{Line: 100, List: 10, Message: 1000}
			tryAll(c)
			if c.Greeting == nil && conn.Heard.Len() > 0 {
				t.Fatalf("no greeting, and the client said %q", conn.Heard.String())
			}
		}
	})
}

// tryAll calls the methods in turn.
func tryAll(c *Client) {
	if c.Greet() != nil {
		return
	}
	c.Capa()
	logIn(c, sasl.CRAMMD5, "sesame")
	c.Pass("bob", "sesame")
	c.Stat()
	c.ListAll()
	c.UIDLAll()
	c.Retrieve(1, io.Discard)
	c.Quit()
}
