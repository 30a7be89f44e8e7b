package escape

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"250 2.1.0 Ok", "250 2.1.0 Ok"},
		{"Grüße 你好 𠮷", "Grüße 你好 𠮷"},
		{"\x1b[31mred", `\x1B[31mred`},
		{"a\x00b\x07c\x7f", `a\x00b\x07c\x7F`},
		{"to\tthe\rnext\nline", `to\tthe\rnext\nline`},
		{"\xe4 is no UTF-8", `\xE4 is no UTF-8`},
		{"\u0085\u009b1m", `\u{0085}\u{009B}1m`}, // C1: a terminal may obey them
		{"abc\u202Ecba\u2066x\u2069", `abc\u{202E}cba\u{2066}x\u{2069}`},
		{"\u200E\u200F\u061C", `\u{200E}\u{200F}\u{061C}`},
		{"\u2028\u2029", `\u{2028}\u{2029}`},
		{"\uFEFFa\u200Bb\u200D\u2060", `\u{FEFF}a\u{200B}b\u{200D}\u{2060}`},
		{"\xed\xa0\x80", `\xED\xA0\x80`}, // half a surrogate pair in UTF-8's clothes
		{"\xc0\xaf", `\xC0\xAF`},         // overlong
		{"\U000E0041", `\u{E0041}`},      // tag: invisible text
		{"\u00A0\u3000\uFE0F", "\\u{00A0}\u3000\\u{FE0F}"},
		{`FLAGS (\Seen \Deleted)`, `FLAGS (\Seen \Deleted)`},
		{`C:\temp\x1B \u{202E} \u2`, `C:\x5Ctemp\x5Cx1B \x5Cu{202E} \u2`},
		{`\`, `\`},
	} {
		if got := Text([]byte(c.in)); got != c.want {
			t.Errorf("Text(%q) = %s, want %s", c.in, got, c.want)
		}
	}
	if got := ASCII([]byte("é\t")); got != `\xC3\xA9\t` {
		t.Errorf("ASCII = %s", got)
	}
}

// TestPath: the path of a file on Windows stays one, whatever its names begin with.
func TestPath(t *testing.T) {
	for _, c := range []struct {
		in        string
		separator rune
		want      string
	}{
		{`C:\Users\root\AppData\Local\mailtool\tls\x.pem`, '\\', `C:\Users\root\AppData\Local\mailtool\tls\x.pem`},
		{`\\server\new\数据`, '\\', `\\server\new\数据`},
		{"C:\\tmp\\a\u202Egnp.exe", '\\', `C:\tmp\a\u{202E}gnp.exe`},
		{"/tmp/a\tb/\x1b[31m", '/', `/tmp/a\tb/\x1B[31m`},
		{`/tmp/a\tb/c\`, '/', `/tmp/a\x5Ctb/c\`},
		{"", '\\', ""},
	} {
		if got := Path(c.in, c.separator); got != c.want {
			t.Errorf("Path(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

// What is no escape stands for itself.
func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		`\Seen`: `\Seen`, `\`: `\`, `\x`: `\x`, `\xZZ`: `\xZZ`, `\x4`: `\x4`, `\u{}`: `\u{}`,
		`\u{D800}`: `\u{D800}`, `\u{110000}`: `\u{110000}`, `\u{41`: `\u{41`, `\u{41}b`: `Ab`,
	} {
		if got := Parse(in); string(got) != want {
			t.Errorf("Parse(%s) = %s, want %s", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "\x1b]0;x\a", "\u202E", "\\x1B", "\\\\t", "\xff\\", "你\u2028"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range []string{Text(b), ASCII(b)} {
			Parse(string(b)) // whatever it is
			if !utf8.ValidString(s) {
				t.Fatalf("%q: not UTF-8", s)
			}
			for _, r := range s {
				switch {
				case r < ' ', r >= 0x7F && r < 0xA0, r == 0x2028, r == 0x2029, r == 0xFEFF,
					r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069,
					r >= 0x200B && r <= 0x200F, r == 0x061C, r >= 0xD800 && r < 0xE000:
					t.Fatalf("%q lets %U through", b, r)
				}
			}
			if back := Parse(s); !bytes.Equal(back, b) {
				t.Fatalf("%q became %s, which reads %q", b, s, back)
			}
		}
	})
}
