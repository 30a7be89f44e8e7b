package mime

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestPrepareFile(t *testing.T) {
	for _, row := range []struct{ name, in, want, says string }{
		{"ready", "From: a@b\r\n\r\nx\r\n", "From: a@b\r\n\r\nx\r\n", ""},
		{"line endings", "From: a@b\nTo: c@d\r\n\rx\r\r\ny", "From: a@b\r\nTo: c@d\r\n\r\nx\r\n\r\ny\r\n", "endings"},
		{"Resent-Bcc", "Resent-BCC :\r\n c@d\r\nFrom: a@b\r\n\r\nx\r\n",
			"From: a@b\r\n\r\nx\r\n", "bcc"},
		{"Bcc", "From: a@b\r\nbcc: c@d,\r\n e@f\r\nX: y\r\nBcc:\r\n\r\nBcc: stays\r\n",
			"From: a@b\r\nX: y\r\n\r\nBcc: stays\r\n", "bcc"},
		{"byte order mark", "\ufeffFrom: a@b\r\n\r\nx\r\n", "From: a@b\r\n\r\nx\r\n", "bom"},
		{"8 bit body", "From: a@b\r\n\r\né\r\n", "From: a@b\r\n\r\né\r\n", "8bit"},
		{"8 bit header", "From: a@b\r\nX: é\r\n\r\n\r\n", "From: a@b\r\nX: é\r\n\r\n\r\n", "8bit utf8"},
		{"all else stays", "from:a@b \r\n Subject : x\t\r\nno field\r\n \r\n\x00.\r\n",
			"from:a@b \r\n Subject : x\t\r\nno field\r\n \r\n\x00.\r\n", ""},
	} {
		p, err := PrepareFile([]byte(row.in))
		if err != nil {
			t.Fatal(row.name, err)
		}
		var says []string
		for word, is := range map[string]bool{"endings": p.LineEndings, "bcc": p.BccRemoved, "bom": p.BOM} {
			if is {
				says = append(says, word)
			}
		}
		if p.Has8Bit {
			says = append(says, "8bit")
		}
		if p.NeedsUTF8 {
			says = append(says, "utf8")
		}
		if string(p.Data) != row.want || strings.Join(says, " ") != row.says {
			t.Errorf("%s: %q %v", row.name, p.Data, says)
		}
	}
}

func TestPrepareFileReports(t *testing.T) {
	p, err := PrepareFile([]byte("From: Alice <alice@lab.test>\nTo: a@b,\n c@d\nCc: nobody\nCc: e@f\n" +
		"Bcc: eve@lab.test\nSubject: " + strings.Repeat("x", 70) + "\n\n" + strings.Repeat("y", 1200)))
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string][]Address{
		"Alice <alice@lab.test>": p.From, "a@b, c@d": p.To, "e@f": p.Cc, "eve@lab.test": p.Bcc,
	} {
		if FormatAddresses(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	if p.LongestLine != 1200 || len(p.Problems) != 1 || p.Problems[0].Error() != ErrAddressNoAt+` "nobody"` {
		t.Errorf("longest %d, problems %v", p.LongestLine, p.Problems)
	}
}

func TestPrepareFileErrors(t *testing.T) {
	for in, want := range map[string]string{
		"": ErrFileEmpty, " \r\n\t": ErrFileEmpty, "\ufeff": ErrFileEmpty,
		"\xff\xfeF\x00r\x00": ErrFileUTF16, "\xfe\xff\x00F\x00r": ErrFileUTF16,
		"F\x00r\x00o\x00m\x00": ErrFileUTF16,
	} {
		_, err := PrepareFile([]byte(in))
		var e *Error
		if !errors.As(err, &e) || e.ID != want {
			t.Errorf("%q: got %v", in, err)
		}
	}
}

func TestReadText(t *testing.T) {
	for in, want := range map[string]string{
		"你好\n":                  "utf-8 你好\n",
		"\ufeffhello":           "utf-8 hello",
		"\xc4\xe3\xba\xc3":      "gb18030 你好",
		"\xff\xfe\x60\x4f":      "utf-16le 你",
		"\xfe\xff\x4f\x60":      "utf-16be 你",
		"caf\xe9 au lait":       ErrTextCharset,
		"\xff\xff":              ErrTextCharset,
		"h\x00e\x00l\x00l\x00o": ErrTextCharset,
		"":                      "utf-8 ",
	} {
		text, charset, err := ReadText([]byte(in))
		got := charset + " " + text
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestErrorIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range ErrorIDs() {
		if seen[id] || !strings.HasPrefix(id, "mime/") {
			t.Error(id)
		}
		seen[id] = true
	}
	if s := fail("mime/x", "a\x1b").Error(); s != `mime/x "a\x1b"` {
		t.Error(s)
	}
}

func FuzzPrepareFile(f *testing.F) {
	f.Add([]byte("From: a@b\nBcc: c@d\n e\n\nx\ry"))
	f.Add([]byte("Bcc: x\nFrom x\nBcc: y\n"))
	f.Fuzz(func(t *testing.T, eml []byte) {
		p, err := PrepareFile(eml)
		if err != nil {
			return
		}
		rest := p.Data
		for len(rest) > 0 { // every line ends in CRLF, and there is no other CR or LF
			i := bytes.IndexAny(rest, "\r\n")
			if i < 0 || !bytes.HasPrefix(rest[i:], []byte("\r\n")) || i > p.LongestLine {
				t.Fatalf("%q", rest)
			}
			rest = rest[i+2:]
		}
		if p.Has8Bit != !isASCII(p.Data) {
			t.Fatalf("Has8Bit %v", p.Has8Bit)
		}
		if p.BccRemoved && (isUTF16(p.Data) || len(bytes.TrimSpace(p.Data)) == 0 || bytes.HasPrefix(p.Data, utf8BOM)) {
			return // what was second is first now, and is looked at with other eyes
		}
		again, err := PrepareFile(p.Data)
		if err != nil {
			t.Fatalf("%q became %q, which is refused: %v", eml, p.Data, err)
		}
		if !bytes.Equal(again.Data, p.Data) || again.BccRemoved || again.LineEndings || again.BOM {
			t.Fatalf("%q became %q", p.Data, again.Data)
		}
	})
}
