package interop

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/pop3"
	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/tracetest"
)

// asciiPhrase is a password with what breaks programs, but for letters beyond ASCII: USER and
// PASS have none, unless the server says that they do (RFC 6856 §2.2), and Dovecot does not.
const asciiPhrase = `correct horse "battery" \ staple`

// mailDovecot starts a Dovecot from which its user fetches mail by POP3.
func mailDovecot(t *testing.T) *dovecot {
	t.Helper()
	need(t, "/usr/lib/dovecot/pop3")
	return startMail(t, asciiPhrase, "pop3.conf")
}

// startMail starts a Dovecot that holds the mail of its user, bob.
func startMail(t *testing.T, password, configuration string) *dovecot {
	t.Helper()
	need(t, "dovecot")
	need(t, "doveadm")
	d := newDovecot(t, "bob", password)
	d.TLSPort = freePort(t)
	p := place{Dir: d.Dir}
	certify(t, &p)
	d.Cert, d.Key, d.CA = p.Cert, p.Key, p.CA
	for _, name := range []string{"home", "state"} { // it writes there as nobody
		path := filepath.Join(d.Dir, name)
		if err := errors.Join(os.Mkdir(path, 0o777), os.Chmod(path, 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	d.run(t, configuration)
	listening(t, net.JoinHostPort(d.Host, d.TLSPort))
	return d
}

// save puts messages into the user's mailbox.
func (d *dovecot) save(t *testing.T, messages ...[]byte) {
	t.Helper()
	for _, m := range messages {
		cmd := exec.Command(need(t, "doveadm"), "-c", d.conf, "save", "-u", d.User)
		cmd.Stdin = bytes.NewReader(m)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("doveadm save: %v\n%s", err, out)
		}
	}
}

// A pull is a session of our client, and what was recorded of it.
type pull struct {
	*pop3.Client
	events []*trace.Event
}

// pull connects to Dovecot through a door.
func (d *dovecot) pull(t *testing.T, door string) *pull {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", door, err)
		}
	}
	port := d.Port
	if door == "tls" {
		port = d.TLSPort
	}
	nc, err := net.Dial("tcp", net.JoinHostPort(d.Host, port))
	check(err)
	p := &pull{}
	r := trace.NewRecorder(pop3.NewDissector("1"), trace.Opening{Protocol: trace.POP3}, nil,
		func(evs []*trace.Event) { p.events = append(p.events, trace.Clones(evs)...) })
	p.Client = pop3.NewClient(trace.NewTap(nc, r, trace.Client))
	t.Cleanup(func() { p.Close() })
	roots, err := pki.Trust{Files: []string{d.CA}}.Roots("localhost")
	check(err)
	cfg := &tls.Config{RootCAs: roots, ServerName: "localhost"}
	if door == "tls" {
		check(p.ImplicitTLS(t.Context(), cfg))
	}
	check(p.Greet())
	_, err = p.Capa()
	check(err)
	if door == "starttls" {
		check(p.StartTLS(t.Context(), cfg))
		_, err = p.Capa()
		check(err)
	}
	return p
}

