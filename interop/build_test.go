package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/mime"
)

// pythonReads says what Python's email package finds in a message: the fields, each part
// with what is wrong with it, and content as octets in Latin-1.
const pythonReads = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
def content(p):
    if p.is_multipart():
        return ""
    if p.get_content_maintype() == "text":
        return p.get_content()
    return p.get_content().decode("latin-1")
json.dump({
    "subject": m["subject"], "from": str(m["from"]),
    "parts": [[p.get_content_type(), p.get_filename() or "", content(p)] for p in m.walk()],
    "defects": [repr(d) for p in m.walk() for d in p.defects]
        + [repr(d) for p in m.walk() for v in p.values() for d in v.defects],
}, sys.stdout)
`

// TestPythonReads: Python finds in letters what was put into them, and no fault.
func TestPythonReads(t *testing.T) {
	python := need(t, "python3")
	script := filepath.Join(t.TempDir(), "reads.py")
	if err := os.WriteFile(script, []byte(pythonReads), 0o644); err != nil {
		t.Fatal(err)
	}
	const text, page = "Grüße\r\n.\r\nFrom here\r\n", "<p>你好 <img src='heart.png'>\r\n"
	long := strings.Repeat("很长的名字 ", 12) + `"1".bin`
	for _, charset := range []string{"", "gb18030"} {
		for _, encoding := range []string{"", "8bit", "quoted-printable", "base64"} {
			m := mime.Letter{From: mime.Address{Name: "小明", Local: "ming", Domain: "lab.test"},
				Date: time.Unix(1795400102, 0), Subject: strings.Repeat("你好, Grüße! ", 12) + "end",
				Text: text, HTML: page, Charset: charset, Encoding: encoding,
				Random:      func() uint64 { return 4711 },
				Inline:      []mime.File{{Name: "heart.png", Content: []byte("\x89PNG\r\n\x1a\n\x00")}},
				Attachments: []mime.File{{Name: long, Content: []byte("\x00\xff\r\n")}, {Name: "empty.bin"}}}
			built, err := m.Build()
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Subject, From string
				Parts         [][3]string
				Defects       []string
			}
			out, trouble, _ := run(t, string(built.Data), python, script)
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err, out, trouble)
			}
			want := [][3]string{{"multipart/mixed"}, {"multipart/related"}, {"multipart/alternative"},
				{"text/plain", "", text},
				{"text/html", "", strings.Replace(page, "heart.png", "cid:1.3mv@lab.test", 1)},
				{"image/png", "heart.png", "\u0089PNG\r\n\x1a\n\x00"},
				{"application/octet-stream", long, "\x00\u00ff\r\n"}, {"text/plain", "empty.bin", ""}}
			if got.Subject != m.Subject || got.From != "小明 <ming@lab.test>" ||
				len(got.Defects) > 0 || !slices.Equal(got.Parts, want) {
				t.Errorf("%s, %s: %q\n%s", charset, encoding, got, built.Data)
			}
		}
	}
}
