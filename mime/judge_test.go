package mime

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// sentences are what people write, in the sets that they write it in.
var sentences = []struct{ sets, text string }{
	{"gb18030 utf-8", "你好，请查收附件。"},
	{"gb18030 utf-8", "老师您好！这是我们小组的实验报告，请您批改。谢谢！"},
	{"gb18030 utf-8", "会议定于下周三下午两点在三楼会议室召开。"},
	{"big5 utf-8", "您好，附件是這次會議的記錄，請查收，謝謝！"},
	{"big5 utf-8", "我們下個星期三會到臺灣去，請你告訴他們時間。"},
	{"shift_jis euc-jp iso-2022-jp utf-8", "お世話になっております。資料を添付いたしましたのでご確認ください。"},
	{"shift_jis euc-jp iso-2022-jp utf-8", "こんにちは、元気ですか"},
	{"euc-kr utf-8", "안녕하세요. 회의 자료를 첨부합니다. 감사합니다."},
	{"koi8-r windows-1251 iso-8859-5 utf-8", "Добрый день! Посылаю вам отчёт о нашей работе."},
	{"koi8-r windows-1251 utf-8", "Привет, как дела?"},
	{"iso-8859-1 windows-1252 iso-8859-15 utf-8", "Grüße aus Köln, schöne Straßen!"},
	{"iso-8859-1 windows-1252 utf-8", "Voilà le résumé de la réunion, à bientôt."},
	{"iso-8859-1 windows-1252 utf-8", "El niño comió mañana en España."},
	{"iso-8859-1 windows-1252 utf-8", "Hei på deg, vi sees på lørdag."},
}

func encodeIn(t *testing.T, set, text string) []byte {
	t.Helper()
	if set == "utf-8" {
		return []byte(text)
	}
	octets, err := lookUp(set).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatalf("%s in %s: %v", text, set, err)
	}
	return octets
}

// TestTrueCharsets: what is declared rightly is believed, whatever the language.
func TestTrueCharsets(t *testing.T) {
	more := append(sentences[:len(sentences):len(sentences)], []struct{ sets, text string }{
		{"iso-8859-2 windows-1250", "Zażółć gęślą jaźń"},
		{"iso-8859-7 windows-1253", "Καλημέρα κόσμε"},
		{"iso-8859-8 windows-1255", "שלום עולם"},
		{"windows-1256", "مرحبا بالعالم"},
		{"iso-8859-9 windows-1254", "Günaydın, nasılsınız?"},
		{"windows-874", "สวัสดีชาวโลก"},
		{"iso-8859-1", "é"}, {"iso-8859-1", "10 °C, §1 «a»"}, {"gb2312", "好"}, {"big5", "好"},
		{"gb2312", "喆"}, {"koi8-r", "Я"}, {"windows-1252", "it’s – “so”…"},
		{"utf-16be", "你好"}, {"hz-gb-2312", "你好"},
	}...)
	for _, row := range more {
		for set := range strings.FieldsSeq(row.sets) {
			octets := encodeIn(t, set, row.text)
			if got := JudgeCharset(strings.ToUpper(set), octets); got.Real != set &&
				!(set == "gb2312" && got.Real == "gb18030") || got.Lies && set != "gb2312" {
				t.Errorf("%s in %s: %+v", row.text, set, got)
			}
		}
	}
}

// TestFalseCharsets: what the octets are is found out under a false name.
func TestFalseCharsets(t *testing.T) {
	for _, row := range sentences {
		for set := range strings.FieldsSeq(row.sets) {
			if set == "iso-8859-15" || set == "iso-2022-jp" {
				continue
			}
			octets := encodeIn(t, set, row.text)
			for _, declared := range []string{"", "us-ascii", "iso-8859-1", "x-unknown", "utf-8"} {
				got := JudgeCharset(declared, octets)
				text, err := DecodeCharset(got.Real, octets)
				if err != nil || text != row.text {
					t.Errorf("%s in %s, declared as %q: %+v", row.text, set, declared, got)
				}
				latin := strings.HasSuffix(set, "1252") || set == "iso-8859-1"
				if want := declared != set && !(latin && declared == "iso-8859-1"); got.Lies != want {
					t.Errorf("%s in %s, declared as %q: lies %v", row.text, set, declared, got.Lies)
				}
			}
		}
	}
}

