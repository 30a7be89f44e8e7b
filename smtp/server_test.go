package smtp

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	talk "mailtool/internal/conversation"
)

func plainServer(t *testing.T) (*Server, *office) {
	script, err := talk.Parse("")
	if err != nil {
		t.Fatal(err)
	}
	return testServer(t, script)
}

// play plays a client's script to a server and returns the player's error.
func play(t *testing.T, s *Server, text string) error {
	script, err := talk.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return (&talk.Player{Patience: time.Hour}).Call(script, s.ServeConn)
}

const untilData = `S: 220 ...
C: HELO a.test
S: 250 ...
C: MAIL FROM:<alice@lab.test>
S: 250 ...
C: RCPT TO:<bob@lab.test>
S: 250 ...
C: DATA
S: 354 ...
`

// A connection that is cut at any octet stores nothing, unless the message had ended: what
// came of it is discarded, once.
func TestCut(t *testing.T) {
	const envelope = "EHLO a.test\r\nMAIL FROM:<alice@lab.test>\r\nRCPT TO:<bob@lab.test>\r\n"
	for _, session := range []string{
		envelope + "DATA\r\nSubject: x\r\n\r\n..\r\n.\r\n|QUIT\r\n",
		envelope + "BDAT 14 LAST\r\nSubject: x\r\n\r\n|QUIT\r\n",
		envelope + "BDAT 4\r\nSubjBDAT 11\r\nect: x\r\n\r\n.BDAT 0\r\nBDAT 2 LAST\r\n\r\n|QUIT\r\n",
		envelope + "BDAT 4\r\nSubjBDAT 0 LAST\r\n|QUIT\r\n",
	} {
		before, after, _ := strings.Cut(session, "|")
		session, end := before+after, len(before)
		for cut := range len(session) + 1 {
			s, o := plainServer(t)
			s.Extensions = FullExtensions()
			c, nc := net.Pipe()
			done := make(chan bool)
			go func() { s.ServeConn(nc); close(done) }()
			go io.Copy(io.Discard, c)
			io.WriteString(c, session[:cut])
			c.Close()
			<-done
			if stored := o.mail.Len() > 0; stored != (cut >= end) || o.open != 0 {
				t.Errorf("cut after %q: stored is %v, %d left open", session[:cut], stored, o.open)
			}
		}
	}
}

// Idle sessions are sent home at once, one in a transaction may finish it, and new ones
// are refused.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := plainServer(t)
		errs := make(chan error)
		go func() {
			errs <- play(t, s, "S: 220 ...\nC| NOO\nS: 421 4.3.2 mail.lab.test: the server is "+
				"shutting down; closing\nS~ close")
		}()
		go func() {
			errs <- play(t, s, untilData+"C: Subject: x\nC~ wait 1m\nC: .\nS: 250 ...\n"+
				"S: 421 4.3.2 ...\nS~ close")
		}()
		time.Sleep(time.Second)
		start := time.Now()
		stopped := make(chan error)
		go func() { stopped <- s.Shutdown(context.Background()) }()
		time.Sleep(time.Second)
		if err := play(t, s, "S: 421 4.3.2 ...\nS~ close"); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if err := <-stopped; err != nil || time.Since(start) < 50*time.Second {
			t.Error(err, time.Since(start))
		}
		if !strings.Contains(o.mail.String(), "Subject: x") {
			t.Error("the running transaction was lost")
		}
	})
}

// When patience ends, connections are closed, and what they had not finished is lost.
func TestShutdownGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := plainServer(t)
		errs := make(chan error)
		go func() { errs <- play(t, s, untilData+"C: Subject: x\nS~ close") }()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := <-errs; err != nil {
			t.Error(err)
		}
		if o.mail.Len() > 0 {
			t.Error(o.mail.String())
		}
	})
}

