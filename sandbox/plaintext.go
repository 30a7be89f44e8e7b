package sandbox

import (
	"bytes"
	"slices"
	"strings"
)

// Most mail that is looked through is a short text in English, and nothing in it is encoded. It
// is found out with little more than a look at each octet, and needs not be opened.

// capitals are the octets with the letters of ASCII in capitals, as casemap.Key has them.
var capitals = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'a' <= i && i <= 'z' {
			t[i] -= 'a' - 'A'
		}
	}
	return t
}()

// escape begins another character set (ISO 2022).
const escape = 0x1b

// lookPlain looks at a message that is in memory, and says that all of it means what it says.
func (t *searched) lookPlain() bool {
	t.folded = slices.Grow(t.folded, len(t.raw))[:len(t.raw)]
	var all byte
	for i, c := range t.raw {
		all |= c
		t.folded[i] = capitals[c]
	}
	if all >= 0x80 || bytes.IndexByte(t.raw, escape) >= 0 {
		return false
	}
	head, body, _ := bytes.Cut(t.folded, []byte("\r\n\r\n"))
	if bytes.HasPrefix(t.folded, []byte("\r\n")) {
		head, body = nil, t.folded[2:]
	}
	if bytes.Contains(head, []byte("=?")) || !isPlain(head) {
		return false
	}
	t.body = body
	t.head = t.head[:0]
	for _, fold := range []string{"\r\n ", "\r\n\t"} {
		if bytes.Contains(head, []byte(fold)) {
			t.head = unfold(t.head[:0], head)
		}
	}
	return true
}

// unfold appends a header section with its folded lines made one (RFC 5322 §2.2.3).
func unfold(to, head []byte) []byte {
	for len(head) > 0 {
		i := bytes.Index(head, []byte("\r\n"))
		if i < 0 {
			return append(to, head...)
		}
		to = append(to, head[:i]...)
		if i+2 >= len(head) || head[i+2] != ' ' && head[i+2] != '\t' {
			to = append(to, "\r\n"...)
		}
		head = head[i+2:]
	}
	return to
}

// plainCharsets are those that write ASCII as ASCII, by how their names begin.
var plainCharsets = []string{"US-ASCII", "UTF-8", "ISO-8859-", "WINDOWS-125"}

// isPlain says that a header in capitals is that of a text without a transfer encoding, in ASCII.
func isPlain(head []byte) bool {
	content, ok := theField(head, "CONTENT-TYPE")
	if !ok || content != "" && !strings.HasPrefix(content, "TEXT/") {
		return false
	}
	if _, charset, named := strings.Cut(content, "CHARSET"); named {
		charset = strings.TrimLeft(charset, "= \t\"")
		if !slices.ContainsFunc(plainCharsets, func(c string) bool { return strings.HasPrefix(charset, c) }) {
			return false
		}
	}
	encoding, ok := theField(head, "CONTENT-TRANSFER-ENCODING")
	return ok && slices.Contains([]string{"", "7BIT", "8BIT", "BINARY"}, encoding)
}

// theField is the value of a field that stands there once; "" if it does not. ok is false where
// it stands there more often, or in an unusual form.
func theField(head []byte, name string) (value string, ok bool) {
	i := bytes.Index(head, []byte(name))
	if i < 0 {
		return "", true
	}
	rest := head[i+len(name):]
	if bytes.Contains(rest, []byte(name)) || i > 0 && head[i-1] != '\n' ||
		len(rest) == 0 || rest[0] != ':' {
		return "", false
	}
	end := 1
	for {
		n := bytes.Index(rest[end:], []byte("\r\n"))
		if n < 0 {
			end = len(rest)
			break
		}
		if end += n; end+2 >= len(rest) || rest[end+2] != ' ' && rest[end+2] != '\t' {
			break
		}
		end += 2
	}
	return strings.TrimSpace(strings.ReplaceAll(string(rest[1:end]), "\r\n", "")), true
}
