package conversation

import (
	"bytes"
	"io"
	"net"
	"strings"
	"time"
)

// Call plays the client of a script to a server, and returns when both have come to an end.
func (p *Player) Call(s *Script, serve func(net.Conn)) error {
	var server net.Conn
	p.Conn, server = net.Pipe()
	done := make(chan bool)
	go func() { serve(server); close(done) }()
	err := p.Play(s, 'C')
	p.Conn.Close()
	<-done
	return err
}

// Answer plays the server of a script to whoever gets the connection. The channel yields the
// error of Play.
func (p *Player) Answer(s *Script) (client net.Conn, done <-chan error) {
	client, p.Conn = net.Pipe()
	played := make(chan error, 1)
	go func() {
		played <- p.Play(s, 'S')
		p.Conn.Close()
	}()
	return client, played
}

// Say returns a connection whose other end says a text, whatever it is told, and closes. Each
// "|" waits for something to be said to it first; heard is what that was.
func Say(text string) (nc net.Conn, heard *bytes.Buffer) {
	nc, other := net.Pipe()
	heard = &bytes.Buffer{}
	go func() {
		defer other.Close()
		b := make([]byte, 4096)
		for i, part := range strings.Split(text, "|") {
			if i > 0 {
				n, err := other.Read(b)
				if err != nil {
					return
				}
				heard.Write(b[:n])
			}
			if part == "" { // a pipe would tell the reader of it
				continue
			}
			if _, err := io.WriteString(other, part); err != nil {
				return
			}
		}
	}()
	return nc, heard
}

// A Caller is a connection whose other end has said all that it will, and listens.
type Caller struct {
	Said  []byte // what is left of it
	Piece int    // octets of a read
	Heard bytes.Buffer
}

func (c *Caller) Read(p []byte) (int, error) {
	if len(c.Said) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.Said[:min(len(c.Said), c.Piece)])
	c.Said = c.Said[n:]
	return n, nil
}

func (c *Caller) Write(p []byte) (int, error) { return c.Heard.Write(p) }

// The rest of net.Conn does nothing.

func (c *Caller) Close() error                     { return nil }
func (c *Caller) LocalAddr() net.Addr              { return nil }
func (c *Caller) RemoteAddr() net.Addr             { return nil }
func (c *Caller) SetDeadline(time.Time) error      { return nil }
func (c *Caller) SetReadDeadline(time.Time) error  { return nil }
func (c *Caller) SetWriteDeadline(time.Time) error { return nil }
