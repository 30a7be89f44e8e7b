package examples

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/sandbox"
)

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
