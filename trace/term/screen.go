// Package term shows sessions to people: wire lines with who said them, numbered, in
// phases, and under them, on lines that begin with #, what mailtool has to say.
//
// A Screen takes the events of one session in order and writes lines. Read screen.go,
// then row.go (a wire line), note.go (what stands under it), body.go (long messages are
// folded), mark.go (connections and layers), live.go (who waits, what comes next) and
// count.go (the last line). internal/escape makes wire text harmless; queue.go keeps a
// slow screen from holding a session up.
package term

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"time"

	"mailtool/internal/sentence"
	"mailtool/trace"
	"mailtool/trace/explain"
)

// A DataMode says how much of a message is shown.
type DataMode string

// The modes of --data.
const (
	DataAuto DataMode = ""     // up to 40 lines of body whole, else header, ten lines and a count
	DataFull DataMode = "full" // all of it
	DataHead DataMode = "head" // its header
	DataNone DataMode = "none" // a count
)

// Options are what a Screen is asked to show. The zero value is the plain screen.
type Options struct {
	Lang     sentence.Lang
	Protocol trace.Protocol
	Vantage  trace.Vantage
	Colour   bool
	Width    int // columns of the terminal, for our own sentences; 0 is 80
	Room     int // columns behind which nothing can be read, where there is no terminal; 0: none

	Explain bool // what each line means, under it
	Data    DataMode
	Time    bool // a column with the time since the session was opened, in seconds
	State   bool // a column with the protocol's state
	Bytes   bool // line endings, tabs, octets beyond ASCII and dot-stuffing are shown
	Quiet   bool // nothing but the summary

	// ClientAddr is where the client is, for the screen of a server.
	ClientAddr string

	// Follow shows the lines of a body as they come, because somebody is typing them.
	Follow bool
	// NoWaits leaves out how long a line was waited for: somebody is typing.
	NoWaits bool
	// Messages is how many messages the client means to send, 0 where nobody knows.
	Messages int
}

// A Screen shows one session. It must not be used by two goroutines at a time.
type Screen struct {
	o       Options
	put     func(Line)
	flush   func() // what was put belongs together, and is complete
	meaning *explain.Explainer

	phase    string        // whose rule was written last
	message  int           // number of the mail transaction
	mailN    int           // event of its MAIL
	refused  bool          // that MAIL was refused
	open     bool          // and a transaction that it opened has not ended
	last     time.Duration // when the last octet came
	numbered bool          // a wire line was written
	states   int           // columns of the state column
	sasl     string        // mechanism of the log-in
	naming   bool          // it asks for the user name, and that is what comes next
	named    bool          // the newest unit is the user name
	hidden   string        // phase in which a mask was explained last, and how
	coded    bool          // it was said that base64 is no encryption
	fin      *trace.Event  // an end will send no more: not shown yet
	closed   bool          // it was said who closed
	partial  bool          // the last row ended before its line did
	rest     int64         // octets of its line that are not shown and not yet told of
	restOf   trace.End     // whose line that is
	chunk    bool          // the newest command is a BDAT that is not the last
	cr       bool          // the chunk before ended between a CR and its LF
	body     body
	asked    asked
	count    count
	terminal int // columns of the terminal, or of what there is room for; 0 where lines have no end
	failed   error
}

// ruleWidth is how long the rule above a phase is, in columns.
const ruleWidth = 72

// New returns a Screen that writes to w, an event in one Write. After an error of w
// it writes nothing more; see Err.
func New(w io.Writer, o Options) *Screen {
	s := NewLines(o, nil)
	colours := newPalette(o.Colour)
	var text bytes.Buffer
	s.put = func(l Line) {
		text.WriteString(colours.paint(l))
		text.WriteByte('\n')
	}
	s.flush = func() {
		if s.failed == nil && text.Len() > 0 {
			_, s.failed = w.Write(text.Bytes())
		}
		text.Reset()
	}
	return s
}

// NewLines returns a Screen that hands its lines to put.
func NewLines(o Options, put func(Line)) *Screen {
	terminal := max(o.Width, 0)
	if o.Width <= 0 {
		o.Width, terminal = 80, o.Room
	}
	s := &Screen{o: o, put: put, flush: func() {}, states: 9, terminal: terminal,
		meaning: explain.New(o.Lang, o.Protocol)}
	return s
}

// Hush shows nothing from now on, as Quiet does, or goes on showing. What is not shown counts in
// the summary.
func (s *Screen) Hush(on bool) { s.o.Quiet = on }

// Explain says whether what comes from now on is explained.
func (s *Screen) Explain(on bool) { s.o.Explain = on }

// Err is the first error of the writer.
func (s *Screen) Err() error { return s.failed }

// Event shows the next event.
func (s *Screen) Event(ev *trace.Event) {
	s.count.add(ev)
	meanings := s.meaning.Event(ev)
	if !s.o.Explain {
		meanings = slices.DeleteFunc(meanings, func(n explain.Note) bool { return !n.Always })
	}
	s.watch(ev)
	if !s.o.Quiet {
		s.show(ev, meanings)
	}
	s.last = max(s.last, ev.Last)
	s.flush()
}