// logIn logs in by a mechanism of AUTH, or by one of RFC 1939.
func (p *pull) logIn(t *testing.T, mechanism string, c sasl.Credentials) error {
	t.Helper()
	switch mechanism {
	case userPass:
		_, err := p.Pass(c.Name, c.Password)
		return err
	case apop:
		_, err := p.APOP(c.Name, c.Password)
		return err
	}
	x, err := sasl.NewClient(mechanism, c, sasl.TLSExporter(p.TLS()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Auth(x)
	return err
}

// credentials are the user's.
func (d *dovecot) credentials() sasl.Credentials {
	return sasl.Credentials{Name: d.User, Password: d.Password, Token: d.token(), Host: "localhost"}
}

// TestDovecotFetch has our client fetch and delete from Dovecot, through each door, by each
// mechanism that both have: no octet is changed, what it is told fits together, and the
// record shows neither a rule that is broken nor the password.
func TestDovecotFetch(t *testing.T) {
	d := mailDovecot(t)
	all := fetchable()
	for _, door := range doors {
		for _, mechanism := range append([]string{userPass, apop}, common...) {
			d.save(t, all...)
			p := d.pull(t, door)
			if err := p.logIn(t, mechanism, d.credentials()); err != nil {
				t.Fatalf("%s, %s: %v", door, mechanism, err)
			}
			p.fetchAll(t, all)
			if t.Failed() {
				t.Fatalf("%s, %s", door, mechanism)
			}
			p.blameless(t, d)
		}
	}
	p := d.pull(t, "clear")
	if err := p.logIn(t, userPass, d.credentials()); err != nil {
		t.Fatal(err)
	}
	if drop, err := p.Stat(); err != nil || drop.Messages != 0 {
		t.Errorf("at the end there is %+v, %v", drop, err)
	}
}

// fetchAll fetches and deletes all messages, and quits.
func (p *pull) fetchAll(t *testing.T, all [][]byte) {
	t.Helper()
	drop, err := p.Stat()
	list, err1 := p.ListAll()
	ids, err2 := p.UIDLAll()
	if err := errors.Join(err, err1, err2); err != nil || drop.Messages != len(all) ||
		len(list) != len(all) || len(ids) != len(all) {
		t.Errorf("%+v, %v, %v, %v", drop, list, ids, err)
		return
	}
	for i, want := range all {
		n := i + 1
		var text, top bytes.Buffer
		got, err := p.Retrieve(n, &text)
		if err != nil || !bytes.Equal(text.Bytes(), want) || got.Octets != int64(len(want)) ||
			got.Announced != got.Octets || list[i].Octets != got.Octets {
			t.Errorf("message %d: %+v, list %+v, %d octets, want %d, %v", n, got, list[i], text.Len(),
				len(want), err)
		}
		head, _, _ := bytes.Cut(want, []byte("\r\n\r\n"))
		if _, err := p.Top(n, 0, &top); err != nil || top.String() != string(head)+"\r\n\r\n" {
			t.Errorf("TOP %d: %q, %v", n, &top, err)
		}
		if id, err := p.UIDL(n); err != nil || id != ids[i] {
			t.Errorf("UIDL %d: %+v, before %+v, %v", n, id, ids[i], err)
		}
		if _, err := p.Delete(n); err != nil {
			t.Errorf("DELE %d: %v", n, err)
		}
	}
	if _, err := p.Quit(); err != nil {
		t.Error(err)
	}
}

// blameless looks at the record: no MUST and no SHOULD is broken, and no secret shows.
func (p *pull) blameless(t *testing.T, d *dovecot) {
	t.Helper()
	for _, ev := range p.events {
		for _, f := range ev.Findings {
			if f.Level != rule.Note {
				t.Errorf("%s: %s", f.ID, tracetest.Compact(ev))
			}
		}
		for _, secret := range []string{d.Password, d.token()} {
			if strings.Contains(string(ev.Raw)+ev.Text+ev.Decoded, secret) {
				t.Errorf("the secret shows: %s", tracetest.Compact(ev))
			}
		}
	}
	if len(p.events) == 0 || p.events[len(p.events)-1].Kind != trace.Closed {
		t.Errorf("the record does not end: %d events", len(p.events))
	}
}

// TestDovecotNoLogIn: with a wrong password, or a wrong token, Dovecot lets nobody in, and
// says why; the session goes on, and the right one gets in.
func TestDovecotNoLogIn(t *testing.T) {
	d := mailDovecot(t)
	wrong := d.credentials()
	wrong.Password, wrong.Token = "correct horse", d.token()+"A"
	for _, mechanism := range append([]string{userPass, apop}, common...) {
		p := d.pull(t, "starttls")
		refusal := (*pop3.Reply)(nil)
		err := p.logIn(t, mechanism, wrong)
		if !errors.As(err, &refusal) || refusal.Code != pop3.CodeAuth {
			t.Errorf("%s: %v", mechanism, err)
		}
		if err := p.logIn(t, mechanism, d.credentials()); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		p.Quit()
		p.blameless(t, d)
	}
}

// TestDovecotForgets: without QUIT nothing is deleted (RFC 1939 §6), and what RSET takes back
// is not either.
func TestDovecotForgets(t *testing.T) {
	d := mailDovecot(t)
	d.save(t, fetchable()[:2]...)
	for _, end := range []func(p *pull) error{
		func(p *pull) error { return p.Close() },
		func(p *pull) error {
			_, err := p.Reset()
			_, err1 := p.Quit()
			return errors.Join(err, err1)
		},
	} {
		p := d.pull(t, "clear")
		if err := p.logIn(t, sasl.Plain, d.credentials()); err != nil {
			t.Fatal(err)
		}
		ids, err := p.UIDLAll()
		if err != nil || len(ids) != 2 {
			t.Fatalf("there is %v, %v", ids, err)
		}
		if _, err := p.Delete(1); err != nil {
			t.Error(err)
		}
		_, err = p.Retrieve(1, io.Discard)
		if refusal := (*pop3.Reply)(nil); !errors.As(err, &refusal) {
			t.Errorf("a message that is marked: %v", err)
		}
		if left, err := p.UIDLAll(); err != nil || !slices.Equal(left, ids[1:]) {
			t.Errorf("with the first marked there is %v, %v", left, err)
		}
		if err := end(p); err != nil {
			t.Error(err)
		}
	}
}
