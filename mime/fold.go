package mime

import "strings"

// Lengths of header lines, in octets without CRLF (RFC 5322 §2.1.1).
const (
	maxLine  = 998 // MUST
	goodLine = 78  // SHOULD
)

// Fold writes a header field with its CRLF, folded so that no line is longer than
// 78 octets, or 76 with encoded-words, where white space allows it (RFC 5322
// §2.2.3, RFC 2047 §2). In a list a fold after a comma is preferred. The errors are
// ErrFieldName, ErrLineBreak and ErrFieldLong.
func Fold(name, value string) (string, error) {
	if !isFieldName(name) {
		return "", fail(ErrFieldName, name)
	}
	if strings.ContainsAny(value, "\r\n") {
		return "", fail(ErrLineBreak, name)
	}
	value = strings.Trim(value, " \t")
	if value == "" {
		return name + ":\r\n", nil
	}
	limit := goodLine
	if strings.Contains(value, "=?") {
		limit = maxWordLine
	}
	var b strings.Builder
	rest := name + ": " + value
	from := len(name) + 2 // not right after the colon: it would look like an empty field
	for rest != "" {
		n := foldPoint(rest, from, limit)
		if n > maxLine {
			return "", fail(ErrFieldLong, name)
		}
		b.WriteString(rest[:n])
		b.WriteString("\r\n")
		rest = rest[n:]
		from = len(rest) - len(strings.TrimLeft(rest, " \t"))
	}
	return b.String(), nil
}

// foldPoint returns how much of rest makes the next line: up to the last white
// space within limit, but not before from.
func foldPoint(rest string, from, limit int) int {
	if len(rest) <= limit {
		return len(rest)
	}
	comma, space := 0, 0
	for i := from; i < len(rest) && (i <= limit || space == 0); i++ {
		if rest[i] != ' ' && rest[i] != '\t' || rest[i-1] == ' ' || rest[i-1] == '\t' {
			continue
		}
		space = i
		if rest[i-1] == ',' && i <= limit {
			comma = i
		}
	}
	switch {
	case comma > 0:
		return comma
	case space > 0:
		return space
	}
	return len(rest)
}

// isFieldName reports whether s is a field name (RFC 5322 §3.6.8).
func isFieldName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return s != ""
}
