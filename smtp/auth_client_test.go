package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// A single is a connection of which every octet travels by itself.
type single struct{ net.Conn }

func (o single) Write(p []byte) (int, error) {
	for i := range p {
		if n, err := o.Conn.Write(p[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(p), nil
}

func (o single) Read(p []byte) (int, error) { return o.Conn.Read(p[:min(len(p), 1)]) }

// TestMechanisms logs in by each mechanism, in clear and in TLS, with the right password and
// a wrong one, in single octets too.
func TestMechanisms(t *testing.T) {
	server, cfg := secured(t)
	for _, mechanism := range sasl.Mechanisms(true) {
		for _, secure := range []bool{false, true} {
			if !secure && mechanism == sasl.SCRAMSHA256Plus {
				continue
			}
			for _, byOctet := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					s, _ := plainServer(t)
					d := &desk{clear: sasl.Mechanisms(false), secure: []string{sasl.SCRAMSHA256Plus}}
					s.TLS, s.Login = server, d
					a, b := net.Pipe()
					c := NewClient(a)
					if byOctet {
						c = NewClient(single{a})
					}
					done := make(chan bool)
					go func() { s.ServeConn(b); close(done) }()
					logIn(t, c, mechanism, func() {
						if secure {
							if err := c.StartTLS(t.Context(), cfg); err != nil {
								t.Fatal(err)
							}
							c.Hello("a.test")
						}
					})
					<-done
					want := mechanism + " alice: sasl: wrong name or password|" + mechanism + " alice: <nil>"
					if got := strings.Join(d.done, "|"); got != want {
						t.Errorf("%s, TLS %v: %s", mechanism, secure, got)
					}
				})
			}
		}
	}
}

// logIn tries a wrong password and then the right one.
func logIn(t *testing.T, c *Client, mechanism string, secure func()) {
	defer c.Quit()
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	c.Hello("a.test")
	secure()
	for _, password := range []string{"wrong", "sesame"} {
		var binding sasl.Binding
		if mechanism == sasl.SCRAMSHA256Plus {
			binding = sasl.TLSExporter(c.TLS())
		}
		x, err := sasl.NewClient(mechanism, sasl.Credentials{Name: "alice", Password: password}, binding)
		if err != nil {
			t.Fatal(mechanism, err)
		}
		r, err := c.Auth(x)
		refusal := (*Reply)(nil)
		switch {
		case password == "sesame" && (err != nil || r.Code != 235):
			t.Error(mechanism, err)
		case password != "sesame" && (!errors.As(err, &refusal) || refusal.Code != 535):
			t.Error(mechanism, err)
		}
	}
	if _, err := c.Noop(); err != nil {
		t.Error(err)
	}
}

const hello = "S: 220 a\nC: EHLO b.test\nS: 250-a\nS: 250-SIZE\nS: 250 AUTH PLAIN LOGIN cram-md5 SCRAM-SHA-256\n"

