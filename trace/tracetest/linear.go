package tracetest

import (
	"testing"
	"time"

	"mailtool/trace"
)

// Linear checks that a dissector reads nothing again and again: ten times the octets take
// some ten times as long. record writes a record of about n octets. It checks law 4 too.
func Linear(t testing.TB, protocol trace.Protocol, make Maker, record func(n int) string) {
	t.Helper()
	const few, many = 20_000, 200_000
	marks, err := Parse(protocol, record(many))
	if err != nil {
		t.Fatal(err)
	}
	Bounded(t, make, marks)
	short, err := Parse(protocol, record(few))
	if err != nil {
		t.Fatal(err)
	}
	quick, slow := elapsed(make, short), elapsed(make, marks)
	if slow > 40*quick+200*time.Millisecond {
		t.Errorf("%d octets take %v, %d take %v", few, quick, many, slow)
	}
}

// elapsed is how long a record takes at best.
func elapsed(make Maker, marks []trace.Mark) time.Duration {
	best := time.Hour
	for range 3 {
		d := make()
		began := time.Now()
		for _, m := range marks {
			d.Mark(m, func(*trace.Event) {})
		}
		best = min(best, time.Since(began))
	}
	return best
}
