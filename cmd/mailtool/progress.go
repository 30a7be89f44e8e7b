package main

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// A progress says on a terminal how far long work has come, in one line that is written again
// and again. The lines of the session are too many to be read then, and are left out. Where the
// work is short, or nobody sees it, it does nothing.
type progress struct {
	live  *live // nil where it does nothing
	all   int
	done  int
	shown time.Time
}

const (
	longWork = 20                     // messages; more of them scroll away unread
	redraw   = 100 * time.Millisecond // between two drawings
	barWidth = 30
)

// progress begins work on so many messages.
func (l *live) progress(all int) *progress {
	if all <= longWork || !l.p.canErase(l.stream) || l.d.step {
		return &progress{all: all}
	}
	l.note("fetch/long", "n", strconv.Itoa(all))
	l.hush(true)
	return &progress{live: l, all: all}
}

// step is called when a message has come.
func (b *progress) step() {
	b.done++
	if now := time.Now(); b.live != nil && (now.Sub(b.shown) >= redraw || b.done == b.all) {
		b.shown = now
		io.WriteString(b.live, "\r"+b.String()+"\x1b[K")
	}
}

// String is the line.
func (b *progress) String() string {
	full := barWidth
	if b.all > 0 {
		full = barWidth * b.done / b.all
	}
	return "# [" + strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full) + "] " +
		strconv.Itoa(b.done) + "/" + strconv.Itoa(b.all)
}

// end has the session be shown again.
func (b *progress) end() {
	if b.live == nil {
		return
	}
	io.WriteString(b.live, "\r\x1b[K")
	b.live.hush(false)
	b.live = nil
}

// hush leaves lines of the session out, or shows them again. They are counted, and saved.
func (l *live) hush(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.screen.Hush(on || l.d.quiet)
}
