package wire

import (
	"bytes"
	"fmt"
	"testing"
)

// A dot between every pair of things that may stand around it: what a careful receiver
// takes for the end, what a careless one does, and what is text. An octet follows,
// since a CR is lone only when something else than LF comes after it.
func TestDotTable(t *testing.T) {
	const (
		end     = "end"
		suspect = "suspect"
		both    = "line+suspect"
		line    = "line"
		none    = ""
	)
	for _, row := range []struct{ before, after, want string }{
		{"\r\n", "\r\n", end}, {"\r\n", "\n", suspect}, {"\r\n", "\r", suspect},
		{"\n", "\r\n", both}, {"\n", "\n", suspect}, {"\n", "\r", suspect},
		{"\r", "\r\n", both}, {"\r", "\n", suspect}, {"\r", "\r", suspect},
		{"", "\r\n", line}, {"", "\n", none}, {"", "\r", none},
	} {
		in := "a" + row.before + "." + row.after + "b"
		for size := 1; size <= len(in); size++ {
			got := none
			var s DotScanner
			for _, u := range dotUnits(&s, []byte(in), []byte{byte(size - 1)}) {
				if u.at > 1+len(row.before) { // behind the dot: what was decided about it
					got = u.name()
				}
			}
			if got != row.want {
				t.Errorf("%q in %ds: %q, want %q", in, size, got, row.want)
			}
		}
	}
}

// Things that are not in the square above: the start of the block, dots in rows.
func TestDotBlocks(t *testing.T) {
	for _, row := range []struct{ why, in, units, text string }{
		{"a block begins at the start of a line", ".\r\n", "3:end", ""},
		{"one line", "a\r\n.\r\n", "3:line 6:end", "a\r\n"},
		{"what follows is not taken", "a\r\n.\r\nQUIT\r\n", "3:line 6:end", "a\r\n"},
		{"a dot is taken away", "..\r\n.\r\n", "4:line 7:end", ".\r\n"},
		{"any leading dot is, if need be", ".a\r\n.\r\n", "4:line 7:end", "a\r\n"},
		{"only one dot is", "...\r\n.\r\n", "5:line 8:end", "..\r\n"},
		{"a dot within is text", "a.b.\r\n.\r\n", "6:line 9:end", "a.b.\r\n"},
		{"no dot is taken after a lone LF", "a\n.b\r\n.\r\n", "6:line 9:end", "a\n.b\r\n"},
		{"nor after a lone CR", "a\r.b\r\n.\r\n", "6:line 9:end", "a\r.b\r\n"},
		{"LF . CRLF ends a line, not the block", "a\n.\r\nb\r\n.\r\n",
			"5:line+suspect 8:line 11:end", "a\n.\r\nb\r\n"},
		{"CRLF . LF goes on; what was dot-stuffing, is", "a\r\n.\nb\r\n.\r\n",
			"3:line 5:suspect 8:line 11:end", "a\r\n\nb\r\n"},
		{"CRLF . CR CR LF", ".\r\r\n.\r\n", "2:suspect 4:line 7:end", "\r\r\n"},
		{"CRLF . CR x", ".\rx\r\n.\r\n", "2:suspect 5:line 8:end", "\rx\r\n"},
		{"a dot, CR and no more", ".\r", "", ""},
		{"end of input in a line", "a\r\nbc", "3:line", "a\r\nbc"},
		{"CR at the end of input", "a\r", "", "a\r"},
		{"an empty line", "\r\n.\r\n", "2:line 5:end", "\r\n"},
		{"LF LF . LF", "\n\n.\n\r\n.\r\n", "4:suspect 6:line 9:end", "\n\n.\n\r\n"},
		{"two suspects in a line", "\n.\n.\n\r\n.\r\n", "3:suspect 5:suspect 7:line 10:end",
			"\n.\n.\n\r\n"},
	} {
		for size := 1; size <= min(len(row.in), 7); size++ {
			units, text := dotRead([]byte(row.in), []byte{byte(size - 1)})
			if units != row.units || text != row.text {
				t.Errorf("%s: %q in %ds:\n got %s %q\nwant %s %q", row.why, row.in, size,
					units, text, row.units, row.text)
			}
		}
	}
}

func TestDotAnomalies(t *testing.T) {
	for _, row := range []struct {
		in   string
		what Anomaly
		at   int
	}{
		{"a\nb\r\n", BareLF, 1}, {"\n\r\n", BareLF, 0}, {".\n\r\n", BareLF, 1},
		{"a\rb\r\n", BareCR, 1}, {"a\r\r\n", BareCR, 1}, {".\rb\r\n", BareCR, 1},
		{".\r\r\n", BareCR, 1}, {"a\x00\r\n", NUL, 1}, {"\x00\r\n", NUL, 0},
		{".\x00\r\n", NUL, 1}, {"ab\xe9\r\n", EightBit, 2}, {"\r\xe9\r\n", EightBit, 1},
		{"a\x1b\r\n", Control, 1},
	} {
		for size := 1; size <= len(row.in); size++ {
			var s DotScanner
			units := dotUnits(&s, []byte(row.in), []byte{byte(size - 1)})
			last := units[len(units)-1]
			if last.u&DotLine == 0 || last.line.Anomalies&row.what == 0 ||
				last.line.First(row.what) != row.at || last.line.Len != len(row.in) {
				t.Errorf("%q in %ds: %+v, want %#x at %d", row.in, size, last, row.what, row.at)
			}
			if s.Stuffed() != (row.in[0] == '.') {
				t.Errorf("%q: stuffed %v", row.in, s.Stuffed())
			}
			if !s.AtStart() {
				t.Errorf("%q: not at the start of a line after its end", row.in)
			}
		}
	}
	// The next line is clean again.
	var s DotScanner
	units := dotUnits(&s, []byte("\x00\n\r\nb\r\n"), nil)
	if l := units[1].line; l.Anomalies != 0 || l.Len != 3 {
		t.Errorf("one line's anomalies reached the next: %+v", l)
	}
}

