package tracetest

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"mailtool/trace"
)

// A Maker makes a new dissector.
type Maker func() trace.Dissector

// Laws checks the laws of trace.Dissector on a record, with cuts chosen by seed.
func Laws(t testing.TB, make Maker, marks []trace.Mark, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	shown := Show(marks, true)
	evs := Run(make(), shown)
	lossless(t, shown, evs)
	causal(t, shown, evs)
	masked := Run(make(), Show(marks, false))
	contiguous(t, masked)
	cut := Run(make(), Cut(Show(marks, false), rng))
	same(t, "cut", masked, cut, true)
	joined := Run(make(), Join(Show(marks, false)))
	same(t, "joined", masked, joined, false)
	waits(t, make, marks)
}

// Show is the record with secrets left readable, or not.
func Show(marks []trace.Mark, show bool) []trace.Mark {
	out := append([]trace.Mark(nil), marks...)
	for i, m := range out {
		if m.Open != nil {
			o := *m.Open
			o.ShowSecrets = show
			out[i].Open = &o
		}
	}
	return out
}

// Cut divides the octets of a record's marks into pieces of the same end and time: by
// chance into single octets, or at a few places.
func Cut(marks []trace.Mark, rng *rand.Rand) []trace.Mark {
	var out []trace.Mark
	for _, m := range marks {
		b := m.B
		for m.Kind == trace.MarkBytes && len(b) > 1 {
			n := 1
			if len(b) > 4096 || rng.IntN(3) == 0 {
				n = 1 + rng.IntN(len(b))
			}
			piece := m
			piece.B = bytes.Clone(b[:n])
			out = append(out, piece)
			b = b[n:]
		}
		if m.Kind == trace.MarkBytes {
			m.B = bytes.Clone(b)
		}
		out = append(out, m)
	}
	return out
}

// Join puts neighbouring octets of one end into one mark.
func Join(marks []trace.Mark) []trace.Mark {
	var out []trace.Mark
	for _, m := range marks {
		if n := len(out); n > 0 && m.Kind == trace.MarkBytes &&
			out[n-1].Kind == trace.MarkBytes && out[n-1].End == m.End {
			out[n-1].B = append(bytes.Clone(out[n-1].B), m.B...)
			continue
		}
		out = append(out, m)
	}
	return out
}

type key struct {
	end   trace.End
	layer int
}

// streams is what each end sent in each layer, gaps as zeros.
func streams(marks []trace.Mark) map[key][]byte {
	out := map[key][]byte{}
	layer := 0
	for _, m := range marks {
		k := key{m.End, layer}
		switch {
		case m.Kind == trace.MarkBytes:
			out[k] = append(out[k], m.B...)
		case m.Kind == trace.MarkGap:
			out[k] = append(out[k], make([]byte, m.N)...)
		case m.Kind == trace.MarkLayer && m.Layer.Err == "":
			layer++
		}
	}
	return out
}

// lossless is law 1 for an unmasked record that is complete.
func lossless(t testing.TB, marks []trace.Mark, evs []trace.Event) {
	t.Helper()
	contiguous(t, evs)
	got := map[key][]byte{}
	for _, ev := range evs {
		k := key{ev.End, ev.Layer}
		if ev.Kind == trace.Gap {
			got[k] = append(got[k], make([]byte, ev.Len)...)
			continue
		}
		if int64(len(ev.Raw)) != ev.Len {
			t.Fatalf("event %d: Len %d, %d octets of Raw", ev.N, ev.Len, len(ev.Raw))
		}
		got[k] = append(got[k], ev.Raw...)
	}
	whole := marks[len(marks)-1].Kind == trace.MarkClose
	for k, want := range streams(marks) {
		if have := got[k]; whole && !bytes.Equal(have, want) || !bytes.HasPrefix(want, have) {
			t.Fatalf("%s, layer %d: events hold %d octets, the stream %d:\n%.200q\n%.200q",
				k.end, k.layer, len(have), len(want), have, want)
		}
	}
}

