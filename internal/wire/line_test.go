package wire

import (
	"bytes"
	"testing"
)

func TestLineScannerTable(t *testing.T) {
	const maximum = 12
	for _, row := range []struct {
		why  string
		in   string
		want Line
		at   map[Anomaly]int
		done bool
	}{
		{"an ordinary line", "NOOP\r\n", Line{Len: 6, EOL: 2}, nil, true},
		{"an empty line is a line", "\r\n", Line{Len: 2, EOL: 2}, nil, true},
		{"a tab is text", "a\tb\r\n", Line{Len: 5, EOL: 2}, nil, true},
		{"a lone LF ends the line", "NOOP\n", Line{Len: 5, EOL: 1, Anomalies: BareLF},
			map[Anomaly]int{BareLF: 4}, true},
		{"a lone LF alone", "\n", Line{Len: 1, EOL: 1, Anomalies: BareLF},
			map[Anomaly]int{BareLF: 0}, true},
		{"a CR within ends nothing", "NO\rOP\r\n", Line{Len: 7, EOL: 2, Anomalies: BareCR},
			map[Anomaly]int{BareCR: 2}, true},
		{"a CR at the start", "\rA\r\n", Line{Len: 4, EOL: 2, Anomalies: BareCR},
			map[Anomaly]int{BareCR: 0}, true},
		{"CR CR LF: the first is lone", "A\r\r\n", Line{Len: 4, EOL: 2, Anomalies: BareCR},
			map[Anomaly]int{BareCR: 1}, true},
		{"the first of two counts", "\rA\rB\r\n", Line{Len: 6, EOL: 2, Anomalies: BareCR},
			map[Anomaly]int{BareCR: 0}, true},
		{"a lone CR and a lone LF", "\rA\n", Line{Len: 3, EOL: 1, Anomalies: BareCR | BareLF},
			map[Anomaly]int{BareCR: 0, BareLF: 2}, true},
		{"NUL at the start", "\x00A\r\n", Line{Len: 4, EOL: 2, Anomalies: NUL},
			map[Anomaly]int{NUL: 0}, true},
		{"NUL before CRLF", "A\x00\r\n", Line{Len: 4, EOL: 2, Anomalies: NUL},
			map[Anomaly]int{NUL: 1}, true},
		{"NUL between CR and LF", "A\r\x00\n", Line{Len: 4, EOL: 1,
			Anomalies: BareCR | BareLF | NUL}, map[Anomaly]int{BareCR: 1, NUL: 2, BareLF: 3}, true},
		{"8-bit after CR", "\r\xff\r\n", Line{Len: 4, EOL: 2, Anomalies: BareCR | EightBit},
			map[Anomaly]int{BareCR: 0, EightBit: 1}, true},
		{"8-bit", "A\xc3\xa9\r\n", Line{Len: 5, EOL: 2, Anomalies: EightBit},
			map[Anomaly]int{EightBit: 1}, true},
		{"backspace", "A\b\r\n", Line{Len: 4, EOL: 2, Anomalies: Control},
			map[Anomaly]int{Control: 1}, true},
		{"DEL", "A\x7f\r\n", Line{Len: 4, EOL: 2, Anomalies: Control},
			map[Anomaly]int{Control: 1}, true},
		{"as long as allowed", "0123456789\r\n", Line{Len: 12, EOL: 2}, nil, true},
		{"one too long", "0123456789a\r\n", Line{Len: 13, EOL: 2, Anomalies: TooLong},
			map[Anomaly]int{TooLong: maximum}, true},
		{"too long, no end yet", "0123456789abc", Line{Len: 13, Anomalies: TooLong},
			map[Anomaly]int{TooLong: maximum}, false},
		{"end of input in the line", "NOO", Line{Len: 3}, nil, false},
		{"end of input after CR: nobody knows yet", "NOOP\r", Line{Len: 5}, nil, false},
		{"nothing", "", Line{}, nil, false},
	} {
		for _, tail := range []string{"", "X\r\n", "\n"} {
			if tail != "" && !row.done {
				continue
			}
			for size := 1; size <= len(row.in)+1; size++ {
				s := LineScanner{Max: maximum}
				n, done := feedLine(&s, []byte(row.in+tail), size)
				got := s.Line()
				if n != row.want.Len || done != row.done || got.Len != row.want.Len ||
					got.EOL != row.want.EOL || got.Anomalies != row.want.Anomalies {
					t.Errorf("%s: %q in %ds: %d %v %+v, want %+v", row.why, row.in+tail, size,
						n, done, got, row.want)
				}
				for a := Anomaly(1); a <= TooLong; a <<= 1 {
					want, ok := row.at[a]
					if !ok {
						want = -1
					}
					if got.First(a) != want {
						t.Errorf("%s: %q in %ds: anomaly %#x at %d, want %d", row.why, row.in,
							size, a, got.First(a), want)
					}
				}
			}
		}
	}
}

