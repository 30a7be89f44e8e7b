package mime

import (
	"strings"
	"testing"
)

func TestEncodeCharset(t *testing.T) {
	for _, row := range []struct{ charset, text, want, name string }{
		{"utf-8", "你好", "\xe4\xbd\xa0\xe5\xa5\xbd", "utf-8"},
		{"UTF8", "a", "a", "utf-8"}, {"", "é", "\xc3\xa9", "utf-8"},
		{"GB18030", "你好𠮷", "\xc4\xe3\xba\xc3\x95\x34\xb2\x35", "gb18030"},
		{"gbk", "镕", "\xe9\x46", "gbk"}, {"cp936", "你", "\xc4\xe3", "gbk"},
		{"gb2312", "你好", "\xc4\xe3\xba\xc3", "gb2312"},
		{"Big5", "你好", "\xa7\x41\xa6\x6e", "big5"},
		{"iso-2022-jp", "こ a", "\x1b$B$3\x1b(B a", "iso-2022-jp"},
		{"sjis", "こ", "\x82\xb1", "shift_jis"},
		{"euc-kr", "안", "\xbe\xc8", "euc-kr"}, {"koi8-r", "Я", "\xf1", "koi8-r"},
		{"latin1", "é", "\xe9", "iso-8859-1"}, {"windows-1252", "€", "\x80", "windows-1252"},
		{"ASCII", "a", "a", "us-ascii"},
	} {
		got, name, err := EncodeCharset(row.charset, row.text)
		if err != nil || string(got) != row.want || name != row.name {
			t.Errorf("%s %s: %q, %s, %v", row.charset, row.text, got, name, err)
		}
		if back, err := DecodeCharset(name, got); err != nil || back != row.text {
			t.Errorf("%s %s comes back as %q, %v", row.charset, row.text, back, err)
		}
	}
	for _, row := range []struct{ charset, text, want string }{
		{"gb2312", "你镕", ErrCharsetLacks + ` "gb2312" "\u9555"`},
		{"gb2312", "©", ErrCharsetLacks + ` "gb2312" "\u00a9"`},
		{"iso-8859-1", "a€", ErrCharsetLacks + ` "iso-8859-1" "\u20ac"`},
		{"us-ascii", "aé", ErrCharsetLacks + ` "us-ascii" "\u00e9"`},
		{"utf-16", "a", ErrCharsetMail + ` "utf-16"`},
		{"ibm037", "a", ErrCharsetMail + ` "ibm037"`},
		{"klingon", "a", ErrCharset + ` "klingon"`}, {"iso-2022-kr", "a", ErrCharset + ` "iso-2022-kr"`},
		{"utf-8", "\xff", ErrTextCharset},
	} {
		if _, _, err := EncodeCharset(row.charset, row.text); err == nil || err.Error() != row.want {
			t.Errorf("%s: %v, want %s", row.charset, err, row.want)
		}
	}
}

// Names of the subject in the letter's own set, each word complete by itself.
func TestEncodeWordIn(t *testing.T) {
	for charset, want := range map[string]string{
		"gb18030":     "=?gb18030?b?xOO6ww==?=",
		"iso-2022-jp": "=?iso-2022-jp?b?GyRCR1w5JRsoQg==?=",
		"koi8-r":      "=?utf-8?b?5L2g5aW9?=", // where a set lacks a character, UTF-8 has it
	} {
		text := "你好"
		if charset == "iso-2022-jp" {
			text = "倍好"
		}
		if got, err := EncodeWordIn(charset, text, 9); got != want || err != nil {
			t.Errorf("%s: %s, %v", charset, got, err)
		}
	}
	if _, err := EncodeWordIn("nonsense", "x", 0); err == nil {
		t.Error("a character set that nobody knows")
	}
	latin, _ := charsetFor("latin1")
	if got := latin.word("Grüße aus Wien", 9); got != "=?iso-8859-1?q?Gr=FC=DFe_aus_Wien?=" {
		t.Error(got)
	}
	for _, charset := range []string{"gb18030", "iso-2022-jp", "iso-8859-1", "big5", "utf-8"} {
		c, _ := charsetFor(charset)
		for _, text := range []string{strings.Repeat("好 a漢字", 40), strings.Repeat("é", 200), "x", ""} {
			got := c.word(text, 60)
			if DecodeHeader(got) != text {
				t.Errorf("%s: %q comes back as %q", charset, text, DecodeHeader(got))
			}
			for word := range strings.SplitSeq(got, " ") {
				if len(word) > maxWord || DecodeHeader(word) == word && word != "" {
					t.Errorf("%s: word %q", charset, word)
				}
			}
		}
	}
}
