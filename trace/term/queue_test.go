package term

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/internal/sentence"
)

// A gate is a screen that takes nothing until it is opened.
type gate struct {
	open chan struct{}
	mu   sync.Mutex
	got  bytes.Buffer
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.Write(p)
}

// within fails the test if f takes longer than d.
func within(t *testing.T, d time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { f(); close(done) }()
	select {
	case <-done:
	case <-time.After(d):
		t.Fatalf("%s held us up", what)
	}
}

func TestQueueBlockedScreen(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	q := NewQueue(g, 100, sentence.English)
	within(t, 5*time.Second, "a screen that is never read", func() {
		for i := range 1000 {
			fmt.Fprintf(q, "line %03d\n", i) // 9 octets
		}
	})
	close(g.open)
	within(t, 5*time.Second, "Close", func() { q.Close() })
	lines := strings.Split(strings.TrimSpace(g.got.String()), "\n")
	if len(lines) != 12 { // 11 lines fit in 100 octets
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	if q.Unread() != 0 {
		t.Errorf("%d lines unread, though the screen was told", q.Unread())
	}
	if want := "# 989 lines not shown: the screen was too slow"; lines[11] != want {
		t.Errorf("last line %q, want %q", lines[11], want)
	}
	if _, err := q.Write([]byte("x\n")); err == nil {
		t.Error("a closed queue took a line")
	}
}

// A screen that comes back says what it missed before it goes on.
func TestQueueScreenComesBack(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	q := NewQueue(g, 10, sentence.English)
	for range 3 {
		q.Write([]byte("12345678\n"))
	}
	close(g.open)
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		g.mu.Lock()
		n := g.got.Len()
		g.mu.Unlock()
		if n > 0 || time.Now().After(deadline) {
			break
		}
	}
	for { // the queue counts a line as waiting until the write has come back
		q.mu.Lock()
		idle := q.octets == 0
		q.mu.Unlock()
		if idle {
			break
		}
		time.Sleep(time.Millisecond)
	}
	q.Write([]byte("after\n"))
	q.Close()
	want := "12345678\n# 2 lines not shown: the screen was too slow\nafter\n"
	if got := g.got.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQueueCloseLeavesABlockedScreen(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	defer close(g.open)
	q := NewQueue(g, 100, sentence.English)
	for range 70 {
		q.Write([]byte("x\n"))
	}
	within(t, 10*patience, "Close before a screen that is never read", func() { q.Close() })
	if q.Unread() != 70 {
		t.Errorf("%d lines unread, want 70", q.Unread())
	}
}

type closedPipe struct{ writes int }

func (c *closedPipe) Write([]byte) (int, error) { c.writes++; return 0, errors.New("EPIPE") }

func TestQueueClosedPipe(t *testing.T) {
	c := &closedPipe{}
	q := NewQueue(c, 1<<20, sentence.English)
	for range 10000 {
		if _, err := q.Write([]byte("x\n")); err != nil {
			t.Fatal(err)
		}
	}
	within(t, 5*time.Second, "a closed pipe", func() { q.Close() })
	if q.Unread() != 0 {
		t.Errorf("%d lines unread by a screen that left", q.Unread())
	}
	if c.writes != 1 {
		t.Errorf("%d writes to a closed pipe, want 1", c.writes)
	}
}

func TestGroup(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := group(n); got != want {
			t.Errorf("group(%d) = %s, want %s", n, got, want)
		}
	}
}
