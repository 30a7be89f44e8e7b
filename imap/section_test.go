package imap

import (
	"strings"
	"testing"

	"mailtool/mime/scan"
)

// nested has a multipart in a message in a multipart, and what is strange beside it.
var nested = strings.ReplaceAll(`From: "A. Top" <a@x.test>, b@x.test (Bee)
To: Group: c@x.test, "D \"q\" d" <d@x.test>;, undisclosed:;, <@r1,@r2:e@x.test>
Subject: top
 folded
Date: Mon, 23 Nov 2026 10:15:02 +0800
Message-ID: <1@x>
Reply-To:
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="o"

preamble
--o

part one
--o
Content-Type: message/rfc822
Content-Description: forwarded

From: f@y.test
To: g@y.test
Subject: inner
Content-Type: multipart/alternative; boundary=i

--i
Content-Type: text/plain; charset=utf-8; format="flowed"
Content-ID: <cid@x>
Content-Language: en, de
Content-Disposition: inline; filename="a b.txt"; size=3
Content-MD5: abc=
Content-Location: http://x/y

alt plain

--i
Content-Type: message/rfc822

From: deep@z.test
Subject: deepest

deep text
line 2

--i--
--o
Content-Type: message/rfc822

From: h@y.test
Subject: plain in message
Content-Transfer-Encoding: base64

aGVsbG8=
--o
Content-Type: multipart/mixed; boundary=e

no parts
--o
Content-Type: message/rfc822

--o--
epilogue
`, "\n", "\r\n")

// sectionsOfNested are the octets of sections of nested, as Dovecot has them too, but for two: a
// text in a multipart is its own part there, and the empty line of 5.MIME belongs to the boundary.
var sectionsOfNested = []struct{ section, want string }{
	{"1", "part one"},
	{"1.MIME", "\r\n"},
	{"1.HEADER", ""},
	{"1.TEXT", ""},
	{"1.1", ""},
	{"2.HEADER", "From: f@y.test\r\nTo: g@y.test\r\nSubject: inner\r\n" +
		"Content-Type: multipart/alternative; boundary=i\r\n\r\n"},
	{"2.MIME", "Content-Type: message/rfc822\r\nContent-Description: forwarded\r\n\r\n"},
	{"2.HEADER.FIELDS (subject X)", "Subject: inner\r\n\r\n"},
	{"2.HEADER.FIELDS.NOT (SUBJECT content-type)", "From: f@y.test\r\nTo: g@y.test\r\n\r\n"},
	{"2.1", "alt plain\r\n"},
	{"2.1.MIME", "Content-Type: text/plain; charset=utf-8; format=\"flowed\"\r\n" +
		"Content-ID: <cid@x>\r\nContent-Language: en, de\r\n" +
		"Content-Disposition: inline; filename=\"a b.txt\"; size=3\r\nContent-MD5: abc=\r\n" +
		"Content-Location: http://x/y\r\n\r\n"},
	{"2.1.HEADER", ""},
	{"2.2", "From: deep@z.test\r\nSubject: deepest\r\n\r\ndeep text\r\nline 2\r\n"},
	{"2.2.MIME", "Content-Type: message/rfc822\r\n\r\n"},
	{"2.2.HEADER", "From: deep@z.test\r\nSubject: deepest\r\n\r\n"},
	{"2.2.TEXT", "deep text\r\nline 2\r\n"},
	{"2.2.1", "deep text\r\nline 2\r\n"},
	{"2.2.1.MIME", "From: deep@z.test\r\nSubject: deepest\r\n\r\n"},
	{"2.2.1.1", ""},
	{"2.2.2", ""},
	{"2.3", ""},
	{"3.1", "aGVsbG8="},
	{"3.1.MIME", "From: h@y.test\r\nSubject: plain in message\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n"},
	{"3.TEXT", "aGVsbG8="},
	{"3.2", ""},
	{"4", "no parts"},
	{"4.1", ""},
	{"4.TEXT", ""},
	{"5", ""},
	{"5.1", ""},
	{"5.HEADER", ""},
	{"5.MIME", "Content-Type: message/rfc822\r\n\r\n"},
	{"6", ""},
	{"4294967295", ""},
	{"HEADER.FIELDS (SUBJECT x)", "Subject: top\r\n folded\r\n\r\n"},
	{"HEADER.FIELDS (x)", "\r\n"},
	{"HEADER.FIELDS.NOT (from TO subject Date)", "Message-ID: <1@x>\r\nReply-To:\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\n"},
}