// feedLine scans b in pieces of that size until a line ends.
func feedLine(s *LineScanner, b []byte, size int) (total int, done bool) {
	for len(b) > 0 && !done {
		n := 0
		n, done = s.Scan(b[:min(size, len(b))])
		total += n
		b = b[n:]
	}
	return total, done
}

func TestLineScannerGoesOn(t *testing.T) {
	s := LineScanner{}
	in := []byte("\ra\n\r\nplain\r\n")
	var got []Line
	for len(in) > 0 {
		n, done := s.Scan(in)
		in = in[n:]
		if done {
			got = append(got, s.Line())
		}
	}
	if len(got) != 3 || got[0].Anomalies != BareCR|BareLF || got[1].Anomalies != 0 ||
		got[1].Len != 2 || got[2].Anomalies != 0 || got[2].Len != 7 {
		t.Errorf("one line's anomalies reached another: %+v", got)
	}
	s.Scan([]byte("half a li"))
	s.Reset()
	if n, done := s.Scan([]byte("x\r\n")); n != 3 || !done || s.Line().Len != 3 {
		t.Errorf("after Reset: %d %v %+v", n, done, s.Line())
	}
}

// lines scans all of b in pieces whose lengths cuts tells.
func lines(b []byte, cuts []byte, maximum int) []Line {
	s := LineScanner{Max: maximum}
	var out []Line
	for _, p := range pieces(b, cuts) {
		for len(p) > 0 {
			n, done := s.Scan(p)
			p = p[n:]
			if done {
				out = append(out, s.Line())
			}
		}
	}
	if l := s.Line(); l.EOL == 0 && l.Len > 0 {
		out = append(out, l)
	}
	return out
}

// pieces cuts b: the lengths are those of cuts, modulo 7, over and over; no cuts
// leave it whole.
func pieces(b []byte, cuts []byte) [][]byte {
	if len(cuts) == 0 {
		return [][]byte{b}
	}
	var out [][]byte
	for i := 0; len(b) > 0; i++ {
		n := min(int(cuts[i%len(cuts)])%7+1, len(b))
		out = append(out, b[:n])
		b = b[n:]
	}
	return out
}

// reference says the same as a LineScanner, slowly and from the whole line.
func reference(line []byte, maximum int) Line {
	l := Line{Len: len(line)}
	switch {
	case bytes.HasSuffix(line, []byte("\r\n")):
		l.EOL = 2
	case bytes.HasSuffix(line, []byte("\n")):
		l.EOL = 1
	}
	for i, c := range line {
		next := byte('\n') // the end of input behind a CR leaves it undecided
		if i+1 < len(line) {
			next = line[i+1]
		}
		switch {
		case c == '\r' && next != '\n':
			l.note(BareCR, i)
		case c == '\n' && l.EOL == 1:
			l.note(BareLF, i)
		case c == 0:
			l.note(NUL, i)
		case c > 127:
			l.note(EightBit, i)
		case (c < 32 && c != '\t' && c != '\r' && c != '\n') || c == 127:
			l.note(Control, i)
		}
	}
	if maximum > 0 && len(line) > maximum {
		l.note(TooLong, maximum)
	}
	return l
}

func FuzzLineScanner(f *testing.F) {
	for _, s := range []string{"NOOP\r\n", "a\rb\nc\x00\xff\b\r\r\n", "\r",
		"0123456789\r\n0123456789a\r\nx"} {
		f.Add([]byte(s), []byte{0, 1, 2})
	}
	f.Fuzz(func(t *testing.T, b, cuts []byte) {
		const maximum = 12
		got := lines(b, cuts, maximum)
		at := 0
		for i, l := range got {
			want := reference(b[at:at+l.Len], maximum)
			if l != want {
				t.Fatalf("line %d of %q: %+v, want %+v", i, b, l, want)
			}
			at += l.Len
		}
		if at != len(b) {
			t.Fatalf("%q: lines cover %d of %d octets", b, at, len(b))
		}
	})
}

// ordinary is a line of which the scanners' speed is measured.
const ordinary = "Do you like ketchup? It goes with everything but ice cream.\r\n"

func BenchmarkLineScanner(b *testing.B) {
	text := bytes.Repeat([]byte(ordinary), 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := LineScanner{Max: 1000}
		for p := text; len(p) > 0; {
			n, _ := s.Scan(p)
			p = p[n:]
		}
	}
}

// TestPlain puts each octet, and each pair of neighbours, at each place of a line.
func TestPlain(t *testing.T) {
	for at := range 18 {
		for c := range 1 << 16 {
			b := []byte("The quick brown fox jumps"[:20])
			b[at], b[at+1] = byte(c), byte(c>>8)
			want := 0
			for want < len(b) && class[b[want]] == 0 {
				want++
			}
			if got := plain(b); got != want {
				t.Fatalf("plain(%q) is %d, want %d", b, got, want)
			}
		}
	}
}
