package trace

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/trace/rule"
)

// hold plays one session into the ring, and finishes it unless live is set.
func hold(r *Ring, live bool, lines ...string) *Session {
	s := r.Begin(Info{Protocol: SMTP, Vantage: AtServer, Start: start, Peer: "127.0.0.1:50112"})
	rec := NewRecorder(newLines(), Opening{}, tick(), s.Events)
	for _, l := range lines {
		end := Client
		if l != "" && l[0] >= '0' && l[0] <= '9' {
			end = Server
		}
		say(rec, end, l+"\r\n")
	}
	if !live {
		rec.Record(Mark{Kind: MarkClose, Why: ClosedEOF})
	}
	return s
}

func TestRingSummary(t *testing.T) {
	r := NewRing(0)
	if _, ok := r.Last(); ok {
		t.Error("an empty ring has a last session")
	}
	hold(r, false, "220 hi", "MAIL FROM:<a@lab.test> SIZE=3", "250 ok", "RCPT TO:<b@lab.test>",
		"250 ok", "RCPT TO:<c@lab.test>", "250 ok", "BAD", "BAD", "PASS sesame", "535 no sesame")
	hold(r, true, "USER bob")
	want := Summary{Number: 1, Info: Info{SMTP, AtServer, start, "127.0.0.1:50112"},
		Duration: 12 * time.Millisecond, From: "a@lab.test", To: "b@lab.test", More: 1,
		Commands: 6, Musts: 2, Verdict: "535 no " + Mask, Events: 13}
	list := r.List()
	if len(list) != 2 || list[0] != want {
		t.Errorf("got\n%+v\nwant\n%+v", list, want)
	}
	if last, ok := r.Last(); !ok || last.Number != 2 || !last.Live || last.To != "bob" {
		t.Errorf("last: %+v", last)
	}
	evs, ok := r.Show(1)
	if !ok || len(evs) != 13 || string(evs[2].Raw) != "MAIL FROM:<a@lab.test> SIZE=3\r\n" ||
		evs[8].Findings[0].ID != badCommand.ID {
		t.Errorf("%v %d events", ok, len(evs))
	}
	if _, ok := r.Show(3); ok {
		t.Error("shows a session that never was")
	}
}

// A long body takes no more room than its head, while it flows.
func TestRingFoldsBodies(t *testing.T) {
	r := NewRing(0)
	s := r.Begin(Info{})
	rec := NewRecorder(newLines(), Opening{}, tick(), s.Events)
	say(rec, Client, "BODY 1\r\n")
	for range 100 {
		say(rec, Client, "a line\r\n")
	}
	before := r.Size()
	for range 10000 {
		say(rec, Client, "a line\r\n")
	}
	if grown := r.Size() - before; grown > 0 {
		t.Errorf("10,000 lines took %d octets", grown)
	}
	say(rec, Client, ".\r\n")
	say(rec, Client, "NOOP\r\n")
	evs, _ := r.Show(1)
	if len(evs) != 2+headLines+3 {
		t.Fatalf("%d events", len(evs))
	}
	folded, end := evs[2+headLines], evs[3+headLines]
	if folded.Kind != Data || folded.Raw != nil || folded.Lines != 10060 ||
		len(folded.Payload()) != 0 {
		t.Errorf("%+v", folded)
	}
	if end.Kind != DataEnd || string(end.Raw) != ".\r\n" || end.Body.Octets != 80800 ||
		end.Body.Lines != 10100 {
		t.Errorf("%+v", end)
	}
	covers(t, evs)
}

// One long unit is cut where the head ends; the second body has a head of its own.
func TestRingFoldsAUnit(t *testing.T) {
	r := NewRing(0)
	s := r.Begin(Info{})
	rec := NewRecorder(newLines(), Opening{}, tick(), s.Events)
	for range 2 {
		say(rec, Client, "BODY 1\r\n"+strings.Repeat("x", 10000)+"\r\n.\r\n")
	}
	evs, _ := r.Show(1)
	if len(evs) != 1+2*4 {
		t.Fatalf("%d events", len(evs))
	}
	for _, i := range []int{2, 6} {
		head, rest := evs[i], evs[i+1]
		if len(head.Raw) != headOctets || !head.More || rest.Raw != nil || rest.Len != 10002-headOctets {
			t.Errorf("%d of %d octets, then %d of %d", len(head.Raw), head.Len, len(rest.Raw), rest.Len)
		}
	}
	covers(t, evs)
}

// covers is law 1 for what a ring shows.
func covers(t *testing.T, evs []*Event) {
	t.Helper()
	next := map[End]int64{}
	for _, ev := range evs {
		if ev.End == NoEnd {
			continue
		}
		if ev.Off != next[ev.End] || ev.Raw != nil && int64(len(ev.Raw)) != ev.Len {
			t.Fatalf("event %d: %s at %d, want %d; Len %d", ev.N, ev.Kind, ev.Off, next[ev.End], ev.Len)
		}
		next[ev.End] += ev.Len
	}
}

