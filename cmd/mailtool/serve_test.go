package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/sandbox"
	"mailtool/trace"
)

// A served is a serve that runs in this process.
type served struct {
	t    *testing.T
	addr string
	out  *shared
	stop context.CancelFunc
	done chan int
}

// shared is a buffer for the writer of one goroutine and the looks of another.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startServe runs "mailtool serve" on a free port until stop.
func startServe(t *testing.T, out io.Writer, args ...string) *served {
	t.Helper()
	return startServeAt(t, testSystem(), out, args...)
}

// startServeAt is startServe with another clock than one that stands still.
func startServeAt(t *testing.T, sys system, out io.Writer, args ...string) *served {
	t.Helper()
	dir := t.TempDir()
	if at := slices.Index(args, "--dir"); at >= 0 {
		dir = args[at+1]
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{t: t, stop: cancel, done: make(chan int, 1)}
	s.out, _ = out.(*shared)
	var errs shared
	go func() {
		s.done <- run(ctx, append([]string{"serve", "--smtp", "0", "--dir", dir}, args...), sys,
			strings.NewReader(""), out, &errs)
	}()
	for range 500 {
		if p, err := sandbox.ReadPorts(dir); err == nil {
			s.addr = p.SMTP
			return s
		}
		select {
		case status := <-s.done:
			t.Fatalf("serve ended with %d: %s", status, errs.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("serve does not begin")
	return nil
}

// end ends it as Ctrl-C does, and returns the screen.
func (s *served) end() string {
	s.t.Helper()
	s.stop()
	select {
	case status := <-s.done:
		if status != 0 {
			s.t.Errorf("serve ended with %d", status)
		}
	case <-time.After(10 * time.Second):
		s.t.Fatal("serve does not end")
	}
	if s.out == nil {
		return ""
	}
	return s.out.String()
}

// until waits for a line on the screen.
func (s *served) until(text string) {
	s.t.Helper()
	for range 1000 {
		if strings.Contains(s.out.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("never shown: %q; the screen:\n%s", text, s.out.String())
}

// say sends lines to the server one by one, each after the reply to the one before, and
// closes.
func (s *served) say(lines ...string) {
	s.t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 4096)
	for _, line := range append([]string{""}, lines...) {
		if _, err := io.WriteString(nc, line); err != nil {
			s.t.Error(err)
		}
		if _, err := nc.Read(b); err != nil {
			s.t.Error(err)
		}
	}
}

// faulty is the textbook client with its faults.
var faulty = []string{"HELO alices_pc\r\n", "MAIL FROM: <alice@lab.test>\r\n", "RCPT TO:<bob@lab.test>\r\n",
	"DATA\r\n", "From: alice@lab.test\r\nSubject: hello\r\nI love computer networks!\r\n.\r\n"}

// golden compares a screen with a file of testdata.
func golden(t *testing.T, name, screen string) {
	t.Helper()
	for _, r := range []struct{ differs, same string }{
		{`127\.0\.0\.1:\d+ {3,}`, "127.0.0.1:PORT   "}, {`127\.0\.0\.1:\d+`, "127.0.0.1:PORT"}, {`--server \S+ +`, "--server 127.0.0.1:PORT  "},
		{`--dir \S+ +`, "--dir DIR  "}, {`(/|[A-Z]:\\)\S+[/\\]\d\d\d\b`, "DIR"},
		{`(is used here|上的端口)([:：]) ?\d+`, "$1$2 PORT"}} {
		screen = regexp.MustCompile(r.differs).ReplaceAllString(screen, r.same)
	}
	file := filepath.Join("testdata", "screen", name)
	if *update {
		if err := os.WriteFile(file, []byte(screen), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if screen != string(want) {
		t.Errorf("the screen:\n%s\nwant\n%s", screen, want)
	}
}

// TestServeScreen is what a teacher shows: a student's client, and what is wrong with it.
func TestServeScreen(t *testing.T) {
	for lang, last := range map[string]string{"en": "no message was sent", "zh": "没有发送邮件"} {
		s := startServe(t, &shared{}, "--lang", lang)
		s.until("Ctrl-C") // the banner's end: it counts the mails before this one
		s.say(faulty...)
		s.until("bob 1")
		s.say("HELO a.test\r\n", "QUIT\r\n")
		s.until(last)
		golden(t, "serve-"+lang+".txt", s.end())
	}
}

// TestServeColumns: ports of different lengths leave what they are for in one column.
func TestServeColumns(t *testing.T) {
	s := startServe(t, &shared{}, "--lang", "en", "--pop3", shortPort(t))
	s.until("Ctrl-C")
	columns := map[int]bool{}
	for line := range strings.Lines(s.end()) {
		if at := strings.Index(line, "   users "); at > 0 {
			columns[at] = true
		}
	}
	if len(columns) != 1 {
		t.Errorf("what servers are for begins at %v; the screen:\n%s", columns, s.out.String())
	}
}

// shortPort is a free port of four digits; those that the system gives have five.
func shortPort(t *testing.T) string {
	for port := 5000 + os.Getpid()%4000; port < 10000; port++ {
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			l.Close()
			return strconv.Itoa(port)
		}
	}
	t.Skip("no port of four digits is free")
	return ""
}

// TestServeSeveral: sessions at the same time get a line each; a single one after them
// is shown whole again.
func TestServeSeveral(t *testing.T) {
	s := startServe(t, &shared{})
	first, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.until("session 1\n")
	s.say("HELO a.test\r\n", "QUIT\r\n")
	s.until("# session 2 from 127.0.0.1:")
	first.Close()
	s.until("# session 1 from 127.0.0.1:")
	s.say("HELO alone.test\r\n", "QUIT\r\n")
	s.until("C: HELO alone.test")
	screen := s.end()
	if strings.Contains(screen, "HELO a.test") {
		t.Errorf("session 2 is shown whole:\n%s", screen)
	}
	goes := strings.Index(screen, "session 1 goes on, but is shown in one line")
	if goes < 0 || goes > strings.Index(screen, "# session 2 from") {
		t.Errorf("session 1 vanishes without a word:\n%s", screen)
	}
	if strings.Count(screen, "session 1 goes on") != 1 {
		t.Errorf("it is said twice that session 1 goes on:\n%s", screen)
	}
}

// TestServePrint: what --print shows of two sessions at the same time.
func TestServePrint(t *testing.T) {
	for mode, want := range map[string]struct{ there, absent string }{
		"full":  {"[2]  2  C: HELO a.test", "session 2 from"},
		"lines": {"# session 2 from", "HELO"},
		"none":  {"waiting for clients", "# session"},
	} {
		s := startServe(t, &shared{}, "--print", mode)
		first, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		first.Read(make([]byte, 100)) // so that it is session 1
		s.say("HELO a.test\r\n", "QUIT\r\n")
		s.until(want.there)
		first.Close()
		screen := s.end()
		if strings.Contains(screen, want.absent) {
			t.Errorf("--print %s shows %q:\n%s", mode, want.absent, screen)
		}
	}
}

// TestServerFlag: what to type in a second window reaches the server.
func TestServerFlag(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:2525":  "",
		"127.0.0.1:2625":  " --server 127.0.0.1:2625",
		"[::]:2625":       " --server 127.0.0.1:2625",
		"0.0.0.0:2525":    "",
		"[::1]:2525":      " --server [::1]:2525",
		"192.0.2.1:2525":  " --server 192.0.2.1:2525",
		"mail.class:2525": " --server mail.class:2525",
	} {
		if got := serverFlag(addr); got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

// TestServeUnfinishedLine: a client that forgets CRLF waits for a reply, and the server
// for the end of the line. The screen says so, of each such beginning once.
func TestServeUnfinishedLine(t *testing.T) {
	sys := testSystem()
	sys.Now = time.Now
	s := startServeAt(t, sys, &shared{})
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.Read(make([]byte, 100))
	io.WriteString(nc, "HELO a.test")
	s.until("# S waits for the end of the line, <CRLF>\n#   no CRLF yet behind C: HELO a.test\n")
	io.WriteString(nc, "\r\nQUIT\r\n")
	s.until("C: QUIT")
	if screen := s.end(); strings.Count(screen, "no CRLF yet") != 1 {
		t.Errorf("the screen:\n%s", screen)
	}
}

// TestServeQuiet: -q leaves what became of the mail, and nothing else.
func TestServeQuiet(t *testing.T) {
	s := startServe(t, &shared{}, "-q")
	s.say(faulty...)
	screen := s.end()
	if !strings.HasPrefix(screen, "# ended; the mails stay in ") ||
		!strings.HasSuffix(screen, " (alice 0, bob 1)\n") || strings.Count(screen, "\n") != 1 {
		t.Errorf("the screen:\n%s", screen)
	}
}

// TestServeStdout: an output that nobody reads, and one that is closed, hold nobody up.
func TestServeStdout(t *testing.T) {
	for _, closed := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if closed {
			r.Close()
		}
		s := startServe(t, w, "--print", "full", "-e")
		letter := "From: a@a.test\r\n\r\n" + strings.Repeat("a line of some length\r\n", 2000) + ".\r\n"
		begin := time.Now()
		for range 40 {
			s.say("HELO a.test\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<bob@lab.test>\r\n", "DATA\r\n", letter,
				"QUIT\r\n")
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("closed %v: 40 sessions took %v", closed, took)
		}
		s.end()
		w.Close()
		r.Close()
	}
}

// TestServeSave: a file for each session, whole.
func TestServeSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "traces")
	s := startServe(t, &shared{}, "--save", dir, "--print", "none")
	for range 3 {
		s.say(faulty...)
	}
	s.end()
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	for i, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		h, events, err := trace.ReadFile(f)
		f.Close()
		if err != nil || h.Session != strconv.Itoa(i+1) || h.Vantage != trace.AtServer {
			t.Fatalf("%s: header %+v, %v", name, h, err)
		}
		if last := events[len(events)-1]; last.Kind != trace.Closed || last.N != len(events) {
			t.Errorf("%s ends with event %d, %s", name, last.N, last.Kind)
		}
	}
}

// TestServeUnrecorded: without a tap the mail arrives and nothing is shown.
func TestServeUnrecorded(t *testing.T) {
	s := startServe(t, &shared{}, "--record", "off")
	s.say(faulty...)
	if screen := s.end(); strings.Contains(screen, "HELO") || !strings.Contains(screen, "bob 1") {
		t.Errorf("the screen:\n%s", screen)
	}
}

// TestServeProfile: the textbook's server offers nothing.
func TestServeProfile(t *testing.T) {
	s := startServe(t, &shared{}, "--profile", "textbook")
	s.say("EHLO a.test\r\n", "QUIT\r\n")
	s.until("S: 250 mail.lab.test greets a.test")
	s.end()
}

// TestServeOff: a serve without servers waits to be ended.
func TestServeOff(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	status, out, errs := try(t, ctx, "", "serve", "--smtp", "off", "--submission", "off",
		"--submissions", "off", "--pop3", "off", "--pop3s", "off",
		"--imap", "off", "--imaps", "off", "--temp", "--dir", t.TempDir())
	if status != 0 || errs != "" || !strings.Contains(out, "no server is switched on") {
		t.Errorf("status %d, stderr %q, stdout:\n%s", status, errs, out)
	}
}

// TestServeWatchedByNobody: events are copied for a sink, so there must be none with
// --print none.
func TestServeWatchedByNobody(t *testing.T) {
	if (&watchers{}).watch(nil) != nil {
		t.Error("a sink for nobody")
	}
}

// TestServeBesideAnother: a second server whose SMTP port is named meets the first one's
// other ports, and is told how to move.
func TestServeBesideAnother(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	offset := l.Addr().(*net.TCPAddr).Port - sandbox.SubmissionPort
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	status, _, errs := try(t, t.Context(), "", "serve", "--dir", t.TempDir(), "--lang", "en",
		"--smtp", free.Addr().String(), "--port-offset", strconv.Itoa(offset))
	want := "mailtool serve --smtp " + free.Addr().String() + " --port-offset " + strconv.Itoa(offset+100)
	if status != exitLocal || !strings.Contains(errs, "another program listens on "+l.Addr().String()) ||
		!strings.Contains(errs, want) {
		t.Errorf("status %d: %s, want %s", status, errs, want)
	}
}
