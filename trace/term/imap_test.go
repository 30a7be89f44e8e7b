package term

import (
	"strings"
	"testing"

	"mailtool/trace"
)

// imapReply adds a line of the server.
func (s *script) imapReply(verb, text string) *trace.Event {
	return s.unit(trace.Server, trace.Reply, verb, text)
}

// TestLongLinesOfIMAP: of a long list of capabilities, or of what FETCH tells, the beginning is
// shown, but what announces a literal is told in any case.
func TestLongLinesOfIMAP(t *testing.T) {
	s := &script{phase: "selected"}
	words := strings.Repeat(" WORD", 40)
	s.imapReply("CAPABILITY", "* CAPABILITY"+words)
	s.imapReply("CAPABILITY", "* CAPABILITY"+words[:140])
	s.imapReply("FETCH", "* 1 FETCH ("+strings.Repeat("X y ", 50)+"BODY[HEADER.FIELDS (TO CC)] {14}")
	s.imapReply("FETCH", "* 1 FETCH ("+strings.Repeat("X y ", 50)+"BODY[] ~{1457}")
	s.imapReply("X", "* X "+strings.Repeat("x", 2000))
	got := screen(Options{Protocol: trace.IMAP}, "", s.events)
	has(t, got, " 1  S: * CAPABILITY"+words[:85]+"\n    #  23 more words\n",
		" 2  S: * CAPABILITY"+words[:140]+"\n 3 ",
		"more words; the last: BODY[HEADER.FIELDS (TO CC)] {14}\n",
		"more words; the last: BODY[] ~{1457}\n", " 5  S: * X x", "1,004 more octets")
	full := screen(Options{Protocol: trace.IMAP, Data: DataFull}, "", s.events)
	has(t, full, "* CAPABILITY"+words+"\n", "{1457}\n", strings.Repeat("x", 2000))
	hasNot(t, full, "more words")
	hasNot(t, screen(Options{Protocol: trace.SMTP}, "", s.events), "more words")

	s = &script{phase: "selected"}
	s.c("a FETCH " + strings.Repeat("X y ", 60))
	hasNot(t, screen(Options{Protocol: trace.IMAP}, "", s.events), "more words")
}

// TestPipelined: which command a result belongs to is told where another one was sent meanwhile.
func TestPipelined(t *testing.T) {
	s := &script{phase: "selected"}
	one := s.c("a NOOP")
	two := s.c("b NOOP")
	s.imapReply("OK", "* OK still here")
	s.imapReply("OK", "b OK done").Answers = two.N
	s.imapReply("OK", "a OK done").Answers = one.N
	got := screen(Options{Protocol: trace.IMAP}, "", s.events)
	has(t, got, "b OK done\n 5 ", "a OK done\n    #  the result of line 1\n")
	if n := strings.Count(got, "result of"); n != 1 {
		t.Errorf("%d notes:\n%s", n, got)
	}
}
