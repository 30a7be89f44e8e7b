package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/mime"
	"mailtool/mime/mbox"
	"mailtool/sandbox"
)

// post runs a test server in a user's directory of its own, and works in another.
func post(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	for _, name := range places {
		t.Setenv(name, t.TempDir())
	}
	t.Chdir(t.TempDir())
	dir, err := sandbox.DefaultDir(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	o.SMTP, o.Dir, o.Fresh, o.Now = "0", dir, true, testSystem().Now
	box, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// pop runs "pop3 WORDS", which must end with a status.
func pop(t *testing.T, want int, words ...string) (out, errs string) {
	t.Helper()
	status, out, errs := try(t, t.Context(), "", append([]string{"pop3"}, words...)...)
	if status != want {
		t.Fatalf("pop3 %q: status %d, want %d\n%s%s", words, status, want, out, errs)
	}
	return out, errs
}

// figures are the numbers of a fetch's table: here, server, others; before, then after.
func figures(out string) string {
	var all []string
	for line := range strings.Lines(out) {
		when, counts, _ := strings.Cut(line, " ")
		if when == "before" || when == "after" {
			all = append(all, strings.Join(strings.Fields(counts), " "))
		}
	}
	return strings.Join(all, "; ")
}

// TestFetch: two programs, each with its own memory of one mailbox; what one deletes, the other
// cannot have.
func TestFetch(t *testing.T) {
	post(t, sandbox.Options{Letters: true})
	for _, step := range []struct{ words, figures, said string }{
		{"fetch", "0 2 0; 2 2 0", "all is still on the server"},
		{"fetch", "2 2 0; 2 2 0", "nothing was new: home had it all"},
		{"fetch --as office", "0 2 2; 2 2 2", "home"},
		{"new", "", ""},
		{"fetch -u bob", "2 3 2; 3 3 2", ""}, // bob and bob@lab.test are one
		{"fetch --delete", "3 3 2; 3 0 2", "the server has it no more"},
		{"fetch --as office", "2 0 3; 2 0 3", "it cannot be fetched again"},
		{"fetch --as other", "0 0 3 2; 0 0 3 2", "it cannot be fetched again"},
	} {
		if step.words == "new" {
			if status, _, errs := try(t, t.Context(), "", "smtp", "send"); status != 0 {
				t.Fatal(errs)
			}
			continue
		}
		out, _ := pop(t, 0, append(strings.Fields(step.words), "--lang", "en")...)
		if figures(out) != step.figures || !strings.Contains(out, step.said) {
			t.Errorf("%s:\n%s", step.words, out)
		}
	}
	for dir, want := range map[string]int{"home": 3, "office": 2} {
		if files, _ := os.ReadDir(dir); len(files) != want {
			t.Errorf("%s has %d files, want %d", dir, len(files), want)
		}
	}
}

// TestFetchDeleted: what this program once had and somebody has taken away is not deleted on
// the server before it is here again.
func TestFetchDeleted(t *testing.T) {
	for _, output := range []string{"", "mails", "mails.mbox"} {
		t.Run(output, func(t *testing.T) {
			post(t, sandbox.Options{Letters: true})
			args := []string{"fetch"}
			if output != "" {
				args = append(args, "-o", output)
			}
			pop(t, 0, args...)
			for _, place := range []string{"home", "mails", "mails.mbox"} {
				if err := os.RemoveAll(place); err != nil {
					t.Fatal(err)
				}
			}
			out, _ := pop(t, 0, append(args, "--delete", "--lang", "en")...)
			if figures(out) != "2 2 0; 2 0 0" {
				t.Error(out)
			}
			if n := len(gathered(t, output)); n != 2 {
				t.Errorf("%d messages are here", n)
			}
		})
	}
}

// A cutting connection breaks after so many octets were read.
type cutting struct {
	net.Conn
	left int
}

func (c *cutting) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// TestFetchInterrupted: a fetch whose connection breaks again and again, each time a little
// later, ends with each message once, and byte for byte; and nothing is deleted before.
func TestFetchInterrupted(t *testing.T) {
	for _, output := range []string{"", "mails", "mails.mbox"} {
		for _, mode := range []string{"--keep", "--delete"} {
			t.Run(output+mode, func(t *testing.T) { interrupted(t, output, mode) })
		}
	}
}

func interrupted(t *testing.T, output, mode string) {
	box := post(t, sandbox.Options{})
	want := letters(t, 8)
	args := []string{"pop3", "fetch", "-q", mode}
	if output != "" {
		args = append(args, "-o", output)
	}
	status := -1
	for octets := 40; status != 0; octets += 171 {
		if octets > 20000 {
			t.Fatal("it never ends")
		}
		sys := testSystem()
		sys.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			nc, err := thisSystem().Dial(ctx, network, addr)
			return &cutting{nc, octets}, err
		}
		var out, errs strings.Builder
		status = run(t.Context(), args, sys, strings.NewReader(""), &out, &errs)
		// The server may have the last session's lock still.
		if status != 0 && status != exitNoConnection && status != exitLater {
			t.Fatalf("after %d octets: status %d: %s", octets, status, errs.String())
		}
		if told := out.String(); mode == "--keep" && told != "" {
			here := strings.Contains(figures(told), strconv.Itoa(len(want))+" "+strconv.Itoa(len(want))+" 0")
			if strings.Contains(told, "# still to come") == here ||
				!here && strings.Contains(told, "# nothing was new") {
				t.Fatalf("after %d octets: %s", octets, told)
			}
		}
		if n := box.Count("bob"); status != 0 && mode == "--keep" && n != len(want) {
			t.Fatalf("after %d octets the server has %d messages", octets, n)
		}
		if status != 0 && box.Count("bob") == 0 { // QUIT was obeyed, and its answer lost
			break
		}
	}
	got := gathered(t, output)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d messages came, of %d:\n%q", len(got), len(want), got)
	}
	if n := box.Count("bob"); (n == 0) != (mode == "--delete") {
		t.Errorf("the server has %d", n)
	}
	if rest, _ := filepath.Glob("home/.mailtool-*"); len(rest) > 0 {
		t.Errorf("parts are left: %q", rest)
	}
}

