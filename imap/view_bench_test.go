package imap

import (
	"bytes"
	"fmt"
	"net"
	"testing"
)

// A glutton says commands and throws the answers away, so that a benchmark sees the server alone.
type glutton struct {
	b   *testing.B
	nc  net.Conn
	buf []byte
	tag int
}

func gluttonOf(b *testing.B, s *Server) *glutton {
	ours, theirs := net.Pipe()
	go s.ServeConn(theirs)
	b.Cleanup(func() { ours.Close() })
	g := &glutton{b: b, nc: ours, buf: make([]byte, 64<<10)}
	g.until("\r\n")
	g.do("LOGIN bob sesame")
	g.do("SELECT INBOX")
	return g
}

// until reads until what is read ends in a line that begins so.
func (g *glutton) until(begin string) (octets int) {
	for at := copy(g.buf, "\r\n"); ; {
		n, err := g.nc.Read(g.buf[at:])
		if err != nil {
			g.b.Fatal(err)
		}
		octets += n
		at += n
		if got := g.buf[:at]; bytes.HasSuffix(got, []byte("\r\n")) && bytes.Contains(got, []byte(begin)) {
			return octets
		}
		at = copy(g.buf, g.buf[max(0, at-200):at])
	}
}

func (g *glutton) do(command string) (octets int) {
	g.tag++
	if _, err := fmt.Fprintf(g.nc, "t%d %s\r\n", g.tag, command); err != nil {
		g.b.Fatal(err)
	}
	return g.until(fmt.Sprintf("\r\nt%d OK", g.tag))
}

// Ten thousand messages at once: what the session costs, and what its store in memory does.
func BenchmarkStore(b *testing.B) {
	for name, silent := range map[string]string{"told": "", "silent": ".SILENT"} {
		b.Run(name, func(b *testing.B) {
			s, _ := bobs(10_000)
			g := gluttonOf(b, s)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				g.do("STORE 1:* " + "+-"[i%2:i%2+1] + `FLAGS` + silent + ` (\Seen)`)
			}
		})
	}
}

// What others did to ten thousand messages.
func BenchmarkNoop(b *testing.B) {
	s, _ := bobs(10_000)
	g, other := gluttonOf(b, s), gluttonOf(b, s)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		other.do("STORE 1:* " + "+-"[i%2:i%2+1] + `FLAGS.SILENT (\Seen)`)
		b.StartTimer()
		g.do("NOOP")
	}
}

func BenchmarkExpunge(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s, _ := bobs(10_000)
		g := gluttonOf(b, s)
		g.do(`STORE 1:* +FLAGS.SILENT (\Deleted)`)
		b.StartTimer()
		g.do("EXPUNGE")
	}
}

func BenchmarkSelect(b *testing.B) {
	s, _ := bobs(100_000)
	g := gluttonOf(b, s)
	for b.Loop() {
		g.do("SELECT INBOX")
	}
}
