package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestReadDot(t *testing.T) {
	for _, row := range []struct {
		why, in, want string
		body          Body
		odd           string
	}{
		{"nothing", ".\r\n", "", Body{}, ""},
		{"two lines", "a\r\nbc\r\n.\r\n", "a\r\nbc\r\n", Body{Octets: 7, Lines: 2, Longest: 4}, ""},
		{"dots", "..\r\n.a\r\n.\r\n", ".\r\na\r\n", Body{Octets: 6, Lines: 2, Longest: 4}, ""},
		{"8-bit", "\xe9\r\n.\r\n", "\xe9\r\n", Body{Octets: 3, Lines: 1, Longest: 3, EightBit: true}, ""},
		{"a lone LF is written as it came", "a\r\nb\nc\r\n.\r\n", "a\r\nb\nc\r\n",
			Body{Octets: 8, Lines: 2, Longest: 5, UnusualLine: 2}, "a lone LF at byte 2"},
		{"the classic smuggling attempt", "a\n.\r\nMAIL\r\n.\r\n", "a\n.\r\nMAIL\r\n",
			Body{Octets: 11, Lines: 2, Longest: 6, UnusualLine: 1}, "a lone LF at byte 2"},
		{"a lone CR", "a\rb\r\n.\r\n", "a\rb\r\n",
			Body{Octets: 5, Lines: 1, Longest: 5, UnusualLine: 1}, "a lone CR at byte 2"},
		{"NUL", "a\x00\r\n.\r\n", "a\x00\r\n",
			Body{Octets: 4, Lines: 1, Longest: 4, UnusualLine: 1}, "a NUL octet at byte 2"},
		{"the first unusual line counts", "a\n\r\nb\r\r\n.\r\n", "a\n\r\nb\r\r\n",
			Body{Octets: 8, Lines: 2, Longest: 4, UnusualLine: 1}, "a lone LF at byte 2"},
		{"dot CR x", ".\rx\r\n.\r\n", "\rx\r\n",
			Body{Octets: 4, Lines: 1, Longest: 5, UnusualLine: 1}, "a lone CR at byte 2"},
	} {
		for how, reads := range map[string][]string{"whole": {row.in + "NOOP\r\n"},
			"in octets": octets(row.in + "NOOP\r\n")} {
			c := NewConn(&script{reads: reads})
			var text bytes.Buffer
			body, err := c.ReadDot(&text, 0)
			odd := body.Unusual
			body.Unusual = nil
			if err != nil || text.String() != row.want || body != row.body {
				t.Errorf("%s, %s: %q %+v %v, want %q %+v", row.why, how, text.String(), body, err,
					row.want, row.body)
			}
			if (odd == nil) != (row.odd == "") || odd != nil && !strings.HasSuffix(odd.Error(), row.odd) {
				t.Errorf("%s, %s: unusual %v, want %q", row.why, how, odd, row.odd)
			}
			if line, err := c.ReadLine(100); string(line) != "NOOP" || err != nil {
				t.Errorf("%s, %s: the next command is %q, %v", row.why, how, line, err)
			}
		}
	}
}

