package sandbox

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/pop3"
	"mailtool/trace"
)

// A reader is a client that fetches mail.
type reader struct {
	*pop3.Client
	t *testing.T
}

func (r *reader) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// reach connects to a server and is greeted by it.
func reach(t *testing.T, addr string) *reader {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{pop3.NewClient(nc), t}
	t.Cleanup(func() { r.Close() })
	r.must(r.Greet())
	return r
}

// reach connects to a sandbox that listens nowhere.
func (c *counted) reach(t *testing.T) *reader {
	t.Helper()
	ours, theirs := net.Pipe()
	go c.ServePOP3(theirs, false)
	r := &reader{pop3.NewClient(ours), t}
	t.Cleanup(func() { r.Close() })
	r.must(r.Greet())
	return r
}

// notebook is reach for a client at an address of the network.
func notebook(t *testing.T, b *Sandbox, addr string) *reader {
	t.Helper()
	i := slices.IndexFunc(b.services, func(s *service) bool { return s.name == "pop3" })
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	go b.services[i].server.(*pop3.Server).ServeConn(
		distant{theirs, &net.TCPAddr{IP: net.ParseIP(addr), Port: 1}})
	r := &reader{pop3.NewClient(ours), t}
	r.must(r.Greet())
	return r
}

// door is a way into a sandbox: "none", "stls" or "tls".
func (b *Sandbox) door(t *testing.T, kind string, trust *tls.Config) *reader {
	t.Helper()
	addr := b.POP3Addr()
	if kind == "tls" {
		addr = b.POP3SAddr()
	}
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{pop3.NewClient(nc), t}
	t.Cleanup(func() { r.Close() })
	if kind == "tls" {
		r.must(r.ImplicitTLS(t.Context(), trust))
	}
	r.must(r.Greet())
	r.capa()
	if kind == "stls" {
		r.must(r.StartTLS(t.Context(), trust))
		r.capa()
	}
	return r
}

// capa asks for the capabilities.
func (r *reader) capa() pop3.Capabilities {
	r.t.Helper()
	all, err := r.Capa()
	r.must(err)
	return all
}

// The ways in that are no mechanisms of AUTH.
const userPass = "USER"

// login logs in by AUTH, or by what was there before it.
func (r *reader) login(way, name, password string) error {
	r.t.Helper()
	var err error
	switch way {
	case userPass:
		_, err = r.Pass(name, password)
		return err
	case sasl.APOP:
		_, err = r.APOP(name, password)
		return err
	}
	var bound sasl.Binding
	if way == sasl.SCRAMSHA256Plus {
		bound = sasl.TLSExporter(r.TLS())
	}
	x, err := sasl.NewClient(way, sasl.Credentials{Name: name, Password: password}, bound)
	r.must(err)
	_, err = r.Auth(x)
	return err
}

// refused fails unless err is a refusal with that code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	if r := (*pop3.Reply)(nil); !errors.As(err, &r) || r.Code != code {
		t.Errorf("%v, want a refusal with [%s]", err, code)
	}
}

