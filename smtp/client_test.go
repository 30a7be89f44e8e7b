package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	talk "mailtool/internal/conversation"
)

// TestClient has the client say what the client of each session says, while the server's
// lines are played to it, whole and in single octets.
func TestClient(t *testing.T) {
	talk.Each(t, []string{"both"}, func(t *testing.T, s *talk.Session) {
		server, client := secured(t)
		c, done := playedTLS(s.Script, s.ByOctet, server)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		follow(t, c, s.Script, client)
		c.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// played returns a client to which the server of a script is played.
func played(script *talk.Script, byOctet bool) (*Client, <-chan error) {
	return playedTLS(script, byOctet, nil)
}

func playedTLS(script *talk.Script, byOctet bool, cfg *tls.Config) (*Client, <-chan error) {
	p := talk.Player{Patience: 20 * time.Minute, ByOctet: byOctet, TLS: cfg}
	conn, done := p.Answer(script)
	return NewClient(conn), done
}

// follow calls the client's methods in the order of the script's commands.
func follow(t *testing.T, c *Client, script *talk.Script, cfg *tls.Config) {
	var lines []string
	for _, step := range script.Steps {
		if step.End == 'C' {
			lines = append(lines, step.Text)
		}
	}
	for i := 0; i < len(lines); i++ {
		cmd, _ := ParseCommand([]byte(lines[i]))
		var err error
		verb := cmd.Verb
		if verbExtension(verb) != "" && !c.Extensions.Has(verbExtension(verb)) {
			verb = "" // the client's own method would not say it
		}
		switch verb {
		case "EHLO":
			_, err = c.Hello(cmd.Domain)
		case "STARTTLS":
			err = c.StartTLS(t.Context(), cfg)
		case "AUTH":
			from := i + 1
			for strings.HasPrefix(answered(script, i), "334") {
				i++
			}
			if _, err = c.Auth(reciterFor(t, cmd, lines[from:i+1])); err == errEnough {
				err = nil
			}
		case "MAIL":
			_, err = c.Mail(cmd.Path, cmd.Params...)
		case "RCPT":
			_, err = c.Rcpt(cmd.Path, cmd.Params...)
		case "VRFY":
			_, err = c.Vrfy(cmd.Arg)
		case "EXPN":
			_, err = c.Expn(cmd.Arg)
		case "HELP":
			_, err = c.Help(cmd.Arg)
		case "QUIT":
			_, err = c.Quit()
		case "BDAT":
			size, last, _ := cmd.Chunk()
			var chunk []byte
			for int64(len(chunk)) < size {
				i++
				chunk = append(chunk, lines[i]+"\r\n"...)
			}
			_, err = c.Bdat(chunk, last)
		case "DATA":
			var message strings.Builder
			if strings.HasPrefix(answered(script, i), "354") {
				for i++; lines[i] != "."; i++ {
					message.WriteString(strings.TrimPrefix(lines[i], ".") + "\r\n")
				}
			}
			_, err = c.Data(strings.NewReader(message.String()))
		default:
			_, err = c.Do(cmd)
		}
		if r := (*Reply)(nil); err != nil && !errors.As(err, &r) {
			t.Fatalf("%s: %v", lines[i], err)
		}
	}
}

// answered is how the server answers the client's i-th line.
func answered(script *talk.Script, i int) string {
	for k, step := range script.Steps {
		if step.End == 'C' {
			if i--; i < 0 {
				return script.Steps[k+1].Text
			}
		}
	}
	return ""
}

// TestSend sends a message as each session of testdata/client says, and compares the
// outcome with what stands there.
func TestSend(t *testing.T) {
	talk.Each(t, []string{"client"}, func(t *testing.T, s *talk.Session) {
		c, done := played(s.Script, s.ByOctet)
		got := sendAs(t, c, s.Settings["send"])
		if want := s.Settings["outcome"]; got != want {
			t.Errorf("outcome\n%s\nwant\n%s", got, want)
		}
		c.Quit()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func sendAs(t *testing.T, c *Client, how string) string {
	for _, w := range strings.Fields(how) { // break=data, break=data/drop, break=data/unread
		if v, ok := strings.CutPrefix(w, "break="); ok {
			point, way, _ := strings.Cut(v, "/")
			at, ok := ParsePoint(point)
			if !ok {
				t.Fatal(w)
			}
			c.Break = Break{at, way == "drop", way == "unread"}
		}
	}
	err := c.Greet()
	if err == nil {
		_, err = c.Hello("a.test")
	}
	if err != nil {
		return "error " + err.Error()
	}
	var o SendOptions
	e := Envelope{From: Path{Mailbox: Mailbox{"alice", "lab.test"}}}
	times := 1
	for _, w := range strings.Fields(how) {
		key, v, _ := strings.Cut(w, "=")
		switch key {
		case "to":
			for _, a := range strings.Split(v, ",") {
				m, err := ParseMailbox(a)
				if err != nil {
					t.Fatal(err)
				}
				e.To = append(e.To, Path{Mailbox: m})
			}
		case "pipelined":
			o.Pipelining = true
		case "announce":
			o.Announce = true
		case "ret":
			e.Return, _ = ParseReturn(v)
		case "envid":
			e.EnvID = v
		case "notify":
			n, _ := ParseNotify(v)
			e.Notices = []Notice{{n, Original{"rfc822", "a+b@c.test"}}}
		case "chunk":
			o.Chunk, _ = strconv.Atoi(v)
		case "twice":
			times = 2
		case "size":
			e.Size, _ = strconv.ParseInt(v, 10, 64)
		case "body":
			e.Body = v
		}
	}
	var out *Outcome
	for range times {
		out, err = c.Send(t.Context(), e, strings.NewReader("Subject: x\r\n\r\n.dot\r\n"), o)
	}
	var refused []string
	for _, r := range out.Refused {
		refused = append(refused, r.To.String()+" "+r.Reply.Error())
	}
	s := fmt.Sprintf("accepted %v refused %v", out.Accepted, refused)
	if out.Reply != nil {
		s += " reply " + out.Reply.Error()
	}
	if err != nil {
		s += " error " + err.Error()
	}
	return s
}

// connected is a client of a server over a pipe.
func connected(t *testing.T, s *Server) *Client {
	a, b := net.Pipe()
	go s.ServeConn(b)
	c := NewClient(a)
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Hello("a.test"); err != nil {
		t.Fatal(err)
	}
	return c
}

// Both ends together: a message of any octets that are lines arrives as it was, in
// lock-step and pipelined, in lines and in chunks, with more recipients than fit into a
// group.
func TestBothEnds(t *testing.T) {
	script, _ := talk.Parse("-- recipients 1000")
	s, o := testServer(t, script)
	var to []Path
	for i := range 1000 {
		addr := Mailbox{fmt.Sprintf("user%d", i), "lab.test"}
		if i%10 != 0 {
			o.users[addr.String()] = true
		}
		to = append(to, Path{Mailbox: addr})
	}
	message := "Subject: x\r\n\r\n.\r\n..\r\n...\r\n" + strings.Repeat("y", 9000) + "\r\n\r\n"
	s.Extensions = FullExtensions()
	for _, how := range []SendOptions{{}, {Pipelining: true}, {Chunk: 7}, {Chunk: 1, Pipelining: true},
		{Chunk: 1000, Pipelining: true}, {Chunk: len(message)}, {Chunk: 1 << 30}} {
		o.mail.Reset()
		c := connected(t, s)
		e := Envelope{From: Path{Mailbox: Mailbox{"alice", "lab.test"}}, To: to}
		out, err := c.Send(t.Context(), e, strings.NewReader(message), how)
		if err != nil || len(out.Refused) != 100 || len(out.Accepted) != 900 {
			t.Fatal(err, len(out.Refused), len(out.Accepted))
		}
		if _, err := c.Quit(); err != nil {
			t.Error(err)
		}
		got := o.mail.String()
		if want := strings.ReplaceAll(message, "\r\n", "\n"); !strings.HasSuffix(got, want) {
			t.Errorf("%.300q", got)
		}
	}
}

// A client that is told to stop in the midst of a message closes the connection, and
// nothing is stored.
func TestSendStops(t *testing.T) {
	script, _ := talk.Parse("")
	for _, why := range []string{"context", "file"} {
		s, o := testServer(t, script)
		c := connected(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		trouble := errors.New("the disk is gone")
		r, w := io.Pipe()
		go func() {
			io.WriteString(w, strings.Repeat("line\r\n", 5000))
			if why == "context" {
				cancel()
				<-t.Context().Done()
			}
			w.CloseWithError(trouble)
		}()
		if why == "context" {
			context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
		}
		e := Envelope{To: []Path{{Mailbox: Mailbox{"bob", "lab.test"}}}}
		_, err := c.Send(ctx, e, r, SendOptions{})
		want := map[string]error{"context": context.Canceled, "file": trouble}[why]
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", why, err)
		}
		if _, err := c.Noop(); err == nil {
			t.Error("the connection can still be used")
		}
		if err := s.Shutdown(t.Context()); err != nil || o.mail.Len() > 0 {
			t.Error(err, o.mail.String())
		}
		cancel()
	}
}

// The client waits as long as the standard says, for each command.
func TestTimeouts(t *testing.T) {
	for _, row := range []struct {
		said string
		want time.Duration
	}{
		{"", 5 * time.Minute},
		{"220 a\r\n", 5 * time.Minute},
		{"220 a\r\n250 a\r\n", 5 * time.Minute},
		{"220 a\r\n250 a\r\n250 a\r\n", 5 * time.Minute},
		{"220 a\r\n250 a\r\n250 a\r\n250 a\r\n", 2 * time.Minute},
		{"220 a\r\n250 a\r\n250 a\r\n250 a\r\n354 a\r\n", 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, b := net.Pipe()
			go io.Copy(io.Discard, b)
			if row.said != "" {
				go io.WriteString(b, row.said)
			}
			c := NewClient(a)
			start := time.Now()
			err := c.Greet()
			if err == nil {
				_, err = c.Hello("a.test")
			}
			if err == nil {
				e := Envelope{To: []Path{{Mailbox: Mailbox{Local: "postmaster"}}}}
				_, err = c.Send(t.Context(), e, strings.NewReader(""), SendOptions{})
			}
			if d := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || d != row.want {
				t.Errorf("after %q: %v in %v, want %v", row.said, err, d, row.want)
			}
			a.Close()
			b.Close()
		})
	}
}

// What would end a command's line, and begin another, does not leave.
func TestNoCommandWithin(t *testing.T) {
	bob := Path{Mailbox: Mailbox{Local: "bob", Domain: "lab.test"}}
	for _, say := range []func(*Client) error{
		func(c *Client) error { _, err := c.Hello("a.test\r\nMAIL FROM:<>"); return err },
		func(c *Client) error { _, err := c.Vrfy("bob\nQUIT"); return err },
		func(c *Client) error { _, err := c.Vrfy("bob\rQUIT"); return err },
		func(c *Client) error { _, err := c.Vrfy("bob\x00"); return err },
		func(c *Client) error { _, err := c.Mail(bob, Param{"SIZE", "1\r\nRSET"}); return err },
		func(c *Client) error {
			_, err := c.Send(context.Background(), Envelope{To: []Path{bob, {Mailbox: Mailbox{Local: "a\r\nb",
				Domain: "lab.test"}}}}, strings.NewReader(""), SendOptions{})
			return err
		},
	} {
		nc, peer := net.Pipe()
		go func() { // a server that says yes to everything, and hangs up at a second line
			defer peer.Close()
			r := bufio.NewReader(peer)
			for {
				line, err := r.ReadString('\n')
				if err != nil || strings.ContainsAny(line, "\x00") || strings.Contains(line, "RSET") {
					return
				}
				if _, err := io.WriteString(peer, "250 Ok\r\n"); err != nil {
					return
				}
			}
		}()
		c := NewClient(nc)
		if err := say(c); !errors.Is(err, ErrLineEnding) {
			t.Errorf("%v", err)
		}
		if _, err := c.Noop(); err != nil { // nothing of it was sent
			t.Errorf("then: %v", err)
		}
		c.Close()
	}
}
