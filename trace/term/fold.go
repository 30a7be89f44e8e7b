package term

import (
	"bytes"

	"mailtool/trace"
)

const (
	foldFrom = 160 // a line of so many octets is shown whole
	foldTo   = 100 // of a longer one so many at most
)

// cut is how much of a row is shown, of which text is what could be.
func (s *Screen) cut(r *row, text []byte) int {
	if s.o.Data == DataFull {
		return len(text)
	}
	if s.o.Protocol == trace.IMAP && r.ev.End == trace.Server && len(text) > foldFrom &&
		(r.ev.Kind == trace.Reply || r.ev.Kind == trace.Greeting) {
		if n := bytes.LastIndexByte(text[:foldTo], ' '); n > foldTo/2 {
			return n
		}
	}
	return min(len(text), maxShown(r.ev.Kind))
}

// leaveOut tells what of a row was not shown, or keeps it until the end of a line that goes on in
// the next event.
func (s *Screen) leaveOut(r *row, rest []byte) {
	if len(rest) > 0 && r.goesOn() {
		s.rest, s.restOf = int64(len(rest)), r.ev.End
		return
	}
	s.cutNote(rest)
}

// goesOn says that the line of the row is not over with its event.
func (r *row) goesOn() bool {
	return (r.ev.More || r.ev.Kind == trace.Data) && !bytes.HasSuffix(r.text, []byte("\n"))
}

// hides says that a row goes on with a line that was cut, and is not shown: a line of megabytes
// comes in thousands of events. A row that there is something to say of is shown.
func (s *Screen) hides(r *row) bool {
	if s.rest == 0 {
		return false
	}
	told := len(r.findings) > 0 || len(r.meanings) > 0 || r.masked || r.ev.Decoded != "" || r.wait > 0
	if r.number > 0 || told {
		s.tellRest()
		return false
	}
	s.rest += int64(len(s.visible(r)))
	if !r.goesOn() {
		s.tellRest()
	}
	return true
}

// tellRest tells what was left out of a line.
func (s *Screen) tellRest() {
	if s.rest > 0 {
		s.note(counted(s.o.Lang, "term/cut", s.rest))
		s.rest = 0
	}
}

// pause shows what waits, since something else is about to be shown.
func (s *Screen) pause() {
	s.tellRest()
	s.body.pause(s)
}

// cutNote tells what of a row was not shown: in words where that is how it was cut, else in octets.
// What announces a literal, whose octets come next, is told.
func (s *Screen) cutNote(rest []byte) {
	if len(rest) == 0 {
		return
	}
	if rest[0] != ' ' || s.o.Protocol != trace.IMAP {
		s.note(counted(s.o.Lang, "term/cut", int64(len(rest))))
		return
	}
	words := bytes.Fields(rest)
	if last := announced(words); last != "" {
		s.note(counted(s.o.Lang, "term/cut/words/literal", int64(len(words)), "last", last))
		return
	}
	s.note(counted(s.o.Lang, "term/cut/words", int64(len(words))))
}

// announced is what a line ends in where a literal follows: the item and the count of octets, as
// in BODY[HEADER.FIELDS (TO)] {14}.
func announced(words [][]byte) string {
	last := len(words) - 1
	if w := words[max(last, 0)]; last < 1 || !bytes.HasPrefix(bytes.TrimPrefix(w, []byte("~")), []byte("{")) ||
		!bytes.HasSuffix(w, []byte("}")) {
		return ""
	}
	first := last - 1
	for bytes.HasSuffix(words[last-1], []byte("]")) && first > 0 &&
		!bytes.ContainsRune(words[first], '[') {
		first--
	}
	return Escape(bytes.Join(words[first:], []byte(" ")))
}
