package mime

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
)

func quoted(text string, size int) string {
	var b bytes.Buffer
	w := NewQuotedPrintableWriter(&b)
	for len(text) > 0 {
		n := min(size, len(text))
		io.WriteString(w, text[:n])
		text = text[n:]
	}
	w.Close()
	return b.String()
}

func TestQuotedPrintable(t *testing.T) {
	x := strings.Repeat("x", 75)
	for _, row := range []struct{ text, want string }{
		{"", ""},
		{"Grüße\n", "Gr=C3=BC=C3=9Fe\r\n"},
		{"a=b\r\nc", "a=3Db\r\nc"},
		{"a \nb\t\nc ", "a=20\r\nb=09\r\nc=20"},
		{".\n..\na.b\n", "=2E\r\n=2E.\r\na.b\r\n"},
		{"From me\nFrom \nfrom me\n>From\nFromm", "=46rom me\r\n=46rom=20\r\nfrom me\r\n>From\r\nFromm"},
		{"a\rb\r", "a=0Db=0D"},
		{"\r\r\n", "=0D\r\n"},
		{"\x00\x7f\xff", "=00=7F=FF"},
		{x + "\n", x + "\r\n"},
		{x + "xy\n", x + "=\r\nxy\r\n"},
		{x + ".y\n", x + "=\r\n=2Ey\r\n"},
		{x + "From me", x + "=\r\n=46rom me"},
		{x[:74] + "é", x[:74] + "=\r\n=C3=A9"},
		{x[:74] + " \n", x[:74] + "=\r\n=20\r\n"},
	} {
		if got := quoted(row.text, 1000); got != row.want {
			t.Errorf("%q: got %q, want %q", row.text, got, row.want)
		}
	}
}

// checkQuoted checks lines and the way back by Go's reader.
func checkQuoted(t *testing.T, text string, size int) {
	t.Helper()
	encoded := quoted(text, size)
	if encoded != quoted(text, len(text)+1) {
		t.Fatalf("%q: pieces of %d make a difference", text, size)
	}
	for line := range strings.SplitSeq(encoded, "\r\n") {
		if len(line) > 76 || strings.HasPrefix(line, ".") || strings.HasPrefix(line, "From ") ||
			strings.TrimRight(line, " \t") != line || !isASCII(line) || strings.ContainsAny(line, "\r\n") {
			t.Fatalf("%q: line %q", text, line)
		}
	}
	want := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	got, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(encoded)))
	if err != nil || string(got) != want {
		t.Fatalf("%q comes back as %q (%v) from %q", want, got, err, encoded)
	}
}

func checkBase64(t *testing.T, text string, size int) {
	t.Helper()
	var b bytes.Buffer
	w := NewBase64Writer(&b)
	for rest := text; rest != ""; {
		n := min(size, len(rest))
		io.WriteString(w, rest[:n])
		rest = rest[n:]
	}
	w.Close()
	lines := strings.SplitAfter(b.String(), "\r\n")
	for i, line := range lines {
		if n := len(line); n > 78 || i < len(lines)-2 && n != 78 || i == len(lines)-1 && n != 0 {
			t.Fatalf("line %d of %d: %q", i, len(lines), line)
		}
	}
	got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, &b))
	if err != nil || string(got) != text {
		t.Fatalf("%q comes back as %q (%v)", text, got, err)
	}
}

func TestBase64Lines(t *testing.T) {
	for n := range 200 {
		checkBase64(t, strings.Repeat("é", n), 7)
	}
}

func FuzzTransfer(f *testing.F) {
	f.Add("From me\r\n. \r\nGrüße\t\n\r", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		size = size&0x3f + 1
		checkQuoted(t, text, size)
		checkBase64(t, text, size)
	})
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	for _, w := range []io.WriteCloser{
		NewQuotedPrintableWriter(brokenWriter{}), NewBase64Writer(brokenWriter{}),
	} {
		io.WriteString(w, strings.Repeat("x", 5000))
		if err := w.Close(); err != io.ErrClosedPipe {
			t.Errorf("%T: got %v", w, err)
		}
	}
}
