package trace

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A log is a sink that keeps what it is given.
type log struct {
	mu      sync.Mutex
	events  []*Event
	batches int
}

func (l *log) take(evs []*Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, Clones(evs)...)
	l.batches++
}

// text is the log as "C command NOOP", a line for each event.
func (l *log) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, ev := range l.events {
		b.WriteString(ev.End.String() + " " + string(ev.Kind) + " ")
		b.WriteString(strings.TrimRight(string(ev.Raw)+ev.Text, "\r\n") + "\n")
	}
	return b.String()
}

func say(r *Recorder, e End, text string) {
	r.Record(Mark{Kind: MarkBytes, End: e, B: []byte(text)})
}

func TestRecorder(t *testing.T) {
	var one, two log
	r := NewRecorder(newLines(), Opening{ServerAddr: "here"}, tick(), one.take, two.take)
	say(r, Server, "220 hi\r\n")
	opened := r.LastEvent()
	say(r, Client, "NO")
	if !r.LastEvent().Equal(opened) {
		t.Error("half a line is no event, and yet the silence was broken")
	}
	if p := r.Pending(Client); string(p) != "NO" {
		t.Errorf("pending %q", p)
	}
	if evs := r.Preview(Client, []byte("OP\r\nQUIT\r\n")); len(evs) != 2 ||
		string(evs[0].Raw) != "NOOP\r\n" || evs[1].N != 4 {
		t.Errorf("preview %v", evs)
	}
	if w := r.Waiting(); w.Client != "reply" || w.Server != "command" {
		t.Errorf("waiting %v", w)
	}
	say(r, Client, "OP\r\nQUIT\r\n")
	if got := r.LastEvent(); !got.Equal(start.Add(4 * time.Millisecond)) {
		t.Errorf("last event at %v", got)
	}
	r.Record(Mark{Kind: MarkClose, Why: ClosedReset})
	r.Record(Mark{Kind: MarkClose, Why: ClosedEOF})
	say(r, Client, "too late\r\n")
	want := "- connect here\nS reply 220 hi\nC command NOOP\nC command QUIT\n- close reset\n"
	if one.text() != want || two.text() != want {
		t.Errorf("got\n%s\nand\n%s\nwant\n%s", one.text(), two.text(), want)
	}
	if one.batches != 4 {
		t.Errorf("%d batches for 4 marks with events", one.batches)
	}
	if ev := one.events[2]; ev.First != 2*time.Millisecond || ev.Last != 3*time.Millisecond {
		t.Errorf("NOOP came from %v to %v", ev.First, ev.Last)
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
}

func TestRecorderSurvivesItsDissector(t *testing.T) {
	var l log
	r := NewRecorder(newLines(), Opening{}, tick(), l.take)
	say(r, Server, "220 hi\r\n250 un") // what is left untold is told by the blind one
	say(r, Client, "NOOP\r\nBOOM\r\nPASS sesame\r\n")
	say(r, Client, "MORE\r\n")
	r.Record(Mark{Kind: MarkGap, End: Server, N: 7})
	r.Record(Mark{Kind: MarkEOF, End: Server})
	r.Record(Mark{Kind: MarkLayer, Layer: &Layer{Name: "tls", Agreed: "TLS 1.3"}})
	say(r, Server, "more\r\n")
	r.Record(Mark{Kind: MarkClose, Why: ClosedEOF})
	const failed = " " + FailedDissector + "\n"
	want := "- connect \nS reply 220 hi\nC command NOOP\n" +
		"C undecided" + failed + "S undecided" + failed + "C undecided" + failed +
		"S gap \n- layer tls TLS 1.3\nS undecided" + failed + "- close eof\n"
	if l.text() != want {
		t.Errorf("got\n%s\nwant\n%s", l.text(), want)
	}
	total := map[End]int64{}
	for i, ev := range l.events {
		if ev.N != i+1 || ev.Session != "1" {
			t.Errorf("event %d: %+v", i+1, ev)
		}
		if ev.Layer == 0 && ev.End != NoEnd {
			if ev.Off != total[ev.End] {
				t.Errorf("event %d begins at %d, want %d", ev.N, ev.Off, total[ev.End])
			}
			total[ev.End] += ev.Len
		}
	}
	if total[Client] != 31 || total[Server] != 21 {
		t.Errorf("the events cover %v", total)
	}
	if ev := l.events[8]; ev.Layer != 1 || ev.Off != 0 || ev.Len != 6 {
		t.Errorf("above TLS: %+v", ev)
	}
	if err := r.Err(); err == nil || strings.Contains(err.Error(), "sesame") ||
		!strings.Contains(err.Error(), "lineDissector") {
		t.Errorf("%v", err)
	}
	if r.Pending(Client) != nil || r.Preview(Client, []byte("x\r\n")) != nil ||
		r.Waiting() != (Waiting{}) {
		t.Error("the blind dissector shows something")
	}
}

func TestRecorderSurvivesAQuestion(t *testing.T) {
	var l log
	r := NewRecorder(newLines(), Opening{}, tick(), l.take)
	if evs := r.Preview(Client, []byte("BOOM\r\n")); evs != nil {
		t.Errorf("%v", evs)
	}
	if want := "- connect \n- undecided dissector-failed\n"; l.text() != want {
		t.Errorf("%q, want %q", l.text(), want)
	}
}

// A mark of complete lines costs the dissector's events and nothing of the recorder's.
func BenchmarkRecorder(b *testing.B) {
	r := NewRecorder(newLines(), Opening{}, nil, NewRing(0).Begin(Info{}).Events)
	line := []byte("MAIL FROM:<alice@lab.test>\r\n")
	b.ReportAllocs()
	for b.Loop() {
		r.Record(Mark{Kind: MarkBytes, End: Client, B: line})
	}
}

// TestRecorderLends: the events that a sink is given are right while it looks, few or many,
// and of the same memory from mark to mark.
func TestRecorderLends(t *testing.T) {
	var texts []string
	var first *Event
	again := 0
	r := NewRecorder(newLines(), Opening{}, tick(), func(evs []*Event) {
		for _, ev := range evs {
			texts = append(texts, ev.End.String()+string(ev.Raw))
		}
		if first == evs[0] {
			again++
		}
		first = evs[0]
	})
	want := []string{"-"}
	for n := range 100 {
		var lines strings.Builder
		for i := range n {
			l := strings.Repeat("x", i*i%2000) + "\r\n"
			lines.WriteString(l)
			want = append(want, "C"+l)
		}
		if n > 0 {
			say(r, Client, lines.String())
		}
	}
	if !slices.Equal(texts, want) {
		t.Errorf("%d events, want %d, or their octets are wrong", len(texts), len(want))
	}
	if again < 90 {
		t.Errorf("the first event was lent again %d times of 99", again)
	}
}
