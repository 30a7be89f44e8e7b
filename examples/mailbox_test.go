package examples

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/mailbox"
	"mailtool/sandbox"
)

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
