package mime

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// letterOfAll is a message with a part of each kind.
var letterOfAll = strings.ReplaceAll(`Subject: =?gb2312?B?xOO6ww==?=
From: raw GBK `+"\xc4\xe3\xba\xc3\xb5\xc4"+` <a@x.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=out

preamble
--out
Content-Type: multipart/alternative; boundary="in"

--in
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: base64

xOO6w6OsxOPDx7XE
--in
Content-Type: TEXT/HTML; charset=utf-8
Content-Transfer-Encoding: quoted-printable
Content-ID: <page@x.test>

<p>=E4=BD=A0
--in--
--out
Content-Type: image/png; name="old.png"
Content-Disposition: ATTACHMENT; filename*=gb18030''%C4%E3.png
Content-Transfer-Encoding: base64

iVBORw==
--out
Content-Type: message/rfc822

Subject: inside

inner text
--out--
`, "\n", "\r\n")

// describe puts all that is asked of a part into a line.
func describe(p *Part) string {
	text, err := "", error(nil)
	if p.IsText() {
		text, err = p.Text()
	} else if p.IsLeaf() {
		var octets []byte
		octets, err = p.Bytes()
		text = string(octets)
	}
	c := p.Charset()
	line := []string{p.Section, p.Type.String(), c.Declared, c.Real, p.Disposition(), p.FileName(), p.ContentID(), text}
	if c.Lies {
		line = append(line, "lies")
	}
	if err != nil {
		line = append(line, err.Error())
	}
	return strings.Join(line, "|")
}

func TestOpen(t *testing.T) {
	want := []string{
		"TEXT|multipart/mixed||||||",
		"1|multipart/alternative||||||",
		"1.1|text/plain|iso-8859-1|gb18030||||你好，你们的|lies",
		"1.2|text/html|utf-8|utf-8|||page@x.test|<p>你",
		"2|image/png|||attachment|你.png||\x89PNG",
		"3|message/rfc822||||||",
		"3.1|text/plain||us-ascii||||inner text",
	}
	fromFile, err := OpenAt(strings.NewReader(letterOfAll), int64(len(letterOfAll)))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Message{Open([]byte(letterOfAll)), fromFile} {
		var got []string
		m.Root.Walk(func(p *Part) bool {
			got = append(got, describe(p))
			return true
		})
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for name, want := range map[string]string{"subject": "你好", "From": "raw GBK 你好的 <a@x.test>"} {
			f, ok := m.Root.Field(name)
			raw, _ := m.Raw(f.Start, f.End)
			if !ok || f.Value != want || !bytes.HasPrefix(raw, []byte(f.Name+": ")) {
				t.Errorf("%s: %+v, %q", name, f, raw)
			}
		}
		if f, _ := m.Find("3").Children[0].Field("subject"); f.Value != "inside" {
			t.Errorf("the message within: %+v", f)
		}
		if m.Find("9") != nil || m.Err() != nil {
			t.Error("what is not there was found")
		}
		reader := m.Find("2")
		if b, _ := io.ReadAll(m.Reader(reader.BodyStart, reader.BodyEnd)); string(b) != "iVBORw==" {
			t.Errorf("read %q", b)
		}
	}
}

// TestDefects: what is wrong is told beside what could be made of it.
func TestDefects(t *testing.T) {
	for _, row := range []struct{ message, want string }{
		{"", "|text/plain||us-ascii||||"},
		{"Content-Type: text/plain; charset=x-martian\n\nHi", "|x-martian|us-ascii||||Hi"},
		{"Content-Type: text/plain; charset=utf-7\n\nHi +T2BZfQ-", "|utf-7|utf-7||||Hi 你好"},
		{"Content-Transfer-Encoding: x-rot13\n\nUryyb", "||us-ascii||||Uryyb|mime/encoding-unknown \"x-rot13\""},
		{"Content-Transfer-Encoding: base64\n\nSGk", "||us-ascii||||Hi|mime/base64-end \"4\""},
	} {
		got := describe(Open([]byte(row.message)).Root)
		if !strings.HasSuffix(got, row.want) {
			t.Errorf("%q: %s, want %s", row.message, got, row.want)
		}
	}
}

// failing reads nothing beyond the first octets.
type failing struct{ good *strings.Reader }

var errDisk = errors.New("disk")

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if f.good == nil {
		return 0, errDisk
	}
	return f.good.ReadAt(p, off)
}

func TestReadErrors(t *testing.T) {
	if _, err := OpenAt(&failing{}, 10); !errors.Is(err, errDisk) {
		t.Errorf("open: %v", err)
	}
	source := &failing{strings.NewReader(letterOfAll)}
	m, err := OpenAt(source, int64(len(letterOfAll)))
	if err != nil {
		t.Fatal(err)
	}
	source.good = nil
	if _, err := m.Find("1.1").Text(); !errors.Is(err, errDisk) {
		t.Errorf("text: %v", err)
	}
	if m.Root.Header(); !errors.Is(m.Err(), errDisk) {
		t.Errorf("header: %v", m.Err())
	}
	for what, look := range map[string]func(*Message){
		"view":    func(m *Message) { m.View() },
		"decoded": func(m *Message) { m.Find("1.1").Decoded() },
		"charset": func(m *Message) { m.Find("1.1").Charset() },
	} {
		source := &failing{strings.NewReader(letterOfAll)}
		if m, err = OpenAt(source, int64(len(letterOfAll))); err != nil {
			t.Fatal(err)
		}
		m.Root.Header()
		source.good = nil
		if look(m); !errors.Is(m.Err(), errDisk) {
			t.Errorf("%s: %v", what, m.Err())
		}
	}
}

// together puts the ranges of a message together again.
func together(t *testing.T, m *Message) []byte {
	var whole []byte
	at := int64(0)
	for _, r := range m.Tree.Ranges() {
		if r.Start != at || r.End <= r.Start {
			t.Fatalf("a range %+v at %d", r, at)
		}
		octets, err := m.Raw(r.Start, r.End)
		if err != nil {
			t.Fatal(err)
		}
		whole, at = append(whole, octets...), r.End
	}
	return whole
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(letterOfAll))
	f.Add([]byte("Content-Type: multipart/x; boundary=\n\n--\n\n----"))
	f.Fuzz(func(t *testing.T, message []byte) {
		m := Open(message)
		if !bytes.Equal(together(t, m), message) {
			t.Fatal("the ranges are not the message")
		}
		m.Root.Walk(func(p *Part) bool {
			_, err := p.Bytes()
			if text, err2 := p.Text(); !utf8.ValidString(text) || err != nil && !IsFault(err) || err2 != nil && !IsFault(err2) {
				t.Errorf("%s: %v, %v, %q", p.Section, err, err2, text)
			}
			if !utf8.ValidString(p.FileName()) {
				t.Errorf("%s: %q", p.Section, p.FileName())
			}
			for _, field := range p.Header() {
				if !utf8.ValidString(field.Value) || !strings.Contains(string(message[field.Start:field.End]), field.Name) {
					t.Errorf("%+v", field)
				}
			}
			return true
		})
		at, err := OpenAt(bytes.NewReader(message), int64(len(message)))
		if err != nil || len(at.Tree.Ranges()) != len(m.Tree.Ranges()) {
			t.Errorf("from a file: %v", err)
		}
	})
}
