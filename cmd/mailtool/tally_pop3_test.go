package main

import (
	"strings"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/pop3"
	"mailtool/trace"
)

// TestFetchVerdict: what became of the messages of a maildrop is read from the wire alone.
func TestFetchVerdict(t *testing.T) {
	const open = "S:+OK x\nC:USER bob\nS:+OK\nC:PASS x\nS:+OK\n"
	const message = "S:+OK\nS:Subject: x\nS:\nS:.\n"
	for _, c := range []struct{ dialogue, want string }{
		{"", "nobody logged in"},
		{"S:+OK x\nC:USER bob\nS:+OK\nC:PASS x\nS:-ERR\nC:QUIT\nS:+OK\n", "nobody logged in"},
		{open, "no message was fetched"},
		{open + "C:LIST\nS:+OK\nS:1 2\nS:.\nC:TOP 1 0\n" + message, "no message was fetched"},
		{open + "C:RETR 1\nS:-ERR\nC:RETR 2\n" + message + "C:RETR 3\n" + message + "C:QUIT\nS:+OK\n",
			"fetched: 2 messages"},
		{open + "C:RETR 1\nS:+OK\nS:Subject: x\n", "no message was fetched"}, // it was cut
		{open + "C:RETR 1\n" + message + "C:DELE 1\nS:+OK\nC:DELE 9\nS:-ERR\nC:QUIT\nS:+OK\n",
			"fetched: 1 message; deleted: 1 message"},
		{open + "C:DELE 1\nS:+OK\nC:DELE 2\nS:+OK\nC:RSET\nS:+OK\nC:DELE 3\nS:+OK\n",
			"marked and not deleted, without QUIT: 1 message"},
		{open + "C:DELE 1\nS:+OK\nC:DELE 2\nS:+OK\nC:QUIT\nS:-ERR\n",
			"refused to delete: 2 messages"},
		// Commands in one group: each has its own answer.
		{open + "C:RETR 1\nC:DELE 1\nC:QUIT\n" + message + "S:+OK\nS:+OK\n",
			"fetched: 1 message; deleted: 1 message"},
	} {
		count := tally{protocol: trace.POP3}
		rec := trace.NewRecorder(pop3.NewDissector("1"), trace.Opening{Protocol: trace.POP3,
			Vantage: trace.AtClient}, nil, func(events []*trace.Event) {
			for _, ev := range events {
				count.event(ev)
			}
		})
		for line := range strings.Lines(c.dialogue) {
			rec.Record(trace.Mark{Kind: trace.MarkBytes, End: trace.End(line[0]),
				B: []byte(strings.TrimSuffix(line[2:], "\n") + "\r\n")})
		}
		if got := testProgram(sentence.English).verdict(&count); got != c.want {
			t.Errorf("%s\n%s, want %s", c.dialogue, got, c.want)
		}
	}
}
