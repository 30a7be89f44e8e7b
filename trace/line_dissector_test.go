package trace

import (
	"bytes"
	"time"

	"mailtool/trace/rule"
)

// lineDissector is the least that a dissector can be: each line of the client is a
// command, each of the server a reply. "PASS x" is secret; "BODY n" begins n lines of
// data, "BOOM" makes it panic.
type lineDissector struct {
	s    Scribe
	body int
	sum  Digest
}

var badCommand = rule.Rule{ID: "test/bad", Level: rule.Must, Section: "RFC 5321 §2.4"}

func newLines() *lineDissector { return &lineDissector{s: NewScribe("1")} }

func (d *lineDissector) Mark(m Mark, emit func(*Event)) {
	d.s.Begin(m, emit)
	defer d.s.End()
	switch m.Kind {
	case MarkOpen:
		d.s.WriteMark(d.s.Mark(NoEnd, Connect, m.Open.ServerAddr), 0)
	case MarkBytes:
		for d.line(m.End) {
		}
	case MarkLayer:
		ev := d.s.Mark(NoEnd, LayerChange, m.Layer.Name+" "+m.Layer.Agreed+m.Layer.Err)
		ev.Security = m.Layer.Security
		d.s.WriteMark(ev, 0)
		if m.Layer.Err == "" {
			d.s.Rebase()
		}
	case MarkEOF:
		if n := len(d.s.Held(m.End)); n > 0 {
			d.s.Write(d.s.Take(m.End, n, Undecided))
		}
	case MarkClose:
		d.s.WriteMark(d.s.Mark(NoEnd, Closed, string(m.Why)), 0)
	}
}

func (d *lineDissector) line(e End) bool {
	n := bytes.IndexByte(d.s.Held(e), '\n') + 1
	if n == 0 {
		return false
	}
	if e == Server {
		d.s.Write(d.s.Take(e, n, Reply))
		return true
	}
	if d.body > 0 {
		return d.data(n)
	}
	ev := d.s.Take(e, n, Command)
	word, rest, _ := bytes.Cut(ev.Payload(), []byte(" "))
	ev.Verb = string(word)
	var hide []Span
	switch ev.Verb {
	case "PASS":
		d.s.Remember(rest)
		hide = append(hide, Span{5, len(rest)})
	case "BODY":
		d.body = 1
		for _, c := range rest {
			d.body = d.body*10 + int(c-'0')
		}
	case "BAD":
		ev.Findings = append(ev.Findings, badCommand.FindAt(ev.Raw, 0, 3))
	case "BOOM":
		panic("BOOM sesame")
	}
	d.s.Write(ev, hide...)
	return true
}

func (d *lineDissector) data(n int) bool {
	if string(d.s.Held(Client)[:n]) == ".\r\n" {
		ev := d.s.Take(Client, n, DataEnd)
		ev.Body = d.sum.Body()
		d.body = 0
		d.s.Write(ev)
		return true
	}
	ev := d.s.Take(Client, n, Data)
	d.sum.Write(ev.Raw)
	d.s.Write(ev)
	return true
}

func (d *lineDissector) Waiting() Waiting     { return Waiting{Client: "reply", Server: "command"} }
func (d *lineDissector) Pending(e End) []byte { return d.s.Pending(d.s.Held(e)) }

func (d *lineDissector) Masked(text string) string { return text }

func (d *lineDissector) Preview(e End, b []byte) (out []*Event) {
	c := lineDissector{s: d.s.Clone(), body: d.body, sum: d.sum.Clone()}
	c.Mark(Mark{Kind: MarkBytes, When: d.s.opened.Add(d.s.now), End: e, B: b},
		func(ev *Event) { out = append(out, ev.Clone()) })
	return out
}

// start is when the tests' sessions begin, and tick a clock of theirs: it moves on by a
// millisecond with each question.
var start = time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)

func tick() func() time.Time {
	now := start
	return func() time.Time { now = now.Add(time.Millisecond); return now }
}
