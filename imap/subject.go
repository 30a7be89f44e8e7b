package imap

import "strings"

// BaseSubject returns the subject of a message, decoded, without what programs put around
// it: "Re:", "Fwd:", "(fwd)", "[list]", "[Fwd: ...]". reply says that the message is a
// reply or a forward, which is when any of these but a "[list]" alone was taken away.
// All servers must do exactly this (RFC 5256 §2.1), so that a client that sorts by itself
// comes to the same; words of other languages stay.
func BaseSubject(subject string) (base string, reply bool) {
	s := subjectReader{rest: singleSpaced(subject)}
	for {
		s.trailers()
		s.leaders()
		if !s.forward() {
			return s.rest, s.reply
		}
	}
}

// singleSpaced makes one space of each run of spaces, tabs and line endings
// (RFC 5256 §2.1, step 1).
func singleSpaced(s string) string {
	if !strings.ContainsAny(s, "\t\r\n") && !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for i := range len(s) {
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n':
			if !space {
				b.WriteByte(' ')
			}
			space = true
		default:
			b.WriteByte(c)
			space = false
		}
	}
	return b.String()
}

// A subjectReader takes away what surrounds a subject. It goes over each octet a bounded
// number of times, however they are nested.
type subjectReader struct {
	rest  string
	reply bool
}

// trailers takes away every subj-trailer (step 2).
func (s *subjectReader) trailers() {
	for {
		s.rest = strings.TrimRight(s.rest, " ")
		if n := len(s.rest) - len("(fwd)"); n >= 0 && sameWord(s.rest[n:], "(fwd)") {
			s.rest, s.reply = s.rest[:n], true
			continue
		}
		return
	}
}

// leaders takes away every subj-leader, and every subj-blob behind which something stands
// (steps 3 to 5). Whether "Re:" follows some blobs is asked once, behind the last: taking
// the blobs away one by one does not change the answer.
func (s *subjectReader) leaders() {
	for {
		s.rest = strings.TrimLeft(s.rest, " ")
		behind, last := 0, 0 // where the blobs end, and where the last of them begins
		for n := blob(s.rest); n > 0; n = blob(s.rest[behind:]) {
			last, behind = behind, behind+n
		}
		n := refwd(s.rest[behind:])
		switch {
		case n > 0:
			s.rest, s.reply = s.rest[behind+n:], true
			continue
		case behind == len(s.rest):
			s.rest = s.rest[last:] // the last is the subject itself
		default:
			s.rest = s.rest[behind:]
		}
		return
	}
}

// forward takes away "[fwd:" and the "]" at the end (step 6).
func (s *subjectReader) forward() bool {
	const header = "[fwd:"
	if len(s.rest) <= len(header) || !sameWord(s.rest[:len(header)], header) ||
		s.rest[len(s.rest)-1] != ']' {
		return false
	}
	s.rest, s.reply = s.rest[len(header):len(s.rest)-1], true
	return true
}

// blob returns the length of the subj-blob that s begins with, the spaces behind it
// included, or 0: "[", anything but brackets and NUL, "]".
func blob(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	end := 1 + strings.IndexAny(s[1:], "[]\x00")
	if end == 0 || s[end] != ']' {
		return 0
	}
	return end + 1 + spaces(s[end+1:])
}

// refwd returns the length of the subj-refwd that s begins with, or 0: "re", "fw" or "fwd",
// in any case, spaces, perhaps a subj-blob, ":".
func refwd(s string) int {
	n := 0
	for _, word := range []string{"re", "fwd", "fw"} {
		if len(s) > len(word) && sameWord(s[:len(word)], word) {
			n = len(word)
			break
		}
	}
	if n == 0 {
		return 0
	}
	n += spaces(s[n:])
	n += blob(s[n:])
	if n < len(s) && s[n] == ':' {
		return n + 1
	}
	return 0
}

// spaces counts the spaces at the beginning.
func spaces(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