// TestAuth: what the client says to whatever a server answers.
func TestAuth(t *testing.T) {
	const password = "AGFsaWNlAHNlc2FtZQ=="
	long := strings.Repeat("x", 365) // the line has 509 octets, with one more 513
	for _, row := range []struct{ name, mechanism, password, session, want string }{
		{"success", "PLAIN", "sesame", "C: AUTH PLAIN " + password + "\nS: 235 Ok\n", ""},
		{"refused", "PLAIN", "sesame", "C: AUTH PLAIN " + password + "\nS: 535 5.7.8 no\n", "535 5.7.8 no"},
		{"weak", "LOGIN", "sesame", "C: AUTH LOGIN\nS: 534 5.7.9 weak\n", "534 5.7.9 weak"},
		{"not offered", "XOAUTH2", "sesame", "", "the server does not offer AUTH XOAUTH2"},
		{"lower case", "CRAM-MD5", "sesame", "C: AUTH CRAM-MD5\nS: 535 no\n", "535 no"},
		{"long", "PLAIN", long, "C: AUTH PLAIN " + sasl.Encode([]byte("\x00alice\x00"+long)) +
			"\nS: 235 Ok\n", ""},
		{"too long", "PLAIN", long + "x", "C: AUTH PLAIN\nS: 334 \nC: " +
			sasl.Encode([]byte("\x00alice\x00"+long+"x")) + "\nS: 235 Ok\n", ""},
		{"too long, and asked out of turn", "PLAIN", long + "x",
			"C: AUTH PLAIN\nS: 334 eA==\nC: *\nS: 501 Ok\n", "a challenge where the client speaks first"},
		{"a challenge too many", "PLAIN", "sesame", "C: AUTH PLAIN " + password +
			"\nS: 334 eA==\nC: *\nS: 501 no\n", "there is no challenge"},
		{"not base64", "LOGIN", "sesame", "C: AUTH LOGIN\nS: 334 Username:\nC: *\nS: 501 no\n",
			"the challenge is not base64"},
		{"a star", "LOGIN", "sesame", "C: AUTH LOGIN\nS: 334 *\nC: *\nS: 501 no\n",
			"the challenge is not base64"},
		{"many lines", "LOGIN", "sesame", "C: AUTH LOGIN\nS: 334-\nS: 334 \nC: *\nS: 501 no\n",
			"a challenge is a 334 of one line"},
		{"354", "LOGIN", "sesame", "C: AUTH LOGIN\nS: 354 go\nC: *\nS: 501 no\n",
			"a challenge is a 334 of one line"},
		{"no proof", "SCRAM-SHA-256", "sesame", "C: AUTH SCRAM-SHA-256...\nS: 235 come in\n",
			"the server has not proved"},
		{"250", "PLAIN", "sesame", "C: AUTH PLAIN " + password + "\nS: 250 Ok\n", "neither 235 nor a refusal"},
		{"421", "PLAIN", "sesame", "C: AUTH PLAIN " + password + "\nS: 421 no\n", "421 no"},
		{"cancel is not heard", "LOGIN", "sesame", "C: AUTH LOGIN\nS: 334 ?\nC: *\nS: 235 come in\n",
			"the challenge is not base64"},
		{"closed", "PLAIN", "sesame", "C: AUTH PLAIN " + password + "\n", "EOF"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, byOctet := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) { authAgainst(t, row.mechanism, row.password, row.session, row.want, byOctet) })
			}
		})
	}
}

