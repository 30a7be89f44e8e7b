package imap

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	talk "mailtool/internal/conversation"
)

// A command written by hand goes as it was written; the client waits where it has to.
func TestRaw(t *testing.T) {
	for _, row := range []struct {
		text  string
		said  string // by the server
		heard string
		want  string // of the error
	}{
		{"NOOP", "|a001 OK\r\n|", "a001 NOOP\r\n", ""},
		{"noop\r\n", "|a001 OK\r\n|", "a001 noop\r\n", ""},
		{"FOO bar", "|* X\r\na001 BAD no\r\n|", "a001 FOO bar\r\n", "a001 BAD no"},
		{"LOGIN {3}\r\nbob {6}\r\nsesame", "|+ \r\n|+ \r\n|a001 OK\r\n|",
			"a001 LOGIN {3}\r\nbob {6}\r\nsesame\r\n", ""},
		{"LOGIN {3}\nbob {6}\nsesame\n", "|+ \r\n|+ \r\n|a001 OK\r\n|",
			"a001 LOGIN {3}\r\nbob {6}\r\nsesame\r\n", ""},
		{"LOGIN {}\nbob\n {}\nsesame", "|+ \r\n|+ \r\n|a001 OK\r\n|",
			"a001 LOGIN {3}\r\nbob {6}\r\nsesame\r\n", ""},
		{"LOGIN {3+}\nbob {+}\nsesame", "|a001 OK\r\n|",
			"a001 LOGIN {3+}\r\nbob {6+}\r\nsesame\r\n", ""},
		{"APPEND x {0}\n", "|+ \r\n|a001 OK\r\n|", "a001 APPEND x {0}\r\n\r\n", ""},
		{"APPEND x ~{}\na\x00b", "|+ \r\n|a001 OK\r\n|", "a001 APPEND x ~{3}\r\na\x00b\r\n", ""},
		{"APPEND x {4}\na\r\nb", "|+ \r\n|a001 OK\r\n|", "a001 APPEND x {4}\r\na\r\nb\r\n", ""},
		{"LOGIN {3}\nbob {6}\nsesame", "|+ \r\n|a001 NO no\r\n|", "a001 LOGIN {3}\r\nbob {6}\r\n",
			"a001 NO no"},
		{"LOGIN {3}\nbo", "|", "", `the octets of a literal are missing: behind "{3}"`},
		{"LOGIN {3}", "|", "", `missing: behind "{3}"`},
		{"LOGIN {}", "|", "", `missing: behind "{}"`},
		{"NOOP\nx LOGOUT", "|", "", "must not hold CR"},
		{"NOOP\x00", "|", "", "must not hold CR"},
		{"NO\rOP", "|", "", "must not hold CR"},
		{"starttls", "|", "", "a method of its own"},
		{"COMPRESS DEFLATE", "|", "", "a method of its own"},
		{"IDLE", "|+ idling\r\n* 1 EXISTS\r\n|a001 OK\r\n|", "a001 IDLE\r\n<idling>\r\n", ""},
		{"AUTHENTICATE X", "|+ \r\n|+ end\r\n|a001 BAD\r\n|", "a001 AUTHENTICATE X\r\n<>\r\n*\r\n",
			"enough"},
		{"LOGOUT", "|* BYE\r\na001 OK\r\n", "a001 LOGOUT\r\n", ""},
	} {
		c, heard := to(t, "* OK\r\n"+row.said)
		if err := c.Greet(); err != nil {
			t.Fatal(err)
		}
		_, err := c.Raw(row.text, nil, func(prompt string) (string, error) {
			if prompt == "end" {
				return "", errors.New("enough")
			}
			return "<" + prompt + ">", nil
		})
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(),
			row.want) {
			t.Errorf("%q: %v, want %s", row.text, err, row.want)
		}
		if heard.String() != row.heard {
			t.Errorf("%q: said %q", row.text, heard)
		}
		if in := strings.HasPrefix(row.text, "LOGIN") && row.want == ""; c.LoggedIn() != in {
			t.Errorf("%q: logged in: %v", row.text, !in)
		}
		if over := row.text == "LOGOUT"; (c.over != nil) != over {
			t.Errorf("%q: over: %v", row.text, c.over)
		}
	}
}

// A section of a message goes where it is wanted, and to memory where it is not; what stands
// behind it is read on.
func TestInto(t *testing.T) {
	const said = "* 3 FETCH (UID 7 BODY[1.2.HEADER.FIELDS (DATE)]<0> {5}\r\nab\r\n!" +
		" RFC822 {2}\r\nxy)\r\n" +
		"* 4 FETCH (ENVELOPE ({3}\r\nabc)" +
		" BINARY[] ~{4}\r\n\x00\x01)( body[] {0}\r\n)\r\na001 OK\r\n|"
	c, _ := to(t, hello+said)
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	x := &exchange{into: func(n uint32, item string, size int64) io.Writer {
		if item == "RFC822" {
			return nil
		}
		got.WriteString("\n" + decimal(int64(n)) + " " + item + " " + decimal(size) + ": ")
		return &got
	}}
	if _, err := c.do(Simple{"FETCH"}, x); err != nil {
		t.Fatal(err)
	}
	want := "\n3 BODY[1.2.HEADER.FIELDS (DATE)]<0> 5: ab\r\n!" +
		"\n4 BINARY[] 4: \x00\x01)(\n4 BODY[] 0: "
	if got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
}

// BenchmarkClientFetch reads 1,000 messages of 5 KB, which go to a writer, or to memory.
func BenchmarkClientFetch(b *testing.B) {
	const messages, octets = 1000, 5000
	var said bytes.Buffer
	said.WriteString("* PREAUTH ready\r\n")
	for n := range messages {
		said.WriteString("* " + decimal(int64(n+1)) + " FETCH (UID 7 BODY[] {" + decimal(octets) +
			"}\r\n")
		said.WriteString(strings.Repeat("A line of a message, no longer than most.........\r\n",
			octets/50)[:octets])
		said.WriteString(")\r\n")
	}
	said.WriteString("a001 OK\r\n")
	for name, into := range map[string]func(uint32, *FetchItem, int64) io.Writer{
		"written": func(uint32, *FetchItem, int64) io.Writer { return io.Discard }, "kept": nil,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(said.Len()))
			b.ReportAllocs()
			for b.Loop() {
				c := NewClient(&talk.Caller{Said: said.Bytes(), Piece: 64 << 10})
				if err := c.Greet(); err != nil {
					b.Fatal(err)
				}
				cmd := &Fetch{Items: []FetchItem{{Kind: FetchSection}}}
				seen := 0
				each := func(*FetchData) error { seen++; return nil }
				if _, err := c.FetchTo(cmd, into, each); err != nil {
					b.Fatal(err)
				}
				if seen != messages {
					b.Fatal(seen)
				}
			}
		})
	}
}
