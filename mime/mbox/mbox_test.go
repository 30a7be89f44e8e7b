package mbox

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func readAll(t *testing.T, text string) []*Message {
	t.Helper()
	r := NewReader(strings.NewReader(text))
	var all []*Message
	for {
		m, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

func TestRead(t *testing.T) {
	const from = "From a@b.test Mon Nov 23 02:15:02 2026\n"
	for _, test := range []struct {
		why, text string
		want      []string
	}{
		{"nothing", "", nil},
		{"empty lines only", "\n\n", nil},
		{"one", from + "A: b\n\nc\n\n", []string{"A: b\n\nc\n"}},
		{"two", from + "A: b\n\nc\n\n" + from + "D: e\n\n", []string{"A: b\n\nc\n", "D: e\n"}},
		{"the last without its empty line", from + "A: b\n\nc\n", []string{"A: b\n\nc\n"}},
		{"the last without its line ending", from + "A: b\n\nc", []string{"A: b\n\nc"}},
		{"empty lines at the end of a message", from + "A: b\n\nc\n\n\n" + from + "D: e\n\n",
			[]string{"A: b\n\nc\n\n", "D: e\n"}},
		{"CRLF", strings.ReplaceAll(from+"A: b\n\nc\n\n"+from+"D: e\n\n", "\n", "\r\n"),
			[]string{"A: b\r\n\r\nc\r\n", "D: e\r\n"}},
		{"quoted", from + "A: b\n\n>From c\n>>From d\n> From e\n\n",
			[]string{"A: b\n\nFrom c\n>From d\n> From e\n"}},
		{"From without a date divides nothing", from + "A: b\n\nFrom here to there\n\n",
			[]string{"A: b\n\nFrom here to there\n"}},
		{"nor does one within a paragraph", from + "A: b\n\nc\n" + from + "\n",
			[]string{"A: b\n\nc\n" + from}},
		{"empty messages", from + "\n" + from + "\n", []string{"", ""}},
		{"a zone in the date", "From a@b.test Mon Nov 23 02:15:02 2026 +0800\nA: b\n\n", []string{"A: b\n"}},
		{"empty lines before", "\n" + from + "A: b\n\n", []string{"A: b\n"}},
	} {
		t.Run(test.why, func(t *testing.T) {
			all := readAll(t, test.text)
			if len(all) != len(test.want) {
				t.Fatalf("%d messages, want %d", len(all), len(test.want))
			}
			for i, m := range all {
				if string(m.Data) != test.want[i] {
					t.Errorf("message %d is %q, want %q", i+1, m.Data, test.want[i])
				}
				if m.From != "a@b.test" || m.At.Year() != 2026 {
					t.Errorf("message %d: %q at %v", i+1, m.From, m.At)
				}
			}
		})
	}
}

func TestReadNone(t *testing.T) {
	for _, text := range []string{"Date: x\n\nA message, no mailbox\n", "From me\n", "\x00\x01", "From a b c\n"} {
		if _, err := NewReader(strings.NewReader(text)).Next(); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", text, err)
		}
	}
	r := NewReader(strings.NewReader("From a@b.test Mon Nov 23 02:15:02 2026\n" + strings.Repeat("x", 200)))
	r.Limit = 100
	if _, err := r.Next(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// TestEndless: of a line that does not end no more is read than a message may have.
func TestEndless(t *testing.T) {
	for _, head := range []string{"", "From a@b.test Mon Nov 23 02:15:02 2026\n"} {
		rest := &io.LimitedReader{R: endless{}, N: 64 << 20}
		r := NewReader(io.MultiReader(strings.NewReader(head), rest))
		r.Limit = 1 << 20
		if _, err := r.Next(); !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", head, err)
		}
		if rest.N < 60<<20 {
			t.Errorf("%q: %d octets were read", head, 64<<20-rest.N)
		}
	}
}

// endless is a line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// FuzzRoundTrip: what was written is read again, whatever it is; only line endings are made
// LF, and a line that was not ended is.
func FuzzRoundTrip(f *testing.F) {
	f.Add("A: b\r\n\r\nFrom c\r\n>From d\r\n\r\n", "From a@b.test Mon Nov 23 02:15:02 2026\r\n")
	f.Add("", "\n\n")
	f.Add("\n\nFrom x\n", "x")
	f.Fuzz(func(t *testing.T, one, two string) {
		at := time.Date(2026, 11, 23, 2, 15, 2, 0, time.UTC)
		var b strings.Builder
		w := NewWriter(&b)
		for _, m := range []string{one, two} {
			if err := w.Write("a@b.test", at, strings.NewReader(m)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		all := readAll(t, b.String())
		if len(all) != 2 {
			t.Fatalf("%d messages of\n%q", len(all), b.String())
		}
		for i, m := range []string{one, two} {
			if got := string(all[i].Data); got != lines(m) {
				t.Errorf("%q came back as %q", m, got)
			}
			if !all[i].At.Equal(at) || all[i].From != "a@b.test" {
				t.Errorf("from %q at %v", all[i].From, all[i].At)
			}
		}
	})
}

// lines is text with its line endings made LF.
func lines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		b.WriteString(strings.TrimSuffix(line, "\r") + "\n")
	}
	return b.String()
}
