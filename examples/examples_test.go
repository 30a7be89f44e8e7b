// Package examples is for the test that runs everything in this folder.
package examples

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/internal/pki"
	"mailtool/mime"
	"mailtool/sandbox"
	"mailtool/trace"
)

// A server is a sandbox that remembers the events of its sessions.
type server struct {
	*sandbox.Sandbox
	mu     sync.Mutex
	events []*trace.Event
	over   chan bool // a session ended
	idle   func()    // is called when a client begins to wait in IDLE, if it is not nil
	ca     string    // the file with whom to trust
}

func startServer(t *testing.T, o sandbox.Options) *server {
	t.Helper()
	s := &server{over: make(chan bool, 100)}
	o.SMTP, o.Submissions = "0", sandbox.Off
	if o.Dir != "" { // there the authority lies that signs the server's certificate
		o.Submission, s.ca = "0", filepath.Join(o.Dir, pki.Folder, pki.CertFile)
	}
	o.Watch = func(*sandbox.Session) trace.Sink {
		return func(events []*trace.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, trace.Clones(events)...)
			for _, ev := range events {
				if ev.Kind == trace.Reply && ev.Verb == "+" && s.idle != nil {
					s.idle()
				}
			}
			if last := events[len(events)-1]; last.Kind == trace.Closed && last.Text != "fin" {
				s.over <- true
			}
		}
	}
	box, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Sandbox = box
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		box.Stop(ctx)
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// found waits for the end of a session and returns the rules that were broken, each as
// often as it was.
func (s *server) found(t *testing.T) []string {
	t.Helper()
	select {
	case <-s.over:
	case <-time.After(20 * time.Second):
		t.Fatal("the session does not end")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return findings(s.events)
}

func findings(events []*trace.Event) []string {
	var ids []string
	for _, ev := range events {
		for _, f := range ev.Findings {
			ids = append(ids, f.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// python is the name of the interpreter here.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("python3 is missing")
	return ""
}

func runCommand(t *testing.T, name string, args ...string) string {
	t.Helper()
	return runWith(t, nil, name, args...)
}

// runWith runs a command with some variables of its own.
func runWith(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), env...)
	c.Dir = ".." // the README's commands are typed there
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// faults are the rules that faulty.py breaks.
var faults = []string{
	"message/5322-2.1-no-empty-line",
	"message/5322-3.6-date-missing",
	"smtp/5321-2.3.5-unqualified-name",
	"smtp/5321-3.3-space-after-colon",
	"smtp/5321-4.1.1.10-no-quit",
}

func TestFaultyPython(t *testing.T) {
	interpreter := python(t)
	s := startServer(t, sandbox.Options{})
	_, port, _ := net.SplitHostPort(s.Addr())
	runCommand(t, interpreter, "examples/python/faulty.py", port)
	if got := s.found(t); !slices.Equal(got, faults) {
		t.Errorf("found %q, want %q", got, faults)
	}
	if s.Count("bob") != 1 {
		t.Error("the mail did not arrive, and the lesson is that it does")
	}
}

func TestRightPython(t *testing.T) {
	interpreter := python(t)
	s := startServer(t, sandbox.Options{})
	_, port, _ := net.SplitHostPort(s.Addr())
	runCommand(t, interpreter, "examples/python/right.py", port)
	arrivedWhole(t, s)
}

// TestPartsPython: each part of what the client wrote by hand is read as it was.
func TestPartsPython(t *testing.T) {
	interpreter := python(t)
	s := startServer(t, sandbox.Options{})
	_, port, _ := net.SplitHostPort(s.Addr())
	runCommand(t, interpreter, "examples/python/parts.py", port)
	if got := s.found(t); got != nil {
		t.Errorf("found %q", got)
	}
	mails, err := s.Mails(t.Context(), "bob")
	if err != nil || len(mails) != 1 {
		t.Fatalf("bob has %d mails, %v", len(mails), err)
	}
	files := map[string]string{"1.1.1": "lunch.txt", "1.2": "heart.png", "2": "menu.csv"}
	m := mime.Open(mails[0].Data)
	for section, name := range files {
		want, err := os.ReadFile(filepath.Join("lunch", name))
		if err != nil {
			t.Fatal(err)
		}
		p := m.Find(section)
		if p == nil {
			t.Fatalf("there is no part %s", section)
		}
		if got, err := p.Bytes(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if name := m.Find("2").FileName(); name != "菜单.csv" {
		t.Error(name)
	}
	id := m.Find("1.2").ContentID()
	if page, err := m.Find("1.1.2").Text(); err != nil || !strings.Contains(page, `src="cid:`+id+`"`) {
		t.Errorf("%s is not in the page, %v:\n%s", id, err, page)
	}
}

func TestRightGo(t *testing.T) {
	s := startServer(t, sandbox.Options{})
	runCommand(t, "go", "run", "./examples/go/send", s.Addr())
	arrivedWhole(t, s)
}

// TestLogIn: the clients that log in do so in TLS, and nothing is wrong with their sessions.
func TestLogIn(t *testing.T) {
	for _, words := range [][]string{
		{python(t), "examples/python/login.py"},
		{"go", "run", "./examples/go/login"},
	} {
		s := startServer(t, sandbox.Options{Dir: t.TempDir()})
		addr := s.SubmissionAddr()
		if words[0] != "go" {
			_, addr, _ = net.SplitHostPort(addr)
		}
		runCommand(t, words[0], append(words[1:], addr, s.ca)...)
		arrivedWhole(t, s)
		s.mu.Lock()
		if !slices.ContainsFunc(s.events, func(ev *trace.Event) bool {
			return ev.Kind == trace.Command && ev.Verb == "AUTH" && ev.Layer == 1
		}) {
			t.Errorf("%q did not log in in TLS", words)
		}
		s.mu.Unlock()
	}
}

// TestLogInTrusts: a server that nobody trusted has signed for gets no password.
func TestLogInTrusts(t *testing.T) {
	s := startServer(t, sandbox.Options{Dir: t.TempDir()})
	other := startServer(t, sandbox.Options{Dir: t.TempDir()})
	_, port, _ := net.SplitHostPort(s.SubmissionAddr())
	c := exec.CommandContext(t.Context(), python(t), "python/login.py", port, other.ca)
	if out, err := c.CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "CERTIFICATE_VERIFY_FAILED") {
		t.Errorf("%v\n%s", err, out)
	}
	c = exec.CommandContext(t.Context(), "go", "run", "./go/login", s.SubmissionAddr(), other.ca)
	if out, err := c.CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "unknown authority") {
		t.Errorf("%v\n%s", err, out)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range s.events {
		if ev.Verb == "AUTH" {
			t.Errorf("%s", ev.Raw)
		}
	}
}

// arrivedWhole: nothing is wrong with the session, and the dot is where it was.
func arrivedWhole(t *testing.T, s *server) {
	t.Helper()
	if got := s.found(t); got != nil {
		t.Errorf("found %q", got)
	}
	mails, err := s.Mails(t.Context(), "bob")
	if err != nil || len(mails) != 1 || !strings.HasSuffix(string(mails[0].Data),
		"I love computer networks!\r\n.com is a domain, too: this line begins with a dot.\r\n") {
		t.Errorf("bob has %d mails, or not what was sent", len(mails))
	}
}

// TestSavedTrace: the file shows what a server finds in the client today.
func TestSavedTrace(t *testing.T) {
	f, err := os.Open("traces/faulty.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, events, err := trace.ReadFile(f)
	if err != nil || h.Vantage != trace.AtServer || !h.Redacted {
		t.Fatalf("header %+v, %v", h, err)
	}
	if got := findings(events); !slices.Equal(got, faults) {
		t.Errorf("found %q, want %q", got, faults)
	}
}

// TestLetters: the letters are what the README says of them.
func TestLetters(t *testing.T) {
	for _, name := range []string{"plain.eml", "chinese.eml", "dots.eml", "bare-lf.eml"} {
		text, err := os.ReadFile(filepath.Join("letters", name))
		if err != nil {
			t.Fatal(err)
		}
		crlf, lf := strings.Count(string(text), "\r\n"), strings.Count(string(text), "\n")
		if mixed := crlf > 0 && crlf < lf; mixed != (name == "bare-lf.eml") {
			t.Errorf("%s: %d CRLF of %d LF", name, crlf, lf)
		}
		if strings.ContainsFunc(string(text), func(r rune) bool { return r > '~' }) {
			t.Errorf("%s is no ASCII", name)
		}
	}
}
