package term

import (
	"fmt"
	"math"
	"strings"
	"time"

	"mailtool/internal/sentence"
	"mailtool/trace/explain"
	"mailtool/trace/rule"
)

// noteIndent stands before our words under a wire line.
const noteIndent = "    #  "

// note writes a sentence of ours under a wire line, wrapped.
func (s *Screen) note(text string) { s.noteIn(text, "") }

// noteIn writes a sentence and the section that says so. A section is never divided.
func (s *Screen) noteIn(text, section string) {
	indent := s.margin() + noteIndent
	most := s.o.Width - Columns(indent)
	for _, l := range withSection(text, section, most) {
		s.put(Line{{Note, indent + l}})
	}
}

// meanings writes what a line means, and where that is written when it was asked for.
func (s *Screen) meanings(notes []explain.Note) {
	for _, n := range notes {
		if !s.o.Explain {
			n.Section = ""
		}
		s.noteIn(n.Text, n.Section)
	}
}

// notes writes findings, with a caret under the octet that each is about. from is the
// column in which the row's text begins.
func (s *Screen) notes(findings []rule.Finding, from int, r *row) {
	for _, f := range findings {
		col := -1
		if r != nil && f.At > 0 {
			at := min(max(int(f.Off-r.ev.Off)-r.at, 0), len(r.text))
			col = from + Columns(s.escape(r.text[:at]))
			if at > r.shown+len(r.text)-len(r.payload()) || col > s.o.Width { // it would stand under nothing
				col = -1
			}
		}
		s.findingAt(f, col)
	}
}

// findingAt writes a finding: with a caret in the column col, or without where it is
// negative. On a terminal it is wrapped, below the caret where that stands far to the
// right; elsewhere it is one line, for programs that look for lines.
func (s *Screen) findingAt(f rule.Finding, col int) {
	head, sign, level := s.margin()+noteIndent, "", s.level(f.Level)
	if col >= 0 {
		head = s.margin() + "    #"
		head += strings.Repeat(" ", max(1, col-Columns(head)))
		sign = "^ "
	}
	text, role := s.finding(f), signRole(f.Level)
	room := math.MaxInt
	if s.terminal > 0 {
		room = s.terminal - Columns(head+sign)
		if whole := Columns(level+text) + 3 + Columns(f.Section); whole > room && room < leastRoom {
			s.put(Line{{Note, head}, {role, "^"}})
			head, sign = s.margin()+noteIndent, ""
			room = s.terminal - Columns(head)
		}
	}
	lines := withSection(level+text, f.Section, room)
	s.put(Line{{Note, head}, {role, sign + level}, {Note, strings.TrimPrefix(lines[0], level)}})
	for _, l := range lines[1:] {
		s.put(Line{{Note, head + strings.Repeat(" ", len(sign)) + l}})
	}
}

// leastRoom is how many columns a finding needs behind its caret, to be wrapped there.
const leastRoom = 40

// withSection wraps a sentence and puts the section behind it that says so. A section is
// never divided.
func withSection(text, section string, most int) []string {
	lines := Wrap(text, most)
	if section == "" {
		return lines
	}
	last := &lines[len(lines)-1]
	if Columns(*last)+3+Columns(section) > most {
		return append(lines, section)
	}
	*last += "   " + section
	return lines
}

func signRole(l rule.Level) Role {
	switch l {
	case rule.Must:
		return MustSign
	case rule.Should:
		return ShouldSign
	}
	return Note
}

// level is how much a rule asks, as it stands before the sentence.
func (s *Screen) level(l rule.Level) string {
	if l == rule.Note {
		return s.say("term/level/note")
	}
	return string(l) + ": "
}

// finding is the sentence of a finding and the octet that it is about.
func (s *Screen) finding(f rule.Finding) string {
	text := Escape([]byte(explain.Rule(s.o.Lang, f)))
	place := ""
	switch {
	case f.At > 0 && f.Byte >= 0:
		place = s.say("term/byte/value", "at", group(int64(f.At)),
			"value", fmt.Sprintf("0x%02X", f.Byte))
	case f.At > 0:
		place = s.say("term/byte", "at", group(int64(f.At)))
	}
	if strings.HasPrefix(place, "(") { // a bracket of Chinese brings its own space
		place = " " + place
	}
	return text + place
}

// duration is Duration in the screen's language.
func (s *Screen) duration(d time.Duration) string { return Duration(s.o.Lang, d) }

// Duration is how long something took, in the unit in which a person would say it.
func Duration(lang sentence.Lang, d time.Duration) string {
	switch {
	case d < time.Millisecond/20:
		return say(lang, "term/time/ms", "n", "0")
	case d < time.Millisecond:
		return say(lang, "term/time/ms", "n", fmt.Sprintf("%.1f", float64(d)/1e6))
	case d < time.Second-time.Millisecond/2:
		return say(lang, "term/time/ms", "n", fmt.Sprintf("%.0f", float64(d)/1e6))
	case d < time.Minute-50*time.Millisecond:
		return say(lang, "term/time/s", "n", fmt.Sprintf("%.1f", d.Seconds()))
	}
	d = d.Round(time.Second)
	return say(lang, "term/time/min", "n", group(int64(d/time.Minute)),
		"s", fmt.Sprint(int64(d%time.Minute/time.Second)))
}
