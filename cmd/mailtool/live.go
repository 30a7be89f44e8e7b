package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"mailtool/trace"
	"mailtool/trace/term"
)

// A live is a session of our own that is shown while it goes on. Protocol code gets the
// connection that connect returns and knows nothing of all this.
//
//	l, err := p.newLive(&display, liveOptions{...})
//	l.note("assume/body")                     # what we assume, before the first line
//	conn := l.connect(nc, dissector, opening)
//	...                                      the protocol speaks over conn
//	err = l.finish(err, offers)              summary, saved file, what comes next
type live struct {
	p       *program
	d       *display
	o       liveOptions
	shown   term.Options
	stream  io.Writer // where the session is shown
	queue   *term.Queue
	keeper  *keeper
	opening trace.Opening
	start   time.Time
	in      *bufio.Reader // of --step
	print   func() error  // writes the result, when all of the session was shown; or nil

	mu        sync.Mutex // guards what follows
	screen    *term.Screen
	tally     tally
	judge     func(*tally) string // the summary's first words: what came of it
	first     []byte              // what the server said first
	tls       *trace.Security     // what is known of TLS, nil where there is none
	goodbye   bool                // the server said that it closes: 221 or 421
	secretive bool                // a secret was said
	rec       *trace.Recorder
	silence   *time.Timer
	over      bool
	holding   bool           // what comes is not shown yet: see hold
	held      []*trace.Event // what came meanwhile

	spoke chan struct{} // something was recorded; it holds one signal at most
	heard heard         // what the server said

	upgrade *upgrade // how far STARTTLS is that a person types; nil where nobody does
}

// liveOptions are what a command knows of its session.
type liveOptions struct {
	Protocol trace.Protocol
	Messages int  // how many messages will be sent, 0 where nobody knows
	Typed    bool // a person types the lines, so that silence is no news
	Result   bool // stdout is for a result, and the session is shown on stderr
	// Beside is a session that is shown on the same screen, the two by turns; nil for none.
	Beside *live
}

const (
	// silence is after how long a session in which nobody speaks says who waits for whom.
	silence = 2 * time.Second
	// screenful is how many octets may wait for a slow screen.
	screenful = 4 << 20
)

// newLive checks what the flags ask for, makes the file of --save and opens the screen.
func (p *program) newLive(d *display, o liveOptions) (*live, error) {
	stream := p.out
	if o.Result {
		stream = p.err
	}
	shown, err := p.options(d, stream)
	if err != nil {
		return nil, err
	}
	shown.Protocol, shown.Vantage, shown.Messages = o.Protocol, trace.AtClient, o.Messages
	shown.Follow, shown.NoWaits = o.Typed, o.Typed || d.step
	k, err := newKeeper(d.save)
	if err != nil {
		return nil, err
	}
	var queue *term.Queue
	if o.Beside != nil {
		queue = o.Beside.queue
	} else {
		queue = term.NewQueue(stream, screenful, p.lang)
	}
	return &live{p: p, d: d, o: o, shown: shown, keeper: k, in: bufio.NewReader(p.in),
		stream: stream, queue: queue, screen: term.New(queue, shown), judge: p.verdict,
		tally: tally{protocol: o.Protocol}, spoke: make(chan struct{}, 1)}, nil
}

// note says something of ours, unless -q forbids it.
func (l *live) note(key string, args ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noteLocked(key, args)
}

func (l *live) noteLocked(key string, args []string) {
	if !l.d.quiet {
		l.screen.SayEscaped(l.folded(l.p.sentence(key, args)))
	}
}

// folded is a text of ours with its long lines divided, as wide as the screen is.
func (l *live) folded(text string) string {
	const mark = 2 // "# " before each line
	if l.shown.Width <= mark {
		return text
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if term.Columns(line) <= l.shown.Width-mark {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, term.Wrap(line, l.shown.Width-mark)...)
	}
	return strings.Join(lines, "\n")
}

// Write puts text between the lines of the session.
func (l *live) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queue.Write(b)
}

// connect returns nc with a tap in it: from now on the session is recorded and shown.
func (l *live) connect(nc net.Conn, d trace.Dissector, o trace.Opening) *trace.Tap {
	o.Protocol, o.Vantage, o.ShowSecrets = l.o.Protocol, trace.AtClient, l.d.secrets
	l.opening, l.start = o, l.p.Now()
	l.silence = time.AfterFunc(silence, l.idle)
	rec := trace.NewRecorder(d, o, l.p.Now, l.sink)
	l.mu.Lock()
	l.rec = rec
	l.mu.Unlock()
	return trace.NewTap(nc, rec, trace.Client)
}