func TestJudgeCharset(t *testing.T) {
	for _, row := range []struct {
		why, declared, octets, real string
		lies                        bool
	}{
		{"ASCII, undeclared", "", "hello", "us-ascii", false},
		{"ASCII under another name", "GB2312", "hello", "gb2312", false},
		{"ASCII under an unknown name", "x-unknown", "hello", "us-ascii", false},
		{"ASCII declared as UTF-16", "utf-16", "hello", "us-ascii", false},
		{"nothing", "", "", "us-ascii", false},
		{"another spelling", "utf8", "\xe4\xbd\xa0", "utf-8", false},
		{"GBK as gb2312", "gb2312", "\xc4\xe3\x96\x56", "gb18030", true},
		{"GB18030 as gbk", "gbk", "\xc4\xe3\x95\x32\x82\x36", "gb18030", true},
		{"GBK as gbk", "gbk", "\xc4\xe3\x86\xb4", "gbk", false},
		{"windows-1252 as iso-8859-1", "iso-8859-1", "it\x92s for \x8010", "windows-1252", true},
		{"UHC as euc-kr", "euc-kr", "\xc7\xd8\xb9\xe6 \x8c\x63", "windows-949", true},
		{"UTF-8 as gb2312", "gb2312", "你好，请查收附件", "utf-8", true},
		{"UTF-8 as Shift_JIS", "shift_jis", "こんにちは", "utf-8", true},
		{"a mark of UTF-16", "", "\xff\xfe`O}Y", "utf-16le", true},
		{"ISO-2022-JP, undeclared", "", "\x1b$B$3$s\x1b(B", "iso-2022-jp", true},
		{"ISO-2022-JP as UTF-8", "utf-8", "\x1b$B$3$s\x1b(B", "iso-2022-jp", true},
		{"UTF-8 with damage", "utf-8", strings.Repeat("你好，", 30) + "\xff", "utf-8", false},
		{"rubbish", "", "\x81\x00\xff\x8d\x90", "windows-1252", true},
	} {
		got := JudgeCharset(row.declared, []byte(row.octets))
		if got.Real != row.real || got.Lies != row.lies {
			t.Errorf("%s: %+v, want %s, lies %v", row.why, got, row.real, row.lies)
		}
	}
}

func FuzzJudgeCharset(f *testing.F) {
	f.Add("gb2312", []byte("\xc4\xe3\xba"))
	f.Add("", []byte("\x1b$B"))
	f.Fuzz(func(t *testing.T, declared string, octets []byte) {
		got := JudgeCharset(declared, octets)
		text, err := DecodeCharset(got.Real, octets)
		if err != nil || !utf8.ValidString(text) {
			t.Errorf("%q %q: %+v: %v", declared, octets, got, err)
		}
	})
}

// TestLateText: what the set is known by may come late.
func TestLateText(t *testing.T) {
	style := strings.Repeat("p { color: red }\n", 5000)
	for _, row := range sentences {
		for set := range strings.FieldsSeq(row.sets) {
			octets := encodeIn(t, set, style+strings.Repeat(row.text+"\n", 1000))
			if got := JudgeCharset(set, octets); got.Real != set || got.Lies {
				t.Errorf("%s: %+v", set, got)
			}
			if got := JudgeCharset("us-ascii", octets); !got.Lies {
				t.Errorf("%s: %+v", set, got)
			}
		}
	}
}

func BenchmarkJudgeCharset(b *testing.B) {
	octets, err := lookUp("gb18030").NewEncoder().Bytes([]byte(strings.Repeat(sentences[1].text, 1000)))
	if err != nil {
		b.Fatal(err)
	}
	for _, declared := range []string{"gb2312", "iso-8859-1", ""} {
		b.Run("as "+declared, func(b *testing.B) {
			for b.Loop() {
				JudgeCharset(declared, octets)
			}
		})
	}
}
