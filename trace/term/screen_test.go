package term

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mailtool/trace"
)

// has fails unless every want stands in the screen, in this order.
func has(t *testing.T, got string, wants ...string) {
	t.Helper()
	rest := got
	for _, w := range wants {
		i := strings.Index(rest, w)
		if i < 0 {
			t.Fatalf("%q is missing, or in the wrong place, in\n%s", w, got)
		}
		rest = rest[i+len(w):]
	}
}

func hasNot(t *testing.T, got string, bad ...string) {
	t.Helper()
	for _, b := range bad {
		if strings.Contains(got, b) {
			t.Fatalf("%q stands in\n%s", b, got)
		}
	}
}

// letter is a session with a body of n lines.
func letter(n int) []*trace.Event {
	s := &script{phase: "transfer"}
	s.c("DATA")
	s.s("354 go on")
	s.data(trace.Client, "Subject: x", "")
	for i := range n {
		s.data(trace.Client, fmt.Sprintf("body %d", i+1))
	}
	s.dot(trace.Client)
	return s.events
}

func TestDataModes(t *testing.T) {
	o := Options{Protocol: trace.SMTP}
	for _, c := range []struct {
		lines  int
		mode   DataMode
		follow bool
		shown  int // lines of the body
		note   string
	}{
		{1, DataAuto, false, 1, ""},
		{40, DataAuto, false, 40, ""},
		{41, DataAuto, false, 10, "31 more lines, 279 octets"},
		{11, DataHead, false, 0, "11 more lines"},
		{1, DataHead, false, 0, "1 more line, 8 octets"},
		{41, DataFull, false, 41, ""},
		{41, DataAuto, true, 40, "1 more line, 9 octets"},
		{5, DataNone, false, 0, "7 more lines"},
	} {
		o.Data, o.Follow = c.mode, c.follow
		got := screen(o, "", letter(c.lines))
		if n := strings.Count(got, "C: body"); n != c.shown {
			t.Errorf("%+v: %d lines of the body are shown:\n%s", c, n, got)
		}
		if c.note == "" {
			hasNot(t, got, "more line")
		} else {
			has(t, got, c.note, "C: .")
		}
		if header := strings.Contains(got, "Subject: x"); header == (c.mode == DataNone) {
			t.Errorf("%+v: header shown: %v", c, header)
		}
	}
}

// A line typed by a person is on the screen before the next one comes.
func TestFollowShowsAtOnce(t *testing.T) {
	var b bytes.Buffer
	s := New(&b, Options{Protocol: trace.SMTP, Follow: true})
	for i, ev := range letter(30)[:25] {
		s.Event(ev)
		if n := strings.Count(b.String(), ": "); n < i+1 {
			t.Fatalf("event %d is not on the screen:\n%s", i+1, b.String())
		}
	}
}

// Lines that wait come before what another end says meanwhile.
func TestHeldLinesKeepTheirPlace(t *testing.T) {
	s := &script{phase: "transfer"}
	s.events = letter(15)[:17] // header, empty line, 13 lines
	s.line = 17
	s.s("421 4.3.2 shutting down")
	got := screen(Options{Protocol: trace.SMTP}, "", s.events)
	has(t, got, "body 10", "body 13", "~S: 421")
}

func TestListing(t *testing.T) {
	s := &script{phase: "transaction"}
	s.c("LIST")
	s.unit(trace.Server, trace.Reply, "+OK", "+OK")
	for i := range 50 {
		s.data(trace.Server, fmt.Sprintf("%d 120", i+1))
	}
	s.dot(trace.Server)
	got := screen(Options{Protocol: trace.POP3}, "", s.events)
	has(t, got, "S: 10 120", "40 more lines", "S: .", "end of the list")
	hasNot(t, got, "S: 11 120", "header ends")
}

