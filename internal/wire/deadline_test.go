package wire

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestDeadlineIsRarelySet: many lines in a short time ask the connection for one deadline,
// and the wait after them ends to the moment.
func TestDeadlineIsRarelySet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		counted := &countedConn{Conn: a}
		c := NewConn(counted)
		c.ReadTimeout, c.WriteTimeout = 64*time.Second, 64*time.Second
		go func() {
			for range 100 {
				b.Write([]byte("NOOP\r\n"))
				b.Read(make([]byte, 100))
				time.Sleep(15 * time.Millisecond) // a second and a half in all
			}
		}()
		for range 100 {
			c.ReadLine(100)
			c.WriteLine("250 Ok")
			c.Flush()
		}
		if counted.reads != 2 || counted.writes != 2 {
			t.Errorf("%d deadlines of reads and %d of writes were set", counted.reads, counted.writes)
		}
		start := time.Now()
		if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) ||
			time.Since(start) != 64*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		start = time.Now()
		c.WriteLine("250 Ok")
		if err := c.Flush(); !errors.Is(err, os.ErrDeadlineExceeded) ||
			time.Since(start) < 64*time.Second || time.Since(start) > 65*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

type countedConn struct {
	net.Conn
	reads, writes int
}

func (c *countedConn) SetReadDeadline(t time.Time) error {
	c.reads++
	return c.Conn.SetReadDeadline(t)
}

func (c *countedConn) SetWriteDeadline(t time.Time) error {
	c.writes++
	return c.Conn.SetWriteDeadline(t)
}

// TestUpgradeForgetsDeadlines: a handshake that sets and lifts the connection's deadlines
// does not leave the reads and writes after it without one.
func TestUpgradeForgetsDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		c := NewConn(a)
		c.ReadTimeout, c.WriteTimeout = time.Hour, time.Hour
		go func() { b.Write([]byte("STARTTLS\r\n")); b.Read(make([]byte, 100)) }()
		c.ReadLine(100)
		c.WriteLine("220 go")
		c.Flush()
		if err := c.Upgrade("tls", func(nc net.Conn) (net.Conn, error) {
			return nc, nc.SetDeadline(time.Time{})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		c.WriteLine("250 Ok")
		if err := c.Flush(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
}

// TestWake: a read that waits is woken, near its deadline or far from it; the next one
// waits as ever.
func TestWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		c := NewConn(a)
		c.ReadTimeout = time.Minute
		for _, after := range []time.Duration{time.Second, time.Minute - time.Millisecond} {
			go func() {
				b.Write([]byte("NOOP\r\n"))
				time.Sleep(500 * time.Millisecond) // so that the deadline is not set anew
				b.Write([]byte("NOOP\r\n"))
			}()
			c.ReadLine(100)
			c.ReadLine(100)
			start := time.Now()
			time.AfterFunc(after, func() { c.Wake() })
			if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) ||
				time.Since(start) != after {
				t.Errorf("woken after %v: %v after %v", after, err, time.Since(start))
			}
			start = time.Now()
			if c.ReadLine(100); time.Since(start) != time.Minute {
				t.Errorf("the read after it waited for %v", time.Since(start))
			}
		}
	})
}

// TestDeadlineAfterUpgrade: whoever puts a layer below may bound the handshake by deadlines
// of its own, and lift them. What is read and written above the layer has its own again.
func TestDeadlineAfterUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		c := NewConn(a)
		c.ReadTimeout, c.WriteTimeout = time.Minute, time.Minute
		go func() {
			b.Write([]byte("STARTTLS\r\n"))
			b.Read(make([]byte, 100))
		}()
		c.ReadLine(100)
		c.WriteLine("220 go ahead")
		c.Flush()
		err := c.Upgrade("tls", func(nc net.Conn) (net.Conn, error) {
			nc.SetDeadline(time.Now().Add(time.Second))
			return nc, nc.SetDeadline(time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, func() { b.Close() }) // else a wait without end would hang
		start := time.Now()
		if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) ||
			time.Since(start) != time.Minute {
			t.Errorf("reading: %v after %v", err, time.Since(start))
		}
		start = time.Now()
		c.WriteLine("250 Ok")
		if err := c.Flush(); !errors.Is(err, os.ErrDeadlineExceeded) ||
			time.Since(start) > time.Minute+time.Minute/fraction {
			t.Errorf("writing: %v after %v", err, time.Since(start))
		}
	})
}

// TestDeadlineBelowALayer: a layer that cannot go on after a time-out, as one that inflates,
// is not asked again and again.
func TestDeadlineBelowALayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		layer := &spentConn{Conn: a}
		c := NewConn(layer)
		c.ReadTimeout = time.Minute
		go func() {
			b.Write([]byte("NOOP\r\n"))
			time.Sleep(500 * time.Millisecond) // so that the deadline is not set anew
			b.Write([]byte("NOOP\r\n"))
		}()
		c.ReadLine(100)
		c.ReadLine(100)
		if _, err := c.ReadLine(100); !errors.Is(err, os.ErrDeadlineExceeded) || layer.again != 1 {
			t.Errorf("%v, after %d more reads", err, layer.again)
		}
	})
}

// A spentConn gives its first error for ever.
type spentConn struct {
	net.Conn
	err   error
	again int
}

func (s *spentConn) Read(p []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.Conn.Read(p)
		return n, s.err
	}
	if s.again++; s.again > 10 {
		return 0, errors.New("asked again and again")
	}
	return 0, s.err
}

// TestWakeWhileDeadlineIsSet: who wakes a read just when it has met a deadline that was too
// early is heard.
func TestWakeWhileDeadlineIsSet(t *testing.T) {
	var d deadline
	ignored := func(time.Time) error { return nil }
	d.early(time.Minute, ignored)
	if d.tooEarly(func(time.Time) error { return d.wake(ignored) }) {
		t.Error("the read goes on")
	}
}