// sink shows events. It is called under the recorder's lock and never waits: the queue
// takes or drops.
func (l *live) sink(events []*trace.Event) {
	events = trace.Clones(events) // the keeper keeps them, and the screen some
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keeper.keep(events)
	for _, ev := range events {
		l.tally.event(ev)
		if l.first == nil && ev.End == trace.Server && ev.Len > 0 {
			l.first = ev.Raw
		}
		l.goodbye = l.goodbye || isGoodbye(ev) || l.tally.parted()
		l.secretive = l.secretive || len(ev.Secrets) > 0
		if ev.Security != nil {
			l.tls = ev.Security
		}
		l.heard.event(ev)
		l.upgrade.event(ev)
		if l.holding {
			l.held = append(l.held, ev)
		} else {
			l.screen.Event(ev)
		}
	}
	if !l.over {
		l.silence.Reset(silence)
	}
	select {
	case l.spoke <- struct{}{}:
	default:
	}
}

// hold keeps from the screen what comes from now on, since another session has it. It is shown
// by release.
func (l *live) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holding = true
}

func (l *live) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ev := range l.held {
		l.screen.Event(ev)
	}
	l.holding, l.held = false, nil
}

// idle says who waits for whom. It belongs to the screen and is no event.
func (l *live) idle() {
	l.mu.Lock()
	rec, quiet := l.rec, l.over || l.o.Typed || l.d.step
	l.mu.Unlock()
	if rec == nil || quiet {
		return
	}
	greeting, ours := rec.Pending(trace.Server), rec.Pending(trace.Client)
	w := rec.Waiting() // not under our lock: the sink is called under the recorder's
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.screen.Idle(w, ours)
	if w.Client == "greeting" && l.first == nil && len(greeting) == 0 {
		l.noteLocked("live/silent-greeting", nil)
	}
}

// greeted is what the server said first, nil if it said nothing.
func (l *live) greeted() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// culprit is the verb of the command that err is about: the one that was refused, else
// the one that nobody answered. A message has the verb ".".
func (l *live) culprit(err error) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if replyIn(err) != nil {
		return l.tally.refusedVerb()
	}
	return l.tally.unansweredVerb()
}

// refused is the verb of the command that was refused last, "" where none was.
func (l *live) refused() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally.refusedVerb()
}

// isGoodbye says that a server closes with this reply: 221, or 421, which may be its
// first word (RFC 5321 §3.8).
func isGoodbye(ev *trace.Event) bool {
	said := ev.Kind == trace.Reply || ev.Kind == trace.Greeting
	return said && (ev.Verb == "221" || ev.Verb == "421")
}

// dismissed says that the server has announced that it closes (RFC 5321 §3.8).
func (l *live) dismissed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.goodbye
}

// gate is what --step puts before each thing that our side sends: it shows what comes
// next and waits for Enter. Where the input ends, nobody waits any more.
func (l *live) gate(ctx context.Context) func(pending []byte) error {
	if !l.d.step {
		return nil
	}
	running := false
	return func(pending []byte) error {
		next := l.rec.Preview(trace.Client, pending)
		l.mu.Lock()
		l.screen.Next(next)
		l.mu.Unlock()
		running = running || !l.p.waitEnter(ctx, l.in)
		return ctx.Err()
	}
}

// finish ends the screen: the summary, the file of --save, and after a success, on a
// terminal, what to do next. err is how the session ended; it is returned, or what went
// wrong here.
func (l *live) finish(err error, next ...offer) error {
	err = l.end(err)
	if l.print == nil {
		l.goOn(l.queue, err, next)
		l.p.closeScreen(l.queue)
		return l.masked(err)
	}
	l.p.closeScreen(l.queue)
	if failed := l.print(); err == nil {
		err = failed
	}
	l.goOn(l.stream, err, next)
	return l.masked(err)
}

// end is finish for a session beside which another one is shown: the screen stays open.
func (l *live) end(err error) error {
	l.release()
	l.mu.Lock()
	l.over = true
	verdict := l.judge(&l.tally)
	if l.rec != nil {
		l.silence.Stop()
		l.screen.Summary(verdict)
	}
	l.mu.Unlock()
	if saved := l.save(verdict); err == nil {
		err = saved
	}
	return err
}

// goOn says what to do next, after a success and on a terminal.
func (l *live) goOn(w io.Writer, err error, next []offer) {
	if err == nil && isTerminal(l.stream) && !l.d.quiet {
		l.p.next(w, next)
	}
}

// closeScreen gives the screen a moment for what it has not taken, and says on stderr
// what it has missed: a trace that was cut off must not look whole.
func (p *program) closeScreen(q *term.Queue) {
	q.Close()
	if n := q.Unread(); n > 0 {
		p.note(p.err, "live/unread", "n", strconv.Itoa(n))
	}
}

// save writes the file of --save. Where there was no session, there will be no file.
func (l *live) save(verdict string) error {
	if l.rec == nil {
		return l.keeper.discard()
	}
	h := trace.NewHeader("1", l.start, l.opening)
	h.Tool = "mailtool " + version()
	return l.keeper.finish(h, l.shown, verdict)
}

// next names commands that go on from here, of those that this build has.
func (p *program) next(w io.Writer, list []offer) { p.offers(w, p.say("next"), list) }
