package imap

import (
	"fmt"
	"strings"
	"testing"
)

// FETCH as commands, and as AppendCommand writes them.
func TestParseFetch(t *testing.T) {
	for text, want := range map[string]string{
		"FETCH 1 FLAGS":                         "",
		"fetch 1 (flags)":                       "FETCH 1 FLAGS",
		"FETCH 1,3:*,$ (FLAGS UID)":             "",
		"UID FETCH $ BODY":                      "",
		"FETCH 1 ALL":                           "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)",
		"FETCH 1 fast":                          "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)",
		"FETCH 1 FULL":                          "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)",
		"FETCH 1 BODY[]":                        "",
		"FETCH 1 body.peek[]<0.1>":              "FETCH 1 BODY.PEEK[]<0.1>",
		"FETCH 1 BODY[1.2.MIME]<4294967295.1>":  "",
		"FETCH 1 BODY[HEADER.FIELDS (A \"b\")]": "FETCH 1 BODY[HEADER.FIELDS (A b)]",
		"FETCH 1 (RFC822 RFC822.HEADER RFC822.SIZE RFC822.TEXT INTERNALDATE BODYSTRUCTURE MODSEQ)": "",
		"FETCH 1 (BINARY[] BINARY.PEEK[1.2]<3.4> BINARY.SIZE[1])":                                  "",
		"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)":                                               "UID FETCH 1:* FLAGS (CHANGEDSINCE 12345)",
		"FETCH 1 BODY[HEADER.FIELDS ({3}\r\na b)]":                                                 `FETCH 1 BODY[HEADER.FIELDS ("a b")]`,
	} {
		if want == "" {
			want = text
		}
		_, c, err := ParseCommand([]byte("t " + text + "\r\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(AppendCommand(nil, "t", c)); got != "t "+want+"\r\n" {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// What is no FETCH gets BAD, and the session goes on.
func TestFetchIsWrong(t *testing.T) {
	s, _ := bobs(2)
	s.Limits.Errors = 1000
	c := selecting(t, s, Inbox)
	for _, args := range []string{"", " 1", " 1 ", " 1 ()", " 1 (FLAGS", " 1 FLAGS)", " 1 FLAGS UID", " 1 FLAG",
		" 3 FLAGS", " 0 FLAGS", " 1:3 FLAGS", " 1 (ALL)", " 1 (FLAGS FAST)", " 1 ALL FLAGS", " 1 FLAGS.PEEK",
		" 1 BODY.PEEK", " 1 BODY[", " 1 BODY[]<", " 1 BODY[]<0>", " 1 BODY[]<0.0>", " 1 BODY[]<.1>",
		" 1 BODY[]<4294967296.1>", " 1 BODY[]<0.4294967296>", " 1 BODY[]<0.1>>", " 1 BODY[]<-1.1>",
		" 1 BODY[0]", " 1 BODY[1.]", " 1 BODY[MIME]", " 1 BODY[HEADER.FIELDS]", " 1 BODY[HEADER.FIELDS ()]",
		" 1 BODY[HEADER.FIELDS (\"a)]", " 1 BINARY", " 1 BINARY[HEADER]", " 1 BINARY[1.MIME]",
		" 1 BINARY.SIZE[1]<0.1>", " 1 BINARY.SIZE.PEEK[1]", " 1 RFC822.PEEK", " 1 RFC822<0.1>", " 1 (FLAGS  UID)",
		" 1 ((FLAGS))", " 1 FLAGS (CHANGEDSINCE)", " 1 FLAGS (CHANGEDSINCE x)", " 1 FLAGS (VANISHED)",
		" 1 FLAGS (CHANGEDSINCE 9223372036854775808)", " 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)", " 1 FLAGS ()",
		" 1 " + strings.Repeat("(", 20_000), " 1 (" + strings.Repeat("UID ", 1100) + "UID)"} {
		c.expect("FETCH"+args, "BAD ...")
		if strings.HasPrefix(args, " 1 ") {
			c.expect("UID FETCH"+args, "BAD ...")
		}
	}
	c.expect("FETCH 1 UID", "1 FETCH (UID 1)", "OK ...")
	s, _ = bobs(1)
	s.Capabilities = nil
	c = selecting(t, s, Inbox)
	for _, args := range []string{"MODSEQ", "FLAGS (CHANGEDSINCE 1)", "BINARY[1]", "BINARY.SIZE[1]"} {
		c.expect("FETCH 1 "+args, "BAD ...")
	}
}

// counted is octets as FETCH tells them.
func counted(octets string) string { return fmt.Sprintf("{%d}\r\n%s", len(octets), octets) }

func TestFetch(t *testing.T) {
	s, _ := bobs(3)
	c := selecting(t, s, Inbox)
	size := len(sample(1))
	c.expect("FETCH 2:3 FAST",
		fmt.Sprintf(`2 FETCH (FLAGS (\Recent) INTERNALDATE "23-Nov-2026 10:15:02 +0000" RFC822.SIZE %d)`, size),
		fmt.Sprintf(`3 FETCH (FLAGS (\Recent) INTERNALDATE "23-Nov-2026 10:15:02 +0000" RFC822.SIZE %d)`, size),
		"OK ...")
	c.expect("UID FETCH 2,99 FLAGS", `2 FETCH (UID 2 FLAGS (\Recent))`, "OK ...")
	c.expect("UID FETCH 98:99 FLAGS", "OK ...")
	c.expect("UID FETCH 3:* (UID FLAGS UID FLAGS)", `3 FETCH (UID 3 FLAGS (\Recent))`, "OK ...")
	c.expect("UID FETCH 99:* UID", `3 FETCH (UID 3)`, "OK ...")
	c.expect("FETCH 1 (RFC822.HEADER BODY.PEEK[TEXT])", "1 FETCH (RFC822.HEADER "+
		counted(sample(1)[:strings.Index(sample(1), "This")])+" BODY[TEXT] "+
		counted("This is letter 1.\r\n")+")", "OK ...")
	c.expect("FETCH 1 (BODY.PEEK[]<5.3> BODY.PEEK[TEXT]<15.99> BODY.PEEK[9]<1.2> BODY.PEEK[]<9999.1>)",
		"1 FETCH (BODY[]<5> "+counted(sample(1)[5:8])+" BODY[TEXT]<15> "+counted("1.\r\n")+
			" BODY[9]<1> {0}\r\n BODY[]<9999> {0}\r\n)", "OK ...")
	c.expect(`FETCH 1 BODY.PEEK[HEADER.FIELDS (subject "X")]<3.9>`,
		"1 FETCH (BODY[HEADER.FIELDS (subject X)]<3> "+counted("ject: let")+")", "OK ...")
	c.expect("FETCH 1 (ENVELOPE BODY)", `1 FETCH (ENVELOPE ("Mon, 23 Nov 2026 10:15:02 +0000" `+
		`"letter 1" (("Alice" NIL "alice" "lab.test")) (("Alice" NIL "alice" "lab.test")) `+
		`(("Alice" NIL "alice" "lab.test")) ((NIL NIL "bob" "lab.test")) NIL NIL NIL "<1@lab.test>") `+
		`BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 19 1))`, "OK ...")
}

// Who reads a message marks it as \Seen, and is told with it; who peeks or looks alone does not.
func TestFetchMarksSeen(t *testing.T) {
	s, m := bobs(3)
	c := selecting(t, s, Inbox)
	other := selecting(t, s, Inbox)
	for _, items := range []string{"FLAGS", "BODY.PEEK[]", "RFC822.HEADER", "BODY", "BODYSTRUCTURE", "ENVELOPE",
		"RFC822.SIZE", "BINARY.PEEK[1]", "BINARY.SIZE[1]"} {
		c.must("FETCH 1:* " + items)
	}
	c.expect("FETCH 1:* FLAGS", `1 FETCH (FLAGS (\Recent))`, `2 FETCH (FLAGS (\Recent))`,
		`3 FETCH (FLAGS (\Recent))`, "OK ...")
	other.must(`STORE 2 +FLAGS.SILENT (\Flagged)`)
	c.expect("FETCH 1:2 BODY[TEXT]<0.4>",
		`1 FETCH (FLAGS (\Seen \Recent) BODY[TEXT]<0> `+counted("This")+")",
		`2 FETCH (FLAGS (\Flagged \Seen \Recent) BODY[TEXT]<0> `+counted("This")+")", "OK ...")
	c.expect("FETCH 1 BODY[TEXT]<0.4>", `1 FETCH (BODY[TEXT]<0> `+counted("This")+")", "OK ...")
	other.expect("NOOP", `1 FETCH (FLAGS (\Seen))`, `2 FETCH (FLAGS (\Flagged \Seen))`, "OK ...")
	for i, item := range []string{"RFC822", "RFC822.TEXT", "BINARY[1]"} {
		c.must(`STORE 3 -FLAGS (\Seen)`)
		data := c.must("FETCH 3 (FLAGS " + item + ")")
		if len(data) != 1 || !strings.HasPrefix(data[0], `3 FETCH (FLAGS (\Seen \Recent) `) {
			t.Errorf("%d: %q", i, data)
		}
	}
	c.must(`STORE 3 -FLAGS (\Seen)`)
	c.must("EXAMINE INBOX")
	c.expect("FETCH 3 (RFC822.TEXT FLAGS)", `3 FETCH (FLAGS () RFC822.TEXT `+
		counted("This is letter 3.\r\n")+")", "OK ...")
	if x := m.accounts["bob@lab.test"].folders[Inbox].messages[2]; x.Flags != 0 {
		t.Errorf("%+v", x)
	}
}

// CHANGEDSINCE leaves out what has not changed; whoever uses it knows modification sequences from
// then on (RFC 7162 §3.1).
func TestFetchChangedSince(t *testing.T) {
	s, _ := bobs(3)
	c := selecting(t, s, Inbox)
	c.expect("UID FETCH 1:* FLAGS (CHANGEDSINCE 2)", "OK [HIGHESTMODSEQ 4] ...",
		`2 FETCH (UID 2 MODSEQ (3) FLAGS (\Recent))`, `3 FETCH (UID 3 MODSEQ (4) FLAGS (\Recent))`, "OK ...")
	c.expect("FETCH 1:* UID (CHANGEDSINCE 4)", "OK ...")
	c.expect("FETCH 1 BODY[TEXT]<0.4>",
		`1 FETCH (MODSEQ (5) FLAGS (\Seen \Recent) BODY[TEXT]<0> `+counted("This")+")", "OK ...")
	c.expect("FETCH 1 UID", `1 FETCH (UID 1)`, "OK ...")
	other := selecting(t, s, Inbox)
	other.expect("FETCH 1 (UID MODSEQ)", "OK [HIGHESTMODSEQ 5] ...", "1 FETCH (UID 1 MODSEQ (5))", "OK ...")
}

// BINARY has a part without its transfer encoding (RFC 3516).
func TestFetchBinary(t *testing.T) {
	m := newMemory()
	s := serverOver(m)
	mixed := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n" +
		"\r\naGVs\r\nbG8=\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=00b=\r\nc\r\n" +
		"--b\r\nContent-Transfer-Encoding: x-own\r\n\r\nabc\r\n--b\r\n\r\nplain\r\n--b--\r\n"
	m.deliver("bob@lab.test", Inbox, mixed, 0)
	c := selecting(t, s, Inbox)
	c.expect("FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1] BINARY.PEEK[1]<1.3> BINARY.SIZE[2] BINARY.PEEK[4])",
		`1 FETCH (BINARY[1] {5}`+"\r\nhello BINARY.SIZE[1] 5 BINARY[1]<1> {3}\r\nell BINARY.SIZE[2] 4 "+
			"BINARY[4] {5}\r\nplain)", "OK ...")
	c.expect("FETCH 1 BINARY.PEEK[2]", "1 FETCH (BINARY[2] ~{4}\r\na\x00bc)", "OK ...")
	c.expect("FETCH 1 (UID BINARY.PEEK[3])", "1 FETCH (UID 1 BINARY[3] NIL)", "NO [UNKNOWN-CTE] ...")
	c.expect("FETCH 1 BINARY.SIZE[3]", "NO [UNKNOWN-CTE] ...")
	c.expect("FETCH 1 (BINARY.SIZE[9] BINARY.PEEK[9])", "1 FETCH (BINARY.SIZE[9] 0 BINARY[9] {0}\r\n)", "OK ...")
	c.expect("FETCH 1 (BINARY.SIZE[] BINARY.PEEK[]<0.7>)",
		fmt.Sprintf("1 FETCH (BINARY.SIZE[] %d BINARY[]<0> {7}\r\nContent)", len(mixed)), "OK ...")
}

// A NUL cannot be told in a string; 0x80 stands for it, and the length is the same.
func TestFetchNUL(t *testing.T) {
	m := newMemory()
	s := serverOver(m)
	m.deliver("bob@lab.test", Inbox, "Subject: a\x00b\r\nContent-Description: \x00\r\n\r\nc\x00d\r\n", 0)
	c := selecting(t, s, Inbox)
	c.expect("FETCH 1 (BODY.PEEK[TEXT] ENVELOPE BODY)", "1 FETCH (ENVELOPE (NIL {3}\r\na\x80b NIL NIL NIL NIL "+
		`NIL NIL NIL NIL) BODY ("text" "plain" ("charset" "us-ascii") NIL `+
		"{1}\r\n\x80 \"7bit\" 5 1) BODY[TEXT] {5}\r\nc\x80d\r\n)", "OK ...")
}

// Letters beyond US-ASCII come as they stand in the header: as literals, until the client says that
// it takes UTF-8 in quotes (RFC 6855 §3).
func TestFetchUTF8(t *testing.T) {
	m := newMemory()
	s := serverOver(m)
	m.deliver("bob@lab.test", Inbox, "Subject: 你好\r\nContent-Description: \xc4\xe3\r\n\r\n", 0)
	c := talkTo(t, s)
	c.must("LOGIN bob sesame")
	c.must("EXAMINE INBOX")
	const nothing = "NIL NIL NIL NIL NIL NIL NIL NIL"
	c.expect("FETCH 1 ENVELOPE", "1 FETCH (ENVELOPE (NIL {6}\r\n你好 "+nothing+"))", "OK ...")
	c.must("UNSELECT")
	c.must("ENABLE UTF8=ACCEPT")
	c.must("EXAMINE INBOX")
	c.expect("FETCH 1 ENVELOPE", `1 FETCH (ENVELOPE (NIL "你好" `+nothing+"))", "OK ...")
	c.expect("FETCH 1 BODY", `1 FETCH (BODY ("text" "plain" ("charset" "us-ascii") NIL `+
		"{2}\r\n\xc4\xe3 \"7bit\" 0 0))", "OK ...")
}
