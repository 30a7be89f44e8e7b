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