// Where nobody takes the message, DATA is refused, and the transaction is still open.
func TestNobodyTakesIt(t *testing.T) {
	for _, row := range []struct {
		err  error
		want string
	}{
		{ErrFull, "452 4.3.1 ..."},
		{NewReply(450, "4.2.1", "not now"), "450 4.2.1 not now"},
		{errors.New("secret"), "451 4.3.0 Trouble in the server; try again later"},
	} {
		s, o := plainServer(t)
		deliver := s.Deliver
		s.Deliver = func(context.Context, *Transaction) (Delivery, error) { return nil, row.err }
		err := play(t, s, strings.TrimSuffix(untilData, "S: 354 ...\n")+"S: "+row.want+
			"\nC: RSET\nS: 250 ...")
		if err != nil {
			t.Error(err)
		}
		s.Deliver = deliver
		if err := play(t, s, untilData+"C: x\nC: .\nS: 250 ..."); err != nil || o.mail.Len() == 0 {
			t.Error(err)
		}
	}
	s, _ := plainServer(t)
	s.Deliver = nil
	if err := play(t, s, strings.TrimSuffix(untilData, "S: 354 ...\n")+"S: 554 5.3.2 ..."); err != nil {
		t.Error(err)
	}
}

// Over real sockets: the last reply arrives although the client sent more than was read,
// and Serve ends when it is told to.
func TestServe(t *testing.T) {
	s, _ := plainServer(t)
	tapped := make(chan net.Conn, 9)
	s.Tap = func(nc net.Conn) net.Conn { tapped <- nc; return nc }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- s.Serve(l) }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, "QUIT\r\n"+strings.Repeat("x", 100_000))
	b, err := io.ReadAll(nc)
	const want = "220 mail.lab.test ESMTP mailtool\r\n221 2.0.0 Bye\r\n"
	if err != nil || string(b) != want {
		t.Errorf("%q, %v", b, err)
	}
	nc.Close()
	c, err := Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if c.Greeting.Text() != "mail.lab.test ESMTP mailtool" || len(tapped) != 2 {
		t.Error(c.Greeting, len(tapped))
	}
	go s.Shutdown(t.Context())
	if err := <-served; err != ErrServerClosed {
		t.Error(err)
	}
	c.Timeouts.Other = 5 * time.Second
	if _, err := c.Noop(); err == nil || !strings.HasPrefix(err.Error(), "421 4.3.2 ") {
		t.Error(err)
	}
	if err := s.Serve(l); err != ErrServerClosed {
		t.Error(err)
	}
}

// A message that is stored when the session has lasted too long is answered with its 250
// nevertheless: after anything else the client would send it again (RFC 5321 §6.1).
func TestStoredAfterHours(t *testing.T) {
	s, o := plainServer(t)
	clock := time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC)
	s.Limits.Session, s.Now = time.Hour, func() time.Time { return clock }
	deliver := s.Deliver
	s.Deliver = func(ctx context.Context, tx *Transaction) (Delivery, error) {
		clock = clock.Add(2 * time.Hour)
		return deliver(ctx, tx)
	}
	err := play(t, s, untilData+"C: Subject: x\nC: \nC: .\nS: 250 ...\nC: NOOP\nS: 421 ...\nS~ close")
	if err != nil || !strings.Contains(o.mail.String(), "Subject: x") {
		t.Error(err, o.mail.String())
	}
}

// A message flows to whoever keeps it while it comes, in lines and in chunks: before its end
// is here, all but a line's beginning has been handed on.
func TestFlows(t *testing.T) {
	for _, begin := range []string{"DATA\r\n", "BDAT 5000\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			s, o := plainServer(t)
			s.Extensions = FullExtensions()
			var on *parcel
			s.Deliver = func(ctx context.Context, tx *Transaction) (Delivery, error) {
				d, err := o.deliver(ctx, tx)
				on = d.(*parcel)
				return d, err
			}
			c, nc := net.Pipe()
			done := make(chan bool)
			go func() { s.ServeConn(nc); close(done) }()
			go io.Copy(io.Discard, c)
			io.WriteString(c, "EHLO a.test\r\nMAIL FROM:<>\r\nRCPT TO:<bob@lab.test>\r\n"+begin+
				strings.Repeat("0123456\r\n", 500)+".")
			synctest.Wait()
			_, text, _ := strings.Cut(on.text.String(), "+0800\r\n")
			if len(text) < 4500 || len(text) > 4501 || o.open != 1 {
				t.Errorf("%d octets were handed on, %d are on their way", len(text), o.open)
			}
			c.Close()
			<-done
			if o.open != 0 || o.mail.Len() > 0 {
				t.Error(o.open, o.mail.String())
			}
		})
	}
}
