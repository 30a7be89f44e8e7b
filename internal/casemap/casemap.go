// Package casemap compares words in any case and in any script, as the collation
// i;unicode-casemap does (RFC 5051), by which IMAP sorts and searches (RFC 5256 §7).
package casemap

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Key returns what stands for s in comparisons: two strings are the same word if their
// keys are equal, a part of another if its key is a part of the other's, and sort as the
// octets of their keys do.
//
// Each character becomes its titlecase, which for most is their capital, and is then
// decomposed as far as it goes: "é" is E and an accent, however it was written, and a wide
// letter a plain one (RFC 5051 §2). What is decomposed is not made a capital again, so
// "ﬁ" is "fi" and not "FI". Marks on one letter come in Unicode's order. Octets that
// are no UTF-8 stay.
func Key(s string) string {
	ascii, same := true, true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case 'a' <= c && c <= 'z':
			same = false
		}
	}
	switch {
	case ascii && same:
		return s
	case ascii:
		return strings.ToUpper(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			b.WriteByte(s[i])
			continue
		}
		b.WriteRune(unicode.ToTitle(r))
	}
	return norm.NFKD.String(b.String())
}
