package imap

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

// kept are the messages of a mailbox of bob's: flags, date and text of each.
func (m *memory) kept(name string) (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.accounts["bob@lab.test"].folders[name].messages {
		all = append(all, string(AppendFlags(nil, x.Flags, x.Keywords))+" "+
			x.InternalDate().Format("2006-01-02 15:04:05 -0700")+" "+m.texts[x.Key])
	}
	return all
}

// left are the Drafts that are neither appended nor discarded.
func (m *memory) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.drafts
}

// appending is a session of bob's, who has an INBOX and a "saved-messages".
func appendingTo(t *testing.T) (*talker, *Server, *memory) {
	s, m := bobs(0)
	m.make(m.account("bob@lab.test"), "saved-messages", "")
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	return c, s, m
}

// asked says a line of a command, and waits for the server to ask for more.
func (c *talker) asked(line string) {
	c.t.Helper()
	c.send(line + "\r\n")
	if got := c.next(); !strings.HasPrefix(got, "+ ") {
		c.t.Fatalf("%q: got %q, want +", line, got)
	}
}

// The examples of RFC 3502 §6.3.11, the first of which begins as RFC 3501 §6.3.11 has it.
func TestAppendExamples(t *testing.T) {
	c, _, m := appendingTo(t)
	const letter = "Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r\nSubject: meeting\r\n\r\nHello Joe\r\n"
	c.asked("A003 APPEND saved-messages (\\Seen) {" + decimal(int64(len(letter))) + "}")
	c.asked(letter + " (\\Seen Work) \" 7-Feb-1994 22:43:04 -0800\" {10}")
	c.send("a: b\r\n\r\n\x80\xff\r\n")
	if _, result := c.end("A003"); result != "OK [APPENDUID 1002 1:2] Appended" {
		t.Errorf("got %q", result)
	}
	got := strings.Join(m.kept("saved-messages"), "|")
	if want := "(\\Seen) 2026-11-23 10:15:02 +0000 " + letter +
		"|(\\Seen Work) 1994-02-07 22:43:04 -0800 a: b\r\n\r\n\x80\xff"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	c.expect("APPEND bogusname (\\Flagged) {1023}", "NO [TRYCREATE] ...")
	c.asked("A005 APPEND saved-messages (\\Flagged) {6}")
	m.mu.Lock()
	m.limit.OctetsLimit = 5000
	m.mu.Unlock()
	c.send("a: b\r\n {35403}\r\n")
	if _, result := c.end("A005"); !strings.HasPrefix(result, "NO [OVERQUOTA] ") {
		t.Errorf("got %q", result)
	}
	if n := len(m.kept("saved-messages")); n != 2 || m.left() != 0 {
		t.Errorf("%d messages are kept, and %d drafts", n, m.left())
	}
}