// TestFetching: by each way in, over each kind of connection, bob reads his letters to the
// octet and deletes one; who watches and the list of sessions know who it was.
func TestFetching(t *testing.T) {
	var watched atomic.Pointer[Session]
	dir := t.TempDir()
	b := start(t, Options{Dir: dir, Letters: true,
		Watch: func(s *Session) trace.Sink { watched.Store(s); return nil }})
	for _, kind := range []string{"none", "stls", "tls"} {
		ways := append(sasl.Mechanisms(kind != "none"), userPass, sasl.APOP)
		for _, way := range ways {
			t.Run(kind+" "+way, func(t *testing.T) {
				mail(t, b)
				want := mails(t, b, "bob")
				r := b.door(t, kind, trusting(t, dir))
				r.must(r.login(way, "bob@lab.test", DefaultPassword))
				listed, err := r.ListAll()
				r.must(err)
				if len(listed) != len(want) {
					t.Fatalf("%d are listed of %d", len(listed), len(want))
				}
				for i, m := range want {
					var text bytes.Buffer
					_, err := r.Retrieve(i+1, &text)
					r.must(err)
					if !bytes.Equal(text.Bytes(), m.Data) || listed[i].Octets != int64(text.Len()) {
						t.Errorf("message %d:\n%s\nwant\n%s", i+1, &text, m.Data)
					}
				}
				_, err = r.Delete(len(want))
				r.must(err)
				if n := b.Count("bob"); n != len(want) {
					t.Errorf("%d are left of %d before QUIT", n, len(want))
				}
				_, err = r.Quit()
				r.must(err)
				if n := b.Count("bob"); n != len(want)-1 {
					t.Errorf("%d are left of %d", n, len(want))
				}
				last, _ := b.Ring().Last()
				if watched.Load().Account() != "bob" || last.Account != "bob" || last.Protocol != trace.POP3 {
					t.Errorf("it was %q, and %+v", watched.Load().Account(), last)
				}
			})
		}
	}
}

// TestFetchingOffers: what there is by profile, and above TLS.
func TestFetchingOffers(t *testing.T) {
	dir := t.TempDir()
	all := strings.Join(sasl.Mechanisms(false), " ")
	for _, test := range []struct {
		o     Options
		want  string
		stamp bool
	}{
		{Options{Profile: Textbook}, "", true},
		{Options{}, "TOP, UIDL, RESP-CODES, AUTH-RESP-CODE, PIPELINING, USER, SASL " + all + ", STLS", true},
		{Options{LegacyAuth: Off}, "TOP, UIDL, RESP-CODES, AUTH-RESP-CODE, PIPELINING, USER, " +
			"SASL SCRAM-SHA-256 PLAIN LOGIN, STLS", false},
		{Options{Profile: Full}, "TOP, UIDL, RESP-CODES, AUTH-RESP-CODE, PIPELINING, UTF8 USER, " +
			"EXPIRE NEVER, IMPLEMENTATION mailtool, USER, SASL " + all + ", STLS", true},
		{Options{RequireTLS: true}, "TOP, UIDL, RESP-CODES, AUTH-RESP-CODE, PIPELINING, STLS", false},
	} {
		test.o.Dir = dir
		b := start(t, test.o)
		r := reach(t, b.POP3Addr())
		var got []string
		for _, c := range r.capa() {
			got = append(got, c.String())
		}
		if got := strings.Join(got, ", "); got != test.want {
			t.Errorf("%+v: %s, want\n%s", test.o, got, test.want)
		}
		if stamp := r.Greeting.Timestamp(); (stamp != "") != test.stamp {
			t.Errorf("%+v: the greeting %q", test.o, r.Greeting.Text)
		}
		r.Close()
		b.Stop(t.Context())
		b.Close()
	}
}

// TestFetchingBeside: two sessions on one mailbox, mail that comes meanwhile, a line that is
// lost before QUIT.
func TestFetchingBeside(t *testing.T) {
	b := start(t, Options{Letters: true})
	first := reach(t, b.POP3Addr())
	first.must(first.login(userPass, "bob", DefaultPassword))
	second := reach(t, b.POP3Addr())
	refused(t, second.login(userPass, "bob", DefaultPassword), pop3.CodeInUse)
	second.must(second.login(userPass, "alice", DefaultPassword))
	mail(t, b)
	if got, err := first.Stat(); err != nil || got.Messages != 2 || b.Count("bob") != 3 {
		t.Errorf("the list has %+v messages, the mailbox %d, %v", got, b.Count("bob"), err)
	}
	_, err := first.Delete(1)
	first.must(err)
	first.Close() // without QUIT
	var third *reader
	for range 500 { // until the server has seen it
		third = reach(t, b.POP3Addr())
		if err = third.login(userPass, "bob", DefaultPassword); err == nil {
			break
		}
		third.Close()
		time.Sleep(10 * time.Millisecond)
	}
	third.must(err)
	if got, err := third.Stat(); err != nil || got.Messages != 3 {
		t.Errorf("the next session has %+v, %v", got, err)
	}
}

