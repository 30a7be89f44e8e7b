package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestWords: what is proposed to be typed next goes to the same server as the same user, and is
// something that the command takes.
func TestWords(t *testing.T) {
	for _, c := range []struct{ given, again, shell string }{
		{"", "", ""},
		{"--sandbox --profile full", " --sandbox --profile full", " --sandbox --profile full"},
		{"-s mx.test -k", " -s mx.test -k", " -s mx.test -k"},
		{"-u carol -p secret", " -u carol", ""},
		{"--user=c&d", ` -u "c&d"`, ""},
		{"-u carol --tls starttls", " --tls starttls -u carol", ""},
		{"--tls implicit", " --tls implicit", " --tls implicit"},
	} {
		p := &program{}
		k := p.newPOP3Call()
		cmd := &cobra.Command{}
		k.flags(cmd)
		if err := cmd.ParseFlags(strings.Fields(c.given)); err != nil {
			t.Fatal(err)
		}
		k.to.tls = k.lock.mode
		if again, shell := k.words(), k.shellWords(); again != c.again || shell != c.shell {
			t.Errorf("%s: %q and %q, want %q and %q", c.given, again, shell, c.again, c.shell)
		}
	}
}

// TestListNext: it is about a message that is there.
func TestListNext(t *testing.T) {
	for _, c := range []struct{ first, given, want string }{
		{"2", "-u carol", "mailtool pop3 retr 2 -u carol"},
		{"", "", "mailtool smtp send"},
		{"", "-u carol", ""},
	} {
		p := &program{}
		k := &listing{popCall: p.newPOP3Call(), first: c.first}
		cmd := &cobra.Command{}
		k.flags(cmd)
		if err := cmd.ParseFlags(strings.Fields(c.given)); err != nil {
			t.Fatal(err)
		}
		got := ""
		if next := k.next(); len(next) > 0 {
			got = next[0].command
		}
		if got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.first, c.given, got, c.want)
		}
	}
}

// TestOtherProgram: who was at work is told of home.
func TestOtherProgram(t *testing.T) {
	for as, want := range map[string]string{"home": "office", "office": "home", "phone": "home"} {
		if got := otherProgram(as); got != want {
			t.Errorf("%s: %s, want %s", as, got, want)
		}
	}
}
