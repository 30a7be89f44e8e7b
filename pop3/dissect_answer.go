package pop3

import (
	"strings"

	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// An answer is the rest of a reply of many lines, of which the status line has come: a
// listing, or a message (RFC 1939 §3).
//
// A listing's lines are an event each. So are the lines that begin in the first MaxUnit
// octets of a message; what begins after them is one long unit, cut into pieces: a line
// of a large message is not worth an event.
type answer struct {
	on      bool
	to      sent
	first   int // number of the status line's event
	listing bool

	scan   wire.DotReader
	lf     bool             // the server ends lines with LF alone: so ends the answer
	lines  wire.LineScanner // lf: instead of scan
	inside bool             // lf: the line was cut, and its end has not come
	digest trace.Digest
	begun  int64          // octets of the answer in events so far
	starts int            // lines that begin in the current unit
	text   bool           // octets of the line's text have come
	bare   bool           // the line begins with a dot that is not doubled
	once   once           // what has been judged and need not be again
	far    []rule.Finding // about lines of the unit that is not complete
	offers bool           // of CAPA's answer: it offers PIPELINING
	body   bool           // of a message: its header section has ended
}

func (a *answer) clone() answer {
	c := *a
	c.digest, c.scan = a.digest.Clone(), a.scan.Clone()
	c.far = append([]rule.Finding(nil), a.far...)
	return c
}

// inLines says that the current unit is a line, not the rest of a long message.
func (a *answer) inLines() bool { return a.listing || a.lf || a.begun < trace.MaxUnit }

// line is the line that has just ended.
func (a *answer) line() wire.Line {
	if a.lf {
		return a.lines.Line()
	}
	return a.scan.Line()
}

func (d *Dissector) beginAnswer(r reply) {
	d.answer = answer{on: true, to: r.to, first: r.n, listing: r.to.verb.listing(),
		digest: d.answer.digest, lf: r.lf}
	d.scribe.Continues(trace.Server, r.n)
}

// leaveAnswer gives an answer up whose end cannot be seen any more.
func (d *Dissector) leaveAnswer() {
	a := &d.answer
	a.digest.Body() // makes it ready for the next one
	*a = answer{digest: a.digest}
	d.scribe.Continues(trace.Server, 0)
}

// stepAnswer scans on in an answer.
func (d *Dissector) stepAnswer() bool {
	s, a := &d.scribe, &d.answer
	if a.lf {
		return d.stepLines()
	}
	fresh := s.Fresh(trace.Server)
	if len(fresh) == 0 {
		if s.Scanned(trace.Server, 0) < trace.MaxUnit {
			return false
		}
		d.cutAnswer()
		return true
	}
	if a.scan.AtStart() {
		a.starts++
		a.text, a.bare = false, false
	}
	n, u, text := a.scan.Scan(fresh)
	n = s.Scanned(trace.Server, n)
	if len(text) > 0 {
		if !a.text {
			a.text, a.bare = true, a.scan.Stuffed() && text[0] != '.'
		}
		if !a.listing {
			a.digest.Write(text)
		}
	}
	switch {
	case u == wire.DotEnd:
		d.endAnswer(n, lenEnd)
	case u&wire.DotLine != 0 && a.inLines():
		d.takeAnswer(n, false)
	case u&wire.DotLine != 0:
		d.judgeFar(n)
	}
	return true
}

// stepLines takes a line of an answer whose status line ended with LF alone. By the
// standard such an answer never ends, and all that follows would be a part of it; what
// the server means is plain, and so the dissector frames as the server does.
func (d *Dissector) stepLines() bool {
	s, a := &d.scribe, &d.answer
	n, done := a.lines.Scan(s.Fresh(trace.Server))
	n = s.Scanned(trace.Server, n)
	if !done && n < trace.MaxUnit {
		return false
	}
	text := s.Held(trace.Server)[:n]
	first := !a.inside
	a.inside, a.bare = !done, false
	if first {
		a.starts++
		if line := string(text[:min(n, lenEnd)]); line == ".\n" || line == ".\r\n" {
			d.endAnswer(n, n)
			return true
		}
		if text[0] == '.' {
			text = text[1:]
			a.bare = text[0] != '.'
		}
	}
	if !a.listing {
		a.digest.Write(text)
	}
	d.takeAnswer(n, !done)
	return true
}

// cutAnswer makes an event of a unit that is too long to be waited for, but for octets
// that may be the beginning of the end.
func (d *Dissector) cutAnswer() {
	lead := len(d.answer.scan.Lead())
	d.answer.starts -= min(1, lead)
	d.takeAnswer(trace.MaxUnit-lead, true)
	d.answer.starts = min(1, lead)
}

// takeAnswer makes an event of the first n octets of the answer's unit: of a line, or,
// if more is to come, of a piece.
func (d *Dissector) takeAnswer(n int, more bool) {
	a := &d.answer
	if n == 0 {
		return
	}
	ev := d.scribe.Take(trace.Server, n, a.kind())
	ev.Lines, ev.More = a.starts, more
	if more {
		ev.EOL = 0
	}
	if a.inLines() && !more {
		d.judgeLine(ev)
	}
	if a.to.verb == verbList && a.starts == 1 && !more {
		d.sizes.note(string(ev.Payload()))
	}
	if a.to.verb == verbCapa && a.starts == 1 && !more {
		tag := firstWord(string(ev.Payload()))
		a.offers = a.offers || strings.EqualFold(tag, "PIPELINING") // RFC 2449 §6.6
	}
	ev.Findings = append(ev.Findings, a.far...)
	a.far = a.far[:0:0]
	a.begun += int64(n)
	a.starts = 0
	d.writeAnswer(ev)
}

// judgeLine judges a line of an answer. Most are such that no rule is about them.
func (d *Dissector) judgeLine(ev *trace.Event) {
	a, line := &d.answer, d.answer.line()
	a.body = a.body || line.Len == line.EOL
	if line.Anomalies == 0 && !a.bare {
		return
	}
	d.judge(&unit{ev: ev, where: onAnswer, line: line, bare: a.bare, shift: line.Len - len(ev.Raw),
		header: !a.listing && !a.body && !d.lost && !d.known.utf8})
}

// flushAnswer makes an event of n octets of a line that will not come to its end.
func (d *Dissector) flushAnswer(n int) {
	a := &d.answer
	ev := d.scribe.Take(trace.Server, n, a.kind())
	ev.EOL, ev.Lines, ev.Findings = 0, a.starts, a.far
	a.starts, a.far = 0, nil
	d.writeAnswer(ev)
}

func (a *answer) kind() trace.Kind {
	if a.listing {
		return trace.Reply
	}
	return trace.Data
}

// judgeFar judges a line of a long message, which is no event of its own: n octets of
// the unit end with it. The findings wait for the unit's event.
func (d *Dissector) judgeFar(n int) {
	a := &d.answer
	line := a.scan.Line()
	if line.Anomalies == 0 && !a.bare { // most lines
		return
	}
	ev := trace.Event{Raw: d.scribe.Held(trace.Server)[:n]}
	d.judge(&unit{ev: &ev, where: onAnswer, line: line, bare: a.bare, shift: line.Len - n})
	a.far = append(a.far, ev.Findings...)
}

// endAnswer ends an answer: of the n octets that were scanned the last end are the lone
// dot and its line ending.
func (d *Dissector) endAnswer(n, end int) {
	a := &d.answer
	a.starts--
	d.takeAnswer(n-end, true)
	ev := d.scribe.Take(trace.Server, end, trace.DataEnd)
	ev.Final = true
	if a.to.verb == verbCapa && !d.lost {
		d.known.pipelining, d.hopes.pipelining = a.offers, a.offers
	}
	if !a.listing {
		ev.Body = a.digest.Body()
		d.sizes.octets = ev.Body.Octets
	}
	if a.to.verb == verbList || a.to.verb == verbRetr {
		d.judge(&unit{ev: ev, where: onWhole, lost: d.lost || a.lf, id: a.to.verb, sizes: &d.sizes})
	}
	d.writeAnswer(ev)
	*a = answer{digest: a.digest}
	d.scribe.Continues(trace.Server, 0)
}

// lenEnd is the length of the end of an answer: dot, CR, LF.
const lenEnd = 3

func (d *Dissector) writeAnswer(ev *trace.Event) {
	ev.Answers, ev.Part = d.answer.to.n, d.answer.first
	ev.Phase = phases[d.answer.to.phase]
	d.write(ev)
}