// letters puts messages into bob's mailbox, with lines that are hard to keep.
func letters(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for i := range n {
		m := fmt.Sprintf("From: alice@lab.test\r\nSubject: %d\r\n\r\nFrom here on\r\n.\r\n..two\r\n"+
			">From\r\n\r\nFrom alice@lab.test Thu Nov 26 08:33:41 2026\r\n%s\r\n\r\n", i, strings.Repeat("x", 40*i))
		if err := os.WriteFile("letter.eml", []byte(m), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, _, errs := try(t, t.Context(), "", "mailbox", "import", "bob", "letter.eml"); status != 0 {
			t.Fatal(errs)
		}
		all = append(all, m)
	}
	return all
}

// gathered are the messages that a fetch has put down.
func gathered(t *testing.T, output string) []string {
	t.Helper()
	var all []string
	pattern := filepath.Join("home", "*.eml")
	switch {
	case isMbox(output):
		octets, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		r := mbox.NewReader(bytes.NewReader(octets))
		for {
			m, err := r.Next()
			if err == io.EOF {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(mime.Canonical(m.Data)))
		}
	case output != "":
		pattern = filepath.Join(output, "new", "*")
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		octets, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if output != "" {
			octets = mime.Canonical(octets)
		}
		all = append(all, string(octets))
	}
	return all
}

// TestFetchKilled: a run that is killed between a message and the word of it in the memory
// leaves it once, all the same.
func TestFetchKilled(t *testing.T) {
	for _, output := range []string{"", "mails", "mails.mbox"} {
		t.Run(output, func(t *testing.T) {
			post(t, sandbox.Options{})
			want := letters(t, 3)
			args := []string{"fetch", "-q"}
			if output != "" {
				args = append(args, "-o", output)
			}
			pop(t, 0, args...)
			path := memoryOf(t)
			octets, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cut := octets[:bytes.LastIndexByte(octets[:len(octets)-1], '\n')+5] // "have" is torn
			if err := os.WriteFile(path, cut, 0o600); err != nil {
				t.Fatal(err)
			}
			pop(t, 0, args...)
			got := gathered(t, output)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d messages:\n%q", len(got), got)
			}
		})
	}
}

