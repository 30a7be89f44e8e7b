// Package escape makes wire text fit to be shown: on a screen, in a page, in an error, in
// a log. There is no other function for it, so that there is one place to get right.
package escape

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns wire text as it may be put on a screen, into a page or into a log: on
// one line, valid UTF-8, and without anything that a terminal would obey or that would
// change the order or the look of what stands beside it.
//
//	\t \r \n     tab, carriage return, line feed
//	\xHH         another control octet, or one that is no valid UTF-8
//	\u{HHHH}     a character that is invisible or turns the direction of the text
//
// Everything else stands as it is. A backslash does too, unless what follows it would
// make it look like an escape: then it is \x5C. So Text is one to one, Parse is its
// inverse, and IMAP's \Seen stays readable.
func Text(b []byte) string { return escape(b, false) }

// Path is Text for the path of a file, whose names separator divides. On Windows that is a
// backslash, which begins no escape then: no name there holds one, and a path is to be read,
// and copied, as it is.
func Path(path string, separator rune) string {
	names := strings.Split(path, string(separator))
	for i, name := range names {
		names[i] = Text([]byte(name))
	}
	return strings.Join(names, string(separator))
}

// ASCII is Text for people who want to see each octet: everything beyond ASCII
// is escaped, octet by octet.
func ASCII(b []byte) string { return escape(b, true) }

const hexDigits = "0123456789ABCDEF"

func escape(b []byte, ascii bool) string {
	if i := firstUnsafe(b); i < 0 {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + 16)
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c == '\\' && looksEscaped(b[i+1:]):
			out.WriteString(`\x5C`)
		case c >= ' ' && c < 0x7F:
			out.WriteByte(c)
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\n':
			out.WriteString(`\n`)
		case c < utf8.RuneSelf || ascii:
			octet(&out, c)
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				octet(&out, c)
			} else if visible(r) {
				out.WriteRune(r)
			} else {
				codePoint(&out, r)
			}
			i += n
			continue
		}
		i++
	}
	return out.String()
}

// firstUnsafe is the index of the first octet that needs thought, or -1.
func firstUnsafe(b []byte) int {
	for i, c := range b {
		if c < ' ' || c >= 0x7F || c == '\\' {
			return i
		}
	}
	return -1
}

func octet(out *strings.Builder, c byte) {
	out.WriteString(`\x`)
	out.WriteByte(hexDigits[c>>4])
	out.WriteByte(hexDigits[c&15])
}

func codePoint(out *strings.Builder, r rune) {
	out.WriteString(`\u{`)
	digits := 4
	for digits < 6 && r>>(4*digits) != 0 {
		digits++
	}
	for digits--; digits >= 0; digits-- {
		out.WriteByte(hexDigits[r>>(4*digits)&15])
	}
	out.WriteByte('}')
}

// looksEscaped says that a backslash before rest would be read as an escape.
func looksEscaped(rest []byte) bool {
	if len(rest) == 0 {
		return false
	}
	switch rest[0] {
	case 't', 'r', 'n', 'x':
		return true
	case 'u':
		return len(rest) > 1 && rest[1] == '{'
	}
	return false
}

// visible says that r shows itself and nothing else: no control or format character
// (the bidirectional controls, the byte order mark, zero-width joiners, tags), no
// separator of lines, no space but the plain one, no variation selector, and nothing
// that Unicode has not assigned or leaves to private agreement.
func visible(r rune) bool {
	switch {
	case r == '\u3000': // the space between Chinese words: as wide as a character
		return true
	case r == '\u115F', r == '\u1160', r == '\u3164', r == '\uFFA0', r == '\u2800':
		return false // letters and a symbol that look like nothing
	case unicode.Is(unicode.Variation_Selector, r), r == '\u034F':
		return false
	}
	return unicode.IsPrint(r)
}

// Parse returns the octets that Text or ASCII made s of. What is no escape, or only the
// beginning of one, stands for itself.
func Parse(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if c, n := parseOne(s[i:]); n > 0 {
			out = append(out, c...)
			i += n
			continue
		}
		out = append(out, s[i])
		i++
	}
	return out
}

// parseOne reads the escape that s begins with, and says how long it is.
func parseOne(s string) ([]byte, int) {
	if len(s) < 2 || s[0] != '\\' {
		return nil, 0
	}
	switch s[1] {
	case 't':
		return []byte{'\t'}, 2
	case 'r':
		return []byte{'\r'}, 2
	case 'n':
		return []byte{'\n'}, 2
	case 'x':
		if len(s) < 4 {
			return nil, 0
		}
		if v, err := strconv.ParseUint(s[2:4], 16, 8); err == nil {
			return []byte{byte(v)}, 4
		}
	case 'u':
		end := strings.IndexByte(s, '}')
		if end < 4 || end > 9 || s[2] != '{' {
			return nil, 0
		}
		if v, err := strconv.ParseUint(s[3:end], 16, 32); err == nil && utf8.ValidRune(rune(v)) {
			return utf8.AppendRune(nil, rune(v)), end + 1
		}
	}
	return nil, 0
}
