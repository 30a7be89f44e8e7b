package interop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/tracetest"
)

// An onlooker stands between strangers and has their sessions dissected.
type onlooker struct {
	net.Listener
	to       string // where the server is
	sessions sync.WaitGroup

	mu     sync.Mutex
	events []trace.Event
}

// lookOn starts one that ends with the test.
func lookOn(t *testing.T, to string) *onlooker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	o := &onlooker{Listener: l, to: to}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			o.sessions.Go(func() { o.watch(t, client) })
		}
	}()
	return o
}

// watch hands over what the ends of a session say, once it has been recorded.
func (o *onlooker) watch(t *testing.T, client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", o.to)
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	d := imap.NewDissector("1")
	mark := func(m trace.Mark) {
		o.mu.Lock()
		defer o.mu.Unlock()
		m.When = time.Now()
		d.Mark(m, func(ev *trace.Event) { o.events = append(o.events, *ev.Clone()) })
	}
	mark(trace.Mark{Kind: trace.MarkOpen, Open: &trace.Opening{Protocol: trace.IMAP,
		Vantage: trace.InMiddle}})
	pass := func(from, to net.Conn, e trace.End) {
		b := make([]byte, 32<<10)
		for {
			n, err := from.Read(b)
			if n > 0 {
				mark(trace.Mark{Kind: trace.MarkBytes, End: e, B: b[:n]})
				to.Write(b[:n])
			}
			if err != nil {
				mark(trace.Mark{Kind: trace.MarkEOF, End: e})
				to.(*net.TCPConn).CloseWrite()
				return
			}
		}
	}
	var ends sync.WaitGroup
	ends.Go(func() { pass(client, server, trace.Client) })
	ends.Go(func() { pass(server, client, trace.Server) })
	ends.Wait()
	mark(trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedEOF})
}

// blameless fails where anything but notes was found, or too little seen.
func (o *onlooker) blameless(t *testing.T, who string) {
	t.Helper()
	o.sessions.Wait()
	fault := func(f rule.Finding) bool { return f.Level != rule.Note }
	results := 0
	for i := range o.events {
		ev := &o.events[i]
		if ev.Kind == trace.Reply && ev.Answers > 0 {
			results++
		}
		if ev.Kind == trace.Undecided || slices.ContainsFunc(ev.Findings, fault) {
			t.Errorf("%s: %s", who, tracetest.Compact(ev))
		}
	}
	if results < 5 {
		t.Errorf("%s: %d results", who, results)
	}
}

// offlineimapConfiguration has all folders on both sides alike.
const offlineimapConfiguration = `
[general]
accounts = lab
metadata = %[1]s/meta
ui = quiet
[Account lab]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = %[1]s/mail
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = %[2]s
remoteuser = bob
remotepass = %[3]s
ssl = no
starttls = no
auth_mechanisms = PLAIN, LOGIN
`

// TestStrangers: where neither end is ours, nothing is found that is not true, which is nothing.
func TestStrangers(t *testing.T) {
	d := imapDovecot(t)
	letter := filepath.Join(t.TempDir(), "letter.eml")
	if err := os.WriteFile(letter, []byte("Subject: a\r\n\r\nb\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		run  func(t *testing.T, port string)
	}{
		{"curl", func(t *testing.T, port string) {
			url, user := "imap://127.0.0.1:"+port, "bob:"+asciiPhrase
			for _, args := range [][]string{{url}, {"-T", letter, url + "/INBOX"},
				{url + "/INBOX?ALL"}, {url + "/INBOX;UID=1"}, {"-X", "NOOP", url + "/INBOX"}} {
				must(t, "", need(t, "curl"), append([]string{"-s", "-S", "-u", user}, args...)...)
			}
		}},
		{"python3", func(t *testing.T, port string) {
			must(t, "", need(t, "python3"), "-c", strangerInPython, port, asciiPhrase)
		}},
		{"mbsync", func(t *testing.T, port string) { mbsyncAt(t, port) }},
		{"offlineimap", func(t *testing.T, port string) {
			dir := t.TempDir()
			text := fmt.Sprintf(offlineimapConfiguration, dir, port, asciiPhrase)
			if err := os.WriteFile(filepath.Join(dir, "rc"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				must(t, "", need(t, "offlineimap"), "-o", "-c", filepath.Join(dir, "rc"))
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			need(t, c.name)
			o := lookOn(t, net.JoinHostPort(d.Host, d.Port))
			_, port, _ := net.SplitHostPort(o.Addr().String())
			c.run(t, port)
			o.blameless(t, c.name)
		})
	}
}

// mbsyncAt has mbsync make both sides alike, twice.
func mbsyncAt(t *testing.T, port string) {
	dir := t.TempDir()
	for _, name := range []string{"mail", "state"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "mbsyncrc")
	noCertificate := path // some file: without TLS nobody looks into it
	text := fmt.Sprintf(mbsyncConfiguration, port, strconv.Quote(asciiPhrase), "LOGIN", "None", noCertificate, dir)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		must(t, "", need(t, "mbsync"), "-c", path, "-a")
	}
}

// strangerInPython reads and arranges mail with imaplib.
const strangerInPython = `
import imaplib, sys
m = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]), timeout=20)
m.login("bob", sys.argv[2])
m.select()
for i in range(3):
    m.append("INBOX", r"\Flagged", None, b"Subject: %d\r\n\r\nhi\r\n" % i)
m.noop()
m.fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])")
m.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
m.create("&U,BTFw-")
m.list()
m.copy("1", "&U,BTFw-")
m.search(None, "FROM", "alice")
m.sort("(REVERSE DATE)", "UTF-8", "ALL")
m.thread("REFERENCES", "UTF-8", "ALL")
m.status("INBOX", "(MESSAGES UIDNEXT)")
m.store("1:2", "+FLAGS", r"(\Deleted)")
m.expunge()
m.select("INBOX", readonly=True)
m.fetch("1", "(BODY[TEXT])")
m.close()
m.logout()
`
