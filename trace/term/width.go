package term

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Columns is how many columns a terminal gives to s: two to a Chinese character, none
// to a mark that is put upon another character.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Wrap divides s into lines of at most most columns: at spaces, and between Chinese
// characters, but not before a sign that may not begin a line. A word that is longer
// than a line is cut.
func Wrap(s string, most int) []string {
	most = max(most, 10)
	var lines []string
	for Columns(s) > most {
		at := breakAt(s, most)
		lines = append(lines, strings.TrimRight(s[:at], " "))
		s = strings.TrimLeft(s[at:], " ")
	}
	return append(lines, s)
}

// breakAt is the index at which the first line of s ends.
func breakAt(s string, most int) int {
	best, col := 0, 0
	for i, r := range s {
		if i > 0 && mayBreak(s[:i], r) {
			best = i
		}
		if col += runeColumns(r); col > most && r != ' ' {
			if best == 0 {
				best = max(i, utf8.RuneLen(r))
			}
			return best
		}
	}
	return len(s)
}

// mayBreak says that a line may end after before and the next begin with r.
func mayBreak(before string, r rune) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	switch {
	case r == ' ', strings.ContainsRune("，。、；：！？）》”’】", r):
		return false
	case last == ' ':
		return true
	case strings.ContainsRune("（《“‘【", last):
		return false
	}
	return runeColumns(last) == 2 || runeColumns(r) == 2
}