// Commands that are whole, as LITERAL+ has them, and what they come to. Nothing but what
// succeeds leaves anything behind, and the next command is obeyed.
func TestAppendWhole(t *testing.T) {
	for _, x := range []struct {
		command, want string
		kept          string // of the INBOX
	}{
		{"APPEND INBOX {6+}\r\na: b\r\n", "OK [APPENDUID 1001 1] ...", "a: b\r\n"},
		{"APPEND {5+}\r\ninbox {1+}\r\na", "OK [APPENDUID 1001 1] ...", "a"},
		{"APPEND \"inbox\" () {1+}\r\na", "OK [APPENDUID 1001 1] ...", "a"},
		{"APPEND inbox ~{1+}\r\na", "OK [APPENDUID 1001 1] ...", "a"},
		{"APPEND inbox {1+}\r\na {1+}\r\nb ~{1+}\r\nc", "OK [APPENDUID 1001 1:3] ...", "a|b|c"},
		{"APPEND nowhere {1+}\r\na", "NO [TRYCREATE] ...", ""},
		{"APPEND a//b {1+}\r\na", "NO ...", ""},
		{"APPEND inbox {0+}\r\n", "NO ...", ""},
		{"APPEND inbox {1+}\r\na {0+}\r\n", "NO ...", ""},
		{"APPEND inbox {1+}\r\na {0+}\r\n {1+}\r\nb", "NO ...", ""},
		{"APPEND inbox {4+}\r\na\nb\n", "NO Line 1 ...", ""},
		{"APPEND inbox {7+}\r\na\r\nb\nc\n {1+}\r\nb", "NO Line 2 ...", ""},
		{"APPEND inbox {3+}\r\na\rb", "NO ...", ""},
		{"APPEND inbox {4+}\r\na\r\r\n", "NO ...", ""},
		{"APPEND inbox {2+}\r\na\r", "NO ...", ""},
		{"APPEND inbox ~{3+}\r\na\x00b", "NO [UNKNOWN-CTE] ...", ""},
		{"APPEND inbox {3+}\r\na\x00b", "NO [UNKNOWN-CTE] ...", ""},
		{"APPEND inbox {9+}\r\n012345678", "NO [TOOBIG] ...", ""},
		{"APPEND inbox {1+}\r\na {9+}\r\n012345678 {1+}\r\na", "NO [TOOBIG] ...", ""},
		{"APPEND inbox UTF8 (~{1+}\r\na)", "NO UTF8 is ...", ""},
		{"APPEND inbox", "BAD ...", ""},
		{"APPEND inbox a", "BAD ...", ""},
		{"APPEND {5+}\r\ninbox", "BAD ...", ""},
		{"APPEND inbox (\\Recent) {9+}\r\n012345678", "BAD ...", ""},
		{"APPEND inbox \"yesterday\" {1+}\r\na", "BAD ...", ""},
		{"APPEND inbox CATENATE (URL \"x\" TEXT {1+}\r\na TEXT {2+}\r\nbc)", "BAD ...", ""},
		{"APPEND inbox {1+}\r\na ", "BAD ...", ""},
		{"APPEND inbox {1+}\r\na)", "BAD ...", ""},
		{"APPEND inbox {1+}\r\na (\\Bogus) {1+}\r\nb {1+}\r\nc", "BAD ...", ""},
		{"APPEND inbox{1+}\r\na", "BAD ...", ""},
		{"APPEND inbox  {1+}\r\na", "BAD ...", ""},
		{"APPEND &x {1+}\r\na", "BAD ...", ""},
		{"APPEND {1+}\r\n& {1+}\r\na", "BAD ...", ""},
		{"APPEND inbox {1+}\r\nabc", "BAD ...", ""},
	} {
		s, m := bobs(0)
		s.Limits.Message = 8
		c := talkTo(t, s)
		c.must("LOGIN bob sesame")
		c.expect(x.command, x.want)
		c.expect("NOOP", "OK ...")
		var texts []string
		for _, k := range m.kept(Inbox) {
			texts = append(texts, k[len("() 2026-11-23 10:15:02 +0000 "):])
		}
		if got := strings.Join(texts, "|"); got != x.kept || m.left() != 0 {
			t.Errorf("%q: kept %q, want %q, and %d drafts", x.command, got, x.kept, m.left())
		}
	}
}

// What a client that waits need not send.
func TestAppendRefusedAtOnce(t *testing.T) {
	c, s, m := appendingTo(t)
	for _, x := range []struct{ command, want string }{
		{"APPEND nowhere {5}", "NO [TRYCREATE] ..."},
		{"APPEND a//b {5}", "NO [CANNOT] ..."},
		{"APPEND INBOX {52428801}", "NO [TOOBIG] ..."},
		{"APPEND INBOX {9007199254740992}", "NO [TOOBIG] ..."},
		{"APPEND INBOX {9223372036854775808}", "BAD ..."},
		{"APPEND INBOX {0}", "NO ..."},
		{"APPEND INBOX UTF8 (~{5}", "NO ..."},
		{"APPEND INBOX (\\Bogus) {5}", "BAD ..."},
		{"APPEND INBOX CATENATE (TEXT {5}", "BAD ..."},
		{"APPEND {2000000}", "NO [TOOBIG] ..."},
	} {
		c.expect(x.command, x.want)
	}
	c.must("ENABLE UTF8=ACCEPT")
	c.expect("APPEND INBOX UTF8 (~{3+}\r\nä\n)", "NO Line 1 ...")
	c.expect("APPEND INBOX UTF8 (~{2+}\r\nä)", "OK [APPENDUID 1001 1] ...")
	c.expect("APPEND INBOX UTF8 (~{2+}\r\nä {1+}\r\nb", "BAD ...")

	s.Capabilities = nil
	c.expect("APPEND INBOX ~{5}", "BAD ...")
	c.expect("APPEND INBOX UTF8 (~{5}", "BAD ...")
	c.asked("A APPEND INBOX {1}")
	c.send("a {1}\r\n")
	if _, result := c.end("A"); !strings.HasPrefix(result, "BAD MULTIAPPEND ") {
		t.Errorf("a second message: %s", result)
	}
	c.asked("B APPEND INBOX {1}")
	c.send("a\r\n")
	if _, result := c.end("B"); result != "OK Appended" {
		t.Errorf("without UIDPLUS: %s", result)
	}
	c.expect("APPEND INBOX {1+}\r\na", "BAD ...")
	s.Capabilities = Capabilities{"LITERAL-"}
	c.expect("APPEND INBOX {4097+}\r\n"+strings.Repeat("x", 4097), "BAD ...")
	c.expect("APPEND INBOX {4096+}\r\n"+strings.Repeat("x", 4096), "OK ...")
	if n := len(m.kept(Inbox)); n != 3 || m.left() != 0 {
		t.Errorf("%d messages are kept, and %d drafts", n, m.left())
	}
	c = talkTo(t, s)
	c.expect("APPEND INBOX {5}", "BAD ...")
}