func authAgainst(t *testing.T, mechanism, password, session, want string, byOctet bool) {
	over := strings.Contains(want, "421") || strings.Contains(want, "neither") || want == "EOF" ||
		strings.Contains(want, "proved") || strings.Contains(session, "*\nS: 235")
	text := hello + session
	if !over {
		text += "C: NOOP\nS: 250 Ok\n"
	}
	script, err := talk.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	c, done := played(script, byOctet)
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	c.Hello("b.test")
	x, err := sasl.NewClient(mechanism, sasl.Credentials{Name: "alice", Password: password, Token: "t"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Auth(x); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("%v, want %q", err, want)
	}
	if _, err := c.Noop(); over != (err != nil) {
		t.Errorf("afterwards: %v", err)
	}
	c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNoAuthAfterHelo: HELO offers nothing, whatever EHLO did before.
func TestNoAuthAfterHelo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script, err := talk.Parse(hello + "C: HELO b.test\nS: 250 a\nC: NOOP\nS: 250 Ok\n")
		if err != nil {
			t.Fatal(err)
		}
		c, done := played(script, false)
		c.Greet()
		c.Hello("b.test")
		c.Helo("b.test")
		missing := (*NotOfferedError)(nil)
		if _, err := c.Auth(&reciter{mechanism: "PLAIN"}); !errors.As(err, &missing) {
			t.Error(err)
		}
		c.Noop()
		c.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestLoginTold: whoever keeps the accounts is told once how each exchange ended, also when
// the client goes in the middle, and no mail is taken for it.
func TestLoginTold(t *testing.T) {
	for _, row := range []struct{ said, want string }{
		{"AUTH LOGIN\r\nYWxpY2U=\r\n", "LOGIN alice: EOF"},
		{"AUTH LOGIN\r\nYWxpY2U=\r\nc2Vz", "LOGIN alice: unexpected EOF"},
		{"AUTH LOGIN\r\n*\r\n", "LOGIN : sasl: cancelled by the client"},
		{"AUTH PLAIN AGFsaWNlAHNlc2FtZQ==\r\n", "PLAIN alice: <nil>"},
		{"AUTH PLAIN\r\nAGFsaWNlAHNlc2FtZQ==", "PLAIN : unexpected EOF"},
		{"AUTH CRAM-MD5 =\r\n", "CRAM-MD5 : 501 5.7.0 No initial response: the server speaks first in this mechanism"},
	} {
		s, _ := plainServer(t)
		d := &desk{clear: sasl.Mechanisms(false)}
		s.Login = d
		c := &talk.Caller{Said: []byte("EHLO a.test\r\n" + row.said), Piece: 1}
		s.ServeConn(c)
		if got := strings.Join(d.done, "|"); got != row.want {
			t.Errorf("%q: %s", row.said, got)
		}
	}
}

// TestLongChallenge: challenges and responses may be much longer than other lines
// (RFC 4954 §4).
func TestLongChallenge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := plainServer(t)
		long := strings.Repeat("x", sasl.MaxMessage-6)
		s.Login = &desk{clear: []string{"CRAM-MD5"}, challenge: long}
		c, done := piped(s)
		c.Greet()
		c.Hello("a.test")
		answer := &reciter{mechanism: "CRAM-MD5", lines: []string{sasl.Encode([]byte(long))}}
		refusal := (*Reply)(nil)
		if _, err := c.Auth(answer); !errors.As(err, &refusal) || refusal.Code != 535 {
			t.Error(err)
		}
		if answer.heard != long {
			t.Errorf("the challenge came with %d octets", len(answer.heard))
		}
		c.Quit()
		<-done
	})
}

// TestShutdownInAuth: a client that is asked for its password is sent home, too.
func TestShutdownInAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := plainServer(t)
		s.Login = &desk{clear: []string{"PLAIN"}}
		errs := make(chan error)
		go func() {
			errs <- play(t, s, "S: 220 ...\nC: EHLO a.test\nS: 250-...\nS: 250-SIZE...\nS: 250-8BITMIME\n"+
				"S: 250-SMTPUTF8\nS: 250-PIPELINING\nS: 250-ENHANCEDSTATUSCODES\nS: 250 AUTH PLAIN\n"+
				"C: AUTH PLAIN\nS: 334 \nS: 421 4.3.2 ...\nS~ close")
		}()
		synctest.Wait()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-errs; err != nil {
			t.Error(err)
		}
	})
}

// TestWith is the protocol's name in Received fields (RFC 3848, RFC 6531 §4.3).
func TestWith(t *testing.T) {
	state := &tls.ConnectionState{}
	for _, row := range []struct {
		peer Peer
		utf8 bool
		want string
	}{
		{Peer{}, false, "SMTP"},
		{Peer{TLS: state}, false, "SMTP"}, // HELO: there is no other word
		{Peer{Extended: true}, false, "ESMTP"},
		{Peer{Extended: true, TLS: state}, false, "ESMTPS"},
		{Peer{Extended: true, Account: "a"}, false, "ESMTPA"},
		{Peer{Extended: true, TLS: state, Account: "a"}, false, "ESMTPSA"},
		{Peer{Extended: true}, true, "UTF8SMTP"},
		{Peer{Extended: true, TLS: state}, true, "UTF8SMTPS"},
		{Peer{Extended: true, Account: "a"}, true, "UTF8SMTPA"},
		{Peer{Extended: true, TLS: state, Account: "a"}, true, "UTF8SMTPSA"},
	} {
		tx := &Transaction{Peer: row.peer, Envelope: Envelope{UTF8: row.utf8}}
		if got := tx.With(); got != row.want {
			t.Errorf("%s, want %s", got, row.want)
		}
	}
}
