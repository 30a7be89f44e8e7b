package term

import (
	"strings"
	"testing"

	"mailtool/trace/rule"
)

// TestQuote: a line, and what is wrong with it under the octet.
func TestQuote(t *testing.T) {
	var out strings.Builder
	s := New(&out, Options{})
	r := rule.NewMust("message/5322-2.2-8bit-octet", "RFC 5322 §2.2")
	q := Quote{Number: 4, Text: []byte("Subject: 你\x1b")}
	s.Quote(q)
	f := r.FindAt(q.Text, 9, 1)
	s.Found(f, q, 9)
	s.Note("mend it")
	q = Quote{Number: 1234, Text: []byte(strings.Repeat("x", 200)), Before: true}
	s.Quote(q)
	s.Found(f, q, 3)
	s.Found(f, q, 150) // the octet cannot be seen
	s.Quote(Quote{Number: 5, Text: []byte(strings.Repeat("字", 40))})
	want := `  4  Subject: 你\x1B
    #         ^ MUST: raw 8-bit octet in a header line: encode it (byte 10, 0xE4)   RFC 5322 §2.2
    #  mend it
1,234  ... ` + strings.Repeat("x", 100) + ` ...
    #         ^ MUST: raw 8-bit octet in a header line: encode it (byte 10, 0xE4)   RFC 5322 §2.2
    #  MUST: raw 8-bit octet in a header line: encode it (byte 10, 0xE4)   RFC 5322 §2.2
  5  ` + strings.Repeat("字", 33) + ` ...
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