// BDAT comes in pieces that hold many lines, and may end within one.
func TestPieces(t *testing.T) {
	s := &script{phase: "transfer"}
	s.c("BDAT 40 LAST")
	for _, p := range []string{"Subject: x\r\n\r\nfirst\r\nsec", "ond\r\nthird\r\n"} {
		ev := s.unit(trace.Client, trace.Data, "", p)
		ev.Raw, ev.Len, ev.EOL = []byte(p), int64(len(p)), 2
		ev.Lines = strings.Count(p, "\n")
		if len(s.events) == 2 {
			ev.Lines++ // "sec" begins in the first piece
		} else {
			ev.Lines--
		}
		s.line += ev.Lines - 1
	}
	s.events[2].Kind = trace.DataEnd
	got := screen(Options{Protocol: trace.SMTP}, "", s.events)
	has(t, got, " 2  C: Subject: x\n", " 3  C:\n", "header ends", " 4  C: first\n", " 5  C: sec\n",
		"    C: ond\n", " 6  C: third\n")
}

// TestChunks: what a chunk begins with may be the rest of a line, which is no empty line;
// and the lines of a message are counted on from chunk to chunk.
func TestChunks(t *testing.T) {
	s := &script{phase: "transfer"}
	chunk := func(command, text string, lines int) {
		s.c(command)
		ev := s.unit(trace.Client, trace.DataEnd, "", text)
		ev.Raw, ev.Len, ev.EOL, ev.Part, ev.Lines = []byte(text), int64(len(text)), 0, ev.N-1, lines
		s.line += lines - 1
		s.s("250 2.0.0 Ok")
	}
	chunk("BDAT 11", "Subject: x\r", 1)
	chunk("BDAT 11", "\nTo: y\r\n\r\na", 4)
	chunk("BDAT 120", strings.Repeat("body\r\n", 20), 20)
	chunk("BDAT 180 LAST", strings.Repeat("more\r\n", 30), 30)
	got := screen(Options{Protocol: trace.SMTP}, "", s.events)
	has(t, got, " 5  C:\n    #  the chunk before ended within this line: a chunk may end anywhere\n",
		" 6  C: To: y\n 7  C:\n    #  empty line", " 8  C: a\n 9  S: 250",
		"11  C: body\n", "30 more lines, 180 octets")
	if n := strings.Count(got, "C: more"); n > 0 {
		t.Errorf("%d lines of the last chunk are shown:\n%s", n, got)
	}
	if n := strings.Count(got, "header ends"); n != 1 {
		t.Errorf("the header ends %d times", n)
	}
}

// TestDotAfterPieces: the pieces of a long body end where they end, and the dot has a
// line, and a number, of its own.
func TestDotAfterPieces(t *testing.T) {
	for _, folded := range []bool{false, true} {
		s := &script{phase: "transfer"}
		s.data(trace.Client, "Subject: x", "", "first")
		piece := s.unit(trace.Client, trace.Data, "", "end of the first piece\r\nsecond")
		piece.EOL, piece.More = 0, true
		last := s.unit(trace.Client, trace.Data, "", " line\r\nthird\r\n")
		last.More = true
		if folded {
			piece.Raw, last.Raw, last.EOL = nil, nil, 0
		}
		s.line = 6
		s.dot(trace.Client)
		got := screen(Options{Protocol: trace.SMTP}, "", s.events)
		has(t, got, "\n 7  C: .\n")
	}
}

