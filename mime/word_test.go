package mime

import (
	"fmt"
	stdmime "mime"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEncodeWord(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", ""},
		{"Grüße", "=?utf-8?b?R3LDvMOfZQ==?="},
		{"Grüße aus Wien", "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_Wien?="},
		{"a_bcdefghijklmnopqrstuvwxyz =?", "=?utf-8?q?a=5Fbcdefghijklmnopqrstuvwxyz_=3D=3F?="},
		{"你好", "=?utf-8?b?5L2g5aW9?="},
		{"\xff", "=?utf-8?b?77+9?="},
	} {
		if got := EncodeWord(row.text, 0); got != row.want {
			t.Errorf("%q: got %s, want %s", row.text, got, row.want)
		}
	}
}

// checkWords checks what RFC 2047 asks of encoded-words.
func checkWords(t *testing.T, text string, column int) {
	t.Helper()
	text = strings.ToValidUTF8(text, "\ufffd")
	encoded := EncodeWord(text, column)
	for i, word := range strings.Fields(encoded) {
		if len(word) > 75 || i == 0 && column < 50 && len(word) > 76-column {
			t.Fatalf("%q at column %d: word %d has %d octets: %s", text, column, i, len(word), word)
		}
		if alone := DecodeHeader(word); !utf8.ValidString(alone) || strings.Contains(text, alone) == false {
			t.Fatalf("%q: word %s is %q by itself", text, word, alone)
		}
	}
	if got := DecodeHeader(encoded); got != text {
		t.Fatalf("%q comes back as %q from %s", text, got, encoded)
	}
	std, err := new(stdmime.WordDecoder).DecodeHeader(encoded)
	if err != nil || std != text {
		t.Fatalf("%q is %q to package mime of Go (%v)", text, std, err)
	}
}

func TestLongWords(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("你好", 100), strings.Repeat("grüße ", 50), strings.Repeat("𠮷", 40),
		"a" + strings.Repeat("é", 60),
	} {
		for column := range 50 {
			checkWords(t, text, column)
		}
	}
}

// TestDecodeWords: what is in a character set that nobody knows stays as it is, and that is told.
func TestDecodeWords(t *testing.T) {
	for in, want := range map[string]string{
		"a =?utf-8?q?=C3=BC?=":              "a ü <nil>",
		"=?x?q?a?= =?utf-8?q?b?=":           `=?x?q?a?=b mime/charset-unknown "x"`,
		"=?x?q?a?= =?y?q?b?= =?utf-8?q?c?=": `=?x?q?a?==?y?q?b?=c mime/charset-unknown "x"`,
	} {
		text, err := DecodeWords(in)
		if got := fmt.Sprint(text, " ", err); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestDecodeHeader(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                                  "plain",
		"a =?utf-8?q?b?= c":                      "a b c",
		"=?utf-8?q?a?= =?utf-8?q?b?=":            "ab",
		"=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E9?=": "aé",
		"=?ISO-8859-1?Q?a?= b":                   "a b",
		"=?gb2312?B?xOO6ww==?=":                  "你好",
		"=?gbk?B?xOO6ww?=":                       "你好", // no padding
		"=?GB18030?b?lTSyNQ==?=":                 "𠮷",  // four octets
		"=?gb2312?b?xA==?= =?gb2312?b?47rD?=":    "你好", // a character split between words
		"=?big5?b?p0Gmbg==?=":                    "你好",
		"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=":     "日本",
		"=?shift_jis?b?k/qWew==?=":               "日本",
		"=?euc-kr?b?x9GxuQ==?=":                  "한국",
		"=?koi8-r?q?=F0=D2=C9=D7=C5=D4?=":        "Привет",
		"=?windows-1251?q?=CF=F0?=":              "Пр",
		"=?windows-1252?q?=80?=":                 "€",
		"=?utf-8*de?q?gr=C3=BC=C3=9Fe?=":         "grüße",
		"=?utf-8?q?a_b=5f=zz=?=":                 "a b_=zz=",
		"=?x-unknown?q?a?= =?utf-8?q?b?=":        "=?x-unknown?q?a?=b",
		"=?utf-8?b?*?=":                          "=?utf-8?b?*?=",
		"=?utf-8?x?a?=":                          "=?utf-8?x?a?=",
		"=?utf-8?q?a":                            "=?utf-8?q?a",
		"=? =?utf-8?q?a?= ?=":                    "=? a ?=",
		"=?utf-8?q?=FF?=":                        "\ufffd",
		"x=?utf-8?q?a?=y":                        "xay",
	} {
		if got := DecodeHeader(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzEncodeWord(f *testing.F) {
	f.Add("Grüße aus 北京", 9)
	f.Add(strings.Repeat("é\x00 ", 40), 0)
	f.Fuzz(func(t *testing.T, text string, column int) {
		checkWords(t, text, column&63)
	})
}

func FuzzDecodeHeader(f *testing.F) {
	f.Add("=?gb2312?b?xA==?= =?gb2312?b?47rD?= x =?utf-8*de?q?a_b?=")
	f.Fuzz(func(t *testing.T, value string) {
		got := DecodeHeader(value)
		if !strings.Contains(value, "=?") && got != value {
			t.Fatalf("%q became %q", value, got)
		}
	})
}

// TestHostileWords: what only looks like encoded-words takes no time that grows with the
// square of the field's length.
func TestHostileWords(t *testing.T) {
	for _, piece := range []string{"=?a?q?", "=?a?b?*", "=?utf-8?b?5L2g?= ", "=?a?x?", "=?"} {
		value := strings.Repeat(piece, (256<<10)/len(piece)) + "?="
		if got := DecodeHeader(value); got == "" {
			t.Errorf("%s: nothing is left", piece)
		}
	}
}
