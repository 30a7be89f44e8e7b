package imap

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"mailtool/internal/sasl"
)

// connect returns a client that is served by s and has read the greeting.
func connect(t testing.TB, s *Server) *Client {
	ours, theirs := net.Pipe()
	ended := make(chan bool)
	go func() { s.ServeConn(theirs); close(ended) }()
	c := NewClient(ours)
	t.Cleanup(func() { c.Close(); <-ended })
	if s.Implicit {
		if err := c.ImplicitTLS(t.Context(), &tls.Config{InsecureSkipVerify: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	return c
}

// Our client gets in by every mechanism that our server has, in clear and in TLS, with an initial
// response and without, and does not with a wrong password.
func TestMechanisms(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		for _, mechanism := range append(sasl.Mechanisms(true), "") {
			if mechanism == sasl.SCRAMSHA256Plus && !implicit {
				continue
			}
			for _, password := range []string{"sesame", "opendoor"} {
				for _, initial := range []bool{true, false} {
					s, _ := bobs(0)
					s.Login = &desk{append(sasl.Mechanisms(implicit), sasl.Plain)}
					s.TLS, _ = secured(t)
					s.Implicit = implicit
					if !initial {
						s.Capabilities = Capabilities{rev1}
					}
					c := connect(t, s)
					r, err := logIn(c, mechanism, password)
					refusal := (*Response)(nil)
					switch {
					case password == "sesame" && (err != nil || r.Status != OK || !c.LoggedIn()):
						t.Errorf("%s, TLS %v: %v", mechanism, implicit, err)
					case password != "sesame" && (!errors.As(err, &refusal) ||
						refusal.Code.Name != CodeAuthenticationFailed || c.LoggedIn()):
						t.Errorf("%s, TLS %v, wrong password: %v", mechanism, implicit, err)
					}
					if password == "sesame" && len(c.Capabilities.Mechanisms()) > 0 {
						t.Errorf("%s: still offered %q", mechanism, c.Capabilities)
					}
					if _, err := c.Logout(); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
}

func logIn(c *Client, mechanism, password string) (*Response, error) {
	if mechanism == "" {
		return c.Login("bob", password)
	}
	var binding sasl.Binding
	if mechanism == sasl.SCRAMSHA256Plus {
		binding = sasl.TLSExporter(c.TLS())
	}
	x, err := sasl.NewClient(mechanism, sasl.Credentials{Name: "bob", Password: password}, binding)
	if err != nil {
		return nil, err
	}
	return c.Auth(x)
}

// What is too long for a command line is sent when the server asks for it.
func TestLongInitialResponse(t *testing.T) {
	for n, want := range map[int]int{100: 1, 5000: 1, 7000: 2} {
		s, _ := bobs(0)
		c := connect(t, s)
		asked := 0
		c.Wire().Gate = func([]byte) error { asked++; return nil }
		x, err := sasl.NewClient(sasl.Plain,
			sasl.Credentials{Name: strings.Repeat("b", n), Password: "sesame"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Auth(x); err != nil || asked != want {
			t.Errorf("%d octets: %v, in %d lines", n, err, asked)
		}
	}
}

// A server that has to prove that it knows the password, and does not, is not believed; one that
// talks nonsense in an exchange is cancelled.
func TestServerOfExchangeAtFault(t *testing.T) {
	const hello = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256] hi\r\n|"
	for _, row := range []struct {
		mechanism, text, want string
		on                    bool
	}{
		{sasl.SCRAMSHA256, hello + "a001 OK you are in\r\n", "has not proved", false},
		{sasl.SCRAMSHA256, hello + "+ !\r\n|a001 BAD\r\n|", "not base64", true},
		{sasl.SCRAMSHA256, hello + "+ \r\n|+ cj1h\r\n|a001 BAD\r\n|", "sasl", true},
		{sasl.SCRAMSHA256, hello + "+ \r\n|+ cj1h\r\n|a001 OK\r\n|", "sasl", false},
		{sasl.SCRAMSHA256, hello + "+ \r\n|+ cj1h\r\n|+ \r\n|", "sasl", false},
		{sasl.CRAMMD5, hello + "+ \r\n|a001 NO cancelled\r\n|", "empty challenge", true},
		{sasl.CRAMMD5, hello + "+ YQ==\r\n|+ YQ==\r\n|a001 BAD\r\n|", "second challenge", true},
		{sasl.Plain, hello + "a001 NO [AUTHENTICATIONFAILED] no\r\n|",
			"a001 NO [AUTHENTICATIONFAILED] no", true},
		{sasl.Plain, hello + "+ YQ==\r\n|* 1 EXISTS\r\na001 BAD\r\n|", "the client speaks first",
			true},
		{sasl.Plain, hello + "* NO wait\r\n+\r\n|a001 NO\r\n|", "a001 NO", true},
		{sasl.Plain, hello + "* BYE no\r\n", "ended the session", false},
		{sasl.Plain, hello + "334 YQ==\r\n", "nor a request to go on", false},
		{sasl.Plain, hello, "EOF", false},
		{sasl.Login, hello + "|", "does not offer AUTH=LOGIN", true},
	} {
		c, _ := to(t, row.text)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		_, err := logIn(c, row.mechanism, "sesame")
		if err == nil || !strings.Contains(err.Error(), row.want) || (c.over == nil) != row.on {
			t.Errorf("%s: %q: %v; over: %v", row.mechanism, row.text, err, c.over)
		}
		if c.LoggedIn() {
			t.Errorf("%s: %q: logged in", row.mechanism, row.text)
		}
	}
}

// Before TLS is sure, a client that wants it says nothing of a password: STARTTLS may be refused,
// answered by something else, or by more than an answer. So it is where somebody says that the
// client is logged in already.
func TestStartTLSAtFault(t *testing.T) {
	const hello = "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready\r\n|"
	_, cfg := secured(t)
	for _, row := range []struct {
		text, want string
		on         bool
	}{
		{hello + "a001 NO no\r\n|", "a001 NO no", true},
		{hello + "a001 BAD no\r\n|", "a001 BAD no", true},
		{"* OK ready\r\n|", "does not offer STARTTLS", true},
		{"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] in\r\n|", "before the log-in", true},
		{hello + "220 go ahead\r\n|", "not IMAP", false},
		{hello + "a001 OK\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n|",
			"something came in clear behind the OK", false},
		{hello + "a001 OK\r\na002 OK in\r\n|",
			`something came in clear behind the OK: "a002 OK in\r\n"`, false},
		{hello + "a001 OK\r\n|a001 OK no TLS\r\n|", "tls", false},
		{hello + "a001 OK\r\n", "", false},
	} {
		c, heard := to(t, row.text)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		err := c.StartTLS(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), row.want) || (c.over == nil) != row.on {
			t.Errorf("%q: %v", row.text, err)
		}
		if row.on {
			continue
		}
		c.Login("bob", "sesame")
		logIn(c, sasl.Plain, "sesame")
		c.Close()
		if strings.Contains(heard.String(), "bob") || strings.Contains(heard.String(), "AUTH") {
			t.Errorf("%q: the server heard %q", row.text, heard)
		}
	}
}

// After STARTTLS a client knows nothing of what it was offered in clear, not even by the answer.
func TestStartTLSForgets(t *testing.T) {
	s, _ := bobs(0)
	s.TLS, _ = secured(t)
	c := connect(t, s)
	if err := c.StartTLS(t.Context(), &tls.Config{InsecureSkipVerify: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := logIn(c, sasl.Plain, "sesame"); !errors.As(err, new(*NotOfferedError)) ||
		c.TLS() == nil {
		t.Error(err)
	}
	if err := c.StartTLS(t.Context(), nil); err != ErrTLS {
		t.Error(err)
	}
	if err := c.ImplicitTLS(t.Context(), nil); err != ErrTLS {
		t.Error(err)
	}
	if offered, err := c.Capability(); err != nil || !offered.Has("AUTH=PLAIN") ||
		offered.Has("STARTTLS") {
		t.Error(offered, err)
	}
	if _, err := logIn(c, sasl.Plain, "sesame"); err != nil {
		t.Error(err)
	}
}

// What the server can do is asked anew after the log-in, unless it has said so.
func TestLoginForgets(t *testing.T) {
	for said, want := range map[string]Capabilities{
		"a001 OK in\r\n|": nil,
		"a001 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n|":        {rev1, "IDLE"},
		"* CAPABILITY IMAP4rev1 MOVE\r\na001 OK in\r\n|":     {rev1, "MOVE"},
		"a001 NO [AUTHENTICATIONFAILED] no\r\n|":             {rev1, "STARTTLS"},
		"* CAPABILITY IMAP4rev1 X\r\na001 NO no\r\n|":        {rev1, "X"},
		"a001 OK [CAPABILITY IMAP4rev1 STARTTLS] again\r\n|": {rev1, "STARTTLS"},
	} {
		c, _ := to(t, "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n|"+said)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		c.Login("bob", "sesame")
		if strings.Join(c.Capabilities, " ") != strings.Join(want, " ") ||
			(c.Capabilities == nil) != (want == nil) {
			t.Errorf("%q: %q", said, c.Capabilities)
		}
	}
}