// TestFetchingThrottle: who fails too often is refused unlooked at, over POP3 as over SMTP,
// and may come again; the right password from there then has to wait as well.
func TestFetchingThrottle(t *testing.T) {
	c := logInto(t, Options{Logins: LoginLimits{Pair: 2}})
	for i, way := range []string{userPass, sasl.APOP, sasl.CRAMMD5, sasl.Plain, userPass, sasl.APOP} {
		r := c.reach(t)
		r.capa()
		code, password := pop3.CodeAuth, "wrong"
		if i >= 2 {
			code, password = pop3.CodeTemporary, DefaultPassword
		}
		refused(t, r.login(way, "bob", password), code)
	}
	r := c.reach(t)
	r.must(r.login(userPass, "alice", DefaultPassword))
	c.clock.at = c.clock.at.Add(time.Minute)
	r = c.reach(t)
	r.must(r.login(sasl.APOP, "bob", DefaultPassword))
}

// TestFetchingInClass: passwords pass in clear in the room, which the greeting says, and
// nowhere else.
func TestFetchingInClass(t *testing.T) {
	b := start(t, Options{Dir: t.TempDir(), Class: room()})
	r := notebook(t, b, "192.168.1.7")
	if want := "lesson: passwords may pass in clear"; !strings.Contains(r.Greeting.Text, want) ||
		r.Greeting.Timestamp() != "" {
		t.Errorf("it greets with %q", r.Greeting.Text)
	}
	refused(t, r.login(userPass, "s001", "zaru-fexu"), pop3.CodeAuth)
	r.must(r.login(userPass, "s001", "tabe-kuny"))
	r = notebook(t, b, "203.0.113.7")
	if all := r.capa(); all.Has("USER") || all.Has("SASL") || !all.Has("STLS") {
		t.Errorf("from anywhere there is %v", all)
	}
	if err := r.login(userPass, "s001", "tabe-kuny"); err == nil {
		t.Error("passwords pass in clear from anywhere")
	}
	b = start(t, Options{Dir: t.TempDir(), Class: room(), RequireTLS: true})
	r = notebook(t, b, "192.168.1.7")
	if strings.Contains(r.Greeting.Text, "lesson") || r.capa().Has("USER") {
		t.Errorf("it greets with %q", r.Greeting.Text)
	}
}

// TestFetchingAnybody: where every address has a mailbox, everybody gets into it.
func TestFetchingAnybody(t *testing.T) {
	b := start(t, Options{AcceptAll: true})
	r := reach(t, b.POP3Addr())
	if stamp := r.Greeting.Timestamp(); stamp != "" {
		t.Errorf("APOP is offered to whom any password is right: %q", stamp)
	}
	r.must(r.login(userPass, "carol@a.test", "anything"))
	got, err := r.Stat()
	if err != nil || got.Messages != 0 || !slices.Contains(b.Users(), "carol@a.test") {
		t.Errorf("%+v, %v, users %q", got, err, b.Users())
	}
}

// TestFetchingLate: a message that is swept, while a session still lists it, is refused for
// now; the session goes on.
func TestFetchingLate(t *testing.T) {
	c := logInto(t, Options{Letters: true})
	r := c.reach(t)
	r.must(r.login(userPass, "bob", DefaultPassword))
	u, _ := c.accounts.find("bob")
	_, err := c.mailbox.Expunge(t.Context(), u.Inbox, []mailbox.UID{1})
	r.must(err)
	c.clock.at = c.clock.at.Add(mailbox.Grace + time.Second)
	r.must(c.mailbox.Sweep(t.Context()))
	_, err = r.Retrieve(1, io.Discard)
	refused(t, err, pop3.CodeTemporary)
	_, err = r.Retrieve(2, io.Discard)
	r.must(err)
}