func TestMeasureOfOneLine(t *testing.T) {
	s := &script{phase: "transfer"}
	s.data(trace.Client, "hi")
	s.dot(trace.Client).Body = &trace.Body{Octets: 4, Lines: 1, Longest: 2,
		SHA256: strings.Repeat("ab", 32)}
	has(t, screen(Options{Protocol: trace.SMTP, Explain: true}, "", s.events),
		"#  4 octets in one line; SHA-256 abababababab...\n")
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		verb, text, want string
	}{
		{"-ERR", "-ERR no such message", "!S: -ERR"},
		{"-ERR", "-ERR [IN-USE] locked", "~S: -ERR"},
		{"NO", "a1 NO [AUTHENTICATIONFAILED] no", "!S: a1"},
		{"NO", "a1 NO [UNAVAILABLE] no", "~S: a1"},
		{"NO", "* NO disk nearly full", "~S: *"},
		{"BAD", "a1 BAD what", "!S: a1"},
		{"OK", "a1 OK done", " S: a1"},
		{"+", "+ go on", " S: +"},
		{"421", "421 bye", "~S: 421"},
		{"554", "554 no", "!S: 554"},
		{"", "what is this", " S: what"},
	} {
		s := &script{}
		s.unit(trace.Server, trace.Reply, c.verb, c.text)
		has(t, screen(Options{}, "", s.events), c.want)
	}
}

func TestMasks(t *testing.T) {
	secret := func(s *script, text string) {
		s.c(text).Secrets = []trace.Span{{At: len(text) - 8, Len: 8}}
	}
	s := &script{phase: "handshake"}
	secret(s, "PASS ********")
	secret(s, "PASS ********")
	got := screen(Options{Protocol: trace.POP3}, "", s.events)
	if strings.Count(got, "readable by anyone") != 1 {
		t.Errorf("the note beside a mask is to stand once in a phase:\n%s", got)
	}
	s = &script{phase: "handshake"}
	secret(s, "APOP bob ********")
	has(t, screen(Options{Protocol: trace.POP3}, "", s.events), "a proof made from it")
	s = &script{phase: "handshake", layer: 1}
	s.mark(trace.NoEnd, trace.LayerChange, "tls", "TLS 1.3")
	secret(s, "AUTH PLAIN ********")
	got = screen(Options{Protocol: trace.SMTP}, "done", s.events)
	has(t, got, "TLS hid it", "| encrypted, TLS 1.3")
}

// TestNameIsNoPassword: AUTH LOGIN asks for the user name first, and masks it too.
func TestNameIsNoPassword(t *testing.T) {
	const name, password = "a user name", "this password was readable"
	masked := func(s *script, k trace.Kind, verb, text string) {
		s.unit(trace.Client, k, verb, text).Secrets = []trace.Span{{At: len(text) - 8, Len: 8}}
	}
	s := &script{phase: "handshake"}
	s.c("AUTH LOGIN")
	masked(s, trace.Continuation, "", "********")
	got := screen(Options{Protocol: trace.SMTP}, "", s.events)
	if !strings.Contains(got, name) || strings.Contains(got, password) {
		t.Errorf("the first line of AUTH LOGIN is a name:\n%s", got)
	}
	masked(s, trace.Continuation, "", "********")
	has(t, screen(Options{Protocol: trace.SMTP}, "", s.events), name, password)
	s = &script{phase: "handshake"}
	masked(s, trace.Command, "AUTHENTICATE", "a AUTHENTICATE LOGIN ********")
	got = screen(Options{Protocol: trace.IMAP}, "", s.events)
	if !strings.Contains(got, name) || strings.Contains(got, password) {
		t.Errorf("the initial response of LOGIN is a name:\n%s", got)
	}
	masked(s, trace.Continuation, "", "********")
	has(t, screen(Options{Protocol: trace.IMAP}, "", s.events), name, password)
}

