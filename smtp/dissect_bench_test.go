package smtp

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// letter returns a message of n octets at least, in lines as mail programs write them,
// with its final dot.
func letter(n int) string {
	var b strings.Builder
	b.WriteString("Date: Mon, 23 Nov 2026 10:15:02 +0800\r\nFrom: alice@lab.test\r\n" +
		"To: bob@lab.test\r\nSubject: Hello\r\nMessage-ID: <1@lab.test>\r\n\r\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%04d Do you like ketchup? I have a bottle of it left, and no chips.\r\n", i)
	}
	b.WriteString(".\r\n")
	return b.String()
}

// conversation is a session that transfers the message, the reply to each command in
// a mark of its own.
func conversation(b *testing.B, message string) []trace.Mark {
	b.Helper()
	const before = `S: 220 mail.lab.test ESMTP mailtool
C: EHLO [127.0.0.1]
S: 250-mail.lab.test greets [127.0.0.1]
S+ 250-SIZE 52428800
S+ 250-8BITMIME
S+ 250-SMTPUTF8
S+ 250-PIPELINING
S+ 250 ENHANCEDSTATUSCODES
C: MAIL FROM:<alice@lab.test>
S: 250 2.1.0 Ok
C: RCPT TO:<bob@lab.test>
S: 250 2.1.5 Ok
C: DATA
S: 354 End data with <CR><LF>.<CR><LF>
C: MESSAGE
S: 250 2.0.0 Ok
C: QUIT
S: 221 2.0.0 Bye
-- eof S
-- close eof
`
	marks, err := tracetest.Parse(trace.SMTP, before)
	if err != nil {
		b.Fatal(err)
	}
	for i, m := range marks {
		if string(m.B) == "MESSAGE\r\n" {
			marks = append(marks[:i:i], append(chunks(m, message), marks[i+1:]...)...)
			break
		}
	}
	return marks
}

// chunks divides the octets of a mark as the reads of a server do.
func chunks(m trace.Mark, text string) (out []trace.Mark) {
	for len(text) > 0 {
		n := min(len(text), 4096)
		m.B = []byte(text[:n])
		out = append(out, m)
		text = text[n:]
	}
	return out
}

// BenchmarkDissect is a whole session that transfers one message, from the greeting to
// the close.
func BenchmarkDissect(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dK", size>>10), func(b *testing.B) {
			marks := conversation(b, letter(size))
			events := 0
			b.SetBytes(octets(marks))
			b.ReportAllocs()
			for b.Loop() {
				d := NewDissector("1")
				for _, m := range marks {
					d.Mark(m, func(*trace.Event) { events++ })
				}
			}
			if events < 20*b.N {
				b.Fatalf("%d events of %d sessions", events, b.N)
			}
		})
	}
}

// BenchmarkDissectMessage is one message after another in a session: from MAIL to the
// reply to the final dot. At 1 KB it is to take 30 µs at most.
func BenchmarkDissectMessage(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dK", size>>10), func(b *testing.B) {
			marks := conversation(b, letter(size))
			mail := slices.IndexFunc(marks, func(m trace.Mark) bool {
				return bytes.HasPrefix(m.B, []byte("MAIL"))
			})
			quit := slices.IndexFunc(marks, func(m trace.Mark) bool {
				return bytes.HasPrefix(m.B, []byte("QUIT"))
			})
			d, events := NewDissector("1"), 0
			for _, m := range marks[:mail] {
				d.Mark(m, func(*trace.Event) {})
			}
			marks = marks[mail:quit]
			b.SetBytes(octets(marks))
			b.ReportAllocs()
			for b.Loop() {
				for _, m := range marks {
					d.Mark(m, func(*trace.Event) { events++ })
				}
			}
			if events < 10*b.N {
				b.Fatalf("%d events of %d messages", events, b.N)
			}
		})
	}
}

// BenchmarkDissectLoggedIn is one message of 1 KB after another from a client that has logged
// in: what it said then is looked for in each command and reply.
func BenchmarkDissectLoggedIn(b *testing.B) {
	hello, err := tracetest.Parse(trace.SMTP, "S: 220 a\nC: EHLO b.test\nS: 250-a\n"+
		"S+ 250 AUTH PLAIN\nC: AUTH PLAIN AGFsaWNlAHNlc2FtZS1vcGVu\nS: 235 2.7.0 Ok\n")
	if err != nil {
		b.Fatal(err)
	}
	marks := conversation(b, letter(1<<10))
	begins := func(verb string) int {
		return slices.IndexFunc(marks, func(m trace.Mark) bool { return bytes.HasPrefix(m.B, []byte(verb)) })
	}
	marks = marks[begins("MAIL"):begins("QUIT")]
	d, events := NewDissector("1"), 0
	for _, m := range hello {
		d.Mark(m, func(*trace.Event) {})
	}
	b.SetBytes(octets(marks))
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range marks {
			d.Mark(m, func(*trace.Event) { events++ })
		}
	}
	if events < 10*b.N {
		b.Fatalf("%d events of %d messages", events, b.N)
	}
}

var sizes = []int{1 << 10, 50 << 10, 1 << 20}

func octets(marks []trace.Mark) (n int64) {
	for _, m := range marks {
		n += int64(len(m.B))
	}
	return n
}
