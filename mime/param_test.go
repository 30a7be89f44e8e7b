package mime

import (
	"testing"
	"unicode/utf8"

	"mailtool/mime/scan"
)

func TestDecodeParam(t *testing.T) {
	for _, row := range []struct{ why, params, want string }{
		{"none", `x=y`, ""},
		{"plain", `filename=a.txt`, "a.txt"},
		{"quoted", `filename="a \"b\".txt"`, `a "b".txt`},
		{"spaces without quotes", `filename=My file.txt; x=y`, "My file.txt"},
		{"a comment", `filename=a.txt (the file)`, "a.txt"},
		{"a semicolon is missing", `filename=a.txt size=3`, "a.txt"},
		{"RFC 2231 §4", `filename*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A`, "This is ***fun***"},
		{"RFC 2231 §4.1", `filename*0*=us-ascii'en'This%20is%20even%20more%20; filename*1*=%2A%2A%2Afun%2A%2A%2A%20; filename*2="isn't it!"`,
			"This is even more ***fun*** isn't it!"},
		{"GB18030", `filename*=gb18030''%C4%E3%BA%C3.txt`, "你好.txt"},
		{"Big5", `filename*=big5''%A7A%A6n.txt`, "你好.txt"},
		{"a character is cut", `filename*0*=utf-8''%E4%BD; filename*1*=%A0.txt`, "你.txt"},
		{"any order", `filename*1*=%A0.txt; filename*0*=utf-8''%E4%BD`, "你.txt"},
		{"a piece is missing", `filename*0=a; filename*2=c`, "a"},
		{"both ways", `filename="?.txt"; filename*=utf-8''%E4%BD%A0.txt`, "你.txt"},
		{"no character set", `filename*=%E4%BD%A0.txt`, "你.txt"},
		{"unknown character set", `filename*=x-martian''%E4%BD%A0.txt`, "你.txt"},
		{"half an escape", `filename*=utf-8''100%.txt`, "100%.txt"},
		{"empty character set and language", `filename*=''a.txt`, "a.txt"},
		{"encoded-words in quotes", `filename="=?gb2312?B?xOO6ww==?=.txt"`, "你好.txt"},
		{"encoded-words without quotes", `filename==?utf-8?Q?=E4=BD=A0?=.txt`, "你.txt"},
		{"encoded-words, cut", `filename*0="=?utf-8?B?5L2g"; filename*1="5aW9?=.txt"`, "你好.txt"},
		{"raw UTF-8", `filename="你好.txt"`, "你好.txt"},
		{"raw GB18030", "filename=\"\xc4\xe3\xba\xc3\xb5\xc4.txt\"", "你好的.txt"},
		{"raw Latin-1", "filename=\"Gr\xfc\xdfe.txt\"", "Grüße.txt"},
		{"twice", `filename=a; filename=b`, "a"},
	} {
		c, _ := scan.ParseContentType("x/x;" + row.params)
		if got := DecodeParam(c.Params, "filename"); got != row.want {
			t.Errorf("%s: %s: got %q, want %q", row.why, row.params, got, row.want)
		}
	}
}

func FuzzDecodeParam(f *testing.F) {
	f.Add(`a; filename*0*=gb18030'zh'%C4; filename*1="=?utf-8?Q?=E4?="; filename*=''%`)
	f.Add("a; filename=\"\xc4\xe3\\\"")
	f.Fuzz(func(t *testing.T, value string) {
		c, _ := scan.ParseContentType("x/" + value)
		if got := DecodeParam(c.Params, "filename"); !utf8.ValidString(got) {
			t.Errorf("%q gives %q", value, got)
		}
	})
}