func TestClosing(t *testing.T) {
	for _, c := range []struct {
		name  string
		marks func(*script)
		want  []string
		not   string
	}{
		{"server first", func(s *script) {
			s.mark(trace.Server, trace.Closed, "", "fin")
			s.mark(trace.Client, trace.Closed, "", "fin")
			s.mark(trace.NoEnd, trace.Closed, "", "eof")
		}, []string{"# TCP closed by the server\n"}, "client"},
		{"half closed", func(s *script) {
			s.mark(trace.Client, trace.Closed, "", "fin")
			s.s("250 still here")
			s.mark(trace.Server, trace.Closed, "", "fin")
			s.mark(trace.NoEnd, trace.Closed, "", "eof")
		}, []string{"# the client will send no more (FIN)\n", "250 still here", "# TCP closed by the server\n"}, "by the client"},
		{"nobody said", func(s *script) { s.mark(trace.NoEnd, trace.Closed, "", "eof") },
			[]string{"# TCP closed\n"}, "by"},
		{"time-out", func(s *script) { s.mark(trace.NoEnd, trace.Closed, "", "timeout") },
			[]string{"# closed: nobody spoke in time\n"}, "TCP closed"},
		{"the record ends", func(s *script) { s.mark(trace.Server, trace.Closed, "", "fin") },
			[]string{"# TCP closed by the server\n", "-- done"}, "FIN"},
	} {
		s := &script{phase: "close"}
		c.marks(s)
		got := screen(Options{Protocol: trace.SMTP}, "done", s.events)
		t.Run(c.name, func(t *testing.T) { has(t, got, c.want...); hasNot(t, got, c.not) })
	}
}

func TestMessageRules(t *testing.T) {
	s := &script{phase: "transfer"}
	refused := s.c("MAIL FROM:<a@lab.test")
	s.s("501 no").Answers = refused.N
	s.c("MAIL FROM:<a@lab.test>")
	s.s("250 ok")
	s.c("RSET")
	s.s("250 ok")
	s.c("MAIL FROM:<a@lab.test>")
	got := screen(Options{Protocol: trace.SMTP}, "", s.events)
	has(t, got, "message 1 ---", "501", "message 2 ---") // nobody knows how many: what was refused is typed again
	if strings.Count(got, "-- transfer") != 2 {
		t.Errorf("want two rules:\n%s", got)
	}
	got = screen(Options{Protocol: trace.SMTP, Messages: 3}, "", s.events)
	has(t, got, "message 1 of 3", "501", "message 2 of 3", "message 3 of 3")
}

// TestMessageOutOfTurn: a MAIL inside of a transaction begins no message.
func TestMessageOutOfTurn(t *testing.T) {
	s := &script{phase: "transfer"}
	mail := func(code string) {
		c := s.c("MAIL FROM:<a@b.test>")
		s.s(code + " x").Answers = c.N
	}
	mail("250")
	mail("503")
	s.c("RSET")
	s.s("250 x")
	mail("450")
	mail("250")
	s.data(trace.Client, "Subject: x")
	s.dot(trace.Client)
	mail("250")
	got := screen(Options{Protocol: trace.SMTP}, "", s.events)
	has(t, got, "message 1", " 1  C:", " 3  C:", "RSET", "message 2", " 7  C:", " 9  C:",
		"message 3", "13  C:")
	hasNot(t, got, "message 4")
}

// TestFindingsAreWrapped: on a terminal a finding ends before its last column, a section
// is never divided, and what is far to the right goes on at the left.
func TestFindingsAreWrapped(t *testing.T) {
	for _, width := range []int{60, 72, 80, 100} {
		s := &script{phase: "transfer"}
		find(s.c("MAIL FROM: <alice@lab.test>"), &spaceAfterColon, 10)
		find(s.c("MAIL FROM:<"+strings.Repeat("a", 40)+"> <b@lab.test>"), &spaceAfterColon, 52)
		find(s.mark(trace.Client, trace.Closed, "", "fin"), &noQuit, -1)
		s.mark(trace.NoEnd, trace.Closed, "", "eof")
		got := screen(Options{Protocol: trace.SMTP, Width: width}, "", s.events)
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "    #") && Columns(line) > width {
				t.Errorf("%d columns: %q has %d", width, line, Columns(line))
			}
			if strings.HasSuffix(line, "RFC") || strings.HasSuffix(line, "5321") {
				t.Errorf("%d columns: a section is divided: %q", width, line)
			}
		}
		has(t, got, "\n    #            ^ MUST: ", "\n    #  "+strings.Repeat(" ", 52)+"^",
			"\n    #  MUST: the client")
		if n := strings.Count(got, "RFC 5321"); n != 3 {
			t.Errorf("%d columns: %d sections\n%s", width, n, got)
		}
	}
}