// contiguous is the other half of law 1: no gap and no overlap. Findings lie within their events.
func contiguous(t testing.TB, evs []trace.Event) {
	t.Helper()
	next := map[key]int64{}
	line := 0
	for i, ev := range evs {
		if ev.N != i+1 {
			t.Fatalf("event %d has number %d", i+1, ev.N)
		}
		k := key{ev.End, ev.Layer}
		if ev.End == trace.NoEnd {
			continue
		}
		if ev.Off != next[k] {
			t.Fatalf("event %s: offset %d, want %d", Compact(&ev), ev.Off, next[k])
		}
		next[k] += ev.Len
		for _, f := range ev.Findings {
			if f.Off < ev.Off || f.Off+f.Len > next[k] {
				t.Fatalf("event %s: %s at %d, %d octets", Compact(&ev), f.ID, f.Off, f.Len)
			}
		}
		if ev.Lines > 0 {
			if ev.Line != line+1 {
				t.Fatalf("event %s: line %d after line %d", Compact(&ev), ev.Line, line)
			}
			line += ev.Lines
		}
	}
}

// causal is law 3: nothing of the server is held, so what the client had received of it
// stands before what the client sent then. A line that never ended is no unit until the
// connection is.
func causal(t testing.TB, marks []trace.Mark, evs []trace.Event) {
	t.Helper()
	position := map[key][]int{} // of each octet of an end's stream, its place in the record
	layer, at := 0, 0
	for _, m := range marks {
		k := key{m.End, layer}
		n := int64(len(m.B))
		if m.Kind == trace.MarkGap {
			n = m.N
		}
		for range n {
			position[k] = append(position[k], at)
			at++
		}
		if m.Kind == trace.MarkLayer && m.Layer.Err == "" {
			layer++
		}
	}
	for i, b := range evs { // a server's unit that was complete before b began
		if b.End != trace.Client || b.Len == 0 || b.Kind == trace.Gap {
			continue
		}
		first := position[key{b.End, b.Layer}][b.Off]
		for _, a := range evs[i+1:] {
			if a.End == trace.Server && a.Layer == b.Layer && a.EOL > 0 && a.Kind != trace.Gap &&
				position[key{a.End, a.Layer}][a.Off+a.Len-1] < first {
				t.Fatalf("%s\nstands before\n%s\nwhich had come before it", Compact(&b), Compact(&a))
			}
		}
	}
}

func same(t testing.TB, how string, want, got []trace.Event, times bool) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%s: %d events, want %d\n%s\nwant\n%s", how, len(got), len(want), Table(got), Table(want))
	}
	for i := range want {
		w, g := want[i], got[i]
		if !times {
			w.First, w.Last, g.First, g.Last = 0, 0, 0, 0
		}
		if !reflect.DeepEqual(w, g) {
			t.Fatalf("%s: event differs\n got %+v\nwant %+v", how, g, w)
		}
	}
}

// waits checks that Waiting, Pending, Masked and Preview may be called anywhere and change
// nothing.
func waits(t testing.TB, make Maker, marks []trace.Mark) {
	t.Helper()
	d := make()
	var evs []trace.Event
	for i, m := range marks {
		d.Mark(m, func(ev *trace.Event) { evs = append(evs, *ev.Clone()) })
		if len(marks) > 200 && i%97 != 0 {
			continue
		}
		d.Waiting()
		d.Pending(trace.Client)
		d.Pending(trace.Server)
		d.Masked("250 ok")
		d.Preview(trace.Client, []byte("QUIT\r\nDATA\r\nx"))
		d.Preview(trace.Server, []byte("354 go\r\n+ go\r\n"))
	}
	same(t, "previewed", Run(make(), marks), evs, true)
}

