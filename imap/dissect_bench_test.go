package imap

import (
	"fmt"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// BenchmarkDissectFetch measures what dissecting costs of one answer to FETCH: what a server writes
// at once has many, and a password is known.
func BenchmarkDissectFetch(b *testing.B) {
	for _, answer := range []struct{ name, items string }{
		{"flags", `FLAGS (\Seen $Label) RFC822.SIZE 5043`},
		{"structure", `BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4711 72 NIL NIL NIL NIL)`},
		{"envelope", `ENVELOPE ("Mon, 23 Nov 2026 10:15:02 +0800" "letter 7" (("Alice" NIL "alice" "lab.test")) ` +
			`(("Alice" NIL "alice" "lab.test")) (("Alice" NIL "alice" "lab.test")) ` +
			`(("Bob" NIL "bob" "lab.test")) NIL NIL NIL "<7@lab.test>")`},
	} {
		b.Run(answer.name, func(b *testing.B) {
			marks, err := tracetest.Parse(trace.IMAP, "S: * OK hello\nC: a LOGIN bob@lab.test sesame\nS: a OK in\n"+
				"C: b SELECT INBOX\nS: * 500 EXISTS\nS: b OK selected\nC: c FETCH 1:* ALL\n")
			if err != nil {
				b.Fatal(err)
			}
			d := NewDissector("")
			ignore := func(*trace.Event) {}
			for _, m := range marks {
				d.Mark(m, ignore)
			}
			const answers = 500
			var text strings.Builder
			for n := range answers {
				fmt.Fprintf(&text, "* %d FETCH (%s)\r\n", n+1, answer.items)
			}
			m := trace.Mark{Kind: trace.MarkBytes, End: trace.Server, When: marks[len(marks)-1].When,
				B: []byte(text.String())}
			b.SetBytes(int64(text.Len() / answers))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%answers == 0 {
					d.Mark(m, ignore)
				}
			}
		})
	}
}
