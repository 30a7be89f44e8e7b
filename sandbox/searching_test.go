package sandbox

import (
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"mailtool/imap"
)

// crlf makes lines of the network's of a text.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// lookedInto are messages, each with what is found in it, where, and what is not.
var lookedInto = []struct {
	name, text             string
	inBody, inHeader, none []string
}{{
	name: "plain",
	text: "From: Alice <alice@lab.test>\nSubject: Long\n line\nX-Nr: 7\n\nDo you like Ketchup?\nNo.\n",
	// "": everything has it
	inBody:   []string{"ketchup?", "LIKE KETCHUP?\r\nno", ""},
	inHeader: []string{"subject: long line", "alice <ALICE@", "x-nr: 7"},
	none:     []string{"mustard", "Kétchup", "long\r\n", "test\r\n\r\n"},
}, {
	name:     "plain with its type",
	text:     "Content-Type: text/plain;\n\tcharset=\"UTF-8\"\nContent-Transfer-Encoding: 7Bit\n\n=41bc=\n",
	inBody:   []string{"=41BC="},
	inHeader: []string{`charset="utf-8"`},
	none:     []string{"abc", "Abc"},
}, {
	name:   "no header",
	text:   "\nfirst: line\n",
	inBody: []string{"first: line"},
}, {
	name:     "no body",
	text:     "Subject: all",
	inHeader: []string{"subject: ALL"},
	none:     []string{"none"},
}, {
	name:     "quoted-printable",
	text:     "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe aus =\nWien\n",
	inBody:   []string{"GRÜßE", "grüße aus wien"},
	inHeader: []string{"subject: grüße"},
	none:     []string{"=FC", "=?utf-8", "grusse"},
}, {
	name:     "raw octets",
	text:     "Subject: \xc4\xe3\xba\xc3\xca\xc0\xbd\xe7\n\n你好\n",
	inBody:   []string{"你好", "好"},
	inHeader: []string{"你好世界"},
	none:     []string{"再见"},
}, {
	name:   "another way to write an accent",
	text:   "Content-Type: text/plain; charset=utf-8\n\nCafe\u0301\n",
	inBody: []string{"CAFÉ"},
	none:   []string{"cafë"},
}, {
	name: "parts",
	text: "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte("<p>Zwölf Boxkämpfer</p>")) +
		"\n--b\nContent-Type: image/png; name=\"=?utf-8?q?K=C3=A4fer.png?=\"\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte("no text")) +
		"\n--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?q?inner_f=C3=BC?=\n\ninner text\n--b--\n",
	inBody:   []string{"boxkämpfer", "käfer.png", "subject: inner fü", "Inner Text"},
	inHeader: []string{"multipart/mixed"},
	none:     []string{"no text", "bm8gdGV4dA"},
}, {
	name:   "japanese",
	text:   "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s$K$A$O\x1b(B!\n",
	inBody: []string{"こんにちは!"},
	none:   []string{"$3$s"},
}, {
	name:   "a character set that nobody knows",
	text:   "Content-Type: text/plain; charset=klingon\n\nQapla'\n",
	inBody: []string{"qapla'"},
	none:   []string{"success"},
}, {
	name: "a large text, what is found lying over the edge of a piece",
	text: "Subject: large\nContent-Type: text/plain; charset=utf-8\n\n" +
		strings.Repeat("üüüüüüüüüüüüüü\n", 2182) + "über alle Maßen lang " +
		strings.Repeat("äöüäöüäöüäöüäöüäöüäöü\n", 40000) + "das Ende\n",
	inBody:   []string{"ÜBER ALLE MAßEN LANG", "das ende"},
	inHeader: []string{"subject: large"},
	none:     []string{"maßlos", "ende gut"},
}}

func TestSearching(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	for _, x := range lookedInto {
		appended(t, s, "INBOX", 0, crlf(x.text))
	}
	box := c.choose(s, "INBOX")
	for i, x := range lookedInto {
		m := box.Messages()[i]
		for _, value := range append(x.inBody, x.none...) {
			if got, want := ask(t, box, m).InBody(value), contains(x.inBody, value); got != want {
				t.Errorf("%s: in the body, %q: %v", x.name, value, got)
			}
		}
		text := ask(t, box, m)
		for _, value := range x.inHeader {
			if text.InBody(value) || !text.InText(value) {
				t.Errorf("%s: %q is not in the header", x.name, value)
			}
		}
		for _, value := range append(x.inBody, x.none...) {
			if got := text.InText(value); got != contains(x.inBody, value) {
				t.Errorf("%s: in the text, %q: %v", x.name, value, got)
			}
		}
	}
}

func contains(list []string, value string) bool {
	for _, v := range list {
		if v == value {
			return true
		}
	}
	return false
}

func ask(t *testing.T, box imap.Mailbox, m *imap.Message) imap.Text {
	t.Helper()
	text, err := box.Text(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSearchedFields(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	appended(t, s, "INBOX", 0, crlf("From: =?utf-8?b?w4RubmU=?= <anne@lab.test>\nTo: bob@lab.test\n"+
		"to: Carol <c@lab.test>\nX-Empty:\nX-Word: =?utf-8?q?f=C3=BCr?= alle\nSubject: one\nSubject: two\n\nTo: nobody\n"))
	box := c.choose(s, "INBOX")
	text := ask(t, box, box.Messages()[0])
	for _, f := range []struct {
		name, value string
		want        bool
	}{{"From", "änne", true}, {"FROM", "ÄNNE <ANNE", true}, {"to", "carol", true}, {"to", "BOB", true},
		{"to", "nobody", false}, {"x-empty", "", true}, {"x-empty", "a", false}, {"x-word", "FÜR ALLE", true},
		{"x-none", "", false}, {"cc", "", false}, {"subject", "two", true}} {
		if got := text.Field(f.name, f.value); got != f.want {
			t.Errorf("%s %q: %v", f.name, f.value, got)
		}
	}
	for name, want := range map[string]string{"subject": "one", "from": "Änne <anne@lab.test>",
		"X-Word": "für alle", "cc": "", "x-none": ""} {
		if got := text.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestDecoded(t *testing.T) {
	c := logInto(t, Options{})
	s := c.organize("bob")
	part := func(encoding, body string) string {
		return "--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: " + encoding + "\n\n" + body + "\n"
	}
	appended(t, s, "INBOX", 0, crlf("Content-Type: multipart/mixed; boundary=b\n\n"+part("base64", "AAECAw==")+
		part("quoted-printable", "=00a=\nb")+part("8bit", "\x00\xff")+part("x-rot13", "uryyb")+"--b--\n"))
	box := c.choose(s, "INBOX")
	m := box.Messages()[0]
	d, err := box.Structure(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"\x00\x01\x02\x03", "\x00ab", "\x00\xff", ""} {
		got, err := box.Decoded(t.Context(), m, d.Tree().Root.Children[i])
		if i == 3 {
			if refusalCode(t, err) != "UNKNOWN-CTE" {
				t.Errorf("an unknown encoding: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(got); err != nil || string(got) != want {
			t.Errorf("part %d: %q, %v, want %q", i+1, got, err, want)
		}
	}
}
