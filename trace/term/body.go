package term

import (
	"bytes"

	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/rule"
)

const (
	wholeLines  = 40  // a body of so many lines is shown whole
	headLines   = 10  // of a longer one so many are
	headerLines = 100 // lines of a header that are shown
	toldLines   = 20  // lines with findings that are shown although they were folded
)

// A body is message data, or a listing, of which not every line may be shown. While it
// is not known whether it is longer than wholeLines, lines beyond headLines wait.
type body struct {
	end     trace.End
	begun   bool
	header  bool  // the lines are of the header
	fields  int   // lines of the header so far
	lines   int   // lines of the body so far
	held    []row // they wait
	shown   bool  // the last row was shown
	skipped int64 // lines that were not shown and not yet told of
	octets  int64 // of these lines
	told    int
}

// event shows an event of data.
func (b *body) event(s *Screen, ev *trace.Event, meanings []explain.Note) {
	if ev.End != b.end {
		*b = body{end: ev.End}
	}
	if ev.Raw == nil {
		for _, r := range b.held {
			b.skip(s, r)
		}
		b.held, b.begun, b.shown = nil, true, false
		b.skipped += int64(ev.Lines)
		b.octets += ev.Len
	} else if ev.Kind == trace.DataEnd && isDot(ev.Raw) {
		b.pause(s)
		s.partial = false // a dot alone is a line, whatever of those before was shown
		for _, r := range s.rows(ev, meanings) {
			s.writeRow(r)
		}
	} else if len(ev.Raw) > 0 {
		for _, r := range s.rows(ev, meanings) {
			b.row(s, r)
		}
	}
	s.previous(ev)
	if ev.Kind == trace.DataEnd {
		b.pause(s)
		s.notes(b.onEnd(ev), 0, nil)
		b.measure(s, ev.Body)
		s.cr = s.chunk && bytes.HasSuffix(ev.Raw, []byte("\r"))
		*b, s.partial = b.next(s.chunk), false
	}
}

// next is what the next event of data goes on with: in the chunk after this one the
// message goes on.
func (b *body) next(chunk bool) body {
	if !chunk {
		return body{}
	}
	return body{end: b.end, begun: b.begun, header: b.header, fields: b.fields, lines: b.lines,
		told: b.told}
}

// measure tells what was sent, without what the protocol put around it.
func (b *body) measure(s *Screen, whole *trace.Body) {
	if whole == nil || !s.o.Explain {
		return
	}
	s.note(counted(s.o.Lang, "screen/body", int64(whole.Lines),
		"octets", group(whole.Octets), "lines", group(int64(whole.Lines)),
		"longest", group(int64(whole.Longest)), "sha256", whole.SHA256[:min(12, len(whole.SHA256))]+"..."))
}

// onEnd are the findings of an end of data that has no row to stand under.
func (b *body) onEnd(ev *trace.Event) []rule.Finding {
	if len(ev.Raw) == 0 {
		return ev.Findings
	}
	return nil
}

func isDot(raw []byte) bool {
	return string(bytes.TrimRight(raw, "\r\n")) == "." && len(raw) > 1
}

// row shows, holds or folds one line of data.
func (b *body) row(s *Screen, r row) {
	if !b.begun {
		b.begun = true
		b.header = s.carriesHeader(&r)
	}
	if r.number == 0 { // it goes on with the line before it
		if b.shown {
			s.writeRow(r)
		} else {
			b.octets += int64(len(r.text))
		}
		return
	}
	b.shown = false
	if b.header {
		b.headerRow(s, r)
		return
	}
	b.lines++
	switch {
	case s.o.Data == DataFull, s.o.Data == DataAuto && b.lines <= headLines,
		s.o.Data == DataAuto && s.o.Follow && b.lines <= wholeLines:
		b.show(s, r)
	case s.o.Data == DataAuto && b.lines <= wholeLines:
		b.held = append(b.held, r)
	default:
		for _, h := range b.held {
			b.skip(s, h)
		}
		b.held = nil
		b.skip(s, r)
	}
}

func (b *body) headerRow(s *Screen, r row) {
	if len(r.payload()) == 0 {
		b.header = false
		if s.o.Data == DataNone {
			b.skip(s, r)
			return
		}
		b.pause(s)
		b.show(s, r)
		return
	}
	if b.fields++; s.o.Data == DataFull || s.o.Data != DataNone && b.fields <= headerLines {
		b.show(s, r)
		return
	}
	b.skip(s, r)
}

func (b *body) show(s *Screen, r row) {
	s.writeRow(r)
	b.shown = true
}

// skip counts a line instead of showing it. One that breaks a rule is shown.
func (b *body) skip(s *Screen, r row) {
	if len(r.findings) > 0 && b.told < toldLines {
		b.told++
		b.tell(s)
		b.show(s, r)
		return
	}
	b.skipped++
	b.octets += int64(len(r.text))
}

// tell says how many lines were not shown.
func (b *body) tell(s *Screen) {
	if b.skipped > 0 {
		s.note(counted(s.o.Lang, "term/folded", b.skipped, "octets", group(b.octets)))
		b.skipped, b.octets = 0, 0
	}
}

// pause shows what waits, since something else is about to be shown.
func (b *body) pause(s *Screen) {
	for _, r := range b.held {
		b.show(s, r)
	}
	b.held = nil
	b.tell(s)
}

// carriesHeader says that the data whose first line is r begins with a header, as a
// message does and a listing does not. What is folded hangs on it, nothing else.
func (s *Screen) carriesHeader(r *row) bool {
	line := r.payload()
	if s.o.Protocol == trace.SMTP || len(line) == 0 {
		return true
	}
	name, _, ok := bytes.Cut(line, []byte(":"))
	return ok && len(name) > 0 && !bytes.ContainsAny(name, " \t")
}
