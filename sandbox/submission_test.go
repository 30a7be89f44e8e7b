package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/smtp"
)

// user is a client of a submission server, above TLS unless clear is set.
type user struct {
	*smtp.Client
	t *testing.T
}

func connect(t *testing.T, addr string) *user {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClient(nc)
	t.Cleanup(func() { c.Close() })
	return &user{c, t}
}

func (u *user) must(err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatal(err)
	}
}

func (u *user) hello() {
	u.t.Helper()
	_, err := u.Hello("[127.0.0.1]")
	u.must(err)
}

// trusting is the settings of a client that trusts the authority of the sandbox in dir.
func trusting(t *testing.T, dir string) *tls.Config {
	t.Helper()
	return believing(t, filepath.Join(dir, pki.Folder))
}

// believing is trusting for the authority in a folder.
func believing(t *testing.T, folder string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(folder, pki.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in the file")
	}
	return &tls.Config{RootCAs: roots, ServerName: "mail.lab.test"}
}

func (u *user) login(mechanism, name, password string) error {
	u.t.Helper()
	var bound sasl.Binding
	if mechanism == sasl.SCRAMSHA256Plus { // else it would say that the server has none
		bound = sasl.TLSExporter(u.TLS())
	}
	x, err := sasl.NewClient(mechanism, sasl.Credentials{Name: name, Password: password}, bound)
	u.must(err)
	_, err = u.Auth(x)
	return err
}

func submitting(t *testing.T, o Options) (*Sandbox, string) {
	t.Helper()
	o.Dir = t.TempDir()
	o.SMTP, o.Submission, o.Submissions = "0", "0", "0"
	return start(t, o), o.Dir
}

// TestSubmission: with each mechanism, over each kind of connection, alice hands in mail to
// bob, and the envelope says how.
func TestSubmission(t *testing.T) {
	b, dir := submitting(t, Options{})
	for _, kind := range []string{"none", "starttls", "tls"} {
		for _, mechanism := range sasl.Mechanisms(kind != "none") {
			t.Run(kind+" "+mechanism, func(t *testing.T) {
				addr := b.SubmissionAddr()
				if kind == "tls" {
					addr = b.SubmissionsAddr()
				}
				u := connect(t, addr)
				if kind == "tls" {
					u.must(u.ImplicitTLS(t.Context(), trusting(t, dir)))
				}
				u.must(u.Greet())
				u.hello()
				if kind == "starttls" {
					u.must(u.StartTLS(t.Context(), trusting(t, dir)))
					u.hello()
				}
				before := b.Count("bob")
				u.must(u.login(mechanism, "alice", DefaultPassword))
				u.must(deliver(u.Client, "<alice@lab.test>", "<bob@lab.test>"))
				u.Quit()
				if n := b.Count("bob"); n != before+1 {
					t.Errorf("%d mails lie there, want %d", n, before+1)
				}
				e := newest(t, b, "bob")
				want := map[string]string{"none": "ESMTPA", "starttls": "ESMTPSA", "tls": "ESMTPSA"}[kind]
				if e.Account != "alice" || e.Protocol != want ||
					strings.HasPrefix(e.TLS, "TLS 1.3 TLS_") != (kind != "none") {
					t.Errorf("envelope %+v", e)
				}
			})
		}
	}
}

// TestNotBound: a client that could be bound to TLS, and believes that it was not offered it,
// is told what is wrong: its password is right (RFC 5802 §6).
func TestNotBound(t *testing.T) {
	b, dir := submitting(t, Options{})
	u := connect(t, b.SubmissionsAddr())
	u.must(u.ImplicitTLS(t.Context(), trusting(t, dir)))
	u.must(u.Greet())
	u.hello()
	x, err := sasl.NewClient(sasl.SCRAMSHA256,
		sasl.Credentials{Name: "alice", Password: DefaultPassword}, sasl.TLSExporter(u.TLS()))
	u.must(err)
	_, err = u.Auth(x)
	reply := (*smtp.Reply)(nil)
	if !errors.As(err, &reply) || reply.Code != 535 || !strings.Contains(reply.Text(), "not bound") {
		t.Error(err)
	}
	u.must(u.login(sasl.SCRAMSHA256, "alice", DefaultPassword))
}

func deliver(c *smtp.Client, from, to string) error {
	sender, err := smtp.ParsePath(from)
	if err != nil {
		return err
	}
	receiver, err := smtp.ParsePath(to)
	if err != nil {
		return err
	}
	if _, err := c.Mail(sender); err != nil {
		return err
	}
	if _, err := c.Rcpt(receiver); err != nil {
		return err
	}
	_, err = c.Data(strings.NewReader("Subject: hello\r\n\r\nDo you like ketchup?\r\n"))
	return err
}

