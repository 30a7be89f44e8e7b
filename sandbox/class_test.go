package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/smtp"
)

// room is a class of two.
func room() *Class {
	return &Class{Students: []Student{{"s001", "tabe-kuny"}, {"s002", "zaru-fexu"}}}
}

// distant is a connection whose client says that it has another address.
type distant struct {
	net.Conn
	from net.Addr
}

func (d distant) RemoteAddr() net.Addr { return d.from }

// laptop is a client of a server at an address of the network.
func laptop(t *testing.T, s *smtp.Server, addr string, port int) (*user, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	go s.ServeConn(distant{theirs, &net.TCPAddr{IP: net.ParseIP(addr), Port: port}})
	c := smtp.NewClient(ours)
	t.Cleanup(func() { ours.Close() })
	u := &user{c, t}
	return u, u.Greet()
}

// serverOf is the SMTP server of that name.
func (b *Sandbox) serverOf(t *testing.T, name string) *smtp.Server {
	t.Helper()
	for _, s := range b.services {
		if s.name == name {
			return s.server.(*smtp.Server)
		}
	}
	t.Fatalf("there is no server %s", name)
	return nil
}

// TestClassLogsIn: students log in from another machine in clear, which the greeting says,
// and hand in mail; from a public address nobody does.
func TestClassLogsIn(t *testing.T) {
	b := start(t, Options{Dir: t.TempDir(), Class: room()})
	for _, name := range []string{"smtp", "submission"} {
		u, err := laptop(t, b.serverOf(t, name), "192.168.1.7", 1)
		u.must(err)
		if want := "mail.lab.test ESMTP mailtool (lesson: passwords may pass in clear)"; u.Greeting.Text() != want {
			t.Errorf("%s greets with %q", name, u.Greeting.Text())
		}
		u.hello()
		if mechanisms, _ := u.Extensions.Param("AUTH"); mechanisms !=
			map[string]string{"submission": "SCRAM-SHA-256 PLAIN LOGIN"}[name] {
			t.Errorf("%s offers %q", name, mechanisms)
		}
		if name == "smtp" {
			u.must(deliver(u.Client, "<s002@lab.test>", "<s001@lab.test>"))
			continue
		}
		if err := u.login(sasl.Plain, "s001", "zaru-fexu"); err == nil {
			t.Error("another's password fits")
		}
		u.must(u.login(sasl.Plain, "s001", "tabe-kuny"))
		u.must(deliver(u.Client, "<s001@lab.test>", "<s002@lab.test>"))
	}
	u, err := laptop(t, b.serverOf(t, "submission"), "203.0.113.7", 1)
	u.must(err)
	u.hello()
	if u.Extensions.Has("AUTH") {
		t.Error("passwords pass in clear from anywhere")
	}
}

// TestClassRequiresTLS: where TLS is required no password is taken before it.
func TestClassRequiresTLS(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir, Class: room(), RequireTLS: true})
	u, err := laptop(t, b.serverOf(t, "submission"), "10.0.0.7", 1)
	u.must(err)
	if strings.Contains(u.Greeting.Text(), "lesson") {
		t.Errorf("it greets with %q", u.Greeting.Text())
	}
	u.hello()
	if u.Extensions.Has("AUTH") {
		t.Error("AUTH is offered in clear")
	}
	var r *smtp.Reply
	if _, err := u.Do(smtp.Command{Verb: "AUTH", Arg: "PLAIN AHMwMDEAdGFiZS1rdW55"}); !errors.As(err, &r) || r.Code != 538 {
		t.Errorf("AUTH in clear: %v", err)
	}
	u.must(u.StartTLS(t.Context(), believing(t, filepath.Join(dir, pki.ClassFolder))))
	u.hello()
	u.must(u.login(sasl.SCRAMSHA256Plus, "s001", "tabe-kuny"))
	if _, err := Start(t.Context(), Options{SMTP: "0", RequireTLS: true}); !errors.As(err, new(*CertificateError)) {
		t.Errorf("without a certificate: %v", err)
	}
}

