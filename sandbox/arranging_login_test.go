package sandbox

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/trace"
)

// enter connects to IMAP: in clear ("none"), with "starttls", or with "tls" from the start.
func enter(t *testing.T, b *Sandbox, kind string, trust *tls.Config) *imap.Client {
	t.Helper()
	addr := b.IMAPAddr()
	if kind == "tls" {
		addr = b.IMAPSAddr()
	}
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := imap.NewClient(nc)
	t.Cleanup(func() { c.Close() })
	if kind == "tls" {
		err = c.ImplicitTLS(t.Context(), trust)
	}
	if err == nil {
		err = c.Greet()
	}
	if err == nil && kind == "starttls" {
		err = c.StartTLS(t.Context(), trust)
	}
	if err == nil {
		_, err = c.Capability()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// logIn logs in by LOGIN ("") or a mechanism.
func logIn(c *imap.Client, mechanism, name, password string) error {
	if mechanism == "" {
		_, err := c.Login(name, password)
		return err
	}
	var bound sasl.Binding
	if mechanism == sasl.SCRAMSHA256Plus {
		bound = sasl.TLSExporter(c.TLS())
	}
	x, err := sasl.NewClient(mechanism, sasl.Credentials{Name: name, Password: password}, bound)
	if err == nil {
		_, err = c.Auth(x)
	}
	return err
}

// TestArranging: by each way in, over each kind of connection, bob finds his mail; who watches
// and the list of sessions know who it was.
func TestArranging(t *testing.T) {
	var watched atomic.Pointer[Session]
	dir := t.TempDir()
	b := start(t, Options{Dir: dir, Letters: true,
		Watch: func(s *Session) trace.Sink { watched.Store(s); return nil }})
	for _, kind := range []string{"none", "starttls", "tls"} {
		for _, way := range append(sasl.Mechanisms(kind != "none"), "") {
			t.Run(kind+" "+way, func(t *testing.T) {
				c := enter(t, b, kind, trusting(t, dir))
				if err := logIn(c, way, "bob@lab.test", DefaultPassword); err != nil {
					t.Fatal(err)
				}
				exists := 0
				_, err := c.Do(&imap.Select{Mailbox: "INBOX"}, func(d imap.Data) error {
					if n, ok := d.(imap.ExistsData); ok {
						exists = int(n)
					}
					return nil
				})
				if err != nil || exists != 2 {
					t.Errorf("%d messages, %v", exists, err)
				}
				if _, err := c.Logout(); err != nil {
					t.Error(err)
				}
				last, _ := b.Ring().Last()
				if watched.Load().Account() != "bob" || last.Account != "bob" || last.Protocol != trace.IMAP {
					t.Errorf("it was %q, and %+v", watched.Load().Account(), last)
				}
			})
		}
	}
}

// TestArrangingOffers: what there is by profile, and what a class is told.
func TestArrangingOffers(t *testing.T) {
	dir := t.TempDir()
	const usual = "IMAP4rev1 LITERAL+ ID IDLE NAMESPACE UNSELECT UIDPLUS MOVE SPECIAL-USE"
	var auth string
	for _, m := range sasl.Mechanisms(false) {
		auth += " AUTH=" + m
	}
	class := &Class{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
	for _, test := range []struct {
		o              Options
		want, greeting string
	}{
		{Options{Profile: Textbook}, "IMAP4rev1", "mail.lab.test IMAP4rev1 mailtool"},
		{Options{}, usual + " STARTTLS" + auth, ""},
		{Options{LegacyAuth: Off}, usual + " STARTTLS AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN", ""},
		{Options{RequireTLS: true}, usual + " STARTTLS LOGINDISABLED", ""},
		{Options{Class: class}, usual + " STARTTLS AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN",
			"mail.lab.test IMAP4rev1 mailtool " + LessonWords},
	} {
		test.o.Dir = dir
		b := start(t, test.o)
		c := enter(t, b, "none", nil)
		if got := strings.Join(c.Capabilities, " "); got != test.want {
			t.Errorf("%+v: %s, want\n%s", test.o, got, test.want)
		}
		if test.greeting != "" && c.Greeting.Text != test.greeting {
			t.Errorf("%+v: the greeting %q", test.o, c.Greeting.Text)
		}
		c.Close()
		b.Stop(t.Context())
		b.Close()
	}
	full := (&Options{Profile: Full}).imapCapabilities()
	for _, name := range imap.StandardCapabilities() {
		if !full.Has(name) {
			t.Errorf("profile full lacks %s", name)
		}
	}
}

// TestArrangingThrottle: failures count over all protocols.
func TestArrangingThrottle(t *testing.T) {
	c := logInto(t, Options{Logins: LoginLimits{Pair: 2}})
	for i, want := range []string{imap.CodeAuthenticationFailed, imap.CodeAuthenticationFailed, imap.CodeUnavailable} {
		ours, theirs := net.Pipe()
		go c.ServeIMAP(theirs, false)
		k := imap.NewClient(ours)
		if err := k.Greet(); err != nil {
			t.Fatal(err)
		}
		err := logIn(k, "", "bob", "wrong")
		if r := (*imap.Response)(nil); !errors.As(err, &r) || r.Code.Name != want {
			t.Errorf("log-in %d: %v, want [%s]", i+1, err, want)
		}
		k.Close()
	}
}

func TestIMAPRefusal(t *testing.T) {
	for err, want := range map[error]string{mailbox.ErrFull: "UNAVAILABLE", mailbox.ErrMemory: "UNAVAILABLE",
		mailbox.ErrNoBody: "EXPUNGEISSUED", mailbox.ErrNoUser: "UNAVAILABLE", mailbox.ErrNoFolder: "TRYCREATE"} {
		if got := refusalCode(t, imapRefusal(fmt.Errorf("x: %w", err), imap.CodeTryCreate)); got != want {
			t.Errorf("%v: [%s], want [%s]", err, got, want)
		}
	}
	if err := imapRefusal(io.ErrUnexpectedEOF, ""); err != io.ErrUnexpectedEOF {
		t.Errorf("an error that means nothing to a client became %v", err)
	}
}

// TestVanished: of a client that vanishes amid APPEND nothing is left, and one that vanishes in
// IDLE is noticed: the folder that it had is forgotten in the end.
func TestVanished(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir, Profile: Full})
	k := arrange(t, b, "bob")
	block := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1000)
	fmt.Fprintf(k.conn, "a APPEND INBOX {%d+}\r\nSubject: x\r\n\r\n", 100*len(block))
	for range 20 {
		if _, err := io.WriteString(k.conn, block); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "it is staged", func() bool { return rowsIn(t, dir, "pieces") > 0 })
	k.conn.Close()
	until(t, "nothing is staged", func() bool {
		if err := b.mailbox.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		return rowsIn(t, dir, "pieces")+rowsIn(t, dir, "bodies")+rowsIn(t, dir, "messages") == 0
	})
	k = arrange(t, b, "bob")
	k.sel("INBOX")
	io.WriteString(k.conn, "i IDLE\r\n")
	k.waitFor("+")
	k.conn.Close()
	until(t, "nobody has the folder", func() bool {
		b.sharing.mu.Lock()
		defer b.sharing.mu.Unlock()
		for _, f := range b.sharing.folders {
			if f.sessions > 0 {
				return false
			}
		}
		return true
	})
}

