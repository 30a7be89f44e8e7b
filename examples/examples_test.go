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

	"mailtool/internal/conversation"
	"mailtool/internal/pki"
	"mailtool/mailbox"
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

// TestSessions plays the client's lines of each dialogue to a server.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("sessions/*.session")
	if err != nil || len(files) == 0 {
		t.Fatal("no sessions", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			script, err := conversation.Parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			o := sandbox.Options{Profile: sandbox.Profile(script.Settings["profile"])}
			which := script.Settings["server"]
			if which == "submission" {
				o.Dir = t.TempDir()
			}
			s := startServer(t, o)
			addr := s.Addr()
			switch which {
			case "submission":
				addr = s.SubmissionAddr()
			case "pop3":
				addr = s.POP3Addr()
				s.keep(t, "plain.eml", "dots.eml")
			case "imap":
				addr = s.IMAPAddr()
				if script.Settings["arrives"] == "" {
					s.keep(t, "plain.eml", "dots.eml")
				}
			}
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if letter := script.Settings["arrives"]; letter != "" {
				nc = &idler{Conn: nc, then: sync.OnceFunc(func() { s.keep(t, letter) })}
			}
			if err := (&conversation.Player{Conn: nc}).Play(script, 'C'); err != nil {
				t.Error(err)
			}
			if n := s.Count("bob"); n != 1 {
				t.Errorf("bob has %d mails", n)
			}
		})
	}
}

// An idler is the connection of a client that waits: when the server has allowed it to, then is
// called.
type idler struct {
	net.Conn
	then func()
}

func (c *idler) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if bytes.HasPrefix(b[:n], []byte("+")) {
		c.then()
	}
	return n, err
}

// forget forgets what was seen so far.
func (s *server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = nil
}

// keep puts letters of this folder into bob's mailbox.
func (s *server) keep(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("letters", name))
		if err != nil {
			t.Fatal(err)
		}
		crlf := strings.ReplaceAll(string(text), "\n", "\r\n")
		err = s.Add(t.Context(), "bob", mailbox.Inbox, time.Now(), 0, strings.NewReader(crlf))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestFetch: the programs that fetch show what is there, dots and all; nothing is wrong with
// their sessions but the password in clear. They delete when they are told to.
func TestFetch(t *testing.T) {
	inClear := []string{"pop3/1939-13-password-in-clear"}
	s := startServer(t, sandbox.Options{})
	s.keep(t, "plain.eml", "dots.eml")
	_, port, _ := net.SplitHostPort(s.POP3Addr())

	got := runCommand(t, "go", "run", "./examples/go/fetch", s.POP3Addr())
	if !strings.HasSuffix(got, "A line with a dot alone:\n.\nA line that begins with two:\n..\n"+
		"The folder for configuration:\n.config\nThe end.\n") {
		t.Errorf("the program in Go shows %q", got)
	}
	if found := s.found(t); !slices.Equal(found, inClear) {
		t.Errorf("the program in Go: found %q", found)
	}
	for _, row := range []struct {
		more []string
		left int
	}{{nil, 2}, {[]string{"delete"}, 0}} {
		s.forget()
		got := runCommand(t, python(t), append([]string{"examples/python/fetch.py", port}, row.more...)...)
		if !strings.HasPrefix(got, "2 letters, ") || !strings.Contains(got, "  Dots\n") {
			t.Errorf("%q: the program in Python shows %q", row.more, got)
		}
		if found := s.found(t); !slices.Equal(found, inClear) {
			t.Errorf("%q: the program in Python: found %q", row.more, found)
		}
		if n := s.Count("bob"); n != row.left {
			t.Errorf("%q: bob has %d letters", row.more, n)
		}
	}
}

// TestArrange: the programs that read and arrange mail show what is there, and change what they
// say; nothing is wrong with their sessions but the password in clear.
func TestArrange(t *testing.T) {
	inClear := []string{"imap/3501-6.2.3-login-in-clear"}
	s := startServer(t, sandbox.Options{})
	s.keep(t, "plain.eml", "dots.eml")
	_, port, _ := net.SplitHostPort(s.IMAPAddr())

	got := runCommand(t, "go", "run", "./examples/go/arrange", s.IMAPAddr())
	want := `2 letters
1  UID 1  (\Recent)  Do you like ketchup?
2  UID 2  (\Recent)  Dots
flagged: UID 2 (\Flagged \Recent)
`
	if got != want {
		t.Errorf("the program in Go shows %q, want %q", got, want)
	}
	if found := s.found(t); !slices.Equal(found, inClear) {
		t.Errorf("the program in Go: found %q", found)
	}
	for _, row := range []struct {
		more []string
		says string
		left int
	}{{nil, "UID 2  (\\Flagged)  Alice <alice@lab.test>  Dots\n", 2},
		{[]string{"archive"}, "UID 1 is in Archive now\n", 1}} {
		s.forget()
		got := runCommand(t, python(t), append([]string{"examples/python/arrange.py", port}, row.more...)...)
		if !strings.Contains(got, "(\\Archive) \"/\" Archive\n") || !strings.HasSuffix(got, row.says) {
			t.Errorf("%q: the program in Python shows %q", row.more, got)
		}
		if found := s.found(t); !slices.Equal(found, inClear) {
			t.Errorf("%q: the program in Python: found %q", row.more, found)
		}
		if n := s.Count("bob"); n != row.left {
			t.Errorf("%q: bob has %d letters", row.more, n)
		}
	}
}

