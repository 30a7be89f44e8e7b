package main

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/trace/term"
)

// try runs mailtool in this process.
func try(t *testing.T, ctx context.Context, input string, args ...string) (
	status int, out, errs string) {
	t.Helper()
	var o, e strings.Builder
	status = run(ctx, args, testSystem(), strings.NewReader(input), &o, &e)
	return status, o.String(), e.String()
}

// TestHelp calls --help of every command in both languages.
func TestHelp(t *testing.T) {
	for _, lang := range []sentence.Lang{sentence.English, sentence.Chinese} {
		for c := range commands(testProgram(lang).root) {
			args := append(strings.Fields(c.CommandPath())[1:], "--help", "--lang", string(lang))
			status, out, errs := try(t, t.Context(), "", args...)
			if status != 0 || errs != "" || !strings.Contains(out, c.CommandPath()) {
				t.Errorf("%v: status %d, stderr %q, stdout:\n%s", args, status, errs, out)
			}
			for line := range strings.Lines(out) {
				if n := term.Columns(strings.TrimRight(line, "\n")); n > helpColumns {
					t.Errorf("%v: %d columns: %s", args, n, line)
				}
			}
		}
	}
}

// TestJoined: lines of a paragraph become one.
func TestJoined(t *testing.T) {
	for text, want := range map[string]string{"one\ntwo": "one two", "一，\n二": "一，二",
		"--password-file\n或": "--password-file 或", "": ""} {
		if got := joined(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestExamples runs every example that help shows, in order, in a directory of its own and
// beside a test server that has letters for bob. They need no other quotes than double ones.
func TestExamples(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{"class.csv": "name,password\nerin,\nfrank,x\n",
		"page.html": `<p>At noon. <img src="cat.png">`, "cat.png": "\x89PNG\r\n\x1a\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := testProgram(sentence.English)
	for c := range commands(p.root) {
		examples := p.look(helpKey(c) + "/examples")
		if examples == "" {
			continue
		}
		for _, name := range places { // no command meets another's accounts
			t.Setenv(name, t.TempDir())
		}
		end := beside(t)
		for example := range strings.SplitSeq(examples, "\n") {
			if strings.ContainsAny(example, "'>\\$|;&") {
				t.Errorf("%s: not for every shell", example)
			}
			if bareComma.MatchString(example) {
				t.Errorf("%s: PowerShell makes several words of it", example)
			}
			runExample(t, example)
		}
		end()
	}
}

// bareComma finds a comma without quotes around it.
var bareComma = regexp.MustCompile(`^(?:[^"]|"[^"]*")*,`)

// beside runs a test server in the user's directory, which has seen a session.
func beside(t *testing.T) (end func()) {
	t.Helper()
	dir, err := sandbox.DefaultDir(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Start(t.Context(), sandbox.Options{SMTP: "0", Dir: dir, Fresh: true,
		Letters: true, Now: testSystem().Now})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, errs := try(t, t.Context(), "", "smtp", "send"); status != 0 {
		t.Fatal(errs)
	}
	return func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}
}

func runExample(t *testing.T, example string) {
	args := words(example)[1:]
	ctx := t.Context()
	for i, a := range args {
		if a == "serve" && i == 0 { // it is ended as a person would
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
			defer cancel()
			args = append(args, "--smtp", "0", "--dir", "serve-data") // not the other's
		}
	}
	if len(args) > 1 && args[0] == "join" { // that server is nobody's here: another stands for it
		c := newClass(t, sandbox.Options{})
		if err := c.box.AddUser(t.Context(), args[2], "sesame"); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"join", "127.0.0.1", args[2], "-p", "sesame", "--port-offset", c.offset,
			"--fingerprint", c.fingerprint}, args[3:]...)
	}
	want := 0
	if strings.Contains(example, " smtp expn ") { // the test server has no lists, and says so
		want = exitRefused
	}
	if status, _, errs := try(t, ctx, "EHLO me\nQUIT\n", args...); status != want {
		t.Errorf("%s: status %d: %s", example, status, errs)
	}
}

// words divides a command line at spaces outside of double quotes.
func words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

// TestNoHeavyStart: --help takes no time, since it needs nothing.
func TestNoHeavyStart(t *testing.T) {
	least := time.Hour // others may use the processor
	for range 20 {
		start := time.Now()
		try(t, t.Context(), "", "--help")
		least = min(least, time.Since(start))
	}
	if least > 30*time.Millisecond { // 3 ms, ten times as much under the race detector
		t.Errorf("--help takes %v", least)
	}
}

// TestREADME: the commands that the README names are there, with their flags.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("(?m)^ +mailtool (.*)$|`mailtool ([^`]+)`")
	found := 0
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		found++
		root := testProgram(sentence.English).root
		args := words(m[1] + m[2])
		c, rest, err := root.Find(args)
		if err == nil {
			err = c.ParseFlags(rest)
		}
		if err == nil && c.HasSubCommands() && c.Annotations[ownWords] == "" && c != root {
			err = errors.New("it is no whole command")
		}
		if err != nil {
			t.Errorf("mailtool %q: %v", args, err)
		}
	}
	if found < 15 {
		t.Errorf("only %d commands were found", found)
	}
}
