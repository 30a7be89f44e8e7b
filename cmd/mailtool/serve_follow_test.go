package main

import (
	"strings"
	"testing"
)

// TestServeFollow: only the sessions of one account are shown, from their beginning.
func TestServeFollow(t *testing.T) {
	letter := func(to string) []string {
		return []string{"HELO " + to + ".test\r\n", "MAIL FROM:<carol@a.test>\r\n",
			"RCPT TO:<" + to + "@lab.test>\r\n", "DATA\r\n", "Subject: for " + to + "\r\n\r\n.\r\n", "QUIT\r\n"}
	}
	for _, name := range []string{"BOB", "bob@lab.test"} {
		s := startServe(t, &shared{}, "--follow", name)
		s.say(letter("alice")...)
		s.say(letter("bob")...)
		s.until("bob 1")
		s.say("HELO c.test\r\n", "QUIT\r\n")
		screen := s.end()
		for _, want := range []string{"HELO bob.test", "Subject: for bob", " 1  S: 220"} {
			if !strings.Contains(screen, want) {
				t.Errorf("--follow %s does not show %q:\n%s", name, want, screen)
			}
		}
		for _, other := range []string{"alice.test", "for alice", "c.test\n"} {
			if strings.Contains(screen, "HELO "+other) || strings.Contains(screen, "Subject: "+other) {
				t.Errorf("--follow %s shows %q:\n%s", name, other, screen)
			}
		}
	}
}

// TestServeFollowLate: what a session said long before it named the account is lost, and
// what it says from then on is shown.
func TestServeFollowLate(t *testing.T) {
	s := startServe(t, &shared{}, "--follow", "bob")
	lines := []string{"HELO a.test\r\n"}
	for range 600 {
		lines = append(lines, "NOOP\r\n")
	}
	s.say(append(lines, "MAIL FROM:<bob@lab.test>\r\n", "QUIT\r\n")...)
	s.until("MAIL FROM:<bob@lab.test>")
	if screen := s.end(); !strings.Contains(screen, "QUIT") {
		t.Errorf("the screen:\n%s", screen)
	}
}