func TestSections(t *testing.T) {
	for _, row := range append(sectionsOfNested, []struct{ section, want string }{
		{"", nested},
		{"TEXT", nested[strings.Index(nested, "preamble"):]},
		{"HEADER", nested[:strings.Index(nested, "preamble")]},
		{"2", between(nested, "forwarded\r\n\r\n", "--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: h")},
		{"2.TEXT", between(nested, "boundary=i\r\n\r\n", "--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: h")},
		{"3", between(nested, "rfc822\r\n\r\nFrom: h", "\r\n--o\r\nContent-Type: multipart")},
	}...) {
		want := row.want
		if row.section == "3" {
			want = "From: h" + want
		}
		if got := sectionOf(t, nested, row.section); got != want {
			t.Errorf("%s: %q, want %q", row.section, got, want)
		}
	}
	single, message := "Subject: single\r\nFrom: a@b\r\n\r\nhello\r\nworld",
		"From: a@b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody\r\n"
	for _, row := range []struct{ text, section, want string }{
		{single, "1", "hello\r\nworld"},
		{single, "1.MIME", "Subject: single\r\nFrom: a@b\r\n\r\n"},
		{single, "1.1", ""},
		{single, "1.HEADER", ""},
		{single, "2", ""},
		{"A: b\r\nC: d", "HEADER", "A: b\r\nC: d"},
		{"A: b\r\nC: d", "HEADER.FIELDS (c)", "C: d"},
		{"A: b\r\nC: d", "HEADER.FIELDS (a)", "A: b\r\n"}, // no body and no empty line: RFC 3501 §6.4.5
		{"A: b\r\nC: d", "TEXT", ""},
		{"A: b\r\nC: d", "1", ""},
		{"", "", ""},
		{"", "HEADER", ""},
		{message, "1", "Subject: in\r\n\r\nbody\r\n"},
		{message, "TEXT", "Subject: in\r\n\r\nbody\r\n"},
		{message, "1.HEADER", "Subject: in\r\n\r\n"},
		{message, "1.TEXT", "body\r\n"},
		{message, "1.1", "body\r\n"},
		{message, "1.1.MIME", "Subject: in\r\n\r\n"},
		{message, "1.MIME", "From: a@b\r\nContent-Type: message/rfc822\r\n\r\n"},
		{message, "1.1.1", ""},
		{"Content-Type: multipart/mixed; boundary=zz\r\n\r\nno parts\r\n", "1", ""},
		{"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n", "1", ""},
		{"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n", "TEXT", "no boundary\r\n"},
	} {
		if got := sectionOf(t, row.text, row.section); got != row.want {
			t.Errorf("%q %s: %q, want %q", row.text, row.section, got, row.want)
		}
	}
}

func between(text, begin, end string) string {
	_, text, _ = strings.Cut(text, begin)
	text, _, _ = strings.Cut(text, end)
	return text
}

