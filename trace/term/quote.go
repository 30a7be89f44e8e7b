package term

import (
	"strings"
	"unicode/utf8"

	"mailtool/trace/rule"
)

// A Quote is a line out of a session or a message, or a piece of it, that is shown because
// there is something to say about it.
type Quote struct {
	Number int64  // of the line
	Text   []byte // without its line ending
	Before bool   // that octets before Text are left out
}

// maxQuoted is how many octets of a line are quoted.
const maxQuoted = 100

// Quote writes a line. What is said about it stands under it: see Found and Note.
func (s *Screen) Quote(q Quote) {
	text, more := q.Text, ""
	if len(text) > maxQuoted {
		text, more = text[:wholeRunes(text, maxQuoted)], " ..."
	}
	s.put(Line{{Note, q.head()}, {Plain, Escape(text)}, {Note, more}})
	s.flush()
}

// wholeRunes is n, or a little less where text would be cut within a character.
func wholeRunes(text []byte, n int) int {
	for at := n; at > n-utf8.UTFMax && at > 0; at-- {
		if utf8.RuneStart(text[at]) {
			return at
		}
	}
	return n // it is no UTF-8
}

// head is what stands before the text.
func (q *Quote) head() string {
	number := group(q.Number)
	head := strings.Repeat(" ", max(0, 3-len(number))) + number + "  "
	if q.Before {
		head += "... "
	}
	return head
}

// Found writes what is wrong with a quoted line: with a caret under the octet at index at of
// its text, or without where that is negative or cannot be seen.
func (s *Screen) Found(f rule.Finding, q Quote, at int) {
	col := -1
	if at >= 0 && at <= min(len(q.Text), maxQuoted) {
		if col = Columns(q.head()) + Columns(Escape(q.Text[:at])); col > s.o.Width {
			col = -1
		}
	}
	s.findingAt(f, col)
	s.flush()
}

// Note writes a sentence of ours under a line.
func (s *Screen) Note(text string) {
	s.note(text)
	s.flush()
}