// Whatever goes wrong with the text, the block is read to its end: what follows a body
// that is left half read would be taken for commands.
func TestReadDotGoesOnToTheEnd(t *testing.T) {
	const in = "one\r\ntwo\r\nthree\r\n.\r\nNOOP\r\n"
	full := errors.New("disk full")
	for _, row := range []struct {
		why     string
		maximum int64
		fail    error
		want    error
		text    string
	}{
		{"exactly the limit", 17, nil, nil, "one\r\ntwo\r\nthree\r\n"},
		{"one octet less", 16, nil, ErrTooLarge, "one\r\ntwo\r\n"},
		{"a writer that fails", 0, full, full, ""},
		{"both", 3, full, ErrTooLarge, ""},
	} {
		var text bytes.Buffer
		var w io.Writer = &text
		if row.fail != nil {
			w = failing{row.fail}
		}
		c := NewConn(&script{reads: []string{in}})
		body, err := c.ReadDot(w, row.maximum)
		if err != row.want || text.String() != row.text || body.Octets != 17 || body.Lines != 3 {
			t.Errorf("%s: %v %q %+v", row.why, err, text.String(), body)
		}
		if line, err := c.ReadLine(100); string(line) != "NOOP" || err != nil {
			t.Errorf("%s: the next command is %q, %v", row.why, line, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestReadDotCutOff(t *testing.T) {
	for _, in := range []string{"", "a", "a\r\n", "a\r\n.", "a\r\n.\r", "a\n.\n"} {
		c := NewConn(&script{reads: octets(in)})
		if _, err := c.ReadDot(io.Discard, 0); err != io.ErrUnexpectedEOF {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// TestReadDotTakesItsTime: a body may take long, but not each of its pieces.
func TestReadDotTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		c := NewConn(a)
		c.ReadTimeout = time.Minute
		go func() {
			for _, piece := range octets("a\r\n.\r\n" + "a\r\n.") {
				time.Sleep(time.Minute - time.Second)
				b.Write([]byte(piece))
			}
		}()
		start := time.Now()
		if _, err := c.ReadDot(io.Discard, 0); err != nil {
			t.Errorf("six pieces in six minutes: %v", err)
		}
		_, err := c.ReadDot(io.Discard, 0)
		if want := 10*(time.Minute-time.Second) + time.Minute; !errors.Is(err,
			os.ErrDeadlineExceeded) || time.Since(start) != want {
			t.Errorf("%v after %v, want a time-out after %v", err, time.Since(start), want)
		}
	})
}

func TestWriteDot(t *testing.T) {
	for _, row := range []struct{ why, in, want string }{
		{"nothing", "", ".\r\n"},
		{"a line", "a\r\n", "a\r\n.\r\n"},
		{"no final CRLF", "a", "a\r\n.\r\n"},
		{"a dot", ".", "..\r\n.\r\n"},
		{"a dot that would end it", "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"},
		{"dots in a row", "..a\r\n.\r\n", "...a\r\n..\r\n.\r\n"},
		{"a dot within", "a.b\r\n", "a.b\r\n.\r\n"},
		{"a final CR is no line ending", "a\r", "a\r\r\n.\r\n"},
		{"a final LF is none", "a\n", "a\n\r\n.\r\n"},
		{"a dot after a lone LF begins no line", "a\n.b\r\n", "a\n.b\r\n.\r\n"},
		{"an empty line", "\r\n", "\r\n.\r\n"},
		{"CR CR LF ends a line", "a\r\r\n.\r\n", "a\r\r\n..\r\n.\r\n"},
		{"LF LF", "\n\n.", "\n\n.\r\n.\r\n"},
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(row.in),
			"in octets":         iotest.OneByteReader(strings.NewReader(row.in)),
			"EOF with the last": iotest.DataErrReader(strings.NewReader(row.in))} {
			s := &script{}
			c := NewConn(s)
			n, err := c.WriteDot(r)
			if ferr := c.Flush(); err != nil || ferr != nil || n != int64(len(row.in)) ||
				s.wrote.String() != row.want {
				t.Errorf("%s, %s: %q, %d, %v %v, want %q", row.why, how, s.wrote.String(), n, err,
					ferr, row.want)
			}
		}
	}
	broken := errors.New("broken")
	c := NewConn(&script{})
	r := io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken))
	if n, err := c.WriteDot(r); n != 2 || err != broken {
		t.Errorf("a reader that fails: %d, %v", n, err)
	}
}

// What WriteDot wrote, ReadDot reads, whatever the text: only a missing last CRLF is
// added.
func FuzzDotRoundTrip(f *testing.F) {
	for _, s := range []string{"", ".", "a\r\n.\r\n", "\n.\r\n\r.\r\r\n.\n", "..\r"} {
		f.Add([]byte(s), []byte{0, 2})
	}
	f.Fuzz(func(t *testing.T, b, cuts []byte) {
		s := &script{}
		c := NewConn(s)
		var rs []io.Reader
		for _, p := range pieces(b, cuts) {
			rs = append(rs, bytes.NewReader(p))
		}
		if _, err := c.WriteDot(io.MultiReader(rs...)); err != nil {
			t.Fatal(err)
		}
		c.Flush()
		want := string(b)
		if want != "" && !strings.HasSuffix(want, "\r\n") {
			want += "\r\n"
		}
		var text bytes.Buffer
		back := NewConn(&script{reads: []string{s.wrote.String()}})
		body, err := back.ReadDot(&text, 0)
		if err != nil || text.String() != want || body.Octets != int64(len(want)) ||
			back.Buffered() != 0 {
			t.Fatalf("%q: %q %+v %v", b, text.String(), body, err)
		}
	})
}

func TestWriteIsBuffered(t *testing.T) {
	s := &script{}
	c := NewConn(s)
	c.WriteLine("EHLO a")
	c.WriteString("NOOP")
	if s.writes != 0 {
		t.Error("sent before Flush")
	}
	c.WriteLine("")
	c.Flush()
	c.Flush()
	if s.writes != 1 || s.wrote.String() != "EHLO a\r\nNOOP\r\n" {
		t.Errorf("%d writes, %q", s.writes, s.wrote.String())
	}
	c.WriteLine("forgotten")
	c.Abandon()
	c.Flush()
	if s.writes != 1 {
		t.Error("what was abandoned was sent")
	}
	long := strings.Repeat("x", 3*bufferSize+1)
	if n, err := c.WriteString(long); n != len(long) || err != nil {
		t.Errorf("%d %v", n, err)
	}
	c.Flush()
	if s.wrote.String() != "EHLO a\r\nNOOP\r\n"+long {
		t.Error("a long write was mangled")
	}
}

func TestGate(t *testing.T) {
	s := &script{}
	c := NewConn(s)
	var asked []int
	c.Gate = func(pending []byte) error {
		asked = append(asked, len(pending))
		time.Sleep(30 * time.Millisecond)
		return nil
	}
	c.WriteTimeout = time.Minute
	c.WriteLine("DATA")
	before := time.Now()
	c.Flush()
	if left := s.wstops[0].Sub(before); left < time.Minute+30*time.Millisecond {
		t.Errorf("the gate's time counts against the deadline: %v left", left)
	}
	// A body that needs several writes is one unit.
	c.WriteDot(strings.NewReader(strings.Repeat("line\r\n", 10000)))
	c.Flush()
	c.Flush()
	if len(asked) != 2 || asked[0] != 6 || s.writes < 4 {
		t.Errorf("asked %v, %d writes", asked, s.writes)
	}
}

func TestGateRefuses(t *testing.T) {
	no := errors.New("not now")
	for _, text := range []string{"QUIT", strings.Repeat("x", 2*bufferSize)} {
		s := &script{}
		c := NewConn(s)
		asked := 0
		c.Gate = func([]byte) error { asked++; return no }
		err := c.WriteLine(text)
		if err == nil {
			err = c.Flush()
		}
		if err != no || s.writes != 0 {
			t.Errorf("%d octets: %v, %d writes", len(text), err, s.writes)
		}
		// A careless caller that goes on is asked again: no rest of the unit leaves.
		c.WriteLine("rest")
		if err := c.Flush(); err != no || s.writes != 0 || asked != 2 {
			t.Errorf("the rest: %v, asked %d times, %q sent", err, asked, s.wrote.String())
		}
	}
}

// A counted chunk is read to its last octet and no further, whatever its writer says.
func TestCopyFull(t *testing.T) {
	full := errors.New("disk full")
	for _, reads := range [][]string{{"a.\r\nbNOOP\r\n"}, octets("a.\r\nbNOOP\r\n")} {
		for _, fail := range []error{nil, full} {
			var text bytes.Buffer
			var w io.Writer = &text
			if fail != nil {
				w = failing{fail}
			}
			c := NewConn(&script{reads: slices.Clone(reads)})
			err := c.CopyFull(w, 5)
			if err != fail || fail == nil && text.String() != "a.\r\nb" {
				t.Errorf("%q, %v", text.String(), err)
			}
			if err := c.CopyFull(w, 0); err != nil {
				t.Error(err)
			}
			if line, err := c.ReadLine(100); string(line) != "NOOP" || err != nil {
				t.Errorf("the next command is %q, %v", line, err)
			}
		}
	}
	c := NewConn(&script{reads: []string{"abc"}})
	if err := c.CopyFull(io.Discard, 4); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
}

// A large body is read and written in large pieces; the buffer is small again after it.
func TestLargePieces(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 10_000)
	for _, how := range []func(*Conn, io.Writer) error{
		func(c *Conn, w io.Writer) error { _, err := c.ReadDot(w, 0); return err },
		func(c *Conn, w io.Writer) error { return c.CopyFull(w, int64(len(text)+3)) },
	} {
		var w counter
		c := NewConn(&script{reads: []string{text + ".\r\n", "NOOP\r\n"}})
		if err := how(c, &w); err != nil {
			t.Fatal(err)
		}
		if w.octets < len(text) || w.writes > len(text)/(60<<10)+3 {
			t.Errorf("%d octets in %d writes", w.octets, w.writes)
		}
		if line, err := c.ReadLine(100); string(line) != "NOOP" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
		if _, err := c.ReadLine(100); err != io.EOF || cap(c.in) != bufferSize {
			t.Errorf("%v, a buffer of %d", err, cap(c.in))
		}
	}
}

type counter struct{ writes, octets int }

func (c *counter) Write(p []byte) (int, error) {
	c.writes++
	c.octets += len(p)
	return len(p), nil
}

// A long text leaves in large pieces, however many lines it has: only dots part it.
func TestDotWriterInLargePieces(t *testing.T) {
	s := &script{}
	c := NewConn(s)
	c.WriteLine("+OK")
	w := c.DotWriter()
	text := strings.Repeat("0123456789\r\n", 100_000/12) + "."
	for range 4 {
		if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	c.Flush()
	want := "+OK\r\n" + strings.Replace(strings.Repeat(text, 4), "\r\n.", "\r\n..", -1) + "\r\n.\r\n"
	if got := s.wrote.String(); got != want {
		t.Errorf("%d octets, want %d", len(got), len(want))
	}
	if s.writes > 16 {
		t.Errorf("%d writes", s.writes)
	}
}
