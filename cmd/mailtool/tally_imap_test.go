package main

import (
	"strings"
	"testing"

	"mailtool/imap"
	"mailtool/internal/sentence"
	"mailtool/trace"
)

// TestIMAPVerdict: what became of messages is read from the wire alone.
func TestIMAPVerdict(t *testing.T) {
	const open = "S:* OK x\nC:a LOGIN bob x\nS:a OK\n"
	const inbox = open + "C:b SELECT \"INBOX\"\nS:* 2 EXISTS\nS:b OK\n"
	for _, c := range []struct {
		dialogue, want string
		quit           bool
	}{
		{"", "nobody logged in", false},
		{"S:* OK x\nC:a LOGIN bob x\nS:a NO\nC:b LOGOUT\nS:* BYE\n", "nobody logged in", false},
		{"S:* OK x\nC:a LOGIN bob x\nS:a NO\nC:b LOGOUT\nS:* BYE\nS:b OK\n", "nobody logged in", true},
		{open + "S:* BYE\n", "no folder was selected", true},
		{open + "C:b SELECT Sent\nS:b NO\n", "no folder was selected", false},
		{open + "C:b EXAMINE &U,BTFw-\nS:b OK\n", "folder 台北", false},
		{open + `C:b SELECT "&Ti0-\"\\&ZYc- x" (CONDSTORE)` + "\nS:b OK\n", `folder 中"\文 x`, false},
		{open + "C:b SELECT {5+}\nC:Trash\nS:b OK\n", "a folder was selected", false},
		{inbox + "C:c SELECT Nowhere\nS:c NO\n", "folder INBOX", false},
		{inbox + "C:c FETCH 1:2 (FLAGS BODY[] BODY[HEADER])\nS:* 1 FETCH (BODY[] {3}\nS:a BODY[HEADER] {3}\nS:b)\n" +
			"S:* 2 FETCH (FLAGS ())\nS:c OK\nC:d UID FETCH 2 BODY[1]\nS:* 2 FETCH (UID 2 BODY[1] {3}\nS:x)\nS:d OK\n",
			"folder INBOX; fetched: 2 messages", false},
		// What others expunged is not this session's.
		{inbox + "C:c NOOP\nS:* 1 EXPUNGE\nS:c OK\nC:d EXPUNGE\nS:* 1 EXPUNGE\nS:d OK\n",
			"folder INBOX; deleted: 1 message", false},
		{open + "C:b APPEND x {3}\nS:+\nC:a\nS:b OK\nC:c APPEND x {3}\nS:c NO\n", "appended: 1 message", false},
	} {
		count := tally{protocol: trace.IMAP}
		rec := trace.NewRecorder(imap.NewDissector("1"), trace.Opening{Protocol: trace.IMAP,
			Vantage: trace.AtClient}, nil, func(events []*trace.Event) {
			for _, ev := range events {
				count.event(ev)
			}
		})
		for line := range strings.Lines(c.dialogue) {
			rec.Record(trace.Mark{Kind: trace.MarkBytes, End: trace.End(line[0]),
				B: []byte(strings.TrimSuffix(line[2:], "\n") + "\r\n")})
		}
		if got := testProgram(sentence.English).verdict(&count); got != c.want || count.parted() != c.quit {
			t.Errorf("%s\n%s, want %s; parted: %t", c.dialogue, got, c.want, count.parted())
		}
	}
}
