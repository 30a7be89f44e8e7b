package smtp

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// What a server makes of a session that breaks off: it keeps a message that has come to
// its end, whether its 250 is read or not, and nothing else.
func TestBreak(t *testing.T) {
	for _, how := range []SendOptions{{}, {Chunk: 9}, {Chunk: 1000}} {
		for at := AtConnect; at <= AtDot; at++ {
			for _, b := range []Break{{At: at}, {At: at, Drop: true}, {At: at, Unread: true}} {
				s, o := plainServer(t)
				s.Extensions = FullExtensions()
				nc, server := net.Pipe()
				done := make(chan bool)
				go func() { s.ServeConn(server); close(done) }()
				c := NewClient(nc)
				c.Break = b
				err := c.Greet()
				if err == nil {
					_, err = c.Hello("a.test")
				}
				if err == nil {
					e := Envelope{To: []Path{{Mailbox: Mailbox{Local: "bob", Domain: "lab.test"}}}}
					_, err = c.Send(t.Context(), e, strings.NewReader("Subject: x\r\n\r\nbody\r\n"), how)
				}
				whole := at == AtData && how.Chunk == 1000 // the first chunk is the last
				if want := !whole; errors.Is(err, ErrBroken) != want || !want && err != nil {
					t.Errorf("%v, %+v, %+v: %v", at, b, how, err)
				}
				c.Quit()
				<-done
				if kept := o.mail.Len() > 0; kept != (at == AtDot || whole) || o.open != 0 {
					t.Errorf("%v, %+v, %+v: kept is %v, %d left open", at, b, how, kept, o.open)
				}
			}
		}
	}
}

// Names beyond ASCII are asked about where SMTPUTF8 is offered, which the server is told.
func TestInquire(t *testing.T) {
	s, o := plainServer(t)
	s.Verify = o.verify
	o.names["李四"] = []string{"<李四@lab.test>"}
	c := connected(t, s)
	if r, err := c.Vrfy("李四"); err != nil || r.Text() != "<李四@lab.test>" {
		t.Error(r, err)
	}
	c.Extensions = nil
	var no *NotOfferedError
	if _, err := c.Expn("李四"); !errors.As(err, &no) || no.Keyword != "SMTPUTF8" {
		t.Error(err)
	}
	if r, err := c.Vrfy("bob"); r == nil || r.Code != 550 || err == nil {
		t.Error(r, err)
	}
}
