package smtp

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	talk "mailtool/internal/conversation"
	"mailtool/trace"
)

// piped returns a client that a server serves, on a pipe.
func piped(s *Server) (*Client, chan bool) {
	c, nc := net.Pipe()
	done := make(chan bool)
	go func() { s.ServeConn(nc); close(done) }()
	return NewClient(c), done
}

// recorded has the sessions of s recorded, and returns where.
func recorded(s *Server) *[]*trace.Event {
	events := new([]*trace.Event)
	s.Tap = func(nc net.Conn) net.Conn {
		r := trace.NewRecorder(newDissector(), trace.Opening{Protocol: trace.SMTP,
			Vantage: trace.AtServer}, nil, func(evs []*trace.Event) {
			*events = append(*events, trace.Clones(evs)...)
		})
		return trace.NewTap(nc, r, trace.Server)
	}
	return events
}

// TestInjectedBehindStartTLS: commands in clear behind STARTTLS are never obeyed, in whatever
// segments they come.
func TestInjectedBehindStartTLS(t *testing.T) {
	const injected = "EHLO evil.test\r\nMAIL FROM:<alice@lab.test>\r\nRCPT TO:<bob@lab.test>\r\n" +
		"DATA\r\nSubject: x\r\n\r\n.\r\n"
	for _, segments := range [][]string{
		{"EHLO a.test\r\n", "STARTTLS\r\n" + injected},
		{"EHLO a.test\r\nSTARTTLS\r\n" + injected},
		{"EHLO a.test\r\n", "STARTTLS\r\n", injected},
		{"EHLO a.test\r\n", "STARTTLS\r\n", injected[:1], injected[1:]},
		{"EHLO a.test\r\n", "STARTTLS\r\n" + "\x16\x03\x01"}, // a handshake that did not wait
	} {
		synctest.Test(t, func(t *testing.T) {
			s, o := plainServer(t)
			s.TLS, _ = secured(t)
			events := recorded(s)
			c, nc := net.Pipe()
			done := make(chan bool)
			go func() { s.ServeConn(nc); close(done) }()
			go func() {
				for _, seg := range segments {
					io.WriteString(c, seg)
				}
			}()
			heard, _ := io.ReadAll(c)
			<-done
			if said := string(heard); strings.Contains(said, "evil.test") || strings.Contains(said, "354") ||
				o.mail.Len() > 0 {
				t.Errorf("%q: %q, %s", segments, said, o.mail.String())
			}
			layers := 0
			for _, ev := range *events {
				if ev.Kind == trace.LayerChange {
					layers++
					if ev.Layer != 0 || !strings.Contains(ev.Text, "TLS handshake") {
						t.Errorf("%q: %+v", segments, ev)
					}
				}
			}
			if early := len(segments) < 3; early != (layers == 0) ||
				early != strings.Contains(string(heard), "421 4.7.0") {
				t.Errorf("%q: %d layers, %q", segments, layers, heard)
			}
		})
	}
}

// TestInjectedReply: what a server says in clear behind its 220 is not believed, and nothing
// more is said to it.
func TestInjectedReply(t *testing.T) {
	const injected = "250-evil.test\r\n250 AUTH PLAIN\r\n235 welcome\r\n"
	for _, segments := range [][]string{{"220 go\r\n" + injected}, {"220 go\r\n", injected},
		{"220 go\r\n2", "50 evil.test\r\n"}} {
		synctest.Test(t, func(t *testing.T) {
			_, cfg := secured(t)
			c, s := net.Pipe()
			heard := make(chan string)
			go func() {
				b := make([]byte, 8<<10)
				io.WriteString(s, "220 a.test\r\n")
				s.Read(b)
				io.WriteString(s, "250-a.test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
				s.Read(b)
				go func() {
					for _, seg := range segments {
						io.WriteString(s, seg)
					}
				}()
				rest, _ := io.ReadAll(s)
				heard <- string(rest)
			}()
			client := NewClient(c)
			client.Greet()
			if _, err := client.Hello("b.test"); err != nil {
				t.Fatal(err)
			}
			err := client.StartTLS(t.Context(), cfg)
			broken := (*ProtocolError)(nil)
			if together := segments[0] != "220 go\r\n"; err == nil || together != errors.As(err, &broken) {
				t.Errorf("%q: %v", segments, err)
			}
			if _, err := client.Auth(&reciter{mechanism: "PLAIN", initial: []byte("\x00bob\x00sesame")}); err == nil {
				t.Error("logged in")
			}
			if client.Quit(); client.TLS() != nil || len(client.Extensions) > 0 {
				t.Error(client.Extensions)
			}
			if rest := <-heard; strings.Contains(rest, "AUTH") || strings.Contains(rest, "QUIT") ||
				strings.Contains(rest, "EHLO") {
				t.Errorf("%q: the client said %q", segments, rest)
			}
		})
	}
}

// TestStartTLSRefused: without the offer nothing is asked for, and a refusal leaves the
// session as it was.
func TestStartTLSRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script, err := talk.Parse("S: 220 a\nC: EHLO b.test\nS: 250 a\nC: EHLO b.test\nS: 250-a\n" +
			"S: 250 STARTTLS\nC: STARTTLS\nS: 454 no\nC: QUIT\nS: 221 Bye\nS~ close")
		if err != nil {
			t.Fatal(err)
		}
		c, done := played(script, false)
		c.Greet()
		c.Hello("b.test")
		missing := (*NotOfferedError)(nil)
		if err := c.StartTLS(t.Context(), &tls.Config{}); !errors.As(err, &missing) {
			t.Error(err)
		}
		c.Hello("b.test")
		refusal := (*Reply)(nil)
		if err := c.StartTLS(t.Context(), &tls.Config{}); !errors.As(err, &refusal) || refusal.Code != 454 {
			t.Error(err)
		}
		if !c.Extensions.Has("STARTTLS") {
			t.Error("the offer is forgotten, and TLS has not begun")
		}
		c.Quit()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestForgets: what was offered in clear is worth nothing in TLS, and the other way round.
func TestForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := plainServer(t)
		server, cfg := secured(t)
		s.TLS, s.Login = server, &desk{clear: []string{"PLAIN"}}
		c, done := piped(s)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		c.Hello("a.test")
		if err := c.StartTLS(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		missing := (*NotOfferedError)(nil)
		if _, err := c.Auth(&reciter{mechanism: "PLAIN", initial: []byte("\x00bob\x00sesame")}); !errors.As(err, &missing) {
			t.Error(err)
		}
		if err := c.StartTLS(t.Context(), cfg); err != ErrTLS {
			t.Error(err)
		}
		if state := c.TLS(); state == nil || state.Version != tls.VersionTLS13 ||
			len(state.VerifiedChains) == 0 {
			t.Errorf("%+v", state)
		}
		if _, err := c.Hello("a.test"); err != nil || c.Extensions.Has("STARTTLS") {
			t.Error(err, c.Extensions)
		}
		c.Quit()
		<-done
	})
}

