package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// DecodeCharset turns octets of a character set (RFC 2045 §5.1, by any of its usual
// names) into UTF-8. What is no character becomes U+FFFD. The only error is
// ErrCharset.
func DecodeCharset(charset string, octets []byte) (string, error) {
	name := strings.ToLower(strings.TrimSpace(charset))
	switch name {
	case "utf-8", "utf8":
		return strings.ToValidUTF8(string(octets), "\ufffd"), nil
	case "", "us-ascii", "ascii":
		// Whoever says ASCII and sends something else mostly means UTF-8.
		if utf8.Valid(octets) {
			return string(octets), nil
		}
		name = "windows-1252"
	}
	e := lookUp(name)
	if e == nil {
		return decodeElsewhere(charset, octets)
	}
	b, err := e.NewDecoder().Bytes(octets)
	if err != nil {
		return "", fail(ErrCharset, charset)
	}
	return string(b), nil
}

// lookUp finds a character set by name, or nil. Web browsers have found out what
// senders mean by a name (iso-8859-1 is windows-1252), so their list comes first.
func lookUp(name string) encoding.Encoding {
	switch name {
	case "gb2312", "gbk", "cp936", "ms936", "windows-936", "x-gbk", "gb_2312-80", "gb18030",
		"euc-cn":
		// GB18030 holds the two older sets, and mail labelled gb2312 often uses
		// characters that only the newer ones have.
		return simplifiedchinese.GB18030
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312
	case "cp949", "uhc": // what x/text calls EUC-KR has the characters of both
		return korean.EUCKR
	case "cp950":
		return traditionalchinese.Big5
	case "utf-16": // its byte order mark says which (RFC 2781 §3.2); most that have none are Windows'
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "ansi-x3.4-1968", "latin-1": // us-ascii and iso-8859-1, as some programs spell them
		return charmap.Windows1252
	}
	if e, err := htmlindex.Get(name); err == nil {
		if e == encoding.Replacement {
			return nil
		}
		return e
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil {
		return e
	}
	return nil
}

// isRegistered says that a name stands in IANA's register of character sets. Some that do
// nobody here can read, as iso-2022-kr.
func isRegistered(name string) bool {
	_, err := ianaindex.IANA.Encoding(name)
	return err == nil
}

var utf8BOM = []byte("\ufeff")

// ReadText reads a text file as somebody's editor has written it and says in which
// character set: "utf-8", with or without a byte order mark, "utf-16le" or
// "utf-16be" if it begins with one, or "gb18030" if it is none of these and valid
// there. Otherwise the error is ErrTextCharset. Line endings stay as they are.
func ReadText(file []byte) (text, charset string, err error) {
	file = bytes.TrimPrefix(file, utf8BOM)
	switch {
	case utf8.Valid(file) && !isUTF16(file):
		return string(file), "utf-8", nil
	case bytes.HasPrefix(file, []byte{0xff, 0xfe}):
		charset = "utf-16le"
	case bytes.HasPrefix(file, []byte{0xfe, 0xff}):
		charset = "utf-16be"
	default:
		charset = "gb18030"
	}
	if charset == "gb18030" {
		text, err = DecodeCharset(charset, file)
	} else {
		var b []byte
		b, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(file)
		text = string(b)
	}
	if err != nil || strings.ContainsAny(text, "\ufffd\x00") {
		return "", "", fail(ErrTextCharset)
	}
	return text, charset, nil
}

// isUTF16 recognises UTF-16 by its byte order mark, or by the zeros that every
// second octet of ASCII text is.
func isUTF16(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	if b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff {
		return true
	}
	return len(b) >= 4 && (b[0] == 0 && b[2] == 0 && b[1] != 0 && b[3] != 0 ||
		b[1] == 0 && b[3] == 0 && b[0] != 0 && b[2] != 0)
}

// CutCharacter is how many octets at the end of a piece of UTF-8 begin a character that goes
// on in the next piece.
func CutCharacter(piece []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(piece); n++ {
		if last := piece[len(piece)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}
