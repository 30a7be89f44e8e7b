package imap

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// idling is a session of bob's that is in IDLE, under the tag.
func (c *talker) idling() (tag string) {
	c.t.Helper()
	tag = c.begin("IDLE")
	if got := c.next(); got != "+ idling" {
		c.t.Fatalf("IDLE: %q", got)
	}
	return tag
}

// hears fails where not just this comes next.
func (c *talker) hears(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if got := c.next(); got != w {
			c.t.Errorf("got %q, want %q", got, w)
		}
	}
}

// In IDLE all is told at once, that of other sessions too.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := bobs(2)
		c := selecting(t, s, Inbox)
		other := selecting(t, s, Inbox)
		other.must(`STORE 2 +FLAGS.SILENT (\Flagged)`)
		tag := c.idling()
		c.hears(`* 2 FETCH (FLAGS (\Flagged \Recent))`) // what was not told before
		m.deliver("bob@lab.test", Inbox, sample(3), 0)
		c.hears("* 3 EXISTS", "* 3 RECENT")
		other.must(`UID STORE 1 +FLAGS (\Deleted)`)
		c.hears(`* 1 FETCH (FLAGS (\Deleted \Recent))`)
		other.must("EXPUNGE")
		c.hears("* 1 EXPUNGE")
		synctest.Wait()
		if len(c.got) > 0 {
			t.Errorf("besides: %q", c.next())
		}
		c.send("DONE\r\n")
		if data, result := c.end(tag); len(data) > 0 || !strings.HasPrefix(result, "OK") {
			t.Error(data, result)
		}
		c.expect("NOOP", "OK ...")
	})
}

// Whatever is not DONE ends IDLE as a mistake, and is no command.
func TestIdleEndsInAMistake(t *testing.T) {
	s, _ := bobs(1)
	c := selecting(t, s, Inbox)
	for _, line := range []string{"NOOP", "x NOOP", "", "DONE ", "DONE\x00", strings.Repeat("x", 70000)} {
		tag := c.idling()
		c.send(line + "\r\n")
		if _, result := c.end(tag); !strings.HasPrefix(result, "BAD") {
			t.Errorf("%.10q: %s", line, result)
		}
	}
	tag := c.idling()
	c.send("done\r\nz NOOP\r\n") // a command may follow at once
	if _, result := c.end(tag); !strings.HasPrefix(result, "OK") {
		t.Error(result)
	}
	c.end("z")
	c.must("UNSELECT")
	tag = c.idling() // RFC 9051 §6.3.13
	c.send("DONE\r\n")
	c.end(tag)
	c.expect("IDLE x", "BAD ...")
	s.Capabilities = Capabilities{rev1}
	c.expect("IDLE", "BAD ...")
}

// A client that is silent for half an hour is told so; one that vanishes is noticed.
func TestIdleIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := bobs(1)
		c := selecting(t, s, Inbox)
		c.idling()
		time.Sleep(29 * time.Minute)
		synctest.Wait()
		if len(c.got) > 0 {
			t.Errorf("too early: %q", c.next())
		}
		time.Sleep(2 * time.Minute)
		if got := c.next(); !strings.HasPrefix(got, "* BYE ") {
			t.Errorf("%q", got)
		}
		<-c.ended

		c = selecting(t, s, Inbox)
		c.idling()
		c.nc.Close()
		<-c.ended
		if m.boxes != 0 || m.stores != 0 {
			t.Errorf("%d mailboxes and %d stores are open", m.boxes, m.stores)
		}
	})
}

// The server shuts down, or the mailbox is deleted.
func TestIdleIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := bobs(1)
		m.deliver("bob@lab.test", "Lists", sample(1), 0)
		a, b := selecting(t, s, Inbox), selecting(t, s, "Lists")
		waits := selecting(t, s, "Lists")
		a.idling()
		b.idling()
		bobs, _ := m.open(t.Context(), Peer{}, "bob@lab.test")
		if err := bobs.Delete(t.Context(), "Lists"); err != nil {
			t.Fatal(err)
		}
		bobs.Close()
		b.hears("* BYE [UNAVAILABLE] the mailbox was deleted")
		<-b.ended
		waits.expect("NOOP", "BYE [UNAVAILABLE] the mailbox was deleted", "OK ...")
		<-waits.ended
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		a.hears("* BYE [UNAVAILABLE] the server is shutting down")
		<-a.ended
		if m.boxes != 0 || m.stores != 0 {
			t.Errorf("%d mailboxes and %d stores are open", m.boxes, m.stores)
		}
	})
}

// A client that takes nothing does not hold the session for ever.
func TestIdleIsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := bobs(1)
		ours, theirs := net.Pipe()
		ended := make(chan bool)
		go func() { s.ServeConn(theirs); close(ended) }()
		c := &talker{t: t, nc: ours, got: make(chan string, 100)}
		stop := make(chan bool)
		go func() { // takes what comes until it is told to stop
			b := make([]byte, 1<<10)
			for {
				select {
				case <-stop:
					return
				default:
					ours.SetReadDeadline(time.Now().Add(time.Second))
					ours.Read(b)
				}
			}
		}()
		c.send("a LOGIN bob sesame\r\nb SELECT INBOX\r\nc IDLE\r\n")
		time.Sleep(5 * time.Second)
		close(stop)
		time.Sleep(5 * time.Second)
		m.deliver("bob@lab.test", Inbox, sample(2), 0)
		<-ended // within the write timeout
		ours.Close()
		if m.boxes != 0 || m.stores != 0 {
			t.Errorf("%d mailboxes and %d stores are open", m.boxes, m.stores)
		}
	})
}
