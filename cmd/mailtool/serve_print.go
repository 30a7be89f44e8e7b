package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mailtool/sandbox"
	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/term"
)

// The words of --print.
const (
	printAuto  = "auto"  // every line while one session is alive, else a line a session
	printFull  = "full"  // every line of every session
	printLines = "lines" // a line a session
	printNone  = "none"
)

// A printer shows the sessions of a server. Sessions must not wait for it: they put their
// events into a channel and go on, and one goroutine makes lines of them. The lines go to
// a term.Queue, so that not even that goroutine waits for a screen.
type printer struct {
	p     *program
	mode  string
	shown term.Options
	out   *term.Queue

	news   chan news
	octets atomic.Int64 // that wait in news
	stop   chan struct{}
	done   chan struct{}

	mu    sync.Mutex
	alive map[*printed]bool // sessions that have not ended
	seen  bool              // a line of a session was written: the next begins after an empty one
}

// news is what a sink had to tell of a session: events to show, or that it is over.
type news struct {
	s      *printed
	events []*trace.Event
	size   int64
	over   bool
}

// A printed is a session on the screen.
type printed struct {
	brief atomic.Bool // gets one line, at its end

	mu      sync.Mutex // guards what the sink counts
	tally   tally
	musts   int
	shoulds int
	orders  int           // commands
	last    time.Duration // of the newest event
	ending  bool          // it is not alive any more

	// What follows belongs to the printer's goroutine.
	session   *sandbox.Session // nil when its last line was written
	screen    *term.Screen
	told      bool      // that it gets one line only
	left      bool      // its lines were left off, and that was said
	announced time.Time // the silence that was spoken of
	begun     []byte    // of a line that the client has not ended
	grew      time.Time // when that was last seen to change
}

// What may wait for the printer, before sessions are cut down to a line.
const (
	newsBuffer = 16 << 10
	newsOctets = 16 << 20
)

func newPrinter(p *program, mode string, shown term.Options, out *term.Queue) *printer {
	return &printer{p: p, mode: mode, shown: shown, out: out, news: make(chan news, newsBuffer),
		stop: make(chan struct{}), done: make(chan struct{}), alive: map[*printed]bool{}}
}

// watch takes a new session in. In auto mode a second session makes the lines of all that
// are alive too many to follow.
func (r *printer) watch(session *sandbox.Session) trace.Sink {
	s := &printed{session: session, tally: tally{protocol: session.Header.Protocol}}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alive[s] = true
	s.brief.Store(r.mode == printLines)
	if r.mode == printAuto && len(r.alive) > 1 {
		for other := range r.alive {
			other.brief.Store(true)
		}
	}
	return func(events []*trace.Event) { r.sink(s, events) }
}

// sink takes the events of a session. It is called under its recorder's lock.
func (r *printer) sink(s *printed, events []*trace.Event) {
	n := news{s: s}
	size, ended := int64(0), false
	s.mu.Lock()
	for _, ev := range events {
		s.count(ev)
		size += int64(len(ev.Raw)) + 256
		gone := ev.Kind == trace.Closed
		n.over = n.over || gone && ev.Text != "fin"
		if gone || isGoodbye(ev) || s.tally.parted() {
			ended, s.ending = ended || !s.ending, true
		}
	}
	s.mu.Unlock()
	if ended {
		r.mu.Lock()
		delete(r.alive, s)
		r.mu.Unlock()
	}
	r.tell(s, n, events, size)
}

// tell passes on what a sink took in: the events, unless they are not to be shown, and
// that the session is over.
func (r *printer) tell(s *printed, n news, events []*trace.Event, size int64) {
	if !s.brief.Load() && r.octets.Add(size) > newsOctets {
		s.brief.Store(true) // this machine shows less than the client sends
		r.octets.Add(-size)
	}
	if !s.brief.Load() {
		n.events, n.size = trace.Clones(events), size
	}
	if n.events == nil && !n.over {
		return
	}
	select {
	case r.news <- n:
	default:
		s.brief.Store(true)
		r.octets.Add(-n.size)
		if n.over { // the last word of a session is worth a moment
			go func() {
				select {
				case r.news <- news{s: s, over: true}:
				case <-r.done:
				}
			}()
		}
	}
}

func (s *printed) count(ev *trace.Event) {
	s.tally.event(ev)
	s.last = max(s.last, ev.Last)
	if ev.Kind == trace.Command && ev.Part == 0 {
		s.orders++
	}
	for i := range ev.Findings {
		switch ev.Findings[i].Level {
		case rule.Must:
			s.musts++
		case rule.Should:
			s.shoulds++
		}
	}
}