func TestLongAndBinaryLines(t *testing.T) {
	s := &script{}
	s.c("NOOP " + strings.Repeat("x", 2000))
	u := s.unit(trace.Client, trace.Undecided, "", strings.Repeat("\x17\n", 200))
	u.Lines = 200
	got := screen(Options{}, "", s.events)
	has(t, got, "x\n", "1,005 more octets in this line", `\x17\n`, "199 more octets", "does not show whether")
	if n := strings.Count(got, "\n"); n != 5 {
		t.Errorf("%d lines:\n%s", n, got)
	}
	hasNot(t, screen(Options{Data: DataFull}, "", s.events), "more octets")
}

// TestEndlessLine: of a line that comes in many events the first octets are shown, and the others
// counted once, wherever it ends; not what there is something to say of.
func TestEndlessLine(t *testing.T) {
	piece := strings.Repeat("x", trace.MaxUnit)
	long := func(s *script, kind trace.Kind, pieces int) (last *trace.Event) {
		for i := range pieces {
			last = s.add(&trace.Event{End: trace.Server, Kind: kind, Raw: []byte(piece),
				Len: trace.MaxUnit, More: kind != trace.Data, Line: s.line + 1})
			if i == 0 {
				last.Lines = 1
			}
		}
		s.line++
		return last
	}
	for _, kind := range []trace.Kind{trace.Reply, trace.Data} {
		for _, protocol := range []trace.Protocol{trace.SMTP, trace.IMAP} {
			o := Options{Protocol: protocol}
			s := &script{}
			long(s, kind, 100)
			last := s.add(&trace.Event{End: trace.Server, Kind: kind, Raw: []byte("yy\r\n"), Len: 4, EOL: 2})
			s.c("NOOP")
			got := screen(o, "", s.events)
			has(t, got, "xxx\n", "    #  1,637,402 more octets in this line\n", " 2  C: NOOP")
			if n := len(got); n > 1300 {
				t.Errorf("%s of %s: %d octets:\n%s", kind, protocol, n, got)
			}
			has(t, screen(Options{Protocol: protocol, Data: DataFull}, "", s.events), piece, "yy\n")
			find(last, &noQuit, -1)
			got = screen(o, "", s.events)
			has(t, got, "xxx\n", "1,637,400 more octets in this line\n", "S: yy\n", "NOOP")
		}
	}
	s := &script{}
	long(s, trace.Reply, 3)
	s.c("NOOP")
	has(t, screen(Options{}, "", s.events), "48,152 more octets in this line\n", "C: NOOP")
	has(t, screen(Options{}, "over", s.events[:3]), "48,152 more octets in this line\n", "-- over")
}

func TestWaitsAreTold(t *testing.T) {
	s := &script{}
	s.now = 199 * time.Millisecond
	s.s("220 a")
	s.now += 200 * time.Millisecond
	s.s("250 b")
	s.now += 90 * time.Second
	s.s("250 c")
	got := screen(Options{}, "", s.events)
	has(t, got, "220 a", "(waited 200 ms)", "250 b", "(waited 1 min 30 s)", "250 c")
	hasNot(t, screen(Options{NoWaits: true}, "", s.events), "waited")
}