// TestSubmissionRefuses: what nobody may do who has not logged in, and what alice may not.
func TestSubmissionRefuses(t *testing.T) {
	b, _ := submitting(t, Options{})
	u := connect(t, b.SubmissionAddr())
	u.must(u.Greet())
	u.hello()
	for _, row := range []struct {
		what string
		err  error
		code int
	}{
		{"mail before a log-in", deliver(u.Client, "<alice@lab.test>", "<bob@lab.test>"), 530},
		{"a wrong password", u.login(sasl.Plain, "alice", "Sesame"), 535},
		{"somebody who is not there", u.login(sasl.Plain, "carol", "sesame"), 535},
		{"the right one", u.login(sasl.Plain, "alice@lab.test", "sesame"), 0},
		{"in bob's name", deliver(u.Client, "<bob@lab.test>", "<bob@lab.test>"), 550},
		{"in a stranger's name", deliver(u.Client, "<a@example.org>", "<bob@lab.test>"), 550},
		{"to elsewhere", deliver(u.Client, "<alice@lab.test>", "<a@example.org>"), 550},
	} {
		var r *smtp.Reply
		if row.code == 0 && row.err != nil ||
			row.code != 0 && (!errors.As(row.err, &r) || r.Code != row.code) {
			t.Errorf("%s: %v, want %d", row.what, row.err, row.code)
		}
	}
	any, _ := submitting(t, Options{AnySender: true})
	u = connect(t, any.SubmissionAddr())
	u.must(u.Greet())
	u.hello()
	u.must(u.login(sasl.SCRAMSHA256, "alice", "sesame"))
	u.must(deliver(u.Client, "<a@example.org>", "<bob@lab.test>"))
}

// TestNoLoginAtTheDoor: the server for mail from elsewhere offers TLS and no log-in, and
// where old mechanisms are off the others remain.
func TestNoLoginAtTheDoor(t *testing.T) {
	b, _ := submitting(t, Options{LegacyAuth: Off})
	u := connect(t, b.Addr())
	u.must(u.Greet())
	u.hello()
	if !u.Extensions.Has("STARTTLS") || u.Extensions.Has("AUTH") {
		t.Errorf("SMTP offers %v", u.Extensions)
	}
	u = connect(t, b.SubmissionAddr())
	u.must(u.Greet())
	u.hello()
	if mechanisms, _ := u.Extensions.Param("AUTH"); !u.Extensions.Has("STARTTLS") ||
		strings.Contains(mechanisms, "SHA-1") || !strings.Contains(mechanisms, "PLAIN") {
		t.Errorf("submission offers %v", u.Extensions)
	}
}

// TestPasswordsNeedTLSFromElsewhere: who comes from another machine is offered no log-in
// in clear, and nobody is where another machine could come.
func TestPasswordsNeedTLSFromElsewhere(t *testing.T) {
	b, _ := submitting(t, Options{})
	p := peer{addr: &net.TCPAddr{IP: net.IPv4(192, 168, 1, 7), Port: 1}}
	if m := b.logins.mechanisms(p); len(m) > 0 {
		t.Errorf("in clear: %v", m)
	}
	p.tls = &tls.ConnectionState{}
	if m := b.logins.mechanisms(p); len(m) == 0 {
		t.Error("none above TLS")
	}
	for _, o := range []Options{{Submission: "0.0.0.0:0"}, {Submissions: "[::]:0"}, {Host: "0.0.0.0"}} {
		if o.loopback() {
			t.Errorf("%+v is for this machine only", o)
		}
	}
	if o := (Options{Submission: On, Submissions: On}); !o.loopback() {
		t.Error("by default others can come")
	}
}

// TestSubmissionNeedsTLS: a server that was asked for is not left out in silence.
func TestSubmissionNeedsTLS(t *testing.T) {
	for _, o := range []Options{{Submissions: "0"}, {Submission: "0"},
		{Submissions: "0", Dir: t.TempDir(), Profile: Textbook},
		{Cert: "missing.pem", Key: "missing.key"}} {
		o.SMTP = "0"
		b, err := Start(t.Context(), o)
		if c := (*CertificateError)(nil); !errors.As(err, &c) {
			t.Errorf("%+v: %v", o, err)
		}
		if err == nil {
			b.Close()
		}
	}
}

