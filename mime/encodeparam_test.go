package mime

import (
	stdmime "mime"
	"strings"
	"testing"

	"mailtool/mime/scan"
)

func TestEncodeParam(t *testing.T) {
	for value, want := range map[string]string{
		"utf-8":       `name=utf-8`,
		"cat 1.png":   `name="cat 1.png"`,
		"":            `name=""`,
		"你好.txt":      `name*=utf-8''%E4%BD%A0%E5%A5%BD.txt`,
		`a"b\c`:       `name*=utf-8''a%22b%5Cc`,
		"a\r\nX: y":   `name*=utf-8''a%0D%0AX%3A%20y`,
		"=?utf-8?q?a": `name*=utf-8''%3D%3Futf-8%3Fq%3Fa`,
		"a  b":        `name*=utf-8''a%20%20b`,
		"\xff*'%":     `name*=utf-8''%EF%BF%BD%2A%27%25`,
		strings.Repeat("好", 14): `name*0*=utf-8''` + strings.Repeat("%E5%A5%BD", 6) +
			` name*1*=` + strings.Repeat("%E5%A5%BD", 7) + ` name*2*=%E5%A5%BD`,
	} {
		if got := strings.Join(EncodeParam("name", value), " "); got != want {
			t.Errorf("%q:\n got %s\nwant %s", value, got, want)
		}
	}
}

// What is written must be read the same by Go's own mime, and stay within its lines.
func FuzzEncodeParam(f *testing.F) {
	f.Add("a.png")
	f.Add(strings.Repeat("长长的名字 ", 30) + ".txt")
	f.Add(strings.Repeat("a", 400))
	f.Add("a\r\nb\"\\\x00 ''%")
	f.Fuzz(func(t *testing.T, value string) {
		field := formatParams("Content-Disposition", "attachment",
			[]scan.Param{{Name: "filename", Value: value}, {Name: "x", Value: "y"}})
		for line := range strings.SplitSeq(strings.TrimSuffix(field, "\r\n"), "\r\n") {
			if len(line) > goodLine || strings.Trim(line, " ") == "" || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("line of %d: %q", len(line), line)
			}
		}
		if !isASCII(field) {
			t.Fatalf("not ASCII: %q", field)
		}
		_, unfolded, _ := strings.Cut(strings.ReplaceAll(field, "\r\n ", " "), ":")
		_, params, err := stdmime.ParseMediaType(strings.TrimSpace(unfolded))
		if want := strings.ToValidUTF8(value, "\ufffd"); err != nil ||
			params["filename"] != want || params["x"] != "y" {
			t.Fatalf("%q comes back as %q, %v\n%s", want, params["filename"], err, field)
		}
	})
}
