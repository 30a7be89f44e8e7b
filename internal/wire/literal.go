package wire

// A Literal is the announcement of a counted string at the end of a line, as IMAP
// writes it: {5}, {5+}, ~{5} (RFC 3501 §4.3, RFC 7888 §4, RFC 3516 §4.4).
type Literal struct {
	Size   int64
	NoWait bool // {5+}: the octets follow without a continuation request
	Binary bool // ~{5}: the octets may hold NUL
	At     int  // index of the first octet of the announcement
}

// maxLiteral keeps a size within what arithmetic on offsets can bear.
const maxLiteral = 1 << 53

// FindLiteral looks for the announcement of a literal at the very end of text, a
// line without its line ending.
func FindLiteral(text []byte) (Literal, bool) {
	end := len(text) - 1
	if end < 2 || text[end] != '}' {
		return Literal{}, false
	}
	l := Literal{}
	i := end - 1
	if l.NoWait = text[i] == '+'; l.NoWait {
		i--
	}
	digits, unit := 0, int64(1)
	for ; i >= 0 && text[i] >= '0' && text[i] <= '9'; i-- {
		if l.Size += int64(text[i]-'0') * unit; l.Size > maxLiteral || digits == 16 {
			return Literal{}, false
		}
		digits, unit = digits+1, unit*10
	}
	if digits == 0 || i < 0 || text[i] != '{' {
		return Literal{}, false
	}
	if l.Binary = i > 0 && text[i-1] == '~'; l.Binary {
		i--
	}
	l.At = i
	return l, true
}