func TestRingShrinksTheOldestFirst(t *testing.T) {
	r := NewRing(64 << 10)
	live := hold(r, true, "NOOP")
	for range 100 {
		hold(r, false, "MAIL FROM:<a@lab.test>", "250 ok")
		if r.Size() > 64<<10 {
			t.Fatalf("%d octets", r.Size())
		}
	}
	list := r.List()
	if list[0].Number != live.Number() || list[0].Events != 2 {
		t.Errorf("a quiet live session paid for finished ones: %+v", list[0])
	}
	shrunk := 0
	for i, s := range list[1:] {
		if s.Events == 0 {
			shrunk++
			if s.From != "a@lab.test" || s.Verdict != "250 ok" || s.Lost != 4 {
				t.Errorf("shrunk: %+v", s)
			}
			if i != shrunk-1 {
				t.Errorf("session %d shrank before an older one", s.Number)
			}
		}
	}
	if shrunk == 0 || list[len(list)-1].Events != 4 || len(list) == 101 {
		t.Errorf("%d sessions, %d shrunk", len(list), shrunk)
	}
}

func TestRingLiveSessionsLoseTheirBeginnings(t *testing.T) {
	r := NewRing(128 << 10)
	quiet := hold(r, true, "NOOP")
	lines := make([]string, 8000)
	for i := range lines {
		lines[i] = fmt.Sprintf("NOOP %d", i)
		if i%2 == 1 {
			lines[i] = fmt.Sprintf("250 %d", i)
		}
	}
	loud := hold(r, true, lines...)
	if r.Size() > 128<<10 {
		t.Errorf("%d octets", r.Size())
	}
	evs, _ := r.Show(loud.Number())
	if len(evs) < 20 || evs[0].Kind != Gap || evs[1].Kind != Gap || evs[0].End == evs[1].End ||
		evs[0].Text != RingFull || string(evs[len(evs)-1].Raw) != "250 7999\r\n" {
		t.Fatalf("%d events, first %+v", len(evs), evs[0])
	}
	covers(t, evs)
	if evs, _ := r.Show(quiet.Number()); len(evs) != 2 {
		t.Errorf("the quiet session has %d events", len(evs))
	}
	if s, _ := r.Last(); s.Lost+s.Events != 8001 || s.Commands != 4000 {
		t.Errorf("%+v", s)
	}
}

// The estimate is honest: what the ring really takes is near its budget, whether its
// sessions are many or one, short or full of findings.
func TestRingKeepsItsBudget(t *testing.T) {
	const budget = 4 << 20
	long := make([]string, 3000)
	for i := range long {
		long[i] = "BAD " + strings.Repeat("x", i%90)
	}
	for _, row := range []struct {
		name     string
		sessions int
		live     bool
		lines    []string
	}{
		{"10,000 short sessions", 10000, false, []string{"220 hi", "MAIL FROM:<a@lab.test>", "250 ok",
			"RCPT TO:<b@lab.test>", "250 ok", "BODY 1", "Subject: x", "", "hello", ".", "250 ok", "QUIT"}},
		{"300 live sessions", 300, true, long[:200]},
		{"long sessions with findings", 20, false, long},
	} {
		before := heap()
		r := NewRing(budget)
		for range row.sessions {
			hold(r, row.live, row.lines...)
		}
		grown := heap() - before
		if r.Size() > budget || grown > budget*3/2 || grown < budget/2 {
			t.Errorf("%s: %d octets by estimate, %d in truth, budget %d", row.name, r.Size(), grown, budget)
		}
		t.Logf("%s: %d by estimate, %d in truth, %d listed", row.name, r.Size(), grown, len(r.List()))
	}
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What comes after the close is not of the session.
func TestRingLate(t *testing.T) {
	r := NewRing(0)
	s := hold(r, false, "NOOP")
	s.Events([]*Event{{Kind: Command, Raw: []byte("late"), Findings: []rule.Finding{{}}}})
	if l := r.List()[0]; l.Live || l.Events != 3 || l.Notes != 0 || len(r.finished) != 1 {
		t.Errorf("%+v, %d finished", l, len(r.finished))
	}
}

// A session of many thousands of events is as good as a short one.
func TestRingLongSession(t *testing.T) {
	r := NewRing(0)
	lines := make([]string, 10000)
	for i := range lines {
		lines[i] = "NOOP"
	}
	hold(r, true, lines...)
	if evs, _ := r.Show(1); len(evs) != 10001 {
		t.Errorf("%d events", len(evs))
	}
}

// Sessions that record at the same time, while somebody looks on, leave a Ring whose books
// are in order.
func TestRingTogether(t *testing.T) {
	const budget = 256 << 10
	r := NewRing(budget)
	var sessions sync.WaitGroup
	for i := range 8 {
		sessions.Go(func() {
			for n := range 20 {
				lines := make([]string, n*i)
				for k := range lines {
					lines[k] = "BAD " + strings.Repeat("x", k)
				}
				hold(r, n%7 == 6, lines...)
			}
		})
	}
	over := make(chan bool)
	go func() {
		sessions.Wait()
		close(over)
	}()
	for looking := true; looking; {
		select {
		case <-over:
			looking = false
		default:
		}
		for _, s := range r.List() {
			r.Show(s.Number)
		}
	}
	size := 0
	for _, s := range r.sessions {
		size += sessionSize + s.takes()
		if s.filed == s.summary.Live || r.live[s.number] != nil != s.summary.Live {
			t.Errorf("session %d: live %t, filed %t", s.number, s.summary.Live, s.filed)
		}
	}
	if r.Size() != size || size > budget {
		t.Errorf("%d octets by the books, %d in sum, budget %d", r.Size(), size, budget)
	}
}
