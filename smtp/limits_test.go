package smtp

import (
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A session ends in time, however busy it is, and not only with the next command.
func TestSessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := plainServer(t)
		s.Now = nil
		s.Limits.Session = time.Hour
		text := "S: 220 ...\n" + strings.Repeat("C: NOOP\nS: 250 ...\nC~ wait 4m\n", 15) +
			"S: 421 4.7.0 mail.lab.test: the session lasts longer than 1h0m0s; closing\n" +
			"S~ close"
		start := time.Now()
		if err := play(t, s, text); err != nil || time.Since(start) > time.Hour+time.Second {
			t.Error(err, time.Since(start))
		}
	})
}

// A message that comes octet by octet does not hold its session up for ever, and the
// client is told.
func TestSlowSender(t *testing.T) {
	for _, row := range []struct {
		session, message time.Duration
		want             string
	}{
		{time.Hour, 3 * time.Hour, "421 4.7.0 mail.lab.test: the session lasts longer than 1h0m0s; closing"},
		{2 * time.Hour, 40 * time.Minute,
			"421 4.4.2 mail.lab.test: the message takes longer than 40m0s; closing"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, o := plainServer(t)
			s.Limits.Session, s.Limits.Message = row.session, row.message
			start := time.Now()
			trickle := strings.Repeat("C| x\nC~ wait 4m\n", int(min(row.session, row.message)/(4*time.Minute)))
			err := play(t, s, untilData+trickle+"S: "+row.want+"\nS~ close")
			if d := time.Since(start); err != nil || o.mail.Len() > 0 || d > row.session {
				t.Error(err, o.mail.String(), d)
			}
			if err := s.Shutdown(t.Context()); err != nil || o.open != 0 {
				t.Error(err, o.open)
			}
		})
	}
}

// Connections are counted, in all and by address, and each is told why.
func TestConnections(t *testing.T) {
	for _, row := range []struct{ addr, want string }{
		{"192.0.2.1:5000", "too many connections from your address"},
		{"127.0.0.1:5000", "too many connections;"},
	} {
		s, _ := plainServer(t)
		s.Limits.PerHost, s.Limits.Connections = 2, 3
		said := ""
		for said == "" {
			c, nc := net.Pipe()
			defer c.Close()
			go s.ServeConn(&from{nc, row.addr})
			b := make([]byte, 200)
			n, err := c.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(b[:n]); !strings.HasPrefix(text, "220 ") {
				said = text
			}
		}
		if !strings.HasPrefix(said, "421 4.7.0 ") || !strings.Contains(said, row.want) {
			t.Errorf("%s: %q", row.addr, said)
		}
	}
}

// from is a connection from somewhere else.
type from struct {
	net.Conn
	addr string
}

func (f *from) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(mustAddr(f.addr)) }

// Many connect at once: who comes too late is told so, and who was there is not disturbed;
// when some have left, others may come.
func TestCrowd(t *testing.T) {
	const limit, crowd = 20, 500
	s, o := plainServer(t)
	s.Limits.Connections = limit
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	dial := func() (*Client, error) {
		nc, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return nil, err
		}
		c := NewClient(nc)
		c.Timeouts.Greeting = 20 * time.Second
		return c, c.Greet()
	}
	var inside []*Client
	for range limit {
		c, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		inside = append(inside, c)
	}
	said := make(chan error, crowd)
	for range crowd {
		go func() {
			c, err := dial()
			if c != nil {
				c.Close()
			}
			said <- err
		}()
	}
	e := Envelope{To: []Path{{Mailbox: Mailbox{Local: "bob", Domain: "lab.test"}}}}
	for _, c := range inside {
		if _, err := c.Hello("a.test"); err != nil {
			t.Error(err)
		}
		if _, err := c.Send(t.Context(), e, strings.NewReader("x\r\n"), SendOptions{}); err != nil {
			t.Error(err)
		}
	}
	for range crowd {
		const want = "421 4.7.0 mail.lab.test: too many connections; closing"
		if err := <-said; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for _, c := range inside {
		c.Quit()
	}
	if n := strings.Count(o.mail.String(), "Received:"); n != limit {
		t.Errorf("%d messages were kept, of %d", n, limit)
	}
	deadline := time.Now().Add(10 * time.Second)
	for { // the server may still be busy with leaving
		c, err := dial()
		if err == nil {
			c.Quit()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// Recipients beyond the limit cost next to nothing, however many they are.
func TestManyRecipients(t *testing.T) {
	const many = 100_000
	s, _ := plainServer(t)
	c, nc := net.Pipe()
	go s.ServeConn(nc)
	go func() {
		io.WriteString(c, "HELO a.test\r\nMAIL FROM:<>\r\nRCPT TO:<alice@lab.test>\r\n")
		group := strings.Repeat("RCPT TO:<bob@lab.test>\r\n", 1000)
		for range many / 1000 {
			io.WriteString(c, group)
		}
		io.WriteString(c, "QUIT\r\n")
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b, err := io.ReadAll(c)
	runtime.ReadMemStats(&after)
	if n := strings.Count(string(b), "250 2.1.5 Ok\r\n"); n != many+1 || err != nil {
		t.Errorf("%d recipients: %v, ...%.200q", n, err, b[max(0, len(b)-200):])
	}
	if each := (after.TotalAlloc - before.TotalAlloc) / many; each > 1500 {
		t.Errorf("a recipient costs %d octets", each)
	}
}

// A client that never reads is given up.
func TestNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := plainServer(t)
		c, nc := net.Pipe()
		done := make(chan bool)
		go func() { s.ServeConn(nc); close(done) }()
		start := time.Now()
		<-done
		if d := time.Since(start); d > 11*time.Minute {
			t.Error(d)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
	})
}

// A message for which there is no room any more is read to its end and put off
// (RFC 5321 §4.5.3.1.10), and the session goes on.
func TestFull(t *testing.T) {
	s, o := plainServer(t)
	big := strings.Replace(untilData, "bob", "small", 1) + "C* 3000 " + strings.Repeat("x", 78) + "\\r\\n\n"
	err := play(t, s, big+"C: .\nS: 452 4.3.1 ...\n"+strings.TrimPrefix(untilData, "S: 220 ...\n")+
		"C: small\nC: .\nS: 250 ...")
	if err != nil || o.open != 0 || !strings.HasSuffix(o.mail.String(), "\nsmall\n") {
		t.Error(err, o.open, o.mail.String())
	}
}
