package scan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// kept makes the tree of a message with the fields of its parts.
func kept(message string, size int) *Tree {
	s := Scanner{Keep: true}
	for piece := range slices.Chunk([]byte(message), size) {
		s.Write(piece)
	}
	return s.End()
}

const keptMessage = "Received: x\r\nSUBJECT: a\r\n\t=?x?q?b?= \r\nTo: b,\r\n c\r\nTo: d\r\n" +
	"content-id:<1@x>\r\nMIME-Version: 1.0\r\nX-To: no\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" +
	"Subject: not of a part\r\nContent-Disposition: inline;\r\n filename=x\r\nContent-MD5: y\r\n" +
	"Content-Language: zh\r\nContent-Location: z\r\nContent-Description: \xe4\r\n\r\n--b\r\n" +
	"Content-Type: message/rfc822\r\nContent-IDs: no\r\n\r\nMessage-id: <2@x>\r\nContent-ID: <3@x>" +
	"\r\n\r\nSubject: in the body\r\n--b--\r\n"

func TestKeptFields(t *testing.T) {
	want := []string{
		"TEXT: [{Subject a\t=?x?q?b?=} {To b, c} {To d} {Content-ID <1@x>}]",
		"1: [{Content-Disposition inline; filename=x} {Content-MD5 y} {Content-Language zh}" +
			" {Content-Location z} {Content-Description \xe4}]",
		"2: []",
		"2.1: [{Message-ID <2@x>} {Content-ID <3@x>}]",
	}
	for _, size := range []int{1, 7, 1 << 20} {
		tree := kept(keptMessage, size)
		var got []string
		tree.Root.Walk(func(p *Part) bool {
			got = append(got, fmt.Sprintf("%s: %v", p.Section, p.Fields))
			return true
		})
		if !slices.Equal(got, want) {
			t.Errorf("in pieces of %d:\n%s\nwant\n%s", size, strings.Join(got, "\n"),
				strings.Join(want, "\n"))
		}
		if r := tree.Root; r.Value("to") != "b, c" || r.Value("Cc") != "" {
			t.Errorf("To %q, Cc %q", r.Value("to"), r.Value("Cc"))
		}
	}
	// Who did not ask for them gets the tree alone.
	plain := Parse([]byte(keptMessage), Limits{})
	tree := kept(keptMessage, 1<<20)
	tree.Root.Walk(func(p *Part) bool { p.Fields = nil; return true })
	if !reflect.DeepEqual(plain, tree) {
		t.Error("another tree")
	}
}

func TestKeptNames(t *testing.T) {
	for _, name := range KeptNames() {
		text := strings.ToUpper(name) + ": x\r\n\r\n"
		want := []KeptField{{name, "x"}}
		if got := kept(text, 100).Root.Fields; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestKeptFieldsAreBounded: a line may be long, and a message has so much of all.
func TestKeptFieldsAreBounded(t *testing.T) {
	long := "To: " + strings.Repeat("a@b, ", 20_000) // a line of 100,000 octets
	tree := kept(long+"\r\nContent-MD5: x\r\n\r\n", 4096)
	if f := tree.Root.Fields; len(f) != 2 || len(f[0].Value) != len(long)-5 || tree.Limit != 0 {
		t.Errorf("%d fields, limit %v", len(f), tree.Limit)
	}
	part := "--b\r\n" + strings.Repeat("Content-ID: "+strings.Repeat("x", 900)+"\r\n", 200) + "\r\n"
	tree = kept("Content-Type: multipart/mixed; boundary=b\r\n\r\n"+strings.Repeat(part, 20), 4096)
	n := 0
	tree.Root.Walk(func(p *Part) bool {
		for _, f := range p.Fields {
			n += len(f.Value) + keptCost
		}
		return true
	})
	if n > keptOctets || n < keptOctets-1000 || tree.Limit != LimitLine || tree.Parts != 21 {
		t.Errorf("%d octets are kept of %d parts, limit %v", n, tree.Parts, tree.Limit)
	}
}

func TestParseDisposition(t *testing.T) {
	for value, want := range map[string]string{
		"attachment": "attachment []",
		" (x) Inline ; FileName = \"a;b\" ; size=3": "inline [{filename a;b} {size 3}]",
		"attachment; filename*=utf-8''%E6; x":       "attachment [{filename* utf-8''%E6}]",
		"":                                          " []",
		"; filename=x":                              " [{filename x}]",
	} {
		kind, params := ParseDisposition(value)
		if got := fmt.Sprint(kind, " ", params); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestParseLanguages(t *testing.T) {
	for value, want := range map[string]string{
		"zh": "[zh]", "zh-Hans, en (English) ,de": "[zh-Hans en de]", "": "[]", ",, \"x": "[x]",
	} {
		if got := fmt.Sprint(ParseLanguages(value)); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
