package scan

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// draw writes a tree as one line a range: the kind, the section, and what is there.
func draw(message string, tree *Tree) string {
	var b strings.Builder
	for _, r := range tree.Ranges() {
		fmt.Fprintf(&b, "%s %s %q\n", r.Part.Section, r.Kind, message[r.Start:r.End])
	}
	return b.String()
}

const mixed = "Content-Type: multipart/mixed; boundary=b\n\n"

var treeTable = []struct{ name, message, want string }{
	{"text", "From: a@b\r\n\r\nhello\r\n", `1 header "From: a@b\r\n\r\n"
1 body "hello\r\n"
`},
	{"empty", "", ""},
	{"header only", "From: a@b\r\n", `1 header "From: a@b\r\n"
`},
	{"two parts, preamble, epilogue", mixed + "pre\n--b\n\none\n--b \nX: y\n\ntwo\n\n--b--\nepi\n--b\n",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n\n"
TEXT preamble "pre"
TEXT boundary "\n--b\n"
1 header "\n"
1 body "one"
TEXT boundary "\n--b \n"
2 header "X: y\n\n"
2 body "two\n"
TEXT boundary "\n--b--\n"
TEXT epilogue "epi\n--b\n"
`},
	{"CRLF", "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\none\r\n--b--",
		`TEXT header "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
TEXT boundary "--b\r\n"
1 header "\r\n"
1 body "one"
TEXT boundary "\r\n--b--"
`},
	{"parts without body", mixed + "--b\n--b\n\n--b\nX: y\n--b\nX: y\n\n--b--\n",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n\n"
TEXT boundary "--b\n"
TEXT boundary "--b\n"
2 header "\n"
TEXT boundary "--b\n"
3 header "X: y\n"
TEXT boundary "--b\n"
4 header "X: y\n\n"
TEXT boundary "--b--\n"
`},
	{"nested, inner one not closed", mixed +
		"--b\nContent-Type: multipart/alternative;\n boundary=bb\n\n--bb\n\na\n--bb\n\nb\n--b\n\nc\n",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n\n"
TEXT boundary "--b\n"
1 header "Content-Type: multipart/alternative;\n boundary=bb\n\n"
1 boundary "--bb\n"
1.1 header "\n"
1.1 body "a"
1 boundary "\n--bb\n"
1.2 header "\n"
1.2 body "b"
TEXT boundary "\n--b\n"
2 header "\n"
2 body "c\n"
`},
	{"a message in a part", mixed +
		"--b\nContent-Type: message/rfc822\n\nSubject: x\n" + mixed[:41] + "x\n\n--bx\n\na\n--bx--\n--b\n" +
		"Content-Type: message/rfc822\n\nSubject: y\n\nb\n--b--\n",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n\n"
TEXT boundary "--b\n"
1 header "Content-Type: message/rfc822\n\n"
1.TEXT header "Subject: x\nContent-Type: multipart/mixed; boundary=bx\n\n"
1.TEXT boundary "--bx\n"
1.1 header "\n"
1.1 body "a"
1.TEXT boundary "\n--bx--\n"
TEXT boundary "--b\n"
2 header "Content-Type: message/rfc822\n\n"
2.1 header "Subject: y\n\n"
2.1 body "b"
TEXT boundary "\n--b--\n"
`},
	{"a message within a message", "Content-Type: message/rfc822\n\nFrom: a\n\nb",
		`1 header "Content-Type: message/rfc822\n\n"
1.1 header "From: a\n\n"
1.1 body "b"
`},
	{"an encoded message stays closed",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: BASE64\n\nRnJv",
		`1 header "Content-Type: message/rfc822\nContent-Transfer-Encoding: BASE64\n\n"
1 body "RnJv"
`},
	{"the inner message's header is cut off by the boundary", mixed +
		"--b\nContent-Type: message/rfc822\n\nSubject: x\n--b--\n",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n\n"
TEXT boundary "--b\n"
1 header "Content-Type: message/rfc822\n\n"
1.1 header "Subject: x\n"
TEXT boundary "--b--\n"
`},
	{"no empty line before the boundary", mixed[:42] + "--b\nhello\n--b--",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n"
TEXT boundary "--b\n"
1 body "hello"
TEXT boundary "\n--b--"
`},
	{"lines that are no boundary", mixed + "--bx\n --b\n-b\n--b x\n--B\n--b---\n",
		`TEXT header "Content-Type: multipart/mixed; boundary=b\n\n"
TEXT preamble "--bx\n --b\n-b\n--b x\n--B\n--b---\n"
`},
	{"no boundary parameter", "Content-Type: multipart/mixed\n\n--\n\na\n",
		`1 header "Content-Type: multipart/mixed\n\n"
1 body "--\n\na\n"
`},
}

func TestTree(t *testing.T) {
	for _, row := range treeTable {
		tree := Parse([]byte(row.message), Limits{})
		if got := draw(row.message, tree); got != row.want {
			t.Errorf("%s: got\n%swant\n%s", row.name, got, row.want)
		}
		checkTree(t, []byte(row.message), tree)
		for size := 1; size < 5; size++ {
			if again := parseCut([]byte(row.message), size, Limits{}); !reflect.DeepEqual(again, tree) {
				t.Errorf("%s: another tree in pieces of %d", row.name, size)
			}
		}
	}
}

func parseCut(message []byte, size int, limits Limits) *Tree {
	s := Scanner{Limits: limits}
	for len(message) > 0 {
		n := min(size, len(message))
		s.Write(message[:n])
		message = message[n:]
	}
	return s.End()
}