// TestClassAccounts: the class has accounts and nobody else; what a mailbox had before is
// no way in, and alice and bob are there afterwards.
func TestClassAccounts(t *testing.T) {
	dir := t.TempDir()
	open := func(o Options) *Sandbox {
		o.Dir = dir
		return start(t, o)
	}
	b := open(Options{Class: room()})
	if got := b.Users(); !slices.Equal(got, []string{"s001", "s002"}) {
		t.Errorf("the class is %q", got)
	}
	c := &counted{Sandbox: b, t: t}
	for range 2 {
		c.wants("s001", "tabe-kuny", "s001", nil)
		c.wants("s002@lab.test", "zaru-fexu", "s002", nil)
		c.wants("alice", "sesame", "", sasl.ErrRefused)
		b.Close()
		b = open(Options{})
		if got := b.Users(); !slices.Contains(got, "alice") || !slices.Contains(got, "s001") {
			t.Errorf("without the class: %q", got)
		}
		c = &counted{Sandbox: b, t: t}
		c.wants("alice", "sesame", "alice", nil)
		b.Close()
		b = open(Options{Class: room()})
		c = &counted{Sandbox: b, t: t}
	}
	before := verifiers(t, b, "s001")
	b.Close()
	b = open(Options{Class: room()})
	if now := verifiers(t, b, "s001"); now != before {
		t.Error("the same password was kept anew")
	}
	if err := b.SetPassword(t.Context(), "s001", "other"); err != nil {
		t.Fatal(err)
	}
	b.Close()
	c = &counted{Sandbox: open(Options{Class: room()}), t: t}
	c.wants("s001", "other", "", sasl.ErrRefused)
	c.wants("s001", "tabe-kuny", "s001", nil)
}