// run shows what comes, until end.
func (r *printer) run(box *sandbox.Sandbox) {
	defer close(r.done)
	look := time.NewTicker(silence / 4)
	defer look.Stop()
	var current *printed // whose lines are on the screen
	for {
		select {
		case n := <-r.news:
			current = r.show(box, current, n)
		case <-look.C:
			if current != nil && current.screen != nil {
				r.silent(current)
			}
		case <-r.stop:
			for {
				select {
				case n := <-r.news:
					current = r.show(box, current, n)
				default:
					return
				}
			}
		}
	}
}

// end waits until everything is shown.
func (r *printer) end() {
	close(r.stop)
	<-r.done
}

// show shows news of a session, and returns whose lines are on the screen now.
func (r *printer) show(box *sandbox.Sandbox, current *printed, n news) *printed {
	s := n.s
	r.octets.Add(-n.size)
	brief := s.brief.Load()
	switch {
	case s.told: // it has had, or will get, its line
	case brief:
		s.told = true
		r.leave(s)
		if current != nil && current != s && current.brief.Load() {
			current.told = true
			r.leave(current)
		}
	case r.mode == printAuto && current != nil && current != s:
		r.close(box, current) // it said goodbye, and only its connection was still there
		fallthrough
	default:
		r.events(s, n.events)
		current = s
	}
	if n.over {
		r.close(box, s)
		if current == s {
			current = nil
		}
	}
	return current
}

// leave says that the lines of a session end here, though it goes on.
func (r *printer) leave(s *printed) {
	if s.screen != nil && !s.left {
		s.left = true
		r.p.note(r.out, "serve/brief", "n", strconv.Itoa(s.session.Number))
	}
}

func (r *printer) events(s *printed, events []*trace.Event) {
	if s.screen == nil {
		o := r.shown
		o.Protocol, o.ClientAddr = s.session.Header.Protocol, s.session.Header.ClientAddr
		if r.seen {
			fmt.Fprintln(r.out)
		}
		r.seen = true
		s.screen = term.New(r.paper(s), o)
		r.p.note(r.paper(s), "serve/session", "n", strconv.Itoa(s.session.Number))
	}
	for _, ev := range events {
		s.screen.Event(ev)
	}
}

// close ends what is shown of a session: the summary of its screen, or its one line.
func (r *printer) close(box *sandbox.Sandbox, s *printed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := r.p.verdict(&s.tally)
	switch {
	case s.session == nil:
		return
	case s.screen != nil && !s.told:
		s.screen.Summary(verdict)
		if broken := r.findings(s); broken != "" {
			fmt.Fprintln(r.paper(s), "# "+broken)
		}
		if s.tally.moved() {
			r.p.note(r.paper(s), "serve/counts", "count", r.p.counts(box))
		}
	default:
		r.p.note(r.out, "serve/line", "n", strconv.Itoa(s.session.Number),
			"peer", s.session.Header.ClientAddr, "verdict", verdict,
			"commands", r.p.counted("serve/commands", s.orders), "time", term.Duration(r.p.lang, s.last))
		if broken := r.findings(s); broken != "" {
			fmt.Fprintln(r.out, "#   "+broken)
		}
	}
	s.session, s.screen, s.told = nil, nil, true
}

// findings says how many rules were broken, "" where none was.
func (r *printer) findings(s *printed) string {
	var parts []string
	if s.musts > 0 {
		parts = append(parts, r.p.say("serve/musts", "n", strconv.Itoa(s.musts)))
	}
	if s.shoulds > 0 {
		parts = append(parts, r.p.say("serve/shoulds", "n", strconv.Itoa(s.shoulds)))
	}
	return strings.Join(parts, r.p.say("serve/comma"))
}

// silent says who waits for what, once for each silence. Octets without the end of a
// line are no event, but no silence either.
func (r *printer) silent(s *printed) {
	since, w, ok := s.session.Silence()
	if !ok || s.told {
		return
	}
	if begun := s.session.Pending(); !bytes.Equal(begun, s.begun) {
		s.begun, s.grew = begun, r.p.Now()
	}
	if s.grew.After(since) {
		since = s.grew
	}
	if since != s.announced && r.p.Now().Sub(since) >= silence {
		s.announced = since
		s.screen.Idle(w, s.begun)
	}
}

// paper is where the lines of a session go. Where lines of several come at a time, each
// says whose it is.
func (r *printer) paper(s *printed) *sheet {
	if r.mode == printFull {
		return &sheet{r: r, head: fmt.Sprintf("[%d] ", s.session.Number)}
	}
	return &sheet{r: r}
}

type sheet struct {
	r    *printer
	head string
}

// Write writes lines, each with its head.
func (w *sheet) Write(lines []byte) (int, error) {
	headed := lines
	if w.head != "" {
		headed = nil
		for line := range bytes.Lines(lines) {
			headed = append(append(headed, w.head...), line...)
		}
	}
	if _, err := w.r.out.Write(headed); err != nil {
		return 0, err
	}
	return len(lines), nil
}