// A client that goes away in the middle leaves nothing.
func TestAppendVanishes(t *testing.T) {
	whole := "APPEND INBOX (\\Seen) {10+}\r\n0123456789 {10+}\r\n0123456789\r\n"
	for n := range len(whole) {
		s, m := bobs(0)
		c := talkTo(t, s)
		c.must("LOGIN bob sesame")
		c.send("t " + whole[:n])
		c.close()
		if got := m.kept(Inbox); len(got) != 0 || m.left() != 0 || m.stores != 0 {
			t.Errorf("after %q there are %q, and %d drafts", whole[:n], got, m.left())
		}
	}
}

// Whatever a client says and wherever it stops, no Draft is left over.
func FuzzAppend(f *testing.F) {
	f.Add("INBOX (\\Seen) {3+}\r\na\r\n {1+}\r\nb\r\n")
	f.Add("{5+}\r\nINBOX \" 7-Feb-1994 21:52:25 -0800\" ~{2}\r\nab\r\nx NOOP\r\n")
	f.Add("INBOX UTF8 (~{1+}\r\na)\r\nx APPEND INBOX {0}\r\n")
	f.Add("INBOX {2+}\r\n\n\n {99999999999+}\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, m := bobs(0)
		c := talkTo(t, s)
		c.must("LOGIN bob sesame")
		c.must("ENABLE UTF8=ACCEPT")
		io.WriteString(c.nc, "t APPEND "+text) // the server may have ended the session
		c.close()
		if m.left() != 0 || m.stores != 0 || m.boxes != 0 {
			t.Errorf("%d drafts, %d stores and %d mailboxes are left", m.left(), m.stores, m.boxes)
		}
	})
}

// A new message in the selected mailbox is told at once (RFC 3501 §6.3.11).
func TestAppendTold(t *testing.T) {
	s, m := bobs(2)
	m.mu.Lock()
	m.accounts["bob@lab.test"].folders[Inbox].recent = 3
	m.mu.Unlock()
	c := selecting(t, s, Inbox)
	c.expect("APPEND INBOX {1+}\r\na", "3 EXISTS", "1 RECENT", "OK [APPENDUID 1001 3] ...")
	c.expect("APPEND INBOX {1+}\r\n\n", "NO ...")
}

// Whoever watches the commands is asked before the message comes, once.
func TestAppendIntercepted(t *testing.T) {
	c, s, m := appendingTo(t)
	asked := 0
	refusing := true
	s.Intercept = func(state State, cmd Command) *Response {
		a, ok := cmd.(*Append)
		if !ok {
			return nil
		}
		if asked++; a.Mailbox != Inbox || state != StateAuthenticated || len(a.Messages) != 1 ||
			a.Messages[0].Flags != FlagSeen {
			t.Errorf("asked about %+v", a)
		}
		if refusing {
			return Refuse(CodeInUse, "Not today")
		}
		return nil
	}
	c.expect("APPEND INBOX (\\Seen) {5}", "NO [INUSE] Not today")
	c.expect("APPEND INBOX (\\Seen) {5+}\r\nhello {5+}\r\nhello", "NO [INUSE] Not today")
	refusing = false
	c.expect("APPEND INBOX (\\Seen) {5+}\r\nhello {5+}\r\nhello", "OK ...")
	if asked != 3 || len(m.kept(Inbox)) != 2 {
		t.Errorf("asked %d times, %d messages are kept", asked, len(m.kept(Inbox)))
	}
}

// An APPEND has an end, though it says that there is always one message more.
func TestAppendEnds(t *testing.T) {
	c, _, m := appendingTo(t)
	c.send("t APPEND INBOX" + strings.Repeat(" {1+}\r\nx", maxAppended+3) + "\r\n")
	if _, result := c.end("t"); !strings.HasPrefix(result, "NO [LIMIT] ") || m.left() != 0 {
		t.Errorf("got %q, and there are %d drafts", result, m.left())
	}
	c.expect("NOOP", "OK ...")
}

