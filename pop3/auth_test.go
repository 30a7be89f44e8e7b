package pop3

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// A desk lets in whom the sessions name: mrose by the password of RFC 1939 §7, others by
// sesame.
type desk struct {
	clear, secure []string // mechanisms in clear, and those that are there in TLS besides
	done          []string // how exchanges ended
}

func (d *desk) Mechanisms(p Peer) []string {
	if p.TLS == nil {
		return d.clear
	}
	return append(slices.Clone(d.clear), d.secure...)
}

func (d *desk) Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error) {
	if mechanism == sasl.APOP {
		return sasl.NewAPOPServer(ctx, d, p.Stamp), nil
	}
	return sasl.NewServer(ctx, mechanism, d, sasl.TLSExporter(p.TLS))
}

func (d *desk) Done(_ context.Context, p Peer, mechanism string, x sasl.Server, err error) error {
	d.done = append(d.done, fmt.Sprintf("%s %s: %v", mechanism, x.Name(), err))
	if x.Name() == "tired" {
		return Refuse(CodeLoginDelay, "You were here a moment ago")
	}
	return nil
}

func (d *desk) Password(_ context.Context, _, name, password string) (string, error) {
	switch {
	case name == "trouble":
		return "", errors.New("the disk is full of secrets")
	case password == "sesame", password == " two  words ", name == "test" && password == "test":
		return name + "@lab.test", nil
	}
	return "", sasl.ErrRefused
}

func (d *desk) Secret(_ context.Context, name string) (account, secret string, err error) {
	if name == "mrose" {
		return "mrose@lab.test", "tanstaaf", nil
	}
	return name + "@lab.test", "sesame", nil
}

func (d *desk) Stored(_ context.Context, mechanism, name string) (string, sasl.Verifier, error) {
	v, err := sasl.NewVerifier(mechanism, "sesame", sasl.MinRounds, []byte("salt of the test"))
	return name + "@lab.test", v, err
}

func secured(t testing.TB) (server, client *tls.Config) {
	return talk.Certificates(t, "mail.lab.test")
}

// Our client gets in by every mechanism that our server has, in clear and in TLS, and does
// not with a wrong password, of which the server counts (RFC 3206 §5 has it say [AUTH]).
func TestMechanisms(t *testing.T) {
	everything := append(sasl.Mechanisms(true), sasl.APOP, "USER")
	for _, implicit := range []bool{false, true} {
		for _, mechanism := range everything {
			if mechanism == sasl.SCRAMSHA256Plus && !implicit {
				continue
			}
			for _, password := range []string{"sesame", "opendoor"} {
				settings := map[string]string{
					"login": "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 APOP;SCRAM-SHA-256-PLUS"}
				if implicit {
					settings["implicit"] = ""
				}
				s, o := testServer(t, settings)
				c := connect(t, s)
				if _, err := c.Capa(); err != nil {
					t.Fatal(err)
				}
				r, err := logIn(c, mechanism, password)
				refusal := (*Reply)(nil)
				switch {
				case password == "sesame" && (err != nil || !r.Positive()):
					t.Errorf("%s, TLS %v: %v", mechanism, implicit, err)
				case password != "sesame" && (!errors.As(err, &refusal) || refusal.Code != CodeAuth):
					t.Errorf("%s, TLS %v, wrong password: %v", mechanism, implicit, err)
				}
				_, err = c.Stat()
				if in := err == nil; in != (password == "sesame") {
					t.Errorf("%s, %s: logged in: %v\n%s", mechanism, password, in, o.log.String())
				}
				if _, err := c.Quit(); err != nil {
					t.Error(err)
				}
				if d := s.Login.(*desk); len(d.done) != 1 {
					t.Errorf("%s: ended %q", mechanism, d.done)
				}
			}
		}
	}
}

func logIn(c *Client, mechanism, password string) (*Reply, error) {
	switch mechanism {
	case "USER":
		return c.Pass("bob", password)
	case sasl.APOP:
		return c.APOP("bob", password)
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

// What does not fit into a command is sent behind an empty challenge (RFC 5034 §4), and is
// taken, however long it is.
func TestLongInitialResponse(t *testing.T) {
	for _, n := range []int{100, 200, 5000} {
		s, _ := testServer(t, nil)
		c := connect(t, s)
		if _, err := c.Capa(); err != nil {
			t.Fatal(err)
		}
		asked := 0
		c.Wire().Gate = func([]byte) error { asked++; return nil }
		x, err := sasl.NewClient(sasl.Plain,
			sasl.Credentials{Name: string(bytes.Repeat([]byte("b"), n)), Password: "sesame"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Auth(x); err != nil || asked != map[bool]int{true: 1, false: 2}[n == 100] {
			t.Errorf("%d octets: %v, in %d lines", n, err, asked)
		}
	}
}

// A server that has to prove that it knows the password, and does not, is not believed; one
// that talks nonsense in an exchange is cancelled.
func TestServerOfExchangeAtFault(t *testing.T) {
	const hello = "+OK ready\r\n|+OK\r\nSASL PLAIN CRAM-MD5 SCRAM-SHA-256\r\n.\r\n|"
	for _, row := range []struct {
		mechanism, text, want string
		on                    bool
	}{
		{sasl.SCRAMSHA256, hello + "+OK you are in\r\n", "has not proved", false},
		{sasl.SCRAMSHA256, hello + "+ !\r\n|-ERR\r\n|", "not base64", true},
		{sasl.SCRAMSHA256, hello + "+ cj1h\r\n|-ERR\r\n|", "sasl", true},
		{sasl.SCRAMSHA256, hello + "+ cj1h\r\n|+OK\r\n|", "sasl", false},
		{sasl.CRAMMD5, hello + "+ \r\n|-ERR cancelled\r\n|", "empty challenge", true},
		{sasl.CRAMMD5, hello + "+ YQ==\r\n|+ YQ==\r\n|-ERR\r\n|", "second challenge", true},
		{sasl.Plain, hello + "-ERR [AUTH] no\r\n|", "-ERR [AUTH] no", true},
		{sasl.Plain, hello + "+ YQ==\r\n|-ERR\r\n|", "no challenge", true},
		{sasl.Plain, hello + "334 YQ==\r\n", "neither +OK nor -ERR", false},
		{sasl.Plain, hello, "EOF", false},
	} {
		c, _ := to(t, row.text)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Capa(); err != nil {
			t.Fatal(err)
		}
		_, err := logIn(c, row.mechanism, "sesame")
		if err == nil || !strings.Contains(err.Error(), row.want) || (c.over == nil) != row.on {
			t.Errorf("%s: %q: %v; over: %v", row.mechanism, row.text, err, c.over)
		}
	}
}
