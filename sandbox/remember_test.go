package sandbox

import (
	"fmt"
	"testing"
	"time"
)

// TestRemember: what is remembered is just that log-in, for a while.
func TestRemember(t *testing.T) {
	clock := stoppedClock()
	m := newMemory(clock.now)
	m.keep(m.mark(7, "alice", "sesame"))
	for _, test := range []struct {
		id             int64
		name, password string
		want           bool
	}{{7, "alice", "sesame", true}, {8, "alice", "sesame", false}, {7, "bob", "sesame", false},
		{7, "alices", "esame", false}, {7, "alice", "Sesame", false}, {7, "alice", "", false}} {
		if got := m.has(m.mark(test.id, test.name, test.password)); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
	if newMemory(clock.now).mark(7, "alice", "sesame") == m.mark(7, "alice", "sesame") {
		t.Error("two processes make the same mark")
	}
	clock.at = clock.at.Add(rememberedFor)
	if m.has(m.mark(7, "alice", "sesame")) {
		t.Error("it is remembered for ever")
	}
	m.keep(m.mark(7, "alice", "sesame"))
	if !m.has(m.mark(7, "alice", "sesame")) || len(m.queue) != 1 || len(m.until) != 1 {
		t.Errorf("after the next: %d in the queue, %d known", len(m.queue), len(m.until))
	}
}

// TestRememberBounded: it has the newest.
func TestRememberBounded(t *testing.T) {
	clock := stoppedClock()
	m := newMemory(clock.now)
	marks := make([]mark, 3*rememberedLogins)
	for i := range marks {
		clock.at = clock.at.Add(time.Millisecond)
		marks[i] = m.mark(int64(i), fmt.Sprint(i), "x")
		m.keep(marks[i])
		m.keep(marks[i])
	}
	kept := 0
	for _, k := range marks[len(marks)-rememberedLogins:] {
		if m.has(k) {
			kept++
		}
	}
	if kept != rememberedLogins || len(m.until) != kept || len(m.queue) != kept {
		t.Errorf("%d of the newest are kept, %d known, %d in the queue", kept, len(m.until), len(m.queue))
	}
}
