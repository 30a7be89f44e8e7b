package pop3

import (
	"bufio"
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

// play plays a client's script to a server and returns the player's error.
func play(t *testing.T, s *Server, text string) error {
	script, err := talk.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return (&talk.Player{Patience: 3 * time.Hour}).Call(script, s.ServeConn)
}

const logsInAs = "S: +OK ...\nC: USER bob\nS: +OK ...\nC: PASS sesame\nS: "

// A connection that is cut at any octet deletes nothing, unless QUIT had come; and the lock
// is given back.
func TestCut(t *testing.T) {
	const session = "USER bob\r\nPASS sesame\r\nDELE 1\r\nRETR 2\r\nQUIT\r\n"
	for cut := range len(session) + 1 {
		s, o := testServer(t, nil)
		c, nc := net.Pipe()
		done := make(chan bool)
		go func() { s.ServeConn(nc); close(done) }()
		go io.Copy(io.Discard, c)
		io.WriteString(c, session[:cut])
		c.Close()
		<-done
		gone := len(o.gone["bob@lab.test"]) > 0
		if gone != (cut == len(session)) || o.locked["bob@lab.test"] {
			t.Errorf("cut after %q: deleted is %v\n%s", session[:cut], gone, o.log.String())
		}
	}
}

// The second session is told who has the maildrop, and the first hears nothing of it
// (RFC 1939 §4). The lock is free as soon as QUIT is answered.
func TestInUse(t *testing.T) {
	s, _ := testServer(t, nil)
	c, nc := net.Pipe()
	go s.ServeConn(nc)
	defer c.Close()
	p := talk.Player{Conn: c}
	script, _ := talk.Parse(logsInAs + "+OK ...")
	if err := p.Play(script, 'C'); err != nil {
		t.Fatal(err)
	}
	err := play(t, s, logsInAs+"-ERR [IN-USE] ...\n"+
		"C: USER eve\nS: +OK ...\nC: PASS sesame\nS: +OK ...")
	if err != nil {
		t.Error(err)
	}
	script, _ = talk.Parse("C: QUIT\nS: +OK ...")
	if err := p.Play(script, 'C'); err != nil {
		t.Fatal(err)
	}
	if err := play(t, s, logsInAs+"+OK ..."); err != nil {
		t.Error(err)
	}
}

// A client that does not take what it asked for does not keep the maildrop for ever.
func TestDeafClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := testServer(t, map[string]string{"octets": "3000000"})
		c, nc := net.Pipe()
		done := make(chan bool)
		go func() { s.ServeConn(nc); close(done) }()
		r := bufio.NewReader(c)
		for _, line := range []string{"USER bob", "PASS sesame", "DELE 1", "RSET", "RETR 1"} {
			r.ReadString('\n')
			io.WriteString(c, line+"\r\n")
		}
		start := time.Now()
		<-done
		if took := time.Since(start); took > 3*time.Minute || o.locked["bob@lab.test"] {
			t.Errorf("after %v:\n%s", took, o.log.String())
		}
	})
}

// A client that takes a little now and then comes to an end, too.
func TestDrippingClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := testServer(t, map[string]string{"octets": "30000000"})
		c, nc := net.Pipe()
		done := make(chan bool)
		go func() { s.ServeConn(nc); close(done) }()
		go io.WriteString(c, "USER bob\r\nPASS sesame\r\nRETR 1\r\n")
		gone := make(chan bool)
		go func() {
			defer close(gone)
			for b := make([]byte, 70_000); ; time.Sleep(time.Minute) {
				if _, err := io.ReadFull(c, b); err != nil {
					return
				}
			}
		}()
		start := time.Now()
		<-done
		<-gone
		if took := time.Since(start); took > 3*time.Hour || o.locked["bob@lab.test"] {
			t.Errorf("after %v:\n%s", took, o.log.String())
		}
	})
}