func TestIdleAndNext(t *testing.T) {
	var b bytes.Buffer
	s := New(&b, Options{Protocol: trace.SMTP})
	s.Idle(trace.Waiting{}, nil)
	s.Idle(trace.Waiting{Client: "reply", Server: "end-of-data"}, nil)
	s.Idle(trace.Waiting{Server: "command"}, []byte("HELO \x1bx"+strings.Repeat("y", 100)))
	p := &script{}
	p.c("AUTH PLAIN ********")
	p.data(trace.Client, "x", "y")
	s.Next(p.events)
	want := "# C waits for a reply; S waits for <CRLF>.<CRLF>\n# S waits for a command\n" +
		"#   no CRLF yet behind C: HELO \\x1Bx" + strings.Repeat("y", 53) + "\n" +
		"    #  next  C: AUTH PLAIN ********\n    #  and 2 more lines\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

type brokenWriter struct{ writes int }

func (w *brokenWriter) Write([]byte) (int, error) { w.writes++; return 0, errors.New("gone") }

func TestWriterGone(t *testing.T) {
	w := &brokenWriter{}
	s := New(w, Options{Protocol: trace.SMTP})
	for _, ev := range sample() {
		s.Event(ev)
	}
	if w.writes != 1 || s.Err() == nil {
		t.Errorf("%d writes, error %v", w.writes, s.Err())
	}
}

// Nothing that the wire holds reaches the terminal as it is.
func FuzzScreen(f *testing.F) {
	f.Add([]byte("250 \x1b[2J\r\n"), byte(0), 3)
	f.Add([]byte("\u202e\r\n.\r\n"), byte(1), -4)
	f.Fuzz(func(t *testing.T, raw []byte, kind byte, at int) {
		kinds := []trace.Kind{trace.Reply, trace.Data, trace.DataEnd, trace.Command, trace.Undecided,
			trace.Continuation, trace.Closed, trace.LayerChange}
		k := kinds[int(kind)%len(kinds)]
		ev := &trace.Event{N: 1, End: trace.Client, Kind: k, Raw: raw, Len: int64(len(raw)), Line: 1, Lines: 1,
			Phase: string(raw), State: "x", Verb: string(raw), Text: string(raw)}
		find(ev, &spaceAfterColon, 0)
		ev.Findings[0].Off = int64(at)
		for _, o := range []Options{{}, {Explain: true, Time: true, Bytes: true, Data: DataFull}} {
			o.Protocol = trace.SMTP
			for _, r := range screen(o, "x", []*trace.Event{ev, ev}) {
				if r < ' ' && r != '\n' || r == 0x7f || r >= 0x202a && r <= 0x202e {
					t.Fatalf("%q lets %U through", raw, r)
				}
			}
		}
	})
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 20, "short"},
		{"a line that is divided at spaces", 12, "a line that|is divided|at spaces"},
		{"averyveryverylongword", 10, "averyveryv|erylongwor|d"},
		{"中文句子在任何字之间都可以换行", 10, "中文句子在|任何字之间|都可以换行"},
		{"标点不在行首一二，三四五", 16, "标点不在行首一|二，三四五"},
		{"（括号）不在行尾（括号）", 18, "（括号）不在行尾|（括号）"},
	} {
		if got := strings.Join(Wrap(c.in, c.most), "|"); got != c.want {
			t.Errorf("Wrap(%s, %d) = %s, want %s", c.in, c.most, got, c.want)
		}
	}
}

// Both languages have the same sentences.
func TestSentences(t *testing.T) {
	en, zh := own.Keys("en"), own.Keys("zh")
	if len(en) == 0 || len(en) != len(zh) {
		t.Fatalf("%d English, %d Chinese", len(en), len(zh))
	}
	for _, k := range en {
		if own.Say("zh", k) == own.Say("en", k) && k != "term/count" {
			t.Errorf("%s is not translated", k)
		}
	}
}

// TestNarrow: in a small window the rule above a phase and the summary fit, too.
func TestNarrow(t *testing.T) {
	s := &script{phase: "handshake"}
	s.s("220 mail.lab.test ESMTP")
	got := screen(Options{Protocol: trace.SMTP, Width: 44}, "no message was sent to anybody", s.events)
	has(t, got, "-- handshake -------------------------------\n",
		"-- no message was sent to anybody\n   0 commands, ")
}