// sectionOf is the octets of a section, "" where there is none.
func sectionOf(t *testing.T, text, section string) string {
	t.Helper()
	x, err := ParseSection(section)
	if err != nil {
		t.Errorf("%q: %v", section, err)
		return ""
	}
	p, ok := x.in(scan.Parse([]byte(text), scan.Limits{}).Root)
	if !ok {
		return ""
	}
	got := text[p.start:p.end]
	if x.Text != SectionFields && x.Text != SectionFieldsNot {
		return got
	}
	var whole string
	for size := 1; size < 100; size = size*3 + 1 {
		var b strings.Builder
		f := fieldFilter{section: &x, out: func(p []byte) error { b.Write(p); return nil }}
		for rest := got; rest != ""; {
			n := min(size, len(rest))
			f.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		if size > 1 && b.String() != whole {
			t.Errorf("%s in pieces of %d: %q, else %q", section, size, b.String(), whole)
		}
		whole = b.String()
	}
	return whole
}

// Fields as mail has them, in one header or the other.
func TestFieldFilter(t *testing.T) {
	long := strings.Repeat("x", longestName+1)
	for _, row := range []struct{ header, section, want string }{
		{"From a@b today\r\nTo: x\r\n\r\n", "HEADER.FIELDS (to)", "To: x\r\n\r\n"},
		{"From a@b today\r\nTo: x\r\n\r\n", "HEADER.FIELDS.NOT (to)", "From a@b today\r\n\r\n"},
		{" folded\r\nTo: x\r\n\r\n", "HEADER.FIELDS.NOT (to)", "\r\n"},
		{"To : x\r\nto:\r\n\ty\r\nTos: z\r\nT: o\r\n\r\n", "HEADER.FIELDS (TO)", "To : x\r\nto:\r\n\ty\r\n\r\n"},
		{"To: x\nCc: y\n\n", "HEADER.FIELDS (Cc)", "Cc: y\n\n"},
		{long + ": y\r\nTo: x\r\n\r\n", "HEADER.FIELDS (To " + long + ")", "To: x\r\n\r\n"},
		{long + "\r\nTo: x\r\n\r\n", "HEADER.FIELDS.NOT (To)", long + "\r\n\r\n"},
		{"To: x\r\n y: z\r\nCc: t\r\n\r\n", "HEADER.FIELDS (y \"\" t)", "\r\n"},
	} {
		x, err := ParseSection(row.section)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 2, 7, 5000} {
			var b strings.Builder
			f := fieldFilter{section: &x, out: func(p []byte) error { b.Write(p); return nil }}
			for rest := row.header; rest != ""; {
				n := min(size, len(rest))
				f.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			if b.String() != row.want {
				t.Errorf("%.60q, %.60s: %.60q, want %.60q", row.header, row.section, b.String(), row.want)
			}
		}
	}
}

func TestParseSection(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "1": "1", "1.2.3": "1.2.3", "header": "HEADER", "1.text": "1.TEXT", "1.mime": "1.MIME",
		"HEADER.FIELDS (a)":                      "HEADER.FIELDS (a)",
		"1.header.fields.not ({1}\r\na \"b c\")": `1.HEADER.FIELDS.NOT (a "b c")`,
		"HEADER.FIELDS (NIL \"\" a])":            `HEADER.FIELDS ("NIL" "" a])`,
		"4294967295.1":                           "4294967295.1",
	} {
		x, err := ParseSection(text)
		if err != nil || x.String() != want {
			t.Errorf("%q: %q, %v", text, x.String(), err)
		}
	}
	for text, at := range map[string]int{"0": 0, "01": 0, "1.": 2, "1..2": 2, ".1": 0, "1.0": 2, "MIME": 0,
		"1.MIME.2": 2, "HEADER.FIELDS": 13, "HEADER.FIELDS ()": 15, "HEADER.FIELDS (a": 17,
		"HEADER.FIELDS(a)": 13, "TEXT.1": 0, "HEADERS": 0, "1 ": 1, "4294967296": 10, " ": 0, "1.2x": 3,
		"HEADER (a)": 6} {
		_, err := ParseSection(text)
		bad, _ := err.(*SyntaxError)
		if bad == nil || bad.At != at {
			t.Errorf("%q: %v, want it at %d", text, err, at)
		}
	}
}