// A message that turns out to be other than was listed has no end, so that no client takes
// it for whole.
func TestMessageDiffers(t *testing.T) {
	for _, octets := range []int64{50, 52, 0} {
		s, _ := testServer(t, nil)
		open := s.Open
		s.Open = func(ctx context.Context, p Peer, account string) (Maildrop, error) {
			m, err := open(ctx, p, account)
			m.(*box).list[0].Octets = octets
			return m, err
		}
		c, nc := net.Pipe()
		go s.ServeConn(nc)
		go io.WriteString(c, "USER bob\r\nPASS sesame\r\nRETR 1\r\nQUIT\r\n")
		heard, _ := io.ReadAll(c)
		if strings.HasSuffix(string(heard), "\r\n.\r\n") || strings.Contains(string(heard), "Bye") {
			t.Errorf("%d octets listed: %q", octets, heard)
		}
	}
}

// Sessions that wait for a command end at once, without a word that nobody asked for, and
// without an update; new ones are refused.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := testServer(t, nil)
		errs := make(chan error)
		go func() { errs <- play(t, s, "S: +OK ...\nC| NOO\nS~ close") }()
		go func() { errs <- play(t, s, logsInAs+"+OK ...\nC: DELE 1\nS: +OK ...\nS~ close") }()
		time.Sleep(time.Second)
		stopped := make(chan error)
		go func() { stopped <- s.Shutdown(context.Background()) }()
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		const away = "S: -ERR [SYS/TEMP] mail.lab.test: the server is shutting down\nS~ close"
		if err := play(t, s, away); err != nil {
			t.Error(err)
		}
		if strings.Contains(o.log.String(), "update") || o.locked["bob@lab.test"] {
			t.Error(o.log.String())
		}
	})
}

// An update that has begun is finished and answered.
func TestShutdownInUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := testServer(t, nil)
		open := s.Open
		s.Open = func(ctx context.Context, p Peer, account string) (Maildrop, error) {
			m, err := open(ctx, p, account)
			return slowBox{m.(*box)}, err
		}
		errs := make(chan error)
		go func() {
			errs <- play(t, s, logsInAs+"+OK ...\nC: DELE 1\nS: +OK ...\nC: QUIT\n"+
				"S: +OK Bye: 1 deleted, 2 left\nS~ close")
		}()
		time.Sleep(time.Second)
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-errs; err != nil || !strings.Contains(o.log.String(), "update [1]\nclose") {
			t.Error(err, o.log.String())
		}
	})
}

type slowBox struct{ *box }

func (b slowBox) Update(ctx context.Context, deleted []int) error {
	time.Sleep(time.Minute)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return b.box.Update(ctx, deleted)
}

// The greeting is written for nobody to repeat: each has a timestamp of its own, in the form
// of a msg-id.
func TestStamps(t *testing.T) {
	s, _ := testServer(t, map[string]string{"login": "APOP"})
	seen := map[string]bool{}
	for range 5 {
		c, nc := net.Pipe()
		go s.ServeConn(nc)
		line, _ := bufio.NewReader(c).ReadString('\n')
		c.Close()
		r := ParseReply([]byte(strings.TrimSuffix(line, crlf)))
		stamp := r.Timestamp()
		if seen[stamp] || !strings.HasSuffix(stamp, ".1795428902@mail.lab.test>") {
			t.Errorf("%q in %q", stamp, line)
		}
		seen[stamp] = true
	}
}

// A session that lasts too long ends with the next command, or in its silence.
func TestTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, o := testServer(t, nil)
		s.Now = time.Now
		text := logsInAs + "+OK ...\n" + strings.Repeat("C~ wait 9m\nC: NOOP\nS: +OK\n", 13)
		if err := play(t, s, text+"C~ wait 5m\nS~ close"); err != nil {
			t.Error(err)
		}
		clock := time.Now()
		s.Now = func() time.Time { clock = clock.Add(50 * time.Minute); return clock }
		if err := play(t, s, logsInAs+"+OK ...\nC: DELE 1\n"+
			"S: -ERR [SYS/TEMP] Closing: the session lasts too long\nS~ close"); err != nil {
			t.Error(err)
		}
		if o.locked["bob@lab.test"] {
			t.Error(o.log.String())
		}
	})
}

