package pop3

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
)

// Before TLS is sure, a client that wants it says nothing of a password: STLS may be refused,
// answered by something else, or by more than an answer.
func TestSTLSAtFault(t *testing.T) {
	const hello = "+OK ready <1.2@lab.test>\r\n|+OK\r\nSTLS\r\nUSER\r\nSASL PLAIN\r\n.\r\n|"
	_, cfg := secured(t)
	for _, row := range []struct {
		text, want string
		on         bool
	}{
		{hello + "-ERR no\r\n|", "-ERR no", true},
		{hello + "220 go ahead\r\n|", "not POP3", false},
		{hello + "+OK\r\n+OK you are in\r\n|", "something came in clear behind the +OK", false},
		{hello + "+OK\r\n|+OK no TLS\r\n|", "tls", false},
		{hello + "+OK\r\n", "", false},
	} {
		c, heard := to(t, row.text)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Capa(); err != nil {
			t.Fatal(err)
		}
		err := c.StartTLS(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), row.want) || (c.over == nil) != row.on {
			t.Errorf("%q: %v", row.text, err)
		}
		if row.on {
			continue
		}
		c.Pass("bob", "sesame")
		c.APOP("bob", "sesame")
		c.Auth(plain(t))
		c.Close()
		if strings.Contains(heard.String(), "bob") || strings.Contains(heard.String(), "AUTH") {
			t.Errorf("%q: the server heard %q", row.text, heard)
		}
	}
}

// After STLS a client knows nothing of what it was offered in clear.
func TestSTLSForgets(t *testing.T) {
	s, _ := testServer(t, map[string]string{"tls": "", "login": "PLAIN"})
	c := connect(t, s)
	if _, err := c.Capa(); err != nil {
		t.Fatal(err)
	}
	if err := c.StartTLS(t.Context(), &tls.Config{InsecureSkipVerify: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Auth(plain(t)); !errors.As(err, new(*NotOfferedError)) || c.TLS() == nil {
		t.Error(err)
	}
	if err := c.StartTLS(t.Context(), nil); err != ErrTLS {
		t.Error(err)
	}
}