// verifiers is what is kept of somebody's password, with what they are called by.
func verifiers(t *testing.T, b *Sandbox, name string) string {
	t.Helper()
	u, _ := b.accounts.find(name)
	kept, err := b.mailbox.Verifiers(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, v := range kept {
		all = append(all, v.Mechanism+" "+string(v.Value))
	}
	return strings.Join(all, "\n")
}

// TestClassLegacy: what a mailbox on loopback has kept of a password is taken away, if the
// class does not offer what it is for.
func TestClassLegacy(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	if err := b.AddUser(t.Context(), "s001", "tabe-kuny"); err != nil {
		t.Fatal(err)
	}
	b.Close()
	b = start(t, Options{Dir: dir, Class: room()})
	if kept := verifiers(t, b, "s001"); strings.Contains(kept, "tabe-kuny") {
		t.Errorf("the password itself is kept: %s", kept)
	}
	b.Close()
	b = start(t, Options{Dir: dir, Class: room(), LegacyAuth: On})
	if kept := verifiers(t, b, "s001"); !strings.Contains(kept, sasl.CRAMMD5) {
		t.Errorf("CRAM-MD5 is offered, and this is kept: %s", kept)
	}
}

// TestClassOfSixty: sixty laptops behind one address are connected and log in at the same
// time, after many have mistyped; elsewhere fifty are enough.
func TestClassOfSixty(t *testing.T) {
	const laptops = 60
	class := &Class{}
	for i := range laptops {
		class.Students = append(class.Students, Student{fmt.Sprintf("s%03d", i+1), "open"})
	}
	b := start(t, Options{Dir: t.TempDir(), Class: class, Careless: true})
	s := b.serverOf(t, "submission")
	var all sync.WaitGroup
	ready := make(chan bool)
	for i, student := range class.Students {
		u, err := laptop(t, s, "192.168.1.1", i+1)
		if err != nil {
			t.Fatalf("laptop %d: %v", i+1, err)
		}
		u.hello()
		all.Go(func() {
			<-ready
			for range 2 {
				if u.login(sasl.Plain, student.Name, "mistyped") == nil {
					t.Error("a wrong password fits")
				}
			}
			if err := u.login(sasl.Plain, student.Name, student.Password); err != nil {
				t.Errorf("%s: %v", student.Name, err)
			}
		})
	}
	close(ready)
	all.Wait()
	alone := start(t, Options{Dir: t.TempDir(), Host: "127.0.0.1"}).serverOf(t, "submission")
	refused := 0
	for i := range laptops {
		if _, err := laptop(t, alone, "192.168.1.1", i+1); err != nil {
			refused++
		}
	}
	if refused != laptops-50 {
		t.Errorf("without a class %d are refused", refused)
	}
}

// TestClassListens: on loopback and on each private address, on the same port, and the
// certificate is good for each. Loopback's other addresses stand for a network here.
func TestClassListens(t *testing.T) {
	other := netip.MustParseAddr("127.0.0.2")
	if l, err := net.Listen("tcp", "127.0.0.2:0"); err != nil {
		t.Skip("this system has one address of loopback only")
	} else {
		l.Close()
	}
	dir := t.TempDir()
	class := room()
	class.Addrs = []netip.Addr{other}
	b := start(t, Options{Dir: dir, Class: class})
	if len(b.services) != 14 {
		t.Fatalf("%d listeners", len(b.services))
	}
	for _, addr := range []string{b.Addr(), b.SubmissionAddr(), b.SubmissionsAddr()} {
		host, port, _ := net.SplitHostPort(addr)
		if host != "127.0.0.1" {
			t.Errorf("it says that it listens on %s", addr)
		}
		u := connect(t, net.JoinHostPort(other.String(), port))
		config := believing(t, filepath.Join(dir, pki.ClassFolder))
		config.ServerName = other.String()
		if addr == b.SubmissionsAddr() {
			u.must(u.ImplicitTLS(t.Context(), config))
			u.must(u.Greet())
			continue
		}
		u.must(u.Greet())
		u.hello()
		u.must(u.StartTLS(t.Context(), config))
	}
	if b.Loopback() {
		t.Error("others cannot come")
	}
	if err := b.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", net.JoinHostPort(other.String(), strings.TrimPrefix(b.Addr(), "127.0.0.1:"))); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

// TestClassIsNeverPublic: an address that the whole world can reach is refused.
func TestClassIsNeverPublic(t *testing.T) {
	for _, addr := range []string{"203.0.113.7", "2001:db8::1", "0.0.0.0", "::", "100.64.0.1", "172.32.0.1"} {
		class := room()
		class.Addrs = []netip.Addr{netip.MustParseAddr(addr)}
		b, err := Start(t.Context(), Options{SMTP: "0", Class: class})
		if !errors.Is(err, ErrPublic) {
			t.Errorf("%s: %v", addr, err)
		}
		if err == nil {
			b.Close()
		}
	}
	for _, addr := range []string{"10.1.2.3", "172.16.0.1", "192.168.255.1", "169.254.1.1", "fd00::2", "127.0.0.1",
		"::ffff:10.1.2.3"} {
		if !isPrivate(netip.MustParseAddr(addr)) {
			t.Errorf("%s is not private", addr)
		}
	}
}

// TestClassPassword: what cannot be a password is told with its student.
func TestClassPassword(t *testing.T) {
	class := &Class{Students: []Student{{"s001", "a\x00b"}}}
	if _, err := New(t.Context(), Options{Class: class}); !errors.Is(err, ErrPassword) ||
		!strings.Contains(err.Error(), "s001") {
		t.Error(err)
	}
	class = &Class{Students: []Student{{"a@b@c", "x"}}}
	if _, err := New(t.Context(), Options{Class: class}); !errors.Is(err, mailbox.ErrName) {
		t.Error(err)
	}
}

// TestPrivateAddrs: which of a machine's addresses a class is given, in which order.
func TestPrivateAddrs(t *testing.T) {
	var all []netip.Addr
	for _, s := range []string{"127.0.0.1", "203.0.113.7", "172.17.0.1", "fe80::1", "fd00::2", "192.168.1.5",
		"192.168.1.5", "::1", "2001:db8::1"} {
		all = append(all, netip.MustParseAddr(s))
	}
	for route, want := range map[string]string{
		"192.168.1.5": "[192.168.1.5 172.17.0.1 fd00::2]",
		"203.0.113.7": "[172.17.0.1 192.168.1.5 fd00::2]",
	} {
		if got := choose(all, netip.MustParseAddr(route)); want != fmt.Sprint(got) {
			t.Errorf("%v, want %s", got, want)
		}
	}
	if _, err := PrivateAddrs(); err != nil {
		t.Error(err)
	}
}