// watch keeps what later lines depend on.
func (s *Screen) watch(ev *trace.Event) {
	s.named = false
	switch {
	case ev.Kind == trace.Reply && ev.Answers == s.mailN && ev.Verb != "":
		s.refused = ev.Verb[0] == '4' || ev.Verb[0] == '5'
		s.open = s.open && !s.refused
	case ev.Kind == trace.DataEnd && ev.End == trace.Client:
		s.open = s.open && s.chunk
	case ev.Kind == trace.Command && ev.Part == 0:
		s.asked.command(ev)
		s.chunk = ev.Verb == "BDAT" && !endsTransaction(ev)
		s.sasl = mechanism(ev, s.sasl)
		s.naming = asksName(ev)
		s.named = s.naming && (len(ev.Secrets) > 0 || ev.Decoded != "")
		s.naming = s.naming && !s.named
		s.open = s.open && !endsTransaction(ev)
	case ev.Kind == trace.Continuation && ev.End == trace.Client:
		s.named, s.naming = s.naming, false
	}
}

func (s *Screen) show(ev *trace.Event, meanings []explain.Note) {
	isData := ev.Kind == trace.Data || ev.Kind == trace.DataEnd
	if ev.End != s.restOf || len(ev.Raw) == 0 {
		s.tellRest()
	}
	if !isData || ev.End != s.body.end {
		s.body.pause(s)
	}
	if ev.Kind != trace.Closed {
		s.settle(false)
	}
	s.phaseRule(ev)
	switch {
	case isData:
		s.body.event(s, ev, meanings)
		return
	case ev.Raw == nil:
		s.mark(ev, meanings)
		return
	}
	if ev.End == s.body.end && ev.Verb != "BDAT" {
		s.body, s.cr = body{}, false
	}
	if ev.Lines == 0 && ev.EOL == len(ev.Raw) && len(ev.Findings) == 0 {
		return // the end of a line whose rest lies under a mask
	}
	for _, r := range s.rows(ev, meanings) {
		s.writeRow(r)
	}
	if ev.Kind == trace.Undecided {
		s.note(explain.Mark(s.o.Lang, ev))
	}
	s.answers(ev)
	s.previous(ev)
}

// mailBegins says that a MAIL begins another message. One that comes while a transaction
// is open is out of turn, and one after a refusal a second attempt, unless the client is
// known to go on to its next message.
func (s *Screen) mailBegins(ev *trace.Event) bool {
	next := s.message == 0 || s.o.Messages > 0 || !s.refused && !s.open
	if next || s.refused {
		s.mailN, s.refused, s.open = ev.N, false, true
	}
	if next {
		s.message++
	}
	return next
}

// endsTransaction says that a command ends a mail transaction (RFC 5321 §4.1.4).
func endsTransaction(ev *trace.Event) bool {
	switch ev.Verb {
	case "RSET", "EHLO", "HELO":
		return true
	case "BDAT": // RFC 3030 §2
		words := ev.Words()
		return len(words) == 3 && strings.EqualFold(words[2], "LAST")
	}
	return false
}

// phaseRule writes a rule where a phase begins, or the next message. Replies write
// none: those to pipelined commands belong to phases that are over.
func (s *Screen) phaseRule(ev *trace.Event) {
	switch {
	case ev.Phase == "" || ev.Kind == trace.Connect:
		return
	case ev.Raw == nil && !s.numbered && ev.Kind != trace.Closed:
		return // TLS from the start: the rule stands above the first line
	case ev.Kind == trace.Reply && s.phase != "":
		return
	case s.keeps(ev):
		return // nothing is shown of it yet
	}
	next := s.o.Protocol == trace.SMTP && ev.Kind == trace.Command && ev.Verb == "MAIL" &&
		s.mailBegins(ev)
	if ev.Phase == s.phase && !next {
		return
	}
	s.phase = ev.Phase
	title, purpose := explain.Phase(s.o.Lang, s.o.Protocol, ev.Phase)
	title = Escape([]byte(title))
	if next {
		key := "phases/message-n"
		if s.o.Messages > 0 {
			key = "phases/message"
		}
		title = s.say("term/heading", "phase", title, "message", s.say(key,
			"n", group(int64(s.message)), "total", group(int64(s.o.Messages))))
	}
	title = "-- " + title + " "
	s.put(Line{{Phase, title + strings.Repeat("-", max(2, min(ruleWidth, s.o.Width)-Columns(title)))}})
	if s.o.Explain && s.message < 2 && purpose.Text != "" {
		s.meanings([]explain.Note{purpose})
	}
}

// say returns a sentence of the screen's language.
func (s *Screen) say(key string, values ...string) string {
	return say(s.o.Lang, key, values...)
}