// Octets in clear that came with STLS end the session, and none of them is obeyed.
func TestSTLSInjection(t *testing.T) {
	s, o := testServer(t, map[string]string{"tls": ""})
	heard := &talk.Caller{Said: []byte("STLS\r\nUSER bob\r\nPASS sesame\r\nQUIT\r\n"), Piece: 100}
	s.ServeConn(heard)
	want := "+OK mail.lab.test POP3 mailtool\r\n-ERR Closing: something came in clear behind STLS\r\n"
	if heard.Heard.String() != want || o.log.Len() > 0 {
		t.Errorf("%q\n%s", heard.Heard.String(), o.log.String())
	}
}

// A line without an end is not waited for.
func TestEndlessLine(t *testing.T) {
	s, _ := testServer(t, nil)
	heard := &talk.Caller{Said: []byte(strings.Repeat("x", 1_200_000)), Piece: 10_000}
	s.ServeConn(heard)
	got := heard.Heard.String()
	if !strings.HasSuffix(got, "\r\n-ERR Closing: the line does not end\r\n") {
		t.Errorf("%q", got)
	}
}

// What a callback says stands in one line that a client can read.
func TestReplyLine(t *testing.T) {
	s, _ := testServer(t, nil)
	for _, row := range []struct {
		reply *Reply
		want  string
	}{
		{Refuse("", "a\r\n+OK b\x00\x7f é"), "-ERR a??+OK b?? ?\r\n"},
		{Refuse(CodeInUse, "%s", strings.Repeat("x", 600)),
			"-ERR [IN-USE] " + strings.Repeat("x", 493) + "...\r\n"},
		{Accept("%s", strings.Repeat("x", 600)), "+OK " + strings.Repeat("x", 499) + "...\r\n"},
	} {
		got := string(row.reply.forWire(nil, s.Capabilities, false))
		if got != row.want || len(got) > MaxReplyLine {
			t.Errorf("%d octets: %q, want %q", len(got), got, row.want)
		}
	}
	if got := string(Refuse("", "é").forWire(nil, s.Capabilities, true)); got != "-ERR é\r\n" {
		t.Errorf("%q", got)
	}
}

// Over real sockets: the last answer arrives although the client sent more than was read,
// and Serve ends when it is told to.
func TestServe(t *testing.T) {
	s, _ := testServer(t, nil)
	tapped := make(chan net.Conn, 9)
	s.Tap = func(nc net.Conn) net.Conn { tapped <- nc; return nc }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, "QUIT\r\n"+strings.Repeat("x", 100_000))
	b, err := io.ReadAll(nc)
	if want := "+OK mail.lab.test POP3 mailtool\r\n+OK Bye\r\n"; err != nil || string(b) != want {
		t.Errorf("%q, %v", b, err)
	}
	nc.Close()
	c, err := Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if c.Greeting.Text != "mail.lab.test POP3 mailtool" || len(tapped) != 2 {
		t.Error(c.Greeting, len(tapped))
	}
	if err := s.Shutdown(t.Context()); err != nil { // it sends the client home
		t.Error(err)
	}
	if err := <-served; err != ErrServerClosed {
		t.Error(err)
	}
	c.Timeouts.Reply = 5 * time.Second
	if _, err := c.Noop(); err == nil || errors.As(err, new(*Reply)) {
		t.Error(err)
	}
	if err := s.Serve(l); err != ErrServerClosed {
		t.Error(err)
	}
}

// Who is too much is told so.
func TestTurnedAway(t *testing.T) {
	s, _ := testServer(t, nil)
	s.Limits.Connections = 1
	c, nc := net.Pipe()
	defer c.Close()
	go s.ServeConn(nc)
	bufio.NewReader(c).ReadString('\n')
	const away = "S: -ERR [SYS/TEMP] mail.lab.test: too many connections\nS~ close"
	if err := play(t, s, away); err != nil {
		t.Error(err)
	}
}
