package smtp

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// A drawer keeps a message in memory.
type drawer struct {
	bytes.Buffer
	writes                int
	committed, discarded  bool
	failAt                int // octets after which there is no room, 0 for never
	writeAfterItWasClosed bool
}

func (d *drawer) Write(p []byte) (int, error) {
	d.writes++
	d.writeAfterItWasClosed = d.writeAfterItWasClosed || d.committed || d.discarded
	if d.failAt > 0 && d.Len()+len(p) > d.failAt {
		return 0, ErrFull
	}
	return d.Buffer.Write(p)
}

func (d *drawer) Commit(context.Context) error { d.committed = true; return nil }
func (d *drawer) Discard()                     { d.discarded = true }

// What becomes of a message hangs on its octets and not on how they were cut into pieces.
func TestArrival(t *testing.T) {
	for _, row := range []struct{ in, strict, lenient string }{
		{"", "", ""},
		{"a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
		{"no end", "no end\r\n", "no end\r\n"},
		{"a\r\nb", "a\r\nb\r\n", "a\r\nb\r\n"},
		{"a\r\nb\r", "554 A lone CR in line 2 of the message (byte 2)", "a\r\nb\r\n"},
		{"a\nb\r\n", "554 A lone LF in line 1 of the message (byte 2)", "a\r\nb\r\n"},
		{"\n", "554 A lone LF in line 1 of the message (byte 1)", "\r\n"},
		{"a\r\n\n\r\n", "554 A lone LF in line 2 of the message (byte 1)", "a\r\n\r\n\r\n"},
		{"ab\rc\r\n", "554 A lone CR in line 1 of the message (byte 3)", "ab\r\nc\r\n"},
		{"a\r\r\nb\r\n", "554 A lone CR in line 1 of the message (byte 2)", "a\r\n\r\nb\r\n"},
		{"a\r\n\r\r\r\n", "554 A lone CR in line 2 of the message (byte 1)", "a\r\n\r\n\r\n\r\n"},
		{"a\n\rb", "554 A lone LF in line 1 of the message (byte 2)", "a\r\n\r\nb\r\n"},
		{"a\x00b\r\n", "554 A NUL octet in line 1 of the message (byte 2)", "a\x00b\r\n"},
		{"a\r\nb\x00\n", "554 A NUL octet in line 2 of the message (byte 2)", "a\r\nb\x00\r\n"},
		{"Received: a\r\nReceived: b\r\n", "554 2 Received fields", "554 2 Received fields"},
		{"Received: a\rReceived: b\n", "554 A lone CR in line 1 of the message (byte 12)",
			"554 2 Received fields"},
		{"Received: a\r\n\r\nReceived: b\r\n", "Received: a\r\n\r\nReceived: b\r\n",
			"Received: a\r\n\r\nReceived: b\r\n"},
		{strings.Repeat("x", 58) + "\r\n", strings.Repeat("x", 58) + "\r\n", strings.Repeat("x", 58) + "\r\n"},
		{strings.Repeat("x", 59) + "\r\n", "552 The message is larger than 60 octets",
			"552 The message is larger than 60 octets"},
		{strings.Repeat("x", 60) + "\n", "552 The message is larger than 60 octets",
			"552 The message is larger than 60 octets"},
		{strings.Repeat("\n", 40), "554 A lone LF in line 1 of the message (byte 1)",
			"552 The message is larger than 60 octets"},
	} {
		for _, lenient := range []bool{false, true} {
			want := row.strict
			if lenient {
				want = row.lenient
			}
			for cut := range len(row.in) + 2 { // in two pieces, and in single octets at last
				d := &drawer{}
				a := &arrival{to: d, lenient: lenient, limits: Limits{Size: 60, Hops: 2}}
				for _, piece := range cutInTwo(row.in, cut) {
					a.Write([]byte(piece))
				}
				got := ""
				if r := a.finish(); r != nil {
					got, _, _ = strings.Cut(r.Error()[:4]+r.Text(), ";")
					got, _, _ = strings.Cut(got, ": the message goes")
				} else {
					got = d.String()
					a.commit(t.Context())
				}
				a.discard()
				refused := got != d.String() || got == "" && d.discarded
				if got != want || d.committed == d.discarded || d.discarded != refused ||
					d.writeAfterItWasClosed {
					t.Errorf("%q, lenient %v, cut %d: %q, want %q; %v %v", row.in, lenient, cut, got, want,
						d.committed, d.discarded)
				}
			}
		}
	}
}

// cutInTwo cuts s in two, or into octets where it is not as long as that.
func cutInTwo(s string, cut int) []string {
	if cut > len(s) {
		return strings.Split(s, "")
	}
	return []string{s[:cut], s[cut:]}
}

// A Delivery that fails is discarded at once, and the rest of the message is dropped.
func TestArrivalFull(t *testing.T) {
	d := &drawer{failAt: 100}
	a := &arrival{to: d, limits: Limits{}.orDefault()}
	for range 1000 {
		if n, err := a.Write([]byte("0123456789\r\n")); n != 12 || err != nil {
			t.Fatal(n, err)
		}
	}
	if r := a.finish(); r == nil || r.Code != 452 || !d.discarded || d.committed || d.writes != 9 {
		t.Errorf("%v %+v", r, d)
	}
}

// A message is handed on in large pieces, and none of it is held.
func TestArrivalPieces(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 100_000)
	d := &drawer{}
	a := &arrival{to: d, limits: Limits{}.orDefault()}
	c := said([]byte(text + ".\r\n"))
	if _, err := c.ReadDot(a, 0); err != nil || a.finish() != nil {
		t.Fatal(err, a.fail)
	}
	if d.String() != text || d.writes > len(text)/(60<<10)+10 {
		t.Errorf("%d octets in %d writes", d.Len(), d.writes)
	}
}

// Judging by lines is the same as what the scanner of dot blocks finds.
func FuzzTextLines(f *testing.F) {
	for _, s := range []string{"", "a\r\nb\r\n", "a\nb\r\n", "a\r\r\n", "\x00\r\n", "a\r\nb\rc\n\r\n"} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		text = append(bytes.ReplaceAll(text, []byte("."), []byte("-")), "\r\n"...)
		cut = max(0, min(cut, len(text)))
		var l textLines
		l.write(text[:cut])
		l.write(text[cut:])
		body, err := said(append(text, ".\r\n"...)).ReadDot(&bytes.Buffer{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		odd := body.Unusual
		if (odd != nil) != (l.unusual != 0) || odd != nil && l.ended+1 != body.UnusualLine {
			t.Fatalf("%q: line %d, %v; the scanner says line %d, %v", text, l.ended+1, l.unusual,
				body.UnusualLine, odd)
		}
		if odd != nil && odd.Anomaly == l.unusual && odd.At != l.where {
			t.Fatalf("%q: at %d, the scanner says %d", text, l.where, odd.At)
		}
	})
}
