package mime

import (
	"bytes"
	"io"
)

// encode writes octets, which are text with CRLF unless it is base64, in a transfer encoding. It cannot
// fail where w cannot.
func encode(w io.Writer, encoding string, octets []byte) {
	switch encoding {
	case "quoted-printable":
		q := NewQuotedPrintableWriter(w)
		q.Write(octets)
		q.Close()
	case "base64":
		b := NewBase64Writer(w)
		b.Write(octets)
		b.Close()
	default:
		w.Write(octets)
	}
}

// chooseEncoding takes the plainest encoding that a text allows (RFC 2045 §6.2):
// 7bit and 8bit ask for lines of at most 998 octets and no NUL (RFC 2045 §2.7,
// §2.8). Where encoding is needed the shorter result wins, but quoted-printable
// may be a quarter longer, since a person can still read it on the wire.
func chooseEncoding(text []byte, eightBit bool) string {
	if longestLine(text) <= maxLine && bytes.IndexByte(text, 0) < 0 {
		switch {
		case isASCII(text):
			return "7bit"
		case eightBit:
			return "8bit"
		}
	}
	var q, b countingWriter
	encode(&q, "quoted-printable", text)
	encode(&b, "base64", text)
	if q <= b+b/4 {
		return "quoted-printable"
	}
	return "base64"
}

// allows says what keeps text, whose lines end in CRLF, from being sent in a transfer
// encoding: *Error, or nil.
func allows(encoding string, text []byte) error {
	switch encoding {
	case "base64", "quoted-printable":
		return nil
	case "7bit", "8bit":
		if bytes.IndexByte(text, 0) >= 0 || encoding == "7bit" && !isASCII(text) {
			return fail(ErrEncodingOctet, encoding)
		}
		if longestLine(text) > maxLine {
			return fail(ErrEncodingLine, encoding)
		}
		return nil
	}
	return fail(ErrEncoding, encoding)
}

type countingWriter int

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}

// longestLine measures text whose lines end in CRLF, in octets without CRLF.
func longestLine[T string | []byte](text T) (longest int) {
	begin := 0
	for i := range len(text) {
		if text[i] == '\n' {
			longest = max(longest, i-1-begin)
			begin = i + 1
		}
	}
	return longest
}

// crlf makes every line end in CRLF, the last one too (RFC 5322 §2.3).
func crlf(text string) string { return string(Canonical([]byte(text))) }