// TestSubmissionByDefault: users can hand in mail wherever there is TLS, and nobody has to ask
// for it. What cannot be had and was not asked for is left out.
func TestSubmissionByDefault(t *testing.T) {
	missing := Options{Cert: "missing.pem", Key: "missing.key"}
	broken := t.TempDir() // where the authority is damaged
	if err := WriteWhole(filepath.Join(broken, pki.Folder), pki.CertFile, "x"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		o           Options
		there, fail bool
	}{
		{Options{Dir: t.TempDir()}, true, false},
		{Options{Dir: t.TempDir(), Profile: Full}, true, false},
		{Options{}, false, false},
		{Options{Dir: t.TempDir(), Profile: Textbook}, false, false},
		{Options{Dir: t.TempDir(), Submission: Off, Submissions: Off}, false, false},
		{Options{Dir: broken}, false, false},
		{Options{Dir: broken, Submission: "0"}, false, true},
		{missing, false, true},
	} {
		test.o.SMTP = "0"
		b, err := Start(t.Context(), test.o)
		if (err != nil) != test.fail {
			t.Errorf("%+v: %v", test.o, err)
		}
		if err != nil {
			continue
		}
		if there := b.SubmissionAddr() != "" && b.SubmissionsAddr() != ""; there != test.there {
			t.Errorf("%+v: submission on %q, submissions on %q", test.o, b.SubmissionAddr(),
				b.SubmissionsAddr())
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPlaces: where the servers go that nobody has named a place for.
func TestPlaces(t *testing.T) {
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{}, "127.0.0.1:2525 127.0.0.1:2587 127.0.0.1:2465 127.0.0.1:2110 127.0.0.1:2995 127.0.0.1:2143 127.0.0.1:2993"},
		{Options{PortOffset: 100}, "127.0.0.1:2625 127.0.0.1:2687 127.0.0.1:2565 127.0.0.1:2210 127.0.0.1:3095 127.0.0.1:2243 127.0.0.1:3093"},
		{Options{StandardPorts: true}, "127.0.0.1:25 127.0.0.1:587 127.0.0.1:465 127.0.0.1:110 127.0.0.1:995 127.0.0.1:143 127.0.0.1:993"},
		{Options{Host: "::1"}, "[::1]:2525 [::1]:2587 [::1]:2465 [::1]:2110 [::1]:2995 [::1]:2143 [::1]:2993"},
		{Options{SMTP: "0"}, strings.TrimSpace(strings.Repeat("127.0.0.1:0 ", 7))},
		{Options{SMTP: "127.0.0.1:0", Submission: On, POP3S: "2999", IMAP: "2999", IMAPS: On},
			"127.0.0.1:0 127.0.0.1:2587 127.0.0.1:0 127.0.0.1:0 127.0.0.1:2999 127.0.0.1:2999 127.0.0.1:2993"},
		{Options{SMTP: "2600", PortOffset: 100}, "127.0.0.1:2600 127.0.0.1:2687 127.0.0.1:2565 127.0.0.1:2210 127.0.0.1:3095 " +
			"127.0.0.1:2243 127.0.0.1:3093"},
		{Options{SMTP: "0.0.0.0:2525", POP3: "0.0.0.0:2110", POP3S: Off, IMAP: "0.0.0.0:2143", IMAPS: Off},
			"0.0.0.0:2525 127.0.0.1:2587 127.0.0.1:2465 0.0.0.0:2110 0.0.0.0:2143"},
		{Options{SMTP: Off}, "127.0.0.1:2587 127.0.0.1:2465 127.0.0.1:2110 127.0.0.1:2995 127.0.0.1:2143 127.0.0.1:2993"},
		{Options{Submission: Off, POP3: Off, IMAP: Off}, "127.0.0.1:2525 127.0.0.1:2465 127.0.0.1:2995 127.0.0.1:2993"},
		{Options{Profile: Textbook}, "127.0.0.1:2525 127.0.0.1:2110 127.0.0.1:2143"},
	} {
		var got []string
		for _, p := range test.o.places() {
			addr, err := test.o.address(p.name, p.asked, p.port)
			if err != nil {
				t.Errorf("%+v: %v", test.o, err)
			}
			got = append(got, addr)
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%+v: %s, want %s", test.o, got, test.want)
		}
	}
}

// newest is the envelope of the last mail in somebody's mailbox.
func newest(t *testing.T, b *Sandbox, name string) mailbox.Envelope {
	t.Helper()
	u, _ := b.accounts.find(name)
	m, err := b.mailbox.Message(t.Context(), u.Inbox, mailbox.UID(b.Count(name)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.mailbox.Envelope(t.Context(), m.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
