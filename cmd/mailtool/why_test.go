package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/rule"
)

// saysAll fails unless out holds all of words, in this order.
func saysAll(t *testing.T, out string, words ...string) {
	t.Helper()
	rest := out
	for _, w := range words {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Fatalf("%q is not there, or not in this place:\n%s", w, out)
		}
		rest = after
	}
}

// whyAfter sends what args say, asks why, and wants this exit status of the answer.
func whyAfter(t *testing.T, want, why int, args ...string) string {
	t.Helper()
	if status, _, errs := try(t, t.Context(), "", args...); status != want {
		t.Fatalf("%v: status %d: %s", args, status, errs)
	}
	status, out, errs := try(t, t.Context(), "", "why")
	if status != why || errs != "" {
		t.Fatalf("status %d: %s", status, errs)
	}
	return out
}

func letterFile(t *testing.T, lines string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "letter.eml")
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(lines, "\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// goodHead begins a letter that breaks no rule.
const goodHead = "Date: Mon, 23 Nov 2026 10:15:02 +0800\nFrom: alice@lab.test\nTo: bob@lab.test\n" +
	"Subject: x\nMessage-ID: <1@lab.test>\nMIME-Version: 1.0\n"

func TestWhy(t *testing.T) {
	for _, name := range places {
		t.Setenv(name, t.TempDir())
	}
	defer beside(t)()

	t.Run("accepted", func(t *testing.T) {
		out := whyAfter(t, 0, 0, "smtp", "send")
		saysAll(t, out, "accepted: 1 message, 1 recipient", "its reader sees it as it was meant",
			"on the wire: nothing is wrong", "in the message: nothing is wrong")
	})
	t.Run("refused", func(t *testing.T) {
		out := whyAfter(t, exitRefused, 0, "smtp", "send", "--to", "nobody@lab.test")
		saysAll(t, out, "refused: 1 recipient", "the server refused:",
			"S: 550 5.1.1 <nobody@lab.test>: no such user here", "no such mailbox", "no message was carried")
	})
	t.Run("wrong", func(t *testing.T) {
		name := letterFile(t, goodHead+"Content-Type: text/plain; charset=us-ascii\n"+
			"Content-Transfer-Encoding: base64\n\nxOO6w6OsysC95w==\n")
		out := whyAfter(t, 0, exitRefused, "smtp", "send", name)
		saysAll(t, out, "accepted: 1 message", "what its reader will see",
			"1. the reader sees other characters", "to mend it: write charset=gb18030",
			"in the message: 1 MUST", "7  Content-Type: text/plain; charset=us-ascii", "^ MUST"[2:])
	})
	t.Run("dots", func(t *testing.T) {
		name := letterFile(t, goodHead+"Content-Type: multipart/mixed; boundary=.b\n\n--.b\n\n.x\n--.b--\n")
		saysAll(t, whyAfter(t, 0, 0, "smtp", "send", name), "in the message: nothing is wrong")
	})
	t.Run("long", func(t *testing.T) { // the record does not hold all of it, the mailbox does
		long := strings.Repeat(strings.Repeat("x", 70)+"\n", 3000)
		name := letterFile(t, goodHead+"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"+long)
		out := whyAfter(t, 0, exitRefused, "smtp", "send", name)
		saysAll(t, out, "the last part may be incomplete", "this is the copy in the mailbox",
			"the closing line --b-- is missing")
	})
	t.Run("fetched", func(t *testing.T) {
		status, out, errs := try(t, t.Context(), "", "why", "bob/last")
		if status != exitRefused || errs != "" {
			t.Fatalf("status %d: %s", status, errs)
		}
		saysAll(t, out, "# a message", "the closing line --b-- is missing")
	})
	t.Run("internationalized", func(t *testing.T) {
		name := letterFile(t, strings.Replace(goodHead, "Subject: x", "Subject: 你好", 1)+"\nx\n")
		whyAfter(t, 0, 0, "smtp", "send", name)
		for _, row := range []struct {
			want int
			args []string
		}{
			{0, []string{"why", "bob/last"}},
			{0, []string{"mime", "lint", "bob/last"}},
			{exitRefused, []string{"mime", "lint", name}}, // a file says nothing of its envelope
		} {
			if status, out, errs := try(t, t.Context(), "", row.args...); status != row.want {
				t.Errorf("%v: status %d: %s%s", row.args, status, out, errs)
			}
		}
	})
}

// TestWhyDataLine: a line of a message that breaks a rule of the wire is shown, the beginning of a
// long one.
func TestWhyDataLine(t *testing.T) {
	broken := rule.NewMust("smtp/x", "RFC 5321 §1")
	found := []rule.Finding{broken.FindAt([]byte("\xc4"), 0, 1)}
	for text, want := range map[string]string{"\xc4y": "\xc4y", "\xc4" + strings.Repeat("y", 9000): "\xc4" + strings.Repeat("y", 99)} {
		q := &inquest{}
		q.judge(&trace.Event{Kind: trace.Data, Line: 20, Len: int64(len(text)) + 2, Raw: []byte(text + "\r\n"),
			EOL: 2, Findings: found})
		if len(q.wire) != 1 || string(q.wire[0].text) != want {
			t.Errorf("%.20q: %+v", text, q.wire)
		}
	}
}

// TestWhySaved: a session in a file, whose long message is not all there.
func TestWhySaved(t *testing.T) {
	dir := t.TempDir()
	saved := filepath.Join(dir, "session.ndjson")
	if status, _, errs := try(t, t.Context(), "", "smtp", "send", "--offline", "--save", saved); status != 0 {
		t.Fatal(errs)
	}
	status, out, errs := try(t, t.Context(), "", "why", saved)
	if status != 0 || errs != "" {
		t.Fatalf("status %d: %s", status, errs)
	}
	saysAll(t, out, "in the message: nothing is wrong")
}

// TestWhyBadInput: what is neither a session nor a message is told of.
func TestWhyBadInput(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.eml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, empty, filepath.Join(dir, "nothing.eml")} {
		for _, command := range [][]string{{"why"}, {"mime", "lint"}} {
			status, out, errs := try(t, t.Context(), "", append(command, name)...)
			if status != exitLocal || !strings.Contains(errs, "error: ") || out != "" {
				t.Errorf("%v %s: status %d, %q, %q", command, name, status, out, errs)
			}
		}
	}
}
