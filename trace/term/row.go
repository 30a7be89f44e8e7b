package term

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/rule"
)

// maxShown is how many octets of a line are shown: as many as a text line may have
// (RFC 5321 §4.5.3.1.6), and fewer of what nobody can read.
func maxShown(k trace.Kind) int {
	if k == trace.Undecided {
		return 200
	}
	return 1000
}

// longWait is from how long on a wait is told.
const longWait = 200 * time.Millisecond

// A row is one wire line, or what an event holds of one.
type row struct {
	ev       *trace.Event
	number   int    // 0: it goes on with the line above
	at       int    // index of text in the event's Raw
	text     []byte // with its line ending
	shown    int    // octets of it that are on the screen
	wait     time.Duration
	findings []rule.Finding
	masked   bool
	meanings []explain.Note
}

// payload is the text without its line ending.
func (r *row) payload() []byte {
	if text, ok := bytes.CutSuffix(r.text, []byte("\n")); ok {
		return bytes.TrimSuffix(text, []byte("\r"))
	}
	return r.text
}

// rows divides an event into wire lines. Most are one line. What stands behind a lone LF
// has a row, but no number: it is still the same line.
func (s *Screen) rows(ev *trace.Event, meanings []explain.Note) []row {
	var rows []row
	raw, at, next := ev.Raw, 0, ev.Line
	goesOn := s.partial || ev.Lines == 0
	for {
		n := len(raw) - at
		if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 && ev.Kind != trace.Undecided {
			n = i + 1
		}
		r := row{ev: ev, at: at, text: raw[at : at+n]}
		if !goesOn {
			r.number = next
			next++
		}
		rows = append(rows, r)
		ends := bytes.HasSuffix(r.text, []byte("\r\n")) || s.cr && at == 0 && string(r.text) == "\n"
		goesOn = !ends
		if at += n; at >= len(raw) {
			break
		}
	}
	for _, n := range meanings {
		r := rowOf(rows, n)
		r.meanings = append(r.meanings, n)
	}
	if wait := ev.First - s.last; wait >= longWait && !s.o.NoWaits {
		rows[0].wait = wait
	}
	s.share(rows, ev)
	return rows
}

// rowOf is the line of many that a note is about.
func rowOf(rows []row, n explain.Note) *row {
	for i := range rows {
		if r := &rows[i]; n.At >= r.at && n.At < r.at+len(r.text) {
			return r
		}
	}
	return &rows[0]
}

// previous keeps whether the next event goes on with the line that ev ended in.
func (s *Screen) previous(ev *trace.Event) {
	s.partial = ev.More
	if ev.Kind == trace.Data && len(ev.Raw) > 0 { // a piece of a body may end with a line
		s.partial = ev.Raw[len(ev.Raw)-1] != '\n'
	}
}

// share gives each finding and mask to the row that it is about.
func (s *Screen) share(rows []row, ev *trace.Event) {
	in := func(at int) *row {
		for i := range rows {
			if r := &rows[i]; at >= r.at && at < r.at+len(r.text) {
				return r
			}
		}
		return &rows[len(rows)-1]
	}
	for _, f := range ev.Findings {
		r := &rows[0]
		if f.At > 0 {
			r = in(int(f.Off - ev.Off))
		}
		r.findings = append(r.findings, f)
	}
	for _, m := range ev.Secrets {
		in(m.At).masked = true
	}
}

// writeRow writes a wire line and what belongs under it.
func (s *Screen) writeRow(r row) {
	if s.hides(&r) {
		return
	}
	if r.wait > 0 {
		s.note("(" + s.say("screen/waited", "time", s.duration(r.wait)) + ")")
	}
	role, flag := roleOf(r.ev)
	before := s.prefix(&r)
	text := s.visible(&r)
	r.shown = s.cut(&r, text)
	text, rest := text[:r.shown], text[r.shown:]
	wire := flag + r.ev.End.String() + ":"
	if len(text) > 0 {
		wire += " " + s.escape(text)
	}
	s.put(Line{{Note, before}, {role, wire}})
	s.numbered = true
	s.leaveOut(&r, rest)
	s.notes(r.findings, Columns(before)+4, &r)
	if r.masked || r.ev.Decoded != "" {
		s.secretNotes(&r)
	}
	s.meanings(r.meanings)
}

// visible is what of a row could be shown.
func (s *Screen) visible(r *row) []byte {
	if s.o.Bytes {
		return r.text
	}
	return r.payload()
}

func (s *Screen) escape(b []byte) string {
	if s.o.Bytes {
		return EscapeBytes(b)
	}
	return Escape(b)
}

// prefix is what stands before the flag: the columns that were asked for, and the
// number of the line.
func (s *Screen) prefix(r *row) string {
	number := "   "
	if r.number > 0 {
		number = fmt.Sprintf("%2d ", r.number)
	}
	return s.columns(r.ev) + number
}

func (s *Screen) columns(ev *trace.Event) string {
	var b strings.Builder
	if s.o.Time {
		fmt.Fprintf(&b, "%8.3f  ", ev.First.Seconds())
	}
	if s.o.State {
		s.states = max(s.states, len(ev.State))
		fmt.Fprintf(&b, "%-*s  ", s.states, ev.State)
	}
	return b.String()
}

// margin is as wide as the columns, and empty.
func (s *Screen) margin() string {
	n := 0
	if s.o.Time {
		n += 10
	}
	if s.o.State {
		n += s.states + 2
	}
	return strings.Repeat(" ", n)
}

// temporary are the response codes that turn a refusal into one for now (RFC 2449 §8.1,
// RFC 3206 §4, RFC 5530 §3).
var temporary = [][]byte{[]byte("[IN-USE]"), []byte("[SYS/TEMP]"), []byte("[LOGIN-DELAY]"),
	[]byte("[UNAVAILABLE]"), []byte("[INUSE]")}

// roleOf is the colour of a wire line, and its flag: ~ for a refusal for now, ! for one
// for good.
func roleOf(ev *trace.Event) (Role, string) {
	if ev.End != trace.Server {
		return Client, " "
	}
	if ev.Kind != trace.Reply && ev.Kind != trace.Greeting || ev.Verb == "" {
		return Server, " "
	}
	switch ev.Verb[0] {
	case '3':
		return GoOn, " "
	case '4':
		return ForNow, "~"
	case '5':
		return ForGood, "!"
	}
	switch ev.Verb {
	case "+":
		return GoOn, " "
	case "-ERR", "NO", "BAD":
		if ev.Verb == "NO" && bytes.HasPrefix(ev.Raw, []byte("* ")) {
			return ForNow, "~" // a warning: nothing was refused (RFC 3501 §7.1.2)
		}
		for _, code := range temporary {
			if bytes.Contains(ev.Raw, code) {
				return ForNow, "~"
			}
		}
		return ForGood, "!"
	}
	return Server, " "
}
