package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/imap"
	"mailtool/trace"
)

// whyDialogue asks why of a saved session of IMAP, at whose end the client closes. Its lines begin
// with C: or S:.
func whyDialogue(t *testing.T, lang string, want int, dialogue string) string {
	t.Helper()
	open := trace.Opening{Protocol: trace.IMAP, Vantage: trace.AtServer}
	name := filepath.Join(t.TempDir(), "session.ndjson")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := trace.NewFileWriter(f, trace.NewHeader("1", testSystem().Now(), open))
	if err != nil {
		t.Fatal(err)
	}
	rec := trace.NewRecorder(imap.NewDissector("1"), open, func() time.Time { return testSystem().Now() },
		func(events []*trace.Event) {
			for _, ev := range events {
				if err := w.Write(ev); err != nil {
					t.Error(err)
				}
			}
		})
	for line := range strings.Lines(dialogue) {
		rec.Record(trace.Mark{Kind: trace.MarkBytes, End: trace.End(line[0]),
			B: []byte(strings.TrimSuffix(line[2:], "\n") + "\r\n")})
	}
	rec.Record(trace.Mark{Kind: trace.MarkClose, End: trace.Client, Why: trace.ClosedEOF})
	status, out, errs := try(t, t.Context(), "", "why", name, "--lang", lang)
	if status != want || errs != "" {
		t.Fatalf("status %d, want %d: %s%s", status, want, out, errs)
	}
	return out
}

// TestWhyIMAP: what was refused in a session of IMAP, what that means, and the message that was
// carried, in either direction.
func TestWhyIMAP(t *testing.T) {
	const open = "S:* OK x\nC:a LOGIN bob x\nS:a OK\n"
	const inbox = open + "C:b SELECT INBOX\nS:* FLAGS ()\nS:* 2 EXISTS\nS:* 0 RECENT\nS:b OK\n"
	const letter = "Date: Mon, 23 Nov 2026 10:15:02 +0800\nC:From: alice@lab.test\nC:To: bob@lab.test\n" +
		"C:Subject: x\nC:Message-ID: <1@lab.test>\nC:\nC:h\xc3\xa9llo\n"
	size := "{" + number(int64(len(strings.ReplaceAll(letter, "\nC:", "\r\n"))+1)) + "+}"
	for _, c := range []struct {
		name, dialogue string
		want           int
		says           []string
	}{
		{"refused", inbox + "C:c COPY 1 Nowhere\nS:c NO [TRYCREATE] There is none\n", 0,
			[]string{"folder INBOX\n", "the server refused:\n", "10  S: c NO [TRYCREATE] There is none\n",
				"CREATE", "# no message was carried"}},
		{"not understood", inbox + "C:c NOOP x\nS:c BAD No argument\nC:d LOGOUT\nS:* BYE\nS:d OK\n", 0,
			[]string{"S: c BAD No argument", "the command with this tag was not understood"}},
		{"turned away", "S:* BYE too many\n", 0,
			[]string{"nobody logged in\n", "S: * BYE too many", "the server will not talk and closes"}},
		{"ended", open + "S:* BYE [UNAVAILABLE] the mailbox was deleted\n", 0,
			[]string{"S: * BYE [UNAVAILABLE]", "is down for now"}},
		{"appended", open + "C:b APPEND {5+}\nC:INBOX " + size + "\nC:" + letter + "C:\nS:b OK\n", exitRefused,
			[]string{"appended: 1 message", "what its reader will see", "# in the message: ", "h\u00e9llo"}},
		{"fetched", inbox + "C:c FETCH 1 BODY.PEEK[]\nS:* 1 FETCH (BODY[] {14}\nS:Subject: x\nS:\nS:)\nS:c OK\n", exitRefused,
			[]string{"fetched: 1 message", "# in the message: ", "Date"}},
		{"a part", inbox + "C:c FETCH 1 BODY.PEEK[1]\nS:* 1 FETCH (BODY[1] {14}\nS:Subject: x\nS:\nS:)\nS:c OK\n", 0,
			[]string{"# no message was carried"}},
		{"left", inbox, 0, []string{"# on the wire: 1 SHOULD", "# TCP closed by the client\n",
			"SHOULD: the client closed the connection without LOGOUT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			saysAll(t, whyDialogue(t, "en", c.want, c.dialogue), c.says...)
		})
	}
	saysAll(t, whyDialogue(t, "zh", 0, inbox+"C:c COPY 1 Nowhere\nS:c NO [TRYCREATE] There is none\n"),
		"服务器拒绝", "S: c NO [TRYCREATE]", "CREATE")
}