// TestWait: who waits in IDLE is told of a letter, and of nothing before.
func TestWait(t *testing.T) {
	s := startServer(t, sandbox.Options{})
	_, port, _ := net.SplitHostPort(s.IMAPAddr())
	w := s.waits(t, "examples/python/wait.py", port)
	s.keep(t, "dots.eml")
	if got := w.end(t); !strings.Contains(got, "S: * 1 EXISTS\n") ||
		!strings.Contains(got, "S: Subject: Dots\n") || strings.Contains(got, "sesame") {
		t.Errorf("it shows %q", got)
	}
	if found := s.found(t); !slices.Equal(found, []string{"imap/3501-6.2.3-login-in-clear"}) {
		t.Errorf("found %q", found)
	}
}

// A waiting is a program in Python that waits in IDLE.
type waiting struct {
	cmd *exec.Cmd
	out *bytes.Buffer
}

// waits starts the program, and returns when the server has allowed it to wait.
func (s *server) waits(t *testing.T, args ...string) *waiting {
	t.Helper()
	idle := make(chan bool)
	s.mu.Lock()
	s.idle = sync.OnceFunc(func() { close(idle) })
	s.mu.Unlock()
	w := &waiting{out: new(bytes.Buffer)}
	w.cmd = exec.CommandContext(t.Context(), python(t), args...)
	w.cmd.Dir, w.cmd.Stdout, w.cmd.Stderr = "..", w.out, w.out
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-idle:
	case <-time.After(20 * time.Second):
		t.Fatalf("%q does not come to wait", args)
	}
	return w
}

// end waits for the end of the program, and returns what it has shown.
func (w *waiting) end(t *testing.T) string {
	t.Helper()
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, w.out)
	}
	return w.out.String()
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

// TestREADME types every command of the README: mailtool is built for it, a server runs
// as the README says, and whatever is not for every shell is refused.
func TestREADME(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	typed := 0
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, "    ") {
			continue
		}
		typed++
		if strings.ContainsAny(line, `'>\$|;&`) {
			t.Errorf("not for every shell: %s", line)
		}
		r.types(t, strings.Fields(line))
	}
	if typed < 25 {
		t.Errorf("only %d commands were found", typed)
	}
	// Seven came from the clients above that send; one was archived, and one came to who waited.
	if got := "9 mails, 8 letters"; !strings.Contains(r.stored, got) {
		t.Errorf("stored.py says %q, not %q", r.stored, got)
	}
	if n := r.server.Count("bob"); n != 9 {
		t.Errorf("bob has %d mails in the end", n)
	}
}

// A reader types what the README says.
type reader struct {
	bin, files string   // mailtool, and where files go that it writes
	home       []string // the variables that say where the server's files lie
	server     *server
	stored     string // what stored.py said
	waiting    *waiting
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{files: t.TempDir()}
	r.bin = filepath.Join(r.files, "mailtool.exe")
	runCommand(t, "go", "build", "-o", r.bin, "./cmd/mailtool")
	vars := map[string]string{"XDG_DATA_HOME": r.files, "LOCALAPPDATA": r.files, "HOME": r.files}
	for name, value := range vars {
		r.home = append(r.home, name+"="+value)
	}
	dir, err := sandbox.DefaultDir(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	r.server = startServer(t, sandbox.Options{Dir: dir})
	return r
}

// types types a command.
func (r *reader) types(t *testing.T, words []string) {
	t.Helper()
	_, port, _ := net.SplitHostPort(r.server.Addr())
	_, submission, _ := net.SplitHostPort(r.server.SubmissionAddr())
	for i, w := range words {
		if w == "letters.mbox" || w == "lunch.eml" || i > 0 && words[i-1] == "-o" && words[0] == "mailtool" {
			words[i] = filepath.Join(r.files, w)
		}
	}
	switch {
	case words[0] == "go" && words[1] == "build", len(words) == 2 && words[1] == "serve":
	case words[0] == "mailtool":
		runWith(t, r.home, r.bin, words[1:]...)
		if r.waiting != nil { // for what was just typed in the other window
			r.waiting.end(t)
			r.waiting = nil
		}
	case strings.HasSuffix(words[len(words)-1], "/fetch"):
		runCommand(t, "go", append(words[1:], r.server.POP3Addr())...)
	case strings.HasSuffix(words[len(words)-1], "/arrange"):
		runCommand(t, "go", append(words[1:], r.server.IMAPAddr())...)
	case strings.HasSuffix(words[len(words)-1], "/login"):
		runCommand(t, "go", append(words[1:], r.server.SubmissionAddr(), r.server.ca)...)
	case words[0] == "go":
		runCommand(t, "go", append(words[1:], r.server.Addr())...)
	case strings.HasSuffix(words[1], "fetch.py"):
		_, port, _ := net.SplitHostPort(r.server.POP3Addr())
		runCommand(t, python(t), append([]string{words[1], port}, words[min(3, len(words)):]...)...)
	case strings.HasSuffix(words[1], "arrange.py"):
		_, port, _ := net.SplitHostPort(r.server.IMAPAddr())
		runCommand(t, python(t), append([]string{words[1], port}, words[min(3, len(words)):]...)...)
	case strings.HasSuffix(words[1], "wait.py"):
		_, port, _ := net.SplitHostPort(r.server.IMAPAddr())
		r.waiting = r.server.waits(t, words[1], port)
	case strings.HasSuffix(words[1], "login.py"):
		runCommand(t, python(t), words[1], submission, r.server.ca)
	case strings.HasSuffix(words[1], "stored.py"):
		r.stored = runCommand(t, python(t), words[1:]...)
	default:
		runCommand(t, python(t), words[1], port)
	}
}
