package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A script is a connection whose peer says each of reads in turn, then ends or fails.
// What is written to it is kept.
type script struct {
	net.Conn // never reached
	reads    []string
	fail     error // after the last read; nil for EOF
	wrote    bytes.Buffer
	writes   int
	stops    []time.Time // read deadlines as they were set
	wstops   []time.Time
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.reads) == 0 {
		if s.fail != nil {
			return 0, s.fail
		}
		return 0, io.EOF
	}
	n := copy(p, s.reads[0])
	if s.reads[0] = s.reads[0][n:]; s.reads[0] == "" {
		s.reads = s.reads[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error)        { s.writes++; return s.wrote.Write(p) }
func (s *script) SetReadDeadline(t time.Time) error  { s.stops = append(s.stops, t); return nil }
func (s *script) SetWriteDeadline(t time.Time) error { s.wstops = append(s.wstops, t); return nil }
func (s *script) Close() error                       { return nil }

// octets are the reads of a peer whose octets come one by one.
func octets(s string) []string { return strings.Split(s, "") }

func TestReadLine(t *testing.T) {
	for _, row := range []struct {
		why, in string
		want    []string // lines, or the error after the line's kept octets
	}{
		{"two lines", "A\r\nB\r\n", []string{"A", "B", "EOF"}},
		{"an empty line", "\r\n", []string{"", "EOF"}},
		{"nothing", "", []string{"EOF"}},
		{"the end within a line", "A\r\nB", []string{"A", "unexpected EOF"}},
		{"the end after CR", "A\r", []string{"unexpected EOF"}},
		{"8-bit and control octets are for others to judge", "\xff\b\r\n", []string{"\xff\b", "EOF"}},
		{"a lone LF ends a line that is refused", "A\nB\r\n",
			[]string{`A: wire: line "A": a lone LF at byte 2`, "B", "EOF"}},
		{"a lone CR", "A\rB\r\nC\r\n",
			[]string{"A\rB: wire: line \"A\\rB\": a lone CR at byte 2", "C", "EOF"}},
		{"NUL", "A\x00\r\nC\r\n",
			[]string{"A\x00: wire: line \"A\\x00\": a NUL octet at byte 2", "C", "EOF"}},
		{"the longest", "123456\r\nB\r\n", []string{"123456", "B", "EOF"}},
		{"one too long", "1234567\r\nB\r\n",
			[]string{`1234567: wire: line "1234567": too long at byte 9`, "B", "EOF"}},
		{"much too long", strings.Repeat("x", 20000) + "\r\nB\r\n",
			[]string{`xxxxxxxx: wire: line "xxxxxxxx": too long at byte 9`, "B", "EOF"}},
		{"too long is graver than a lone LF", "1234567890\nB\r\n",
			[]string{`12345678: wire: line "12345678": too long at byte 9`, "B", "EOF"}},
		{"too long, and the end", "1234567890", []string{"12345678: unexpected EOF"}},
		{"two too long in a row", "1234567890\r\n1234567890\r\nB\r\n",
			[]string{`12345678: wire: line "12345678": too long at byte 9`,
				`12345678: wire: line "12345678": too long at byte 9`, "B", "EOF"}},
	} {
		for how, reads := range map[string][]string{"whole": {row.in}, "in octets": octets(row.in),
			"halves": {row.in[:len(row.in)/2], row.in[len(row.in)/2:]}} {
			c := NewConn(&script{reads: slices.DeleteFunc(reads,
				func(s string) bool { return s == "" })})
			var got []string
			for {
				line, err := c.ReadLine(8)
				var odd *LineError
				text := string(line)
				switch {
				case err != nil && text != "":
					text += ": " + err.Error()
				case err != nil:
					text = err.Error()
				}
				got = append(got, text)
				if err != nil && !errors.As(err, &odd) {
					break
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("%s, %s:\n got %q\nwant %q", row.why, how, got, row.want)
			}
		}
	}
}

// A LineError is kept by whoever logs it: the next read must not change its words.
func TestLineErrorOutlivesTheBuffer(t *testing.T) {
	c := NewConn(&script{reads: []string{"OLD\n", "NEW AND LONGER\r\n"}})
	_, err := c.ReadLine(100)
	before := err.Error()
	c.ReadLine(100)
	if err.Error() != before {
		t.Errorf("%q became %q", before, err)
	}
}

func TestReadLineEndless(t *testing.T) {
	reads := slices.Repeat([]string{strings.Repeat("x", 64<<10)}, Drain>>16+2)
	c := NewConn(&script{reads: reads})
	line, err := c.ReadLine(100)
	if err != ErrEndless || len(line) != 100 {
		t.Errorf("%d octets, %v", len(line), err)
	}
	if cap(c.in) > 1<<17 {
		t.Errorf("an endless line took a buffer of %d octets", cap(c.in))
	}
}

func TestReadLineKeepsAFragmentOverATimeout(t *testing.T) {
	s := &script{reads: []string{"NO"}, fail: os.ErrDeadlineExceeded}
	c := NewConn(s)
	if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%v", err)
	}
	s.reads = []string{"OP\r\n"}
	if line, err := c.ReadLine(100); string(line) != "NOOP" || err != nil {
		t.Errorf("%q %v", line, err)
	}
}

// A line's deadline is one for the whole line: a peer that sends an octet a minute
// does not keep a session for ever. It is lifted when the timeout is taken away.
func TestDeadlines(t *testing.T) {
	s := &script{reads: octets("A\r\nB\r\n")}
	c := NewConn(s)
	c.ReadTimeout = time.Minute
	c.ReadLine(100)
	if len(s.stops) != 1 || time.Until(s.stops[0]) < 50*time.Second {
		t.Errorf("deadlines for one line: %v", s.stops)
	}
	c.ReadTimeout = 0
	c.ReadLine(100)
	if len(s.stops) != 2 || !s.stops[1].IsZero() {
		t.Errorf("the deadline of the line before still stands: %v", s.stops)
	}
	c.WriteTimeout = time.Minute
	c.WriteLine("A")
	c.Flush()
	c.WriteTimeout = 0
	c.WriteLine("B")
	c.Flush()
	if len(s.wstops) != 2 || s.wstops[0].IsZero() || !s.wstops[1].IsZero() {
		t.Errorf("write deadlines: %v", s.wstops)
	}
}

func TestReadLineDeadlineOnTCP(t *testing.T) {
	here, there := tcp(t)
	c := NewConn(here)
	c.ReadTimeout = 50 * time.Millisecond
	go func() {
		for range 20 {
			time.Sleep(10 * time.Millisecond)
			there.Write([]byte("x"))
		}
	}()
	_, err := c.ReadLine(1000)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a line that trickles in: %v", err)
	}
}

