package main

import (
	"strings"
	"testing"

	"mailtool/internal/sentence"
	"mailtool/smtp"
	"mailtool/trace"
)

// TestVerdict: what became of the messages is read from the wire alone.
func TestVerdict(t *testing.T) {
	const open = "S:220 x\nC:EHLO x\nS:250 x\n"
	const chunked = "S:220 x\nC:EHLO x\nS:250-x\nS:250 CHUNKING\nC:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\n"
	for _, c := range []struct{ dialogue, want string }{
		{"", "no message was sent"},
		{open, "no message was sent"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:DATA\nS:354 x\nC:.\nS:250 x\n",
			"accepted: 1 message, 1 recipient"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:RCPT TO:<e@d>\nS:450 x\n" +
			"C:DATA\nS:354 x\nC:.\nS:250 x\n", "accepted: 1 message, 1 recipient; refused: 1 recipient"},
		{open + "C:MAIL FROM:<a@b>\nS:550 x\n", "refused: 1 message"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:550 x\n", "refused: 1 recipient"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:DATA\nS:354 x\nC:.\nS:554 x\n",
			"refused: 1 message"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:DATA\nS:354 x\nC:.\n",
			"no answer to 1 message"},
		// A RSET that is refused resets nothing.
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:RSET now\nS:501 x\n" +
			"C:DATA\nS:354 x\nC:.\nS:250 x\n", "accepted: 1 message, 1 recipient"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:RSET\nS:250 x\n",
			"no message was sent"},
		// A MAIL out of turn is no message, and the transaction stays open.
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:MAIL FROM:<a@b>\nS:503 x\n" +
			"C:DATA\nS:354 x\nC:.\nS:250 x\n", "accepted: 1 message, 1 recipient"},
		{open + "C:MAIL FROM:<a@b>\nS:250 x\nC:RCPT TO:<c@d>\nS:250 x\nC:DATA\nS:354 x\nC:.\nS:250 x\n" +
			"C:MAIL FROM:<a@b>\nS:450 x\n", "accepted: 1 message, 1 recipient; refused: 1 message"},
		// Chunks: only the last is answered with the fate of the message (RFC 3030 §2).
		{chunked + "C:BDAT 3\nC:x\nS:250 x\nC:BDAT 3 LAST\nC:y\nS:250 x\n",
			"accepted: 1 message, 1 recipient"},
		{chunked + "C:BDAT 3\nC:x\nS:250 x\nC:BDAT 0 LAST\nS:250 x\n",
			"accepted: 1 message, 1 recipient"},
		{chunked + "C:BDAT 3\nC:x\nS:250 x\n", "no message was sent"},
		{chunked + "C:BDAT 3 LAST\nC:x\n", "no answer to 1 message"},
		{chunked + "C:BDAT 3\nC:x\nS:552 x\nC:BDAT 3\nC:x\nS:503 x\n", "refused: 1 message"},
	} {
		var tally tally
		rec := trace.NewRecorder(smtp.NewDissector("1"), trace.Opening{Protocol: trace.SMTP,
			Vantage: trace.AtClient}, nil, func(events []*trace.Event) {
			for _, ev := range events {
				tally.event(ev)
			}
		})
		for line := range strings.Lines(c.dialogue) {
			rec.Record(trace.Mark{Kind: trace.MarkBytes, End: trace.End(line[0]),
				B: []byte(strings.TrimSuffix(line[2:], "\n") + "\r\n")})
		}
		if got := testProgram(sentence.English).verdict(&tally); got != c.want {
			t.Errorf("%s\n%s, want %s", c.dialogue, got, c.want)
		}
	}
}
