package imap

import (
	"bytes"

	"mailtool/internal/wire"
	"mailtool/trace"
)

// A side is what the dissector knows of one end: its unfinished line, the command or
// response that goes on, the literal that is flowing.
type side struct {
	scan  wire.LineScanner
	tail  []byte     // the end of a line that was cut: a literal may be announced there
	cut   bool       // the line was cut, and its end has not come
	first int        // event that began the command or response that goes on, 0 if none does
	kind  trace.Kind // of the line's first piece
	ended bool       // it will send no more

	silent bool // the response announces no literal, whatever it ends in

	flowing bool  // the next octets are those of a literal
	left    int64 // so many
	begun   bool  // an event of it was written
	inLine  bool  // the newest octet of the literal did not end a line
	secret  bool
	digest  trace.Digest
}

// maxAnnouncement is how many octets the announcement of a literal has at most, with the
// line ending: wire.FindLiteral reads 16 digits.
const maxAnnouncement = len("{1234567890123456+}\r\n")

func (s *side) clone() side {
	c := *s
	c.tail = append([]byte(nil), s.tail...)
	c.digest = s.digest.Clone()
	return c
}

// keepTail remembers the end of a piece of a line.
func (s *side) keepTail(piece []byte) {
	s.tail = append(s.tail, piece...)
	if n := len(s.tail) - maxAnnouncement; n > 0 {
		s.tail = append(s.tail[:0], s.tail[n:]...)
	}
}

// literal looks for the announcement of a literal at the end of a line, of which last
// is the last piece.
func (s *side) literal(last []byte) (wire.Literal, bool) {
	if len(s.tail) > 0 {
		s.keepTail(last)
		last = s.tail
	}
	l, is := wire.FindLiteral(withoutEnd(last))
	s.tail = s.tail[:0]
	return l, is
}

// withoutEnd is a line without its line ending, and without CRs before it.
func withoutEnd(line []byte) []byte {
	n := len(line)
	for n > 0 && (line[n-1] == '\n' || line[n-1] == '\r') {
		n--
	}
	return line[:n]
}

// goesOn says that the units of e up to the next call belong to the event numbered
// first; 0 ends that.
func (d *Dissector) goesOn(e trace.End, first int) {
	d.ends[slot(e)].first = first
	d.scribe.Continues(e, first)
}

// beginLiteral begins a literal of e. An empty one has no octets that an event could be
// made of, and yet it is there.
func (d *Dissector) beginLiteral(e trace.End, size int64, secret bool) {
	s := &d.ends[slot(e)]
	s.flowing, s.left, s.begun, s.inLine, s.secret = true, size, false, false, secret
	if size > 0 {
		return
	}
	ev := d.scribe.Mark(e, trace.DataEnd, "")
	ev.Raw, ev.Part = []byte{}, s.first
	d.endLiteral(s, ev)
	d.write(ev)
}

// stepLiteral takes octets of a literal, which are counted and never held.
func (d *Dissector) stepLiteral(e trace.End) bool {
	s := &d.ends[slot(e)]
	n := min(s.left, trace.MaxUnit)
	if int64(len(d.scribe.Held(e))) < n {
		return false
	}
	ev := d.takeLiteral(e, int(n))
	if s.left == 0 {
		ev.Kind = trace.DataEnd
		d.endLiteral(s, ev)
	}
	if s.left > 0 {
		ev.EOL, ev.More = 0, true
	}
	d.writeLiteral(s, ev)
	return true
}

// takeLiteral makes an event of n octets of a literal.
func (d *Dissector) takeLiteral(e trace.End, n int) *trace.Event {
	s := &d.ends[slot(e)]
	ev := d.scribe.Take(e, n, trace.Data)
	s.left -= int64(n)
	s.digest.Write(ev.Raw)
	ev.Lines = bytes.Count(ev.Raw[:n-1], []byte{'\n'})
	if !s.inLine {
		ev.Lines++
	}
	s.inLine = ev.Raw[n-1] != '\n'
	if s.secret && !s.begun {
		d.scribe.Remember(ev.Raw)
	}
	if e == trace.Client {
		d.judge(&unit{ev: ev, where: onLiteral, end: e, text: ev.Raw, soon: d.soon()})
	}
	s.begun = true
	return ev
}

func (d *Dissector) writeLiteral(s *side, ev *trace.Event) {
	if s.secret {
		d.write(ev, trace.Span{Len: len(ev.Raw)})
		return
	}
	d.write(ev)
}

// endLiteral measures a literal. Of a secret one nothing is told: its length and its
// digest would give it away.
func (d *Dissector) endLiteral(s *side, ev *trace.Event) {
	s.flowing = false
	body := s.digest.Body()
	if !s.secret || d.scribe.ShowsSecrets() {
		ev.Body = body
	}
}
