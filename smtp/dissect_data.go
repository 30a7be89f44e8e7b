package smtp

import (
	"mailtool/internal/wire"
	"mailtool/mime/scan"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// A body is the message whose data is flowing.
//
// Its first MaxUnit octets are events line by line: a person may be typing them, and
// the header section is judged by lines. What begins after them is one long unit, cut
// into pieces: a line of a large message is not worth an event.
type body struct {
	scan     wire.DotReader
	digest   trace.Digest
	tail     []byte // the newest octets of the line, not digested: see digestText
	header   scan.HeaderCheck
	begun    int64          // octets of the body in events so far
	starts   int            // lines that begin in the current unit
	once     once           // what has been judged and need not be again
	far      []rule.Finding // about lines of the unit that is not complete
	headless bool           // the header section is not judged: its lines were not seen whole

	suspect  *suspect // where the end may have been, while it is held
	suspects int      // how many there were
	trusting bool     // no more of them are looked for
}

// A suspect is a place that a careless server takes for the end of a message.
type suspect struct {
	end    int            // octets of the unit up to behind it
	ended  bool           // that was at a CRLF
	before trace.Digest   // what was digested before it
	probe  wire.DotReader // looks for the true end behind it
	probed int            // octets of the unit that it has seen
}

func (b *body) clone() body {
	c := *b
	c.digest, c.scan = b.digest.Clone(), b.scan.Clone()
	c.tail = append([]byte(nil), b.tail...)
	if s := b.suspect; s != nil {
		c.suspect = &suspect{s.end, s.ended, s.before.Clone(), s.probe.Clone(), s.probed}
	}
	return c
}

// begin makes b ready for the next message.
func (b *body) begin() {
	digest := b.digest
	*b = body{}
	b.digest = digest
}

// beginData begins a message: the server said 354.
func (d *Dissector) beginData(command int) {
	d.message.begin()
	d.message.header.UTF8 = d.known.utf8
	d.scribe.Continues(trace.Client, command)
}

// inLines says that the current unit is a line, not the rest of a long body.
func (b *body) inLines() bool { return b.begun < trace.MaxUnit }

// stepData scans on in a message.
func (d *Dissector) stepData() bool {
	s, m := &d.scribe, &d.message
	fresh := s.Fresh(trace.Client)
	if len(fresh) == 0 {
		if s.Scanned(trace.Client, 0) < trace.MaxUnit {
			return false
		}
		lead := len(m.scan.Lead())
		m.starts -= min(1, lead)
		d.takeData(trace.MaxUnit-lead, true)
		m.starts = min(1, lead)
		return true
	}
	if m.scan.AtStart() {
		m.starts++
	}
	n, u, text := m.scan.Scan(fresh)
	n = s.Scanned(trace.Client, n)
	if u&wire.DotSuspect != 0 && !m.trusting && !d.lost {
		d.suspect(n, u, text)
		return true
	}
	m.digestText(text, u)
	switch {
	case u == wire.DotEnd:
		d.endData(n, m.scan.Len())
	case u&wire.DotLine != 0 && m.inLines():
		d.takeData(n, false)
	case u&wire.DotLine != 0:
		d.judgeFar(n)
	}
	return true
}

// digestText digests what a scan yielded. The newest octets of an unfinished line wait:
// should they turn out to be what a server took for the end, they are none of the text.
func (b *body) digestText(text []byte, u wire.DotUnit) {
	if u == wire.DotMore {
		b.tail = append(b.tail, text...)
		if n := len(b.tail) - 3; n > 0 {
			b.digest.Write(b.tail[:n])
			b.tail = append(b.tail[:0], b.tail[n:]...)
		}
		return
	}
	if len(b.tail) > 0 {
		b.digest.Write(b.tail)
		b.tail = b.tail[:0]
	}
	b.digest.Write(text)
}

// takeData makes an event of the first n octets of a body's unit.
func (d *Dissector) takeData(n int, more bool) {
	if n == 0 {
		return
	}
	m := &d.message
	ev := d.scribe.Take(trace.Client, n, trace.Data)
	ev.Lines, ev.More = m.starts, more
	early := d.early > 0 && d.heldBy == "DATA"
	d.early = 0
	isLine := m.inLines() && m.starts == 1
	stuffed := isLine && m.scan.Stuffed()
	if early || isLine && unusual(&m.scan.DotScanner) {
		u := d.about(ev, onData)
		if isLine {
			u.line = m.scan.Line()
		}
		u.stuffed, u.early = stuffed, early
		d.judge(u)
	}
	if isLine {
		d.judgeHeader(ev, stuffed, !more)
	}
	if len(m.far) > 0 {
		ev.Findings = append(ev.Findings, m.far...)
		m.far = nil
	}
	m.begun += int64(n)
	m.starts = 0
	d.write(ev)
}

// judgeHeader judges a line of the message as one of the header section, while that
// lasts.
func (d *Dissector) judgeHeader(ev *trace.Event, stuffed, whole bool) {
	m := &d.message
	if m.headless = m.headless || !whole; m.headless || m.header.Done() {
		return
	}
	text, shift := ev.Payload(), 0
	if stuffed {
		text, shift = text[1:], 1
	}
	for _, f := range m.header.Line(text) {
		if f.At > 0 {
			f.Off += int64(shift)
			f.At += shift
		}
		ev.Findings = append(ev.Findings, f)
	}
}

// judgeFar judges a line of a long body, which is no event of its own: n octets of the
// unit end with it. The findings wait for the unit's event.
func (d *Dissector) judgeFar(n int) {
	m := &d.message
	m.headless = m.headless || !m.header.Done()
	if !unusual(&m.scan.DotScanner) {
		return
	}
	line := m.scan.Line()
	ev := &trace.Event{End: trace.Client}
	whole := n >= line.Len // else the line began in an event before this one
	if whole {
		ev.Raw = d.scribe.Held(trace.Client)[n-line.Len : n]
	}
	u := d.about(ev, onData)
	u.line, u.stuffed, u.far = line, whole && m.scan.Stuffed(), true
	d.judge(u)
	for _, f := range ev.Findings {
		f.Off += int64(n - line.Len)
		m.far = append(m.far, f)
	}
}

// endData ends a message: n octets were scanned, of which the last end are the lone dot
// and its CRLF.
func (d *Dissector) endData(n, end int) {
	d.message.starts--
	d.takeData(n-end, true)
	d.finishData(d.scribe.Take(trace.Client, end, trace.DataEnd))
}

func (d *Dissector) finishData(ev *trace.Event) {
	m := &d.message
	ev.Body = m.digest.Body()
	if !m.headless {
		ev.Findings = append(ev.Findings, m.header.End()...)
	}
	d.write(ev)
	d.scribe.Continues(trace.Client, 0)
	d.mode = inCommands
	if !d.lost {
		d.sent = append(d.sent, sent{n: ev.N, verb: dataEnd, phase: Transfer}.queued())
		d.hopes = d.hopes.after(sent{verb: dataEnd}, assumed)
	}
}

// suspect holds a message at a place that a careless server takes for its end: whether
// it did shows when it replies (RFC 5321 §4.1.1.4).
func (d *Dissector) suspect(n int, u wire.DotUnit, text []byte) {
	m := &d.message
	m.suspects++
	m.suspect = &suspect{end: n, ended: u&wire.DotLine != 0, probe: m.scan.Clone(), probed: n}
	m.tail = append(m.tail, text...)
	k := len(m.tail) - min(len(m.tail), d.suspectLen())
	m.digest.Write(m.tail[:k])
	m.tail = append(m.tail[:0], m.tail[k:]...)
	m.suspect.before = m.digest.Clone()
	d.mode = inSuspect
}

// suspectLen is the length of the dot and the line ending that are the suspect.
func (d *Dissector) suspectLen() int {
	n := d.message.suspect.end
	if b := d.scribe.Held(trace.Client); n > 2 && b[n-2] == '\r' && b[n-1] == '\n' {
		return 3
	}
	return min(n, 2)
}

// stepSuspect looks for the true end behind a suspect.
func (d *Dissector) stepSuspect() bool {
	s := d.message.suspect
	held := d.scribe.Held(trace.Client)
	for s.probed < len(held) && s.probed <= trace.MaxHeld {
		n, u, _ := s.probe.Scan(held[s.probed:])
		s.probed += n
		if u == wire.DotEnd {
			d.honest()
			return true
		}
	}
	if len(held) > trace.MaxHeld {
		d.honest()
		return true
	}
	return false
}

// honest goes on after a suspect as the standard says: it was not the end.
func (d *Dissector) honest() {
	m := &d.message
	s := m.suspect
	d.mode, m.trusting, m.suspect = inData, true, nil
	if s.ended {
		m.digestText(nil, wire.DotLine)
		if m.inLines() {
			d.takeData(s.end, false)
		}
	}
}

// follow goes on after a suspect as the server did: it took it for the end.
func (d *Dissector) follow() {
	m := &d.message
	n, s := d.suspectLen(), m.suspect
	m.digest, m.suspect = s.before, nil
	m.tail = m.tail[:0]
	d.takeData(s.end-n, true)
	ev := d.scribe.Take(trace.Client, n, trace.DataEnd)
	ev.Lines = min(1, ev.Lines)
	u := d.about(ev, onDesync)
	u.text = ev.Raw
	d.judge(u)
	m.scan = wire.DotReader{}
	d.finishData(ev)
}