func tcp(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestReadFull(t *testing.T) {
	for _, reads := range [][]string{{"{5}\r\nhelloNOOP\r\n"}, octets("{5}\r\nhelloNOOP\r\n"),
		{"{5}\r\nhel", "loNOOP\r\n"}} {
		c := NewConn(&script{reads: reads})
		c.ReadLine(100)
		p := make([]byte, 5)
		err := c.ReadFull(p)
		line, err2 := c.ReadLine(100)
		if string(p) != "hello" || string(line) != "NOOP" || err != nil || err2 != nil {
			t.Errorf("%q: %q %v, then %q %v", reads, p, err, line, err2)
		}
	}
	c := NewConn(&script{reads: []string{"hell"}})
	if err := c.ReadFull(make([]byte, 5)); err != io.ErrUnexpectedEOF {
		t.Errorf("the end within: %v", err)
	}
	if err := NewConn(&script{}).ReadFull(nil); err != nil {
		t.Errorf("nothing asked for: %v", err)
	}
	long := strings.Repeat("0123456789abcdef", 4<<10)
	c = NewConn(&script{reads: []string{long + "\r\n"}})
	p := make([]byte, len(long))
	if err := c.ReadFull(p); err != nil || string(p) != long {
		t.Errorf("a long literal: %v", err)
	}
	if line, err := c.ReadLine(100); len(line) != 0 || err != nil {
		t.Errorf("after it: %q %v", line, err)
	}
}

func TestUpgrade(t *testing.T) {
	below := &script{reads: []string{"STARTTLS\r\nEHLO evil\r\n"}}
	c := NewConn(below)
	never := func(net.Conn) (net.Conn, error) { t.Error("the layer was put below"); return nil, nil }
	c.ReadLine(100)
	if err := c.Upgrade("tls", never); err != ErrBuffered {
		t.Errorf("octets came before the handshake: %v", err)
	}
	if b := c.Unread(6); string(b) != "EHLO e" || c.Buffered() != len("EHLO evil\r\n") {
		t.Errorf("unread: %q of %d", b, c.Buffered())
	}
	c.ReadLine(100)
	c.WriteLine("220 go ahead")
	if err := c.Upgrade("tls", never); err != ErrBuffered {
		t.Errorf("octets are unsent: %v", err)
	}
	c.Flush()
	broken := errors.New("handshake failed")
	err := c.Upgrade("tls", func(nc net.Conn) (net.Conn, error) { return nil, broken })
	if err != broken || c.NetConn() != below {
		t.Errorf("a failed handshake: %v, below %v", err, c.NetConn())
	}
	above := &script{reads: []string{"EHLO a\r\n"}}
	err = c.Upgrade("tls", func(nc net.Conn) (net.Conn, error) {
		if nc != below {
			t.Errorf("wraps %v", nc)
		}
		return above, nil
	})
	if line, _ := c.ReadLine(100); err != nil || string(line) != "EHLO a" {
		t.Errorf("%v, %q", err, line)
	}
}

// An upgrader has an Upgrade of its own, as a tap has.
type upgrader struct {
	script
	name string
}

func (u *upgrader) Upgrade(name string, _ func(net.Conn) (net.Conn, error)) error {
	u.name = name
	return nil
}

func TestUpgradeIsDelegated(t *testing.T) {
	u := &upgrader{}
	c := NewConn(u)
	err := c.Upgrade("deflate", func(net.Conn) (net.Conn, error) { return nil, errors.New("no") })
	if err != nil || u.name != "deflate" || c.NetConn() != u {
		t.Errorf("%v %q %v", err, u.name, c.NetConn())
	}
}

func FuzzConn(f *testing.F) {
	f.Add([]byte("NOOP\r\nA\nB\rC\r\n1234567890\r\n..\r\n.\r\nx"), []byte{3, 0, 6})
	f.Fuzz(func(t *testing.T, b, cuts []byte) {
		read := func(cuts []byte) (out []string) {
			var reads []string
			for _, p := range pieces(b, cuts) {
				if len(p) > 0 {
					reads = append(reads, string(p))
				}
			}
			c := NewConn(&script{reads: reads})
			for i := 0; ; i++ {
				var err error
				if i%3 == 2 {
					var text bytes.Buffer
					_, err = c.ReadDot(&text, 10)
					out = append(out, text.String())
				} else {
					var line []byte
					line, err = c.ReadLine(8)
					out = append(out, string(line))
				}
				var odd *LineError
				if err != nil {
					out = append(out, err.Error())
				}
				if err == io.EOF || err == io.ErrUnexpectedEOF {
					return out
				}
				if err != nil && err != ErrTooLarge && !errors.As(err, &odd) {
					t.Fatalf("%q: %v", b, err)
				}
			}
		}
		if whole, cut := read(nil), read(cuts); !slices.Equal(trim(whole), trim(cut)) {
			t.Fatalf("%q:\nwhole %q\n  cut %q", b, whole, cut)
		}
	})
}

// trim leaves out texts of bodies that were too large or not ended: how much of them
// was written hangs on the pieces.
func trim(out []string) []string {
	var kept []string
	for i, s := range out {
		next := ""
		if i+1 < len(out) {
			next = out[i+1]
		}
		if next != ErrTooLarge.Error() && next != io.ErrUnexpectedEOF.Error() {
			kept = append(kept, s)
		}
	}
	return kept
}

// ReadUntil ends all waits at one time, however often something comes.
func TestReadUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		go func() {
			for {
				if _, err := b.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(20 * time.Second)
			}
		}()
		c := NewConn(a)
		start := time.Now()
		c.ReadTimeout, c.ReadUntil = time.Minute, start.Add(5*time.Minute)
		_, err := c.ReadDot(io.Discard, 0)
		if d := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || d.Round(time.Second) != 5*time.Minute {
			t.Error(err, d)
		}
		if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		c.ReadUntil = time.Time{}
		if _, err := c.Peek(); err != nil {
			t.Error(err)
		}
		a.Close()
		time.Sleep(time.Minute) // until the other end has seen it
	})
}