// A brokenDraft is one whose disk is full.
type brokenDraft struct{ Draft }

func (brokenDraft) Write(p []byte) (int, error) { return 0, errSecret }

// A brokenStore has such Drafts.
type brokenStore struct{ Store }

func (s brokenStore) Draft(ctx context.Context, n int64) (Draft, error) {
	d, err := s.Store.Draft(ctx, n)
	return brokenDraft{d}, err
}

// A Draft that fails keeps nobody from reading the message to its end.
func TestAppendBroken(t *testing.T) {
	s, m := bobs(0)
	s.Open = func(ctx context.Context, p Peer, account string) (Store, error) {
		store, err := m.open(ctx, p, account)
		return brokenStore{store}, err
	}
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.expect("APPEND INBOX {100000+}\r\n"+strings.Repeat("0123456789", 10000),
		"NO [SERVERBUG] It ...")
	c.expect("NOOP", "OK ...")
	if m.left() != 0 {
		t.Errorf("%d drafts", m.left())
	}
}

// A message that is cut anywhere by the network is the same.
func TestIntake(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"a\r\nb\r\n\r\nc", ""}, {"\r\n", ""}, {"\x80\xff\x01\r\n", ""},
		{"a\nb", "Line 1 of the message ends in LF alone: end each line with CRLF"},
		{"a\r\nb\n", "Line 2"}, {"\r\n\r\n\n", "Line 3"},
		{"a\rb\r\n", "Line 1 of the message has a CR without LF: end each line with CRLF"},
		{"\r\n\r\r\n", "Line 2 of the message has a CR"}, {"a\r", "middle of a CRLF: send the LF"},
		{"a\x00\n", "NUL in line 1"},
	} {
		for cut := range len(x.text) {
			in := &intake{draft: discarding{io.Discard}, most: 100}
			for _, p := range []string{x.text[:cut], x.text[cut:]} {
				if p != "" {
					in.Write([]byte(p))
				}
			}
			r := in.finish()
			if (r == nil) != (x.want == "") || r != nil && !strings.Contains(r.Text, x.want) {
				t.Errorf("%q, cut at %d: %v, want %q", x.text, cut, r, x.want)
			}
		}
	}
}

// A lenient server makes CRLF of CRs and LFs that stand alone, wherever the network cuts; what gets
// too long by it is refused, as is a NUL.
func TestIntakeLenient(t *testing.T) {
	for _, x := range []struct{ text, want, trouble string }{
		{"a\r\nb", "a\r\nb", ""}, {"a\nb\n", "a\r\nb\r\n", ""}, {"a\rb", "a\r\nb", ""},
		{"a\r", "a\r\n", ""}, {"\n\n", "\r\n\r\n", ""}, {"\r\r\n\n", "\r\n\r\n\r\n", ""},
		{"\n\r", "\r\n\r\n", ""}, {"12345678", "12345678", ""},
		{"1234567\n", "1234567", "TOOBIG"}, {"1234567\r", "1234567", "TOOBIG"},
		{"a\n\x00\n", "a\r\n\x00\r\n", "NUL in line 2"},
	} {
		for cut := range len(x.text) {
			var kept strings.Builder
			in := &intake{draft: discarding{&kept}, lenient: true, most: 8}
			for _, p := range []string{x.text[:cut], x.text[cut:]} {
				if p != "" {
					in.Write([]byte(p))
				}
			}
			r := in.finish()
			if (r == nil) != (x.trouble == "") || r != nil && !strings.Contains(r.Error(), x.trouble) ||
				kept.String() != x.want {
				t.Errorf("%q, cut at %d: %q, %v, want %q, %q", x.text, cut, kept.String(), r, x.want, x.trouble)
			}
		}
	}
}

type discarding struct{ io.Writer }

func (discarding) Discard() {}

// An APPEND of 5 KB, as bench/imap has it, without a disk.
func BenchmarkAppend(b *testing.B) {
	m := newMemory()
	s := serverOver(m)
	ours, theirs := net.Pipe()
	go s.ServeConn(theirs)
	defer ours.Close()
	buf := make([]byte, 64<<10)
	say := func(text string) {
		if _, err := io.WriteString(ours, text); err != nil {
			b.Fatal(err)
		}
		if _, err := ours.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
	ours.Read(buf)
	say("a LOGIN bob sesame\r\n")
	text := strings.Repeat(strings.Repeat("x", 78)+"\r\n", 64)
	command := "b APPEND INBOX (\\Seen) {" + decimal(int64(len(text))) + "+}\r\n" + text + "\r\n"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		say(command)
	}
}