func TestDotReaderLead(t *testing.T) {
	for _, row := range []struct {
		in   string
		want bool
	}{
		{"", false}, {".", true}, {".\r", true}, {".\r\n", false}, {"..", false}, {".a", false},
		{"a\r\n.", true}, {"a\r\n.\r", true}, {"a\n.\r", false}, {"a.", false}, {"a\r", false},
	} {
		var r DotReader
		for b := []byte(row.in); len(b) > 0; {
			n, u, _ := r.Scan(b)
			if b = b[n:]; u == DotEnd {
				break
			}
		}
		if may := len(r.Lead()) > 0; may != row.want {
			t.Errorf("%q: Lead %q", row.in, r.Lead())
		}
	}
	// A dot and a CR that turn out to be text no longer may end anything, and are
	// given out with the unit that they belong to.
	var r DotReader
	r.Scan([]byte(".\r"))
	n, u, text := r.Scan([]byte("x"))
	if n != 0 || u != DotSuspect || string(text) != "\r" || len(r.Lead()) > 0 {
		t.Errorf("after .CR x: %d %v %q, lead %q", n, u, text, r.Lead())
	}
}

// A dotUnit is what a DotScanner reported, and behind which octet.
type dotUnit struct {
	u    DotUnit
	at   int
	line Line
}

func (u dotUnit) name() string {
	return map[DotUnit]string{DotLine: "line", DotEnd: "end", DotSuspect: "suspect",
		DotLine | DotSuspect: "line+suspect"}[u.u]
}

func dotUnits(s *DotScanner, b []byte, cuts []byte) []dotUnit {
	var out []dotUnit
	at := 0
	for _, p := range pieces(b, cuts) {
		for len(p) > 0 {
			n, u := s.Scan(p)
			at, p = at+n, p[n:]
			if u != DotMore {
				out = append(out, dotUnit{u, at, s.Line()})
			}
			if u == DotEnd {
				return out
			}
		}
	}
	return out
}

// dotRead reads a block as a DotReader does, and writes what it said as "3:line 6:end".
// What still may end the block at the end of the input is no text.
func dotRead(b []byte, cuts []byte) (units, text string) {
	var r DotReader
	at := 0
	for _, p := range pieces(b, cuts) {
		for len(p) > 0 {
			n, u, t := r.Scan(p)
			at, p = at+n, p[n:]
			text += string(t)
			if u != DotMore {
				if units != "" {
					units += " "
				}
				units += fmt.Sprintf("%d:%s", at, dotUnit{u: u}.name())
			}
			if u == DotEnd {
				return units, text
			}
		}
	}
	return units, text
}

// unstuff reads a block the slow way: it cuts at CRLF and nowhere else.
func unstuff(b []byte) (text []byte, ended bool) {
	for len(b) > 0 {
		i := bytes.Index(b, []byte("\r\n"))
		line := b
		if i >= 0 {
			line = b[:i+2]
		}
		if string(line) == ".\r\n" {
			return text, true
		}
		if i < 0 && (string(line) == "." || string(line) == ".\r") {
			return text, false
		}
		text = append(text, bytes.TrimPrefix(line, []byte("."))...)
		b = b[len(line):]
	}
	return text, false
}

func FuzzDotReader(f *testing.F) {
	for _, s := range []string{".\r\n",
		"a\r\n..b\r\n.\r\n", "a\n.\r\n\r.\r\r\n.\n.\rx\r\n.\r\nrest", ".\r"} {
		f.Add([]byte(s), []byte{0, 1, 2})
	}
	f.Fuzz(func(t *testing.T, b, cuts []byte) {
		units, text := dotRead(b, cuts)
		whole, same := dotRead(b, nil)
		if units != whole || text != same {
			t.Fatalf("%q: %s %q in pieces, %s %q whole", b, units, text, whole, same)
		}
		want, ended := unstuff(b)
		if text != string(want) || ended != bytes.HasSuffix([]byte(units), []byte(":end")) {
			t.Fatalf("%q: %s %q, want %q (ended %v)", b, units, text, want, ended)
		}
		var s, p DotScanner
		a, c := dotUnits(&s, b, nil), dotUnits(&p, b, cuts)
		for i := range a {
			if a[i] != c[i] {
				t.Fatalf("%q: unit %d is %+v in pieces, %+v whole", b, i, c[i], a[i])
			}
			if l := a[i].line; a[i].u&DotLine != 0 {
				want := reference(b[a[i].at-l.Len:a[i].at], 0)
				soft := bytes.ReplaceAll(b[a[i].at-l.Len:a[i].at], []byte("\r\n"), []byte("--"))
				lf := bytes.IndexByte(soft, '\n')
				if l.First(BareLF) != lf || l.First(NUL) != want.First(NUL) ||
					l.First(BareCR) != want.First(BareCR) || l.First(EightBit) != want.First(EightBit) {
					t.Fatalf("%q: line %+v, want %+v, lone LF at %d", b, l, want, lf)
				}
			}
		}
	})
}

func BenchmarkDotReader(b *testing.B) {
	text := bytes.Repeat([]byte(ordinary), 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var r DotReader
		for p := text; len(p) > 0; {
			n, _, _ := r.Scan(p)
			p = p[n:]
		}
	}
}
