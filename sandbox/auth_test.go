package sandbox

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"mailtool/internal/sasl"
	"mailtool/smtp"
)

// auth logs in over SMTP, on a connection of its own.
func (c *counted) auth(mechanism, name, password string) (*smtp.Reply, error) {
	c.t.Helper()
	ours, theirs := net.Pipe()
	go c.ServeConn(theirs)
	client := smtp.NewClient(ours)
	defer client.Close()
	if err := client.Greet(); err != nil {
		c.t.Fatal(err)
	}
	if _, err := client.Hello("a.test"); err != nil {
		c.t.Fatal(err)
	}
	x, err := sasl.NewClient(mechanism, sasl.Credentials{Name: name, Password: password}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return client.Auth(x)
}

// TestAuth: SMTP logs in with each mechanism, and says which trouble is which.
func TestAuth(t *testing.T) {
	for _, m := range sasl.Mechanisms(false) {
		c := logInto(t, Options{})
		c.smtp.Login = smtpLogin{c.logins}
		if r, err := c.auth(m, "bob@lab.test", "sesame"); err != nil || r.Code != 235 {
			t.Errorf("%s: %v, %v", m, r, err)
		}
		for i := range 12 {
			want := "535 5.7.8 "
			if i >= 10 {
				want = "454 4.7.0 Too many log-ins have failed"
			}
			var r *smtp.Reply
			if _, err := c.auth(m, "bob", "wrong"); !errors.As(err, &r) || !strings.HasPrefix(r.Error(), want) {
				t.Errorf("%s, %d: %v, want %s", m, i+1, err, want)
			}
		}
	}
}

// TestAuthOffered: what is offered hangs on the server and on TLS.
func TestAuthOffered(t *testing.T) {
	clear, secure := peer{}, peer{tls: &tls.ConnectionState{}}
	all := sasl.Mechanisms(false)
	modern := []string{sasl.SCRAMSHA256, sasl.Plain, sasl.Login}
	any := []string{sasl.Plain, sasl.Login}
	for _, test := range []struct {
		o             Options
		clear, secure []string
	}{
		{Options{}, all, all},
		{Options{LegacyAuth: Off}, modern, modern},
		{Options{Host: "0.0.0.0"}, nil, modern},
		{Options{Host: "0.0.0.0", LegacyAuth: On}, nil, all},
		{Options{AcceptAll: true}, any, any},
		{Options{AcceptAll: true, Host: "0.0.0.0"}, nil, modern},
	} {
		c := logInto(t, test.o)
		if got := c.logins.mechanisms(clear); !slices.Equal(got, test.clear) {
			t.Errorf("%+v: in clear %q, want %q", test.o, got, test.clear)
		}
		if got := c.logins.mechanisms(secure); !slices.Equal(got, test.secure) {
			t.Errorf("%+v: above TLS %q, want %q", test.o, got, test.secure)
		}
	}
}