// Bounded is law 4: it measures what dissectors keep of a record, events apart, and
// fails above 256 KiB each.
func Bounded(t testing.TB, make Maker, marks []trace.Mark) {
	t.Helper()
	const n = 8
	var kept [n]trace.Dissector
	before := heap()
	for i := range kept {
		kept[i] = make()
		for _, m := range marks {
			kept[i].Mark(m, func(*trace.Event) {})
		}
	}
	each := (int64(heap()) - int64(before)) / n
	runtime.KeepAlive(kept)
	if each > 256<<10 {
		t.Fatalf("a dissector keeps %d KiB", each>>10)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// FromFuzz makes a record of a fuzzer's octets: each chunk is an octet that says which
// end and how long, and the octets themselves; a few values are other marks.
func FromFuzz(protocol trace.Protocol, b []byte) []trace.Mark {
	marks, _ := Parse(protocol, "")
	for len(b) > 0 {
		op := b[0]
		b = b[1:]
		m := trace.Mark{Kind: trace.MarkBytes, End: trace.Client}
		if op&0x80 != 0 {
			m.End = trace.Server
		}
		switch op & 0x7f {
		case 0x7f:
			m = trace.Mark{Kind: trace.MarkLayer, Layer: &trace.Layer{Name: "tls", Agreed: "x"}}
		case 0x7e:
			m.Kind, m.N = trace.MarkGap, 3
		case 0x7d:
			m.Kind = trace.MarkEOF
		case 0x7c:
			m = trace.Mark{Kind: trace.MarkLayer, Layer: &trace.Layer{Name: "tls", Err: "no"}}
		default:
			n := min(int(op&0x7f), len(b))
			m.B, b = b[:n], b[n:]
		}
		marks = append(marks, m)
	}
	marks = append(marks, trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedEOF})
	for i := range marks {
		marks[i].When = Start.Add(marks[i].When.Sub(Start) * 0)
	}
	return marks
}

// ToFuzz is a record as the octets that FromFuzz reads, for a fuzzer's seeds.
func ToFuzz(marks []trace.Mark) []byte {
	var out []byte
	for _, m := range marks {
		if m.Kind != trace.MarkBytes {
			continue
		}
		side := byte(0)
		if m.End == trace.Server {
			side = 0x80
		}
		for b := m.B; len(b) > 0; {
			n := min(len(b), 100)
			out = append(append(out, side|byte(n)), b[:n]...)
			b = b[n:]
		}
	}
	return out
}

// CutEverywhere checks that a record may end after each of its octets, a long one after
// some of them: whatever was there yields events, and none is lost.
func CutEverywhere(t *testing.T, make Maker, marks []trace.Mark) {
	t.Helper()
	octets := 0
	for _, m := range marks {
		octets += len(m.B)
	}
	step := 1
	if octets > long {
		step = 1 + octets/20
	}
	for i := 0; i <= octets; i += step {
		whole := until(marks, i)
		cutAfter(t, make, whole)
		if i%(1+octets/100) == 0 && octets <= 20_000 { // and it came octet by octet
			cutAfter(t, make, single(whole))
		}
	}
}

// until is the record up to its first n octets.
func until(marks []trace.Mark, n int) []trace.Mark {
	var out []trace.Mark
	for _, m := range marks {
		if m.Kind == trace.MarkClose {
			break
		}
		if len(m.B) > n {
			m.B = m.B[:n]
		}
		if n -= len(m.B); m.Kind != trace.MarkBytes || len(m.B) > 0 {
			out = append(out, m)
		}
		if n == 0 && m.Kind == trace.MarkBytes {
			break
		}
	}
	return out
}

// single is the record with each octet in a mark of its own.
func single(marks []trace.Mark) []trace.Mark {
	var out []trace.Mark
	for _, m := range marks {
		if m.Kind != trace.MarkBytes {
			out = append(out, m)
			continue
		}
		for i := range m.B {
			one := m
			one.B = m.B[i : i+1]
			out = append(out, one)
		}
	}
	return out
}

func cutAfter(t *testing.T, make Maker, marks []trace.Mark) {
	t.Helper()
	for _, why := range []trace.Why{trace.ClosedEOF, trace.ClosedReset} {
		record := append(append([]trace.Mark(nil), marks...),
			trace.Mark{Kind: trace.MarkClose, Why: why, When: marks[len(marks)-1].When})
		evs := Run(make(), Show(record, true))
		lossless(t, Show(record, true), evs)
		if evs[len(evs)-1].Kind != trace.Closed {
			t.Fatalf("cut after %d marks: the last event is no close", len(marks))
		}
	}
}
