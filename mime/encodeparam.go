package mime

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mailtool/mime/scan"
)

// maxParam is how long a parameter may be on its line, its name included, in octets: with
// the space before it and the semicolon behind it the line is as long as is good.
const maxParam = goodLine - len(" ;")

// EncodeParam writes a parameter of Content-Type or Content-Disposition: charset=utf-8,
// filename="cat 1.png" (RFC 2045 §5.1). A value that is not printable ASCII, or is long,
// is written as RFC 2231 wants it, in UTF-8, and in several pieces where one line is too
// short (RFC 2231 §3, §4.1):
//
//	filename*=utf-8''%E4%BD%A0.png
//
// Encoded-words have no place in a parameter (RFC 2047 §5 (3)). Octets that are no UTF-8
// become U+FFFD.
func EncodeParam(name, value string) []string {
	value = strings.ToValidUTF8(value, "\ufffd")
	if IsToken(value) && len(name)+1+len(value) <= maxParam {
		return []string{name + "=" + value}
	}
	// A backslash is what readers get wrong most, and "=?" what they decode though they
	// ought not to; both are written the other way, too.
	if quoted := name + `="` + value + `"`; isPlain(value) && len(quoted) <= maxParam {
		return []string{quoted}
	}
	const charset = "utf-8''"
	if whole := name + "*=" + charset + percent(value); len(whole) <= maxParam {
		return []string{whole}
	}
	var pieces []string
	for n := 0; value != ""; n++ {
		piece := name + "*" + strconv.Itoa(n) + "*="
		if n == 0 {
			piece += charset
		}
		size := takePercent(value, maxParam-len(piece))
		pieces = append(pieces, piece+percent(value[:size]))
		value = value[size:]
	}
	return pieces
}

// IsToken reports whether s is a token, as names of parameters are (RFC 2045 §5.1).
func IsToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// isPlain reports whether s can stand in quotes and means the same to all who read it.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '\\' || c == '"' {
			return false
		}
	}
	return !strings.Contains(s, "=?") && !strings.Contains(s, "  ")
}

// percentSize is how many octets c takes in a value of RFC 2231 §7: attribute-char stands
// for itself.
func percentSize(c byte) int {
	if c <= ' ' || c >= 0x7f || strings.IndexByte(`*'%()<>@,;:\"/[]?=`, c) >= 0 {
		return len("%XX")
	}
	return 1
}

func percent(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		if percentSize(c) == 1 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

// takePercent returns how many octets of value, in whole characters, fit into room: one
// character at least.
func takePercent(value string, room int) int {
	n := 0
	for n < len(value) {
		_, size := utf8.DecodeRuneInString(value[n:])
		for i := range size {
			room -= percentSize(value[n+i])
		}
		if room < 0 && n > 0 {
			break
		}
		n += size
	}
	return n
}

// formatParams writes a field of a value and parameters, with its CRLF: each parameter that
// does not fit into the line begins another.
func formatParams(name, value string, params []scan.Param) string {
	var b strings.Builder
	line := name + ": " + value
	for _, p := range params {
		for _, piece := range EncodeParam(p.Name, p.Value) {
			if len(line)+len("; ;")+len(piece) > goodLine {
				b.WriteString(line + ";\r\n")
				line = " " + piece
				continue
			}
			line += "; " + piece
		}
	}
	b.WriteString(line + "\r\n")
	return b.String()
}