// TestHandshakeFails: whatever a client does instead of a handshake, the session ends without
// a word in clear, in time, and the record says why.
func TestHandshakeFails(t *testing.T) {
	for _, row := range []struct{ implicit, what, why string }{
		{"implicit", "EHLO a.test\r\n", "tls: first record does not look like a TLS handshake"},
		{"implicit", "silence", "timeout"},
		{"implicit", "drop", "EOF"},
		{"", "EHLO a.test\r\n", "tls: first record does not look like a TLS handshake"},
		{"", "silence", "timeout"},
		{"", "drop", "EOF"},
		{"implicit", "distrust", "remote error: tls: bad certificate"},
		{"implicit", "old", "tls: client offered only unsupported versions: [302 301]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := plainServer(t)
			s.TLS, _ = secured(t)
			s.Implicit = row.implicit != ""
			events := recorded(s)
			c, nc := net.Pipe()
			done := make(chan bool)
			start := time.Now()
			go func() { s.ServeConn(nc); close(done) }()
			if !s.Implicit {
				script, _ := talk.Parse("S: 220 ...\nC: STARTTLS\nS: 220 ...")
				if err := (&talk.Player{Conn: c}).Play(script, 'C'); err != nil {
					t.Fatal(err)
				}
			}
			switch row.what {
			case "silence":
			case "drop":
				c.Close()
			case "distrust":
				tls.Client(c, &tls.Config{ServerName: "mail.lab.test"}).Handshake()
			case "old":
				tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10,
					MaxVersion: tls.VersionTLS11}).Handshake()
			default:
				io.WriteString(c, row.what)
			}
			heard, _ := io.ReadAll(c)
			<-done
			if len(heard) > 0 && heard[0] != 0x15 || strings.Contains(string(heard), "mail.lab.test") {
				t.Errorf("%v: the server said %q", row, heard) // but an alert of TLS
			}
			if took := time.Since(start); took > 31*time.Second || took > time.Second && row.what != "silence" {
				t.Errorf("%v: %v", row, took)
			}
			var why []string
			for _, ev := range *events {
				if ev.Kind == trace.LayerChange {
					why = append(why, ev.Text)
				}
			}
			if len(why) != 1 || !strings.Contains(why[0], row.why) {
				t.Errorf("%v: %q", row, why)
			}
		})
	}
}

// TestRecordGoesOn: above TLS the record has the session in clear, and offsets begin anew.
func TestRecordGoesOn(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := plainServer(t)
			server, cfg := secured(t)
			s.TLS, s.Implicit = server, implicit
			events := recorded(s)
			c, done := piped(s)
			if implicit {
				if err := c.ImplicitTLS(t.Context(), cfg); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Greet(); err != nil {
				t.Fatal(err)
			}
			if !implicit {
				c.Hello("a.test")
				if err := c.StartTLS(t.Context(), cfg); err != nil {
					t.Fatal(err)
				}
			}
			c.Hello("b.test")
			if _, err := c.Quit(); err != nil {
				t.Error(err)
			}
			<-done
			var above strings.Builder
			for _, ev := range *events {
				if len(ev.Findings) > 0 {
					t.Errorf("%q: %v", ev.Raw, ev.Findings[0].ID)
				}
				switch {
				case ev.Kind == trace.LayerChange && !strings.HasPrefix(ev.Text, "TLS 1.3 TLS_"):
					t.Error(ev.Text)
				case ev.Layer == 1 && ev.End == trace.Client && ev.Kind == trace.Command:
					above.Write(ev.Raw)
				}
			}
			if above.String() != "EHLO b.test\r\nQUIT\r\n" {
				t.Errorf("%q", above.String())
			}
		})
	}
}

// TestImplicitFull: a server that is full tells nothing where TLS was to begin.
func TestImplicitFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := plainServer(t)
		s.TLS, _ = secured(t)
		s.Implicit = true
		s.Limits.Connections = 1
		first, done := piped(s)
		time.Sleep(time.Second)
		c, nc := net.Pipe()
		go s.ServeConn(nc)
		if heard, _ := io.ReadAll(c); len(heard) > 0 {
			t.Errorf("%q", heard)
		}
		first.Close()
		<-done
	})
}
