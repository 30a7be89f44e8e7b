package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/sandbox"
	"mailtool/trace"
)

// The words of bob's log-in, by AUTH: NUL bob NUL sesame.
const bobsPlain = "AUTH PLAIN AGJvYgBzZXNhbWU=\r\n"

// fetch plays a session of POP3, each line after the answer to the one before it.
func (s *served) fetch(dir string, lines ...string) {
	s.t.Helper()
	p, err := sandbox.ReadPorts(dir)
	if err != nil {
		s.t.Fatal(err)
	}
	smtp := s.addr
	defer func() { s.addr = smtp }()
	s.addr = p.POP3
	s.say(lines...)
}

// TestServeFetched: serve shows a session of POP3 by its phases and with its rules, says what
// came of it and what is in the mailboxes then, saves it, and lists it with its account.
func TestServeFetched(t *testing.T) {
	dir, traces := t.TempDir(), filepath.Join(t.TempDir(), "traces")
	s := startServe(t, &shared{}, "--dir", dir, "--save", traces)
	s.say(faulty...)
	s.until("bob 1")
	s.fetch(dir, bobsPlain, "retr  1\r\n", "DELE 1\r\n", "QUIT\r\n")
	s.until("deleted: 1 message")
	list := &mails{t, dir}
	list.run(0, "pop3", "trace", "list")
	list.run(0, "bob", "trace", "list")
	list.run(0, "-- fetched: 1 message; deleted: 1 message", "trace", "show", "last")
	screen := s.end()
	for _, want := range []string{"-- authorization ---", "C: AUTH PLAIN ********\n", "-- transaction ---",
		"C: retr  1\n    #       ^ MUST: ", "-- update ---",
		"-- fetched: 1 message; deleted: 1 message | 4 commands, ", "# mails: alice 0, bob 0\n"} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen)
		}
	}
	files, _ := filepath.Glob(filepath.Join(traces, "*-0002.ndjson"))
	if len(files) != 1 {
		t.Fatalf("files %q", files)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if h, events, err := trace.ReadFile(f); err != nil || h.Protocol != trace.POP3 || len(events) < 10 {
		t.Errorf("saved: %+v, %d events, %v", h, len(events), err)
	}
}

// TestServeFetchedLines: in a line a session, too.
func TestServeFetchedLines(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, &shared{}, "--dir", dir, "--print", "lines")
	s.fetch(dir, "USER bob\r\n", "PASS wrong\r\n", "QUIT\r\n")
	s.until("nobody logged in | 3 commands")
	s.fetch(dir, bobsPlain, "QUIT\r\n")
	s.until("no message was fetched | 2 commands")
	s.end()
}

// TestServeFollowFetching: --follow knows whose session it is, though AUTH is masked.
func TestServeFollowFetching(t *testing.T) {
	for _, name := range []string{"Bob", "bob@lab.test"} {
		dir := t.TempDir()
		s := startServe(t, &shared{}, "--dir", dir, "--follow", name)
		s.fetch(dir, "USER alice\r\n", "PASS sesame\r\n", "QUIT\r\n")
		s.fetch(dir, bobsPlain, "STAT\r\n", "QUIT\r\n")
		s.until("-- no message was fetched")
		screen := s.end()
		if !strings.Contains(screen, " 1  S: +OK") || strings.Contains(screen, "USER alice") {
			t.Errorf("--follow %s shows\n%s", name, screen)
		}
	}
}

// TestServeFetchingNowhere: POP3 can be left out.
func TestServeFetchingNowhere(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, &shared{}, "--dir", dir, "--pop3", "off", "--pop3s", "off")
	if p, err := sandbox.ReadPorts(dir); err != nil || p.POP3 != "" || p.POP3S != "" {
		t.Errorf("ports %+v, %v", p, err)
	}
	if screen := s.end(); strings.Contains(screen, "POP3") {
		t.Errorf("the screen:\n%s", screen)
	}
}
