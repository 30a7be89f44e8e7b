package term

import (
	"strings"
	"testing"

	"mailtool/internal/sentence"
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

// TestOneRule: a client that pipelined and leaves without LOGOUT enters no state of which nothing is
// shown.
func TestOneRule(t *testing.T) {
	s := &script{phase: "authenticated"}
	opened := s.c("b SELECT INBOX")
	s.phase = "selected"
	s.imapReply("OK", "b OK done").Answers = opened.N
	s.mark(trace.Client, trace.Closed, "", "fin")
	s.phase = "logout"
	s.mark(trace.Client, trace.Closed, "", string(trace.ClosedEOF))
	got := screen(Options{Protocol: trace.IMAP}, "", s.events)
	hasNot(t, got, "-- selected")
	has(t, got, "-- logout", "TCP closed by the client")
}

// folders is what a first IMAP client of one's own does, at a server that is no better.
var folders = []string{
	"S * OK [CAPABILITY IMAP4rev1 LITERAL- SASL-IR ID ENABLE IDLE NAMESPACE UNSELECT UIDPLUS MOVE " +
		"LIST-EXTENDED LIST-STATUS SPECIAL-USE STATUS=SIZE ESEARCH SEARCHRES SORT AUTH=PLAIN] ready\r\n",
	"C LOGIN bob sesame\r\n",
	"S LOGIN BAD a tag is missing\r\n",
	"C a1 LOGIN bob {6}\r\nsesame\r\n",
	"S + go on\r\na1 OK hello\r\n",
	"C a2 SELECT INBOX\r\n",
	"S * FLAGS (\\Answered \\Seen)\r\n* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] kept\r\n" +
		"a2 OK [READ-WRITE] selected\r\n",
	"C a3 NOOP\r\na4 FETCH 1 (ENVELOPE BODY[])\r\na5 CREATE \"&U,BTFw-\"\r\n",
	"S a3 OK nothing new\r\n* 1 FETCH (ENVELOPE (\"Mon, 23 Nov 2026 10:15:02 +0800\" \"a letter\" ((NIL NIL " +
		"\"alice\" \"lab.test\")) NIL NIL ((NIL NIL \"bob\" \"lab.test\")) NIL NIL NIL NIL) BODY[] {29}\r\n" +
		"Subject: a letter\r\n\r\nhello!\r\n)\r\na4 OK fetched\r\na5 OK made\r\n",
	"S * 1 EXPUNGE\r\n",
	"C a6 APPEND Sent (\\Seen) {22+}\r\nSubject: x\r\n\r\nhello!\r\n\r\n",
	"S a6 OK [APPENDUID 2 1] kept\r\n",
	"C a7 IDLE\r\n",
	"S + idling\r\n* 2 EXISTS\r\n",
	"C DONE\r\na8 UID FETCH 1:* FLAGS\r\n",
	"S a7 OK idled\r\n* 1 FETCH (UID 7 FLAGS ())\r\n* 3 FETCH (UID 3 FLAGS ())\r\na8 OK fetched\r\n",
	"C a9 LOGOUT\r\n",
	"S * BYE bye\r\na9 OK bye\r\n",
	"S EOF",
}

func TestIMAPScreens(t *testing.T) {
	open := trace.Opening{Protocol: trace.IMAP, Vantage: trace.AtServer,
		ClientAddr: "127.0.0.1:50112", ServerAddr: "127.0.0.1:2143"}
	evs := record(open, folders...)
	for _, l := range []sentence.Lang{sentence.English, sentence.Chinese} {
		for _, explained := range []bool{false, true} {
			o := Options{Lang: l, Protocol: trace.IMAP, Vantage: open.Vantage, ClientAddr: open.ClientAddr,
				Explain: explained}
			file := "recorded-folders." + string(l) + ".txt"
			if explained {
				file = "recorded-folders-explained." + string(l) + ".txt"
			}
			t.Run(file, func(t *testing.T) { golden(t, file, screen(o, "over", evs)) })
		}
	}
}
