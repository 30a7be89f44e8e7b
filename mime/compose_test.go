package mime

import (
	"bytes"
	"fmt"
	"io"
	stdmime "mime"
	stdmultipart "mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

func fixed() uint64 { return 4711 }

// shape is the tree of a message: "mixed(text/plain image/png)".
func shape(p *Part) string {
	if len(p.Children) == 0 {
		return p.Type.String()
	}
	var parts []string
	for _, c := range p.Children {
		parts = append(parts, shape(c))
	}
	return p.Type.Subtype + "(" + strings.Join(parts, " ") + ")"
}

var (
	png = File{"cat.png", []byte("\x89PNG\r\n\x1a\n\x00")}
	pdf = File{"a.pdf", []byte("%PDF-1.4\n")}
)

const page = `<img src="cat.png">`

func TestShapes(t *testing.T) {
	one := []File{png}
	for _, row := range []struct {
		m    Letter
		want string
	}{
		{Letter{Text: "x"}, "text/plain"},
		{Letter{}, "text/plain"},
		{Letter{HTML: page}, "text/html"},
		{Letter{Text: "x", HTML: page}, "alternative(text/plain text/html)"},
		{Letter{HTML: page, Inline: one}, "related(text/html image/png)"},
		{Letter{Text: "x", HTML: page, Inline: one},
			"related(alternative(text/plain text/html) image/png)"},
		{Letter{Text: "x", HTML: page, Inline: one, Attachments: []File{pdf}},
			"mixed(related(alternative(text/plain text/html) image/png) application/pdf)"},
		{Letter{Text: "x", Attachments: []File{pdf, png}}, "mixed(text/plain application/pdf image/png)"},
		{Letter{Text: "x", Inline: one, Attachments: []File{pdf}},
			"mixed(text/plain image/png application/pdf)"},
		{Letter{Attachments: []File{pdf}}, "mixed(application/pdf)"},
		{Letter{Inline: one}, "mixed(image/png)"},
	} {
		built := build(t, row.m)
		root := Open(built.Data).Root
		if got := shape(root); got != row.want {
			t.Errorf("got %s, want %s", got, row.want)
		}
		if root.Type.Subtype == "related" && root.Type.Param("type") != root.Children[0].Type.String() {
			t.Errorf("%s: type is %q", row.want, root.Type.Param("type"))
		}
	}
}

func TestWidestLetter(t *testing.T) {
	got := build(t, Letter{From: alice, To: []Address{bob}, Date: when, MessageID: "<k3v9.1@lab.test>",
		Subject: "你好", Text: "Hi\n", HTML: `<p>Grüße <img src="cat.png">`, Random: fixed,
		Inline: []File{png}, Attachments: []File{{"报告.txt", []byte("你好")}}})
	want := `Date: Mon, 23 Nov 2026 10:15:02 +0800
From: alice@lab.test
To: bob@lab.test
Subject: =?utf-8?b?5L2g5aW9?=
Message-ID: <k3v9.1@lab.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_1.3mv"

--=_1.3mv
Content-Type: multipart/related; type="multipart/alternative";
 boundary="=_2.3mv"

--=_2.3mv
Content-Type: multipart/alternative; boundary="=_3.3mv"

--=_3.3mv
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

Hi

--=_3.3mv
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Gr=C3=BC=C3=9Fe <img src=3D"cid:1.3mv@lab.test">

--=_3.3mv--
--=_2.3mv
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-ID: <1.3mv@lab.test>
Content-Disposition: inline; filename=cat.png

iVBORw0KGgoA
--=_2.3mv--
--=_1.3mv
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.txt

5L2g5aW9
--=_1.3mv--
`
	if string(got.Data) != strings.ReplaceAll(want, "\n", "\r\n") || got.Encoding != "7bit" ||
		got.Has8Bit || got.Unlinked != nil {
		t.Errorf("%+v\n%s", got, got.Data)
	}
}

func TestAskedEncodings(t *testing.T) {
	for _, row := range []struct{ text, charset, encoding, typ, body string }{
		{"你好", "gb18030", "", `text/plain; charset=gb18030`, "xOO6ww0K\r\n"},
		{"你好", "gb18030", "quoted-printable", `text/plain; charset=gb18030`, "=C4=E3=BA=C3\r\n"},
		{"你好", "", "8bit", `text/plain; charset=utf-8`, "你好\r\n"},
		{"hi", "", "base64", `text/plain; charset=utf-8`, "aGkNCg==\r\n"},
		{"hi", "", "7bit", `text/plain; charset=us-ascii`, "hi\r\n"},
		{"hi", "gbk", "", `text/plain; charset=gbk`, "hi\r\n"},
		{"こ", "iso-2022-jp", "", `text/plain; charset=iso-2022-jp`, "\x1b$B$3\x1b(B\r\n"},
	} {
		got := build(t, Letter{Text: row.text, Charset: row.charset, Encoding: row.encoding})
		head, body, _ := strings.Cut(string(got.Data), "\r\n\r\n")
		if body != row.body || !strings.Contains(head, "\r\nContent-Type: "+row.typ+"\r\n") ||
			!strings.HasSuffix(head, "\r\nContent-Transfer-Encoding: "+got.Encoding) {
			t.Errorf("%+v: %s", row, got.Data)
		}
	}
	for want, m := range map[string]Letter{
		ErrEncodingOctet + ` "7bit"`:           {Text: "é", Encoding: "7bit"},
		ErrEncodingOctet + ` "8bit"`:           {Text: "a\x00", Encoding: "8bit"},
		ErrEncodingLine + ` "7bit"`:            {Text: strings.Repeat("x", 999), Encoding: "7bit"},
		ErrEncoding + ` "uuencode"`:            {Text: "x", Encoding: "uuencode"},
		ErrCharset + ` "klingon"`:              {Text: "x", Charset: "klingon"},
		ErrCharsetLacks + ` "koi8-r" "\u4f60"`: {HTML: "你", Charset: "koi8-r"},
		ErrTextCharset:                         {HTML: "\xff"},
		ErrFieldTwice + ` "Content-Type"`:      {HTML: page, Text: "x", Extra: []Extra{{"Content-type", "text/plain"}}},
		ErrFieldTwice + ` "Content-Transfer-Encoding"`: {Attachments: []File{png},
			Extra: []Extra{{"Content-Transfer-Encoding", "7bit"}}},
	} {
		m.From = alice
		if _, err := m.Build(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The words of the header are in the letter's character set; names of files are not.
func TestHeaderCharset(t *testing.T) {
	got := build(t, Letter{From: Address{"小明", "ming", "lab.test"}, Subject: "你好", Charset: "gb18030",
		Attachments: []File{{"你.txt", nil}}})
	for _, want := range []string{"Subject: =?gb18030?b?xOO6ww==?=\r\n",
		"From: =?gb18030?b?0KHD9w==?= <ming@lab.test>\r\n", "filename*=utf-8''%E4%BD%A0.txt"} {
		if !strings.Contains(string(got.Data), want) {
			t.Errorf("%s is not in\n%s", want, got.Data)
		}
	}
}

func TestEightBitParts(t *testing.T) {
	m := Letter{Text: "é", HTML: "<p>é", Attachments: []File{png}, EightBit: true, Random: fixed}
	got := build(t, m)
	if !got.Has8Bit || got.Encoding != "8bit" ||
		strings.Count(string(got.Data), "Content-Transfer-Encoding: 8bit\r\n") != 4 {
		t.Errorf("%s", got.Data)
	}
	m.EightBit = false
	if got = build(t, m); got.Has8Bit || strings.Contains(string(got.Data), "8bit") {
		t.Errorf("%s", got.Data)
	}
}

// A boundary is looked for that is nowhere in what is not encoded: whoever writes the text
// may know the last one.
func TestBoundaryIsInNoText(t *testing.T) {
	inner := build(t, Letter{Text: "in", Attachments: []File{png}, Random: fixed})
	m := Letter{Text: "--=_3.3mv\n--=_1.3mv--\n", HTML: page, Random: fixed,
		Attachments: []File{{"x.eml", inner.Data}}}
	root := Open(build(t, m).Data).Root
	if got := shape(root); got != "mixed(alternative(text/plain text/html) rfc822(mixed(text/plain image/png)))" {
		t.Error(got)
	}
	if a, b := root.Type.Param("boundary"), root.Children[0].Type.Param("boundary"); a != "=_2.3mv" || b != "=_4.3mv" {
		t.Error(a, b)
	}
	if text, err := root.Children[0].Children[0].Text(); err != nil || text != m.Text {
		t.Errorf("%q, %v", text, err)
	}
}

func TestFileTypes(t *testing.T) {
	long := strings.Repeat("x", 999)
	for _, row := range []struct{ name, content, want, encoding string }{
		{"a.PNG", "x", "image/png", "base64"},
		{"a.txt", "x", "text/plain", "base64"}, {"a", "x\n", "text/plain", "base64"},
		{"a.txt", "\xc4\xe3", "application/octet-stream", "base64"},
		{"a.bin", "a\x00", "application/octet-stream", "base64"},
		{"a.tar.gz", "x", "application/gzip", "base64"},
		{"", "", "text/plain", "base64"},
		{"a.eml", "Subject: x\n\nhi", "message/rfc822", "7bit"},
		{"a.eml", "Subject: x\n\nhi é", "application/octet-stream", "base64"},
		{"a.eml", long, "application/octet-stream", "base64"},
		{"a.eml", "", "application/octet-stream", "base64"},
	} {
		e := attach(File{row.name, []byte(row.content)}, "attachment", false)
		if e.typ != row.want || e.encoding != row.encoding {
			t.Errorf("%s: %s, %s", row.name, e.typ, e.encoding)
		}
	}
	e := attach(File{"a.eml", []byte("Subject: x\n\né")}, "attachment", true)
	if e.typ != "message/rfc822" || e.encoding != "8bit" {
		t.Errorf("%s, %s", e.typ, e.encoding)
	}
}

func TestLink(t *testing.T) {
	files := []File{{Name: "cat.png"}, {Name: "我 1.png"}, {Name: "a+b.png"}}
	ids := []string{"1@x", "2@x", "3@x"}
	for page, want := range map[string]string{
		`<img src="cat.png"><img SRC='cat.png' >`:          `<img src="cid:1@x"><img SRC='cid:1@x' >`,
		`<img src=cat.png>cat.png<p title="cat.png">`:      `<img src=cid:1@x>cat.png<p title="cat.png">`,
		`<img src="./cat.png"> CID:cat.png`:                `<img src="cid:1@x"> cid:1@x`,
		`<img src="cid:cat.png">`:                          `<img src="cid:1@x">`,
		`url(cat.png) url('cat.png')`:                      `url(cid:1@x) url('cid:1@x')`,
		`<img src="cat.png.old"><img src="a/cat.png">`:     `<img src="cat.png.old"><img src="a/cat.png">`,
		`<img src="我 1.png"><img src="%E6%88%91%201.png">`: `<img src="cid:2@x"><img src="cid:2@x">`,
		`<img src="a+b.png">`:                              `<img src="cid:3@x">`, `<img src="aab.png">`: `<img src="aab.png">`,
	} {
		if got, _ := link(page, files, ids); got != want {
			t.Errorf("%s:\n got %s\nwant %s", page, got, want)
		}
	}
	if _, missing := link(`<img src="cat.png">`, files, ids); !slices.Equal(missing, []string{"我 1.png", "a+b.png"}) {
		t.Error(missing)
	}
	// What is linked has the Content-ID that the page points to.
	m := Letter{From: Address{"", "a", "例子.测试"}, HTML: page, Inline: []File{png, pdf}, Random: fixed}
	built := build(t, m)
	root := Open(built.Data).Root
	text, _ := root.Children[0].Text()
	if id := root.Children[1].ContentID(); id != "1.3mv@invalid" || !strings.Contains(text, `src="cid:`+id+`"`) {
		t.Errorf("%s\n%s", id, text)
	}
	if !slices.Equal(built.Unlinked, []string{"a.pdf"}) {
		t.Error(built.Unlinked)
	}
}

// Two messages of the same letter have boundaries of their own.
func TestChance(t *testing.T) {
	m := Letter{Text: "x", Attachments: []File{png}}
	if a, b := build(t, m).Data, build(t, m).Data; bytes.Equal(a, b) {
		t.Error("the same boundary twice")
	}
}

// FuzzLetter reads what is built with Go's own packages: each part comes back, octet by octet.
func FuzzLetter(f *testing.F) {
	f.Add("Do you like ketchup?", "<b>x", "a.txt", []byte("x"), "utf-8", uint8(0))
	f.Add("你好\n--=_1.3mv\n", "<p>é", "长.png", []byte("\x00\r\n--=_1.3mv"), "gb18030", uint8(1))
	f.Add(".\nFrom x \n", "", "a\r\nb\".eml", []byte("Subject: x\n\n--=_1.3mv"), "", uint8(4))
	f.Fuzz(func(t *testing.T, text, page, name string, content []byte, charset string, how uint8) {
		encodings := []string{"", "7bit", "8bit", "quoted-printable", "base64"}
		m := Letter{From: alice, Date: when, Text: text, HTML: page, Charset: charset, Random: fixed,
			Encoding: encodings[int(how)%len(encodings)], EightBit: how > 127,
			Attachments: []File{{name, content}}}
		built, err := m.Build()
		if err != nil {
			return
		}
		want := []string{}
		for _, s := range []string{text, page} {
			if s != "" {
				octets, _, _ := EncodeCharset(charset, crlf(s))
				want = append(want, string(octets))
			}
		}
		e := attach(m.Attachments[0], "", m.EightBit)
		want = append(want, string(e.body))
		msg, err := mail.ReadMessage(bytes.NewReader(built.Data))
		if err != nil {
			t.Fatal(err)
		}
		if got := leaves(t, textproto.MIMEHeader(msg.Header), msg.Body); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q\n%s", got, want, built.Data)
		}
		if longest := longestLine(built.Data); longest > maxLine {
			t.Fatalf("a line of %d octets", longest)
		}
	})
}

func leaves(t *testing.T, header textproto.MIMEHeader, body io.Reader) (all []string) {
	kind, params, err := stdmime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		octets, err := io.ReadAll(body)
		switch header.Get("Content-Transfer-Encoding") {
		case "quoted-printable":
			octets, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(octets)))
		case "base64":
			var ok bool
			if octets, ok = bDecode(strings.ReplaceAll(string(octets), "\r\n", "")); !ok {
				err = fmt.Errorf("base64 %q", octets)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return []string{string(octets)}
	}
	for r := stdmultipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, leaves(t, p.Header, p)...)
	}
}
