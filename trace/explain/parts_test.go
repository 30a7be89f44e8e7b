package explain

import (
	"strconv"
	"strings"
	"testing"

	"mailtool/trace"
)

// nested is a message with all that a structure has; behind | stands what is noted of the
// line before, by its first words.
const nested = `MIME-Version: 1.0
Content-Type: multipart/mixed;
 boundary="a b"

--a b is not yet it
--a b
| boundary: part 1 begins
Content-Type: Multipart/Alternative; boundary=a

| empty line: the header of part 1 ends
--a
| boundary: part 1.1 begins

| empty line: the header of part 1.1 ends
--a b--
| boundary with -- behind it
--a
`

// structured plays a message and returns it with its notes, those of its own header aside.
func structured(t *testing.T, text string, cut func(string) []string) string {
	t.Helper()
	var bare, got strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| ") {
			bare.WriteString(strings.ReplaceAll(line, "\n", "\r\n"))
		}
	}
	x := New(English, trace.SMTP)
	x.Event(&trace.Event{N: 1, End: trace.Client, Kind: trace.Command, Verb: "DATA",
		Raw: []byte("DATA\r\n"), EOL: 2, Len: 6})
	for i, piece := range cut(bare.String()) {
		ev := &trace.Event{N: i + 2, End: trace.Client, Kind: trace.Data, Raw: []byte(piece),
			Len: int64(len(piece)), More: !strings.HasSuffix(piece, "\n")}
		notes := x.Event(ev)
		at := 0
		for line := range strings.Lines(piece) {
			got.WriteString(strings.ReplaceAll(line, "\r\n", "\n"))
			for _, n := range notes {
				if n.At == at && (strings.HasPrefix(n.Text, "boundary") || strings.Contains(n.Text, "of part")) {
					got.WriteString("| " + n.Text + "\n")
				}
			}
			at += len(line)
		}
	}
	return got.String()
}

func lines(text string) []string { return strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n") }

// shorten leaves of a note as many words as want has.
func shorten(got, want string) string {
	g, w := lines(got), lines(want)
	for i := range g {
		if i < len(w) && strings.HasPrefix(g[i], "| ") {
			if note := strings.TrimSpace(w[i]); strings.HasPrefix(g[i], note) {
				g[i] = w[i]
			}
		}
	}
	return strings.Join(g, "")
}

func TestBoundaries(t *testing.T) {
	asLines := func(s string) []string { return strings.SplitAfter(s, "\r\n") }
	atOnce := func(s string) []string { return []string{s} }
	for name, cut := range map[string]func(string) []string{"lines": asLines, "at once": atOnce} {
		for _, want := range []string{nested,
			"Content-Type: text/plain; boundary=a\n\n--a\n",
			"\nContent-Type: multipart/mixed; boundary=a\n\n--a\n",
			"Content-Type: multipart/mixed\n\n--\n----\n",
			`Content-Type: multipart/mixed; boundary=a

--a` + " \t" + `
| boundary: part 1 begins
Content-Type: message/rfc822

| empty line: the header of part 1 ends
Content-Type: multipart/mixed; boundary=b

| empty line: the header of part 1 ends
--b
| boundary: part 1.1 begins
--b--
| boundary with --
--a
| boundary: part 2 begins
--a--
| boundary with --
--a
`} {
			got := structured(t, want, cut)
			if got = shorten(got, want); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
			}
		}
	}
}

// A boundary that is cut by the end of a piece is noted where it ends.
func TestBoundaryInPieces(t *testing.T) {
	text := "Content-Type: multipart/mixed; boundary=abc\r\n\r\nx\r\n--abc\r\n\r\ny\r\n--abc--\r\n"
	for at := range len(text) {
		x := New(English, trace.SMTP)
		x.Event(parseEvent(t, 1, "C command 0.0 DATA"))
		var told []string
		for _, piece := range []string{text[:at], text[at:]} {
			for _, n := range x.Event(&trace.Event{N: 2, End: trace.Client, Kind: trace.Data,
				Raw: []byte(piece), Len: int64(len(piece)), More: true}) {
				if n.At > len(piece) {
					t.Fatalf("a note at %d of %d", n.At, len(piece))
				}
				if strings.HasPrefix(n.Text, "boundary") {
					told = append(told, n.Text[:12])
				}
			}
		}
		if got := strings.Join(told, "|"); got != "boundary: pa|boundary wit" {
			t.Fatalf("cut at %d: %s", at, got)
		}
	}
}

// Of what is folded away nothing is known, and nothing is said that may be false.
func TestBoundaryBehindFold(t *testing.T) {
	x := New(English, trace.SMTP)
	x.Event(parseEvent(t, 1, "C command 0.0 DATA"))
	for i, line := range []string{"Content-Type: multipart/mixed; boundary=a", "", "--a"} {
		x.Event(parseEvent(t, i+2, "C data 0.1 "+line))
	}
	x.Event(&trace.Event{N: 5, End: trace.Client, Kind: trace.Data, Len: 1000})
	if notes := x.Event(parseEvent(t, 6, "C data 0.1 Content-Type: image/png")); len(notes) > 0 {
		t.Error(notes)
	}
	if notes := x.Event(parseEvent(t, 7, "C data 0.1 --a--")); len(notes) != 1 {
		t.Error(notes)
	}
}

// What a part is, is explained once a message, and its type though others came before.
func TestPartTypes(t *testing.T) {
	x := New(English, trace.SMTP)
	x.Event(parseEvent(t, 1, "C command 0.0 DATA"))
	var got []string
	for i, line := range []string{"Content-Type: multipart/mixed; boundary=a", "", "--a",
		"Content-Type: image/png", "", "--a", "Content-Type: image/jpeg", "", "--a",
		"Content-Type: text/html", "", "--a--", "Content-Type: text/plain"} {
		for _, n := range x.Event(parseEvent(t, i+2, "C data 0.1 "+line)) {
			if n.Word != "" {
				got = append(got, strconv.Itoa(i)+" "+n.Word)
			}
		}
	}
	if s := strings.Join(got, "|"); s != "0 Content-Type|0 multipart/mixed|3 image/png|9 text/html" {
		t.Error(s)
	}
}

// However deep, little is kept.
func TestStructureIsBounded(t *testing.T) {
	var s structure
	for i := range 1000 {
		b := strings.Repeat("b", 60) + strconv.Itoa(i)
		for _, line := range []string{"Content-Type: multipart/mixed;", strings.Repeat(" x=y;", 5000),
			" boundary=" + b, "", "--" + b} {
			text, ends := s.take([]byte(line + "\r\n"))
			if !ends {
				t.Fatal(line)
			}
			s.read(text)
		}
	}
	if len(s.open) > maxDepth || cap(s.field) > 2*maxField || cap(s.line) > 2*maxPartLine {
		t.Errorf("%d open, %d, %d", len(s.open), cap(s.field), cap(s.line))
	}
}
