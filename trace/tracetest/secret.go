package tracetest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mailtool/trace"
)

// Hides plays a record, cut by rng, and looks for the secrets in all that a dissector
// says of it: events with their findings, what is pending, previews. Data is passed over:
// what stands in a message is no secret.
func Hides(t testing.TB, make Maker, marks []trace.Mark, rng *rand.Rand, secrets ...string) {
	t.Helper()
	look := func(what, said string) {
		t.Helper()
		for _, s := range secrets {
			if i := strings.Index(said, s); i >= 0 {
				t.Errorf("%s shows %q: %.200q", what, s, said[max(0, i-60):])
			}
		}
	}
	event := func(ev *trace.Event) {
		t.Helper()
		if ev.End != trace.Server || ev.Kind != trace.Data && ev.Kind != trace.DataEnd {
			look("an event", said(ev))
		}
	}
	d := make()
	for _, m := range Cut(marks, rng) {
		if m.Kind == trace.MarkBytes && rng.IntN(4) == 0 {
			for _, ev := range d.Preview(m.End, m.B) {
				if ev.End != trace.Server || ev.Kind != trace.Data && ev.Kind != trace.DataEnd {
					look("a preview", said(ev))
				}
			}
		}
		d.Mark(m, event)
		if m.Kind == trace.MarkBytes {
			look("what is pending of the client", string(d.Pending(trace.Client)))
			look("what is pending of the server", string(d.Pending(trace.Server)))
		}
		if t.Failed() {
			return
		}
	}
}

// said is all that an event tells.
func said(ev *trace.Event) string {
	words := []string{string(ev.Raw), ev.Verb, ev.Decoded, ev.Text}
	for _, f := range ev.Findings {
		words = append(words, f.Args...)
	}
	return strings.Join(words, "\n")
}