// checkTree checks what must hold of every tree: its ranges cover the message, and
// the lines are counted right.
func checkTree(t *testing.T, message []byte, tree *Tree) {
	t.Helper()
	at := int64(0)
	for _, r := range tree.Ranges() {
		if r.Start != at || r.End <= r.Start {
			t.Fatalf("range %s of %q: %d to %d, expected at %d", r.Kind, r.Part.Section, r.Start, r.End, at)
		}
		at = r.End
	}
	if at != int64(len(message)) || tree.Size != at {
		t.Fatalf("ranges end at %d, size %d of %d", at, tree.Size, len(message))
	}
	tree.Root.Walk(func(p *Part) bool {
		body := message[p.BodyStart:p.BodyEnd]
		lines := bytes.Count(body, []byte("\n"))
		unended := len(body) > 0 && body[len(body)-1] != '\n'
		if unended {
			lines++
		}
		if int64(lines) != p.Lines || unended != p.Unended {
			t.Fatalf("part %q: %d lines of %q, unended %t", p.Section, p.Lines, body, p.Unended)
		}
		if tree.Find(p.Section) != p && p.Section != "" {
			t.Fatalf("section %q stands twice", p.Section)
		}
		return true
	})
}

func TestTypeAndEncoding(t *testing.T) {
	tree := Parse([]byte("Content-Type: multipart/digest; boundary=b\n\n"+
		"--b\n\nSubject: x\n\ny\n"+
		"--b\nContent-Type: text/html\ncontent-transfer-encoding: Quoted-Printable (x)\n\n"+
		"--b\nContent-Type: nonsense\n\nx\n--b--"), Limits{})
	for section, want := range map[string]string{
		"TEXT": "multipart/digest 7bit", "1": "message/rfc822 7bit", "1.1": "text/plain 7bit",
		"2": "text/html quoted-printable", "3": "text/plain 7bit",
	} {
		p := tree.Find(section)
		if p == nil || p.Type.String()+" "+p.Encoding != want {
			t.Errorf("%s: got %+v, want %s", section, p, want)
		}
	}
	if tree.Parts != 5 || tree.Root.Depth != 1 || tree.Find("1.1").Depth != 3 {
		t.Errorf("%d parts", tree.Parts)
	}
}

func TestTreeLimits(t *testing.T) {
	deep := strings.Repeat("Content-Type: message/rfc822\n\n", 100)
	wide := mixed + strings.Repeat("--b\n\nx\n", 2000)
	long := "X: " + strings.Repeat("y", 300<<10) + "\n" + mixed + "--b\n\nx\n--b--\n"
	for _, row := range []struct {
		name, message string
		limit         Limit
		parts         int
	}{
		{"depth", deep, LimitDepth, 50},
		{"parts", wide, LimitParts, 1000},
		{"header", long, LimitHeader, 1},
		{"line", "Content-Type: text/plain; x=" + strings.Repeat("y", 5000), LimitLine, 1},
		{"fields", strings.Repeat("X:\n", 10001) + mixed, LimitFields, 1},
	} {
		tree := Parse([]byte(row.message), Limits{})
		if tree.Limit != row.limit || tree.Parts != row.parts {
			t.Errorf("%s: limit %v, %d parts", row.name, tree.Limit, tree.Parts)
		}
		checkTree(t, []byte(row.message), tree)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var s Scanner
	s.Write([]byte("Subject: x"))
	piece := bytes.Repeat([]byte("x"), 64<<10)
	for range 1000 { // one line of 64 MB in the header
		s.Write(piece)
	}
	if c := cap(s.held); c > 2*lineKept {
		t.Errorf("%d octets held", c)
	}
	if tree := s.End(); tree.Size != 10+1000*64<<10 {
		t.Errorf("size %d", tree.Size)
	}
}

func FuzzTree(f *testing.F) {
	for _, row := range treeTable {
		f.Add([]byte(row.message), 3)
	}
	f.Fuzz(func(t *testing.T, message []byte, size int) {
		for _, limits := range []Limits{{}, {Header: 60, Fields: 2, Depth: 3, Parts: 4}} {
			tree := Parse(message, limits)
			checkTree(t, message, tree)
			if size = size & 0xff; size > 0 {
				if !reflect.DeepEqual(parseCut(message, size, limits), tree) {
					t.Fatalf("another tree in pieces of %d", size)
				}
				if !reflect.DeepEqual(kept(string(message), size), kept(string(message), 1<<20)) {
					t.Fatalf("other fields in pieces of %d", size)
				}
			}
			h := ParseFields(message, limits)
			if int64(h.Body) != tree.Root.BodyStart && tree.Root.HeaderStart == 0 {
				// A boundary of its own ends a header section early in the tree only.
				if tree.Root.Boundary == "" {
					t.Fatalf("body at %d, in the tree at %d", h.Body, tree.Root.BodyStart)
				}
			}
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	body := strings.Repeat(strings.Repeat("x", 76)+"\r\n", 128<<10)
	for name, message := range map[string]string{
		"plain":     "From: a@b\r\n\r\n" + body,
		"multipart": mixed + "--b\n\n" + body + "\n--b--\n",
		"dashes":    mixed + "--b\n\n" + strings.ReplaceAll(body, "xxxx", "----") + "\n--b--\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(message)))
			data := []byte(message)
			for b.Loop() {
				var s Scanner
				for at := 0; at < len(data); at += 16 << 10 {
					s.Write(data[at:min(at+16<<10, len(data))])
				}
				s.End()
			}
		})
	}
}