// memoryOf is the file of what home has fetched for bob.
func memoryOf(t *testing.T) string {
	t.Helper()
	path, err := testProgram(sentence.English).memoryPath("home", "bob@lab.test", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFetchMbox: what others have put into the file behind a torn message is not taken away.
func TestFetchMbox(t *testing.T) {
	for tail, want := range map[string]string{
		"From a@x.test Thu Nov 26 08:33:41 2026\nSubject: torn":                                           "before\n\n",
		"From a@x.test Thu Nov 26 08:33:41 2026\ntorn\n\nFrom b@x.test Thu Nov 26 08:33:41 2026\n\nhis\n": "all",
		"something else": "all",
		"Fro":            "before\n\n",
		"":               "before\n\n",
	} {
		path := filepath.Join(t.TempDir(), "x.mbox")
		if err := os.WriteFile(path, []byte("before\n\n"+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		m := &memory{began: &beginning{"1", path, int64(len("before\n\n"))}}
		if err := m.repair(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want == "all" {
			want = "before\n\n" + tail
		}
		if string(got) != want || err != nil {
			t.Errorf("%q: %q, %v", tail, got, err)
		}
	}
}

// TestFetchMboxShorter: what was added in part can be taken away again, on Windows too.
func TestFetchMboxShorter(t *testing.T) {
	b := &mboxFile{path: filepath.Join(t.TempDir(), "x.mbox")}
	if err := os.WriteFile(b.path, []byte("before\n\nFrom"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(out.Truncate(int64(len("before\n\n"))), out.Close()); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(b.path); string(got) != "before\n\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFetchMboxBeside: what another program adds to the file meanwhile is not written over.
func TestFetchMboxBeside(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that may become shorter cannot be opened so there")
	}
	b := &mboxFile{path: filepath.Join(t.TempDir(), "x.mbox")}
	var both [2]*os.File
	for i := range both {
		out, err := b.open()
		if err == nil {
			_, err = out.Seek(0, io.SeekEnd)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		both[i] = out
	}
	for _, out := range both {
		if _, err := io.WriteString(out, "mail\n"); err != nil {
			t.Error(err)
		}
	}
	if got, err := os.ReadFile(b.path); string(got) != "mail\nmail\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFetchFlags: what cannot be meant is told before a server is asked.
func TestFetchFlags(t *testing.T) {
	for _, words := range []string{"--keep --delete", "--as ../up", "--as Home", "--as nul", "-o one.eml"} {
		pop(t, exitUsage, append([]string{"fetch", "--offline"}, strings.Fields(words)...)...)
	}
	pop(t, exitUsage, "fetch", "--offline", "-o", "")
	pop(t, exitUsage, "fetch", "--offline", "--as", "")
}

// TestFetchNowhere: where nothing can be kept nothing is fetched, however much is new.
func TestFetchNowhere(t *testing.T) {
	post(t, sandbox.Options{Letters: true})
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for output, want := range map[string]string{
			"none/a.mbox": "error: there is no folder none for the file none/a.mbox\n",
			"file":        "error: file: there is a file where a folder is wanted\n",
		} {
			_, errs := pop(t, exitLocal, "fetch", "-o", filepath.FromSlash(output))
			if !strings.Contains(filepath.ToSlash(errs), want) || strings.Contains(errs, "C: RETR") {
				t.Errorf("%s: %s", output, errs)
			}
		}
		pop(t, 0, "fetch")
	}
}

// TestFetchMemory: a memory that is none is not written over.
func TestFetchMemory(t *testing.T) {
	post(t, sandbox.Options{Letters: true})
	pop(t, 0, "fetch")
	if err := os.WriteFile(memoryOf(t), []byte("my letters\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs := pop(t, exitLocal, "fetch", "--lang", "en"); !strings.Contains(errs, "line 1: this is no memory") {
		t.Error(errs)
	}
}

// TestFileName: unique-ids of any octets are names of files everywhere, and never the same for
// two.
func TestFileName(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{"1795400103.1", "a", "A", "../../x", "a/b", "a_b", "a:b", "..", "con", "1 2", "1_2",
		strings.Repeat("z", 70), strings.Repeat("z", 200), strings.Repeat("z", 200) + "y"} {
		name := fileName("bob@lab.test@localhost", key)
		if strings.ContainsAny(name, `/\:*?"<>| `) || name[0] == '.' || len(name) > 110 {
			t.Errorf("%q: %q", key, name)
		}
		if other, ok := seen[strings.ToLower(name)]; ok {
			t.Errorf("%q and %q are both %s", key, other, name)
		}
		seen[strings.ToLower(name)] = key
	}
}

// TestFileNameOfDevice: no user's name makes a file one of Windows' devices.
func TestFileNameOfDevice(t *testing.T) {
	for _, user := range []string{"con.li", "AUX.Li", "nul", "..com1.x"} {
		if name := fileName(user+"@lab.test", "1795400103.1") + ".eml"; isDevice(name) {
			t.Errorf("%s: %s", user, name)
		}
	}
}

// TestUIDKeys: copies with the same unique-id are told apart.
func TestUIDKeys(t *testing.T) {
	got := uidKeys([]string{"a", "b", "a", "a"})
	if want := []string{"a", "b", "a 2", "a 3"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestLineFeeds: wherever the pieces are cut.
func TestLineFeeds(t *testing.T) {
	const text = "a\r\n\r\nb\rc\r\r\nd"
	for size := 1; size <= len(text); size++ {
		var out bytes.Buffer
		w := &lineFeeds{w: &out}
		for i := 0; i < len(text); i += size {
			if _, err := w.Write([]byte(text[i:min(i+size, len(text))])); err != nil {
				t.Fatal(err)
			}
		}
		if out.String() != "a\n\nb\rc\r\nd" {
			t.Errorf("in pieces of %d: %q", size, out.String())
		}
	}
}

// TestProgress: the bar, from nothing to all.
func TestProgress(t *testing.T) {
	for done, want := range map[int]string{0: "# [" + strings.Repeat(" ", 30) + "] 0/60",
		30: "# [" + strings.Repeat("=", 15) + strings.Repeat(" ", 15) + "] 30/60",
		60: "# [" + strings.Repeat("=", 30) + "] 60/60"} {
		if got := (&progress{all: 60, done: done}).String(); got != want {
			t.Errorf("%s: %q", strconv.Itoa(done), got)
		}
	}
}
