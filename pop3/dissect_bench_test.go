package pop3

import (
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// BenchmarkMessage measures what dissecting a session costs that fetches a message of
// 1 KB.
func BenchmarkMessage(b *testing.B) {
	record := logsIn + "C: RETR 1\nS: +OK\n" + strings.Repeat("S+ "+strings.Repeat("x", 48)+"\n", 20) +
		"S+ ." + quits
	marks, err := tracetest.Parse(trace.POP3, record)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		d := newDissector()
		for _, m := range marks {
			d.Mark(m, func(*trace.Event) {})
		}
	}
}
