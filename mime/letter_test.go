package mime

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"mailtool/mime/scan"
)

var (
	alice = Address{"", "alice", "lab.test"}
	bob   = Address{"", "bob", "lab.test"}
	when  = time.Date(2026, 11, 23, 10, 15, 2, 0, time.FixedZone("", 8*3600))
)

func build(t *testing.T, m Letter) *Built {
	t.Helper()
	if m.From.Local == "" {
		m.From = alice
	}
	built, err := m.Build()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func TestTextbookLetter(t *testing.T) {
	got := build(t, Letter{
		From: alice, To: []Address{bob}, Bcc: []Address{{"", "eve", "lab.test"}},
		Date: when, MessageID: "<k3v9.1@lab.test>",
		Subject: "Hello from mailtool", Text: "Do you like ketchup?",
	})
	want := strings.ReplaceAll(`Date: Mon, 23 Nov 2026 10:15:02 +0800
From: alice@lab.test
To: bob@lab.test
Subject: Hello from mailtool
Message-ID: <k3v9.1@lab.test>

Do you like ketchup?
`, "\n", "\r\n")
	if string(got.Data) != want || got.Encoding != "7bit" || got.Has8Bit || got.NeedsUTF8 {
		t.Errorf("got %+v\n%s", got, got.Data)
	}
}

func TestEncodings(t *testing.T) {
	long := strings.Repeat("x", 999)
	for _, row := range []struct {
		text     string
		eightBit bool
		encoding string
		body     string // after the header
	}{
		{"a\nb\rc\r\n", false, "7bit", "a\r\nb\r\nc\r\n"},
		{"", false, "7bit", ""},
		{".\nFrom x\n", false, "7bit", ".\r\nFrom x\r\n"},
		{"Schöne Grüße aus dem Süden", false, "quoted-printable",
			"Sch=C3=B6ne Gr=C3=BC=C3=9Fe aus dem S=C3=BCden\r\n"},
		{"你好", false, "base64", "5L2g5aW9DQo=\r\n"},
		{"你好", true, "8bit", "你好\r\n"},
		{"ascii", true, "7bit", "ascii\r\n"},
		{long[1:], false, "7bit", long[1:] + "\r\n"},
		{long, true, "quoted-printable", quoted(long+"\r\n", 99)},
		{long + "é", true, "quoted-printable", quoted(long+"é\r\n", 99)},
		{"a\x00b", true, "quoted-printable", "a=00b\r\n"},
	} {
		got := build(t, Letter{Text: row.text, EightBit: row.eightBit})
		header, body, _ := strings.Cut(string(got.Data), "\r\n\r\n")
		if got.Encoding != row.encoding || body != row.body {
			t.Errorf("%.20q: %s %q", row.text, got.Encoding, body)
		}
		mime := "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" +
			"Content-Transfer-Encoding: " + row.encoding
		if strings.HasSuffix(header, mime) == (row.encoding == "7bit") {
			t.Errorf("%.20q: header %q", row.text, header)
		}
		if got.Has8Bit != (row.encoding == "8bit") || got.NeedsUTF8 {
			t.Errorf("%.20q: %+v", row.text, got)
		}
	}
}

func TestHeaderFolding(t *testing.T) {
	var many []Address
	for range 12 {
		many = append(many, Address{"Bob B. Builder", "bob", "lab.test"}, Address{"小明同学", "ming", "lab.test"})
	}
	got := build(t, Letter{
		To:      many,
		Subject: strings.Repeat("Schöne Grüße ", 20),
		Extra: []Extra{
			{"X-Long", strings.Repeat("word ", 60)}, {"X-Longer", strings.Repeat("x", 200)},
			{"Comments", "你好"}, {"Reply-To", "小明 <ming@lab.test>"},
			{"X-Ready", "=?utf-8?q?a?="}, {"X-Empty", ""},
		},
	})
	h := scan.ParseFields(got.Data, scan.Limits{})
	for line := range strings.SplitSeq(string(got.Data[:h.End]), "\r\n") {
		limit := 78
		if strings.Contains(line, "=?") {
			limit = 76
		}
		if len(line) > limit && !strings.HasPrefix(line, "X-Longer:") || strings.Trim(line, " ") == "" && line != "" {
			t.Errorf("line of %d: %s", len(line), line)
		}
	}
	read := func(name string) string {
		f, _ := h.Get(name)
		return DecodeHeader(f.Value())
	}
	if s := read("Subject"); s != strings.Repeat("Schöne Grüße ", 20) {
		t.Errorf("subject %q", s)
	}
	for name, want := range map[string]string{
		"Comments": "你好", "X-Ready": "a", "X-Empty": "", "Reply-To": "小明 <ming@lab.test>",
		"X-Long": strings.TrimSpace(strings.Repeat("word ", 60)),
	} {
		if s := read(name); s != want {
			t.Errorf("%s: %q", name, s)
		}
	}
	f, _ := h.Get("To")
	if list, err := ParseAddressList(f.Value()); err != nil || len(list) != 24 || list[23] != many[23] {
		t.Errorf("To: %v, %v", list, err)
	}
	if !isASCII(got.Data) {
		t.Error("not ASCII")
	}
}

func TestGivenMIMEFields(t *testing.T) {
	got := build(t, Letter{Text: "<b>x</b>", Extra: []Extra{{"Content-Type", "text/html"}}})
	if !bytes.Contains(got.Data, []byte("Content-Type: text/html\r\nMIME-Version: 1.0\r\n\r\n<b>")) {
		t.Errorf("%s", got.Data)
	}
	got = build(t, Letter{Text: "5L2g5aW9", Extra: []Extra{{"Content-Transfer-Encoding", "BASE64"}}})
	if got.Encoding != "base64" || !bytes.HasSuffix(got.Data,
		[]byte("\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n5L2g5aW9\r\n")) {
		t.Errorf("%s", got.Data)
	}
}

func TestInternationalAddress(t *testing.T) {
	got := build(t, Letter{From: Address{"用户", "用户", "例子.测试"}, To: []Address{bob}})
	if !got.NeedsUTF8 || !got.Has8Bit || got.Encoding != "7bit" {
		t.Errorf("%+v", got)
	}
}

func TestBuildErrors(t *testing.T) {
	for want, m := range map[string]Letter{
		ErrLineBreak + ` "Subject"`:   {Subject: "x\r\nBcc: eve@lab.test"},
		ErrLineBreak + ` "To"`:        {To: []Address{{"a\nb", "bob", "lab.test"}}},
		ErrLineBreak + ` "Cc"`:        {Cc: []Address{{"", "bob", "lab.test\r\nX: y"}}},
		ErrLineBreak + ` "X"`:         {Extra: []Extra{{"X", "a\rb"}}},
		ErrAddressSyntax + ` "a@"`:    {To: []Address{{"", "a", ""}}},
		ErrFieldName + ` "a b"`:       {Extra: []Extra{{"a b", "x"}}},
		ErrFieldTwice + ` "subject"`:  {Subject: "x", Extra: []Extra{{"subject", "y"}}},
		ErrFieldBcc:                   {Extra: []Extra{{"BCC", "eve@lab.test"}}},
		ErrFieldLong + ` "X"`:         {Extra: []Extra{{"X", strings.Repeat("x", 1000)}}},
		ErrMessageID + ` "x"`:         {MessageID: "x"},
		ErrMessageID + ` "<a@b\r\n>"`: {MessageID: "<a@b\r\n>"},
		ErrTextCharset:                {Text: "\xff"},
	} {
		m.From = alice
		if _, err := m.Build(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := (&Letter{}).Build(); err == nil || err.Error() != ErrNoFrom {
		t.Error(err)
	}
}

func TestParseExtra(t *testing.T) {
	for text, want := range map[string]string{
		"X-Mailer: telnet": "X-Mailer|telnet", "X:": "X|", "X : a:b ": "X|a:b",
		"X": ErrFieldForm + ` "X"`, ": a": ErrFieldName + ` ""`, "a b: c": ErrFieldName + ` "a b"`,
		"X: a\nBcc: b": ErrLineBreak + ` "X"`,
	} {
		e, err := ParseExtra(text)
		got := e.Name + "|" + e.Value
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestRecipients(t *testing.T) {
	m := Letter{To: []Address{bob}, Cc: []Address{{"Bob", "bob", "lab.test"}}, Bcc: []Address{alice}}
	if got := m.Recipients(); len(got) != 2 || got[0] != bob || got[1] != alice {
		t.Errorf("%v", got)
	}
}

func TestDateAndIDs(t *testing.T) {
	if s := FormatDate(when.AddDate(0, 0, -20)); s != "Tue, 3 Nov 2026 10:15:02 +0800" {
		t.Error(s)
	}
	if d, err := ParseDate(FormatDate(when)); err != nil || !d.Equal(when) {
		t.Error(d, err)
	}
	ids := IDs{Domain: "lab.test", Now: func() time.Time { return when }, Random: func() uint64 { return 36 }}
	if a, b := ids.Next(), ids.Next(); a != "<toxnl20010.1@lab.test>" || b != "<toxnl20010.2@lab.test>" {
		t.Error(a, b)
	}
	if a, b := (&IDs{Domain: "x"}).Next(), (&IDs{Domain: "x"}).Next(); a == b || !isMessageID(a) {
		t.Error(a, b)
	}
}

// What Build makes must be read the same by Go's own net/mail, and must not be
// blamed by our own rules.
func FuzzBuild(f *testing.F) {
	f.Add("Hi", "Do you like ketchup?", "Bob", false)
	f.Add("Schöne Grüße   an alle ", "你好\n.\nFrom x", `B. "O" B`, true)
	f.Fuzz(func(t *testing.T, subject, text, name string, eightBit bool) {
		m := Letter{From: alice, To: []Address{{name, "bob", "lab.test"}}, Date: when,
			Subject: subject, Text: text, EightBit: eightBit}
		built, err := m.Build()
		if err != nil {
			return
		}
		read, err := mail.ReadMessage(bytes.NewReader(built.Data))
		if err != nil {
			t.Fatal(err)
		}
		var check scan.HeaderCheck
		for line := range bytes.SplitSeq(built.Data, []byte("\r\n")) {
			if found := check.Line(line); found != nil {
				t.Fatalf("%s: %q", found[0].ID, line)
			}
		}
		h := scan.ParseFields(built.Data, scan.Limits{})
		want := strings.ToValidUTF8(subject, "\ufffd")
		if !NeedsEncoding(subject) {
			want = strings.Trim(subject, " \t")
		}
		if s, _ := h.Get("Subject"); DecodeHeader(s.Value()) != want {
			t.Fatalf("subject %q comes back as %q", subject, DecodeHeader(s.Value()))
		}
		body, _ := io.ReadAll(read.Body)
		switch built.Encoding {
		case "quoted-printable":
			body, _ = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		case "base64":
			body, _ = bDecode(strings.ReplaceAll(string(body), "\r\n", ""))
		}
		if string(body) != crlf(text) {
			t.Fatalf("text %q comes back as %q in %s", text, body, built.Encoding)
		}
	})
}