// until waits for what comes true soon.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never: ", what)
}

// TestSlowReader: a client that takes its time with a huge FETCH holds up nobody, and the server
// keeps little of it in memory.
func TestSlowReader(t *testing.T) {
	b := start(t, Options{Profile: Full})
	s, err := b.openFolders(t.Context(), imap.Peer{}, "bob")
	if err != nil {
		t.Fatal(err)
	}
	appended(t, s, "INBOX", 0, "Subject: x\r\n\r\n"+strings.Repeat(strings.Repeat("x", 78)+"\r\n", 100_000))
	slow, other := arrange(t, b, "bob"), arrange(t, b, "bob")
	slow.sel("INBOX")
	io.WriteString(slow.conn, "a FETCH 1 BODY[]\r\n") // 8 MB, of which it reads nothing for now
	other.sel("INBOX")
	other.ok(`STORE 1 +FLAGS (\Flagged)`)
	mail(t, b)
	other.ok("NOOP")
	if len(other.view) != 2 {
		t.Errorf("%d messages", len(other.view))
	}
	other.ok("STORE 1 +FLAGS (\\Deleted)")
	other.ok("EXPUNGE")
	slow.waitFor("a OK") // it is read to its end all the same
}

// TestImpudent: commands that are none are BAD, and the session goes on.
func TestImpudent(t *testing.T) {
	b := start(t, Options{Profile: Full})
	k := arrange(t, b, "bob")
	k.sel("INBOX")
	for _, command := range []string{"", "FETCH", "FETCH 0 FLAGS", "SEARCH " + strings.Repeat("(", 20_000),
		"SEARCH " + strings.Repeat("NOT ", 10_000) + "ALL", "SEARCH " + strings.Repeat("OR ALL ", 5000) + "ALL ALL ALL",
		"FETCH 1 (" + strings.Repeat("FLAGS ", 9000), "STORE 1 FLAGS (\\Recent)", "UID", "UID NOOP", "SELECT \"",
		"LIST \"\" \"\x01\"", "FETCH 1 BODY[" + strings.Repeat("1.", 20_000) + "]", "\xff\xfe", "APPEND INBOX x"} {
		if _, status := k.say(command); status != "BAD" && status != "NO" {
			t.Errorf("%.40q: %s", command, status)
		}
		k.ok("NOOP")
	}
	if _, status := k.say("APPEND INBOX {9223372036854775808}"); status != "BAD" && status != "NO" {
		t.Errorf("a literal of 2^63 octets: %s", status)
	}
	k.ok("NOOP")
}
