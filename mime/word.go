package mime

import (
	"cmp"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// Limits of encoded-words, in octets (RFC 2047 §2).
const (
	maxWord     = 75   // an encoded-word
	maxWordLine = 76   // a header line that holds one
	maxWordRead = 8192 // how much of one is read: many programs write too long ones
	wordFrame   = len("=?utf-8?q?") + len("?=")
)

// NeedsEncoding reports whether text cannot stand in a header as it is: it is not
// printable ASCII, looks like an encoded-word, or could not be folded.
func NeedsEncoding(text string) bool {
	if strings.Contains(text, "=?") {
		return true
	}
	run, space := 0, false
	for i := range len(text) {
		c := text[i]
		if (c < ' ' && c != '\t') || c >= 0x7f {
			return true
		}
		if s := c == ' ' || c == '\t'; s != space {
			run, space = 0, s
		}
		if run++; run > 900 || space && run > maxWord/2 {
			return true
		}
	}
	return false
}

// EncodeWord writes text as encoded-words of UTF-8, divided by single spaces, at
// which a header may be folded (RFC 2047 §2). No word is longer than 75 octets, and
// the first one fits into a line of 76 of which column octets are taken. No
// character is split between words (RFC 2047 §5). Q or B is chosen, whichever is
// shorter; what Q leaves as it is may stand in a phrase too (RFC 2047 §5 (3)).
// Octets that are no UTF-8 become U+FFFD. An empty text gives an empty string.
func EncodeWord(text string, column int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	q := 0
	for i := range len(text) {
		q += qSize(text[i])
	}
	b := base64.StdEncoding.EncodedLen(len(text))
	first := max(min(maxWord, maxWordLine-column)-wordFrame, 12) // one character fits in 12
	var words []string
	for room := first; text != ""; room = maxWord - wordFrame {
		if q <= b {
			n := take(text, room, func(c byte) int { return qSize(c) })
			words = append(words, "=?utf-8?q?"+qEncode(text[:n])+"?=")
			text = text[n:]
		} else {
			n := take(text, room/4*3, func(byte) int { return 1 })
			words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(text[:n]))+"?=")
			text = text[n:]
		}
	}
	return strings.Join(words, " ")
}

// take returns how many octets of text, in whole characters, fit into room.
func take(text string, room int, size func(byte) int) int {
	n := 0
	for n < len(text) {
		_, length := utf8.DecodeRuneInString(text[n:])
		for i := range length {
			room -= size(text[n+i])
		}
		if room < 0 {
			break
		}
		n += length
	}
	return n
}

// qPlain reports whether c stands for itself in a Q word anywhere in a header.
func qPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("!*+-/", c) >= 0
}

func qSize(c byte) int {
	if c == ' ' || qPlain(c) {
		return 1
	}
	return 3
}

const hexDigits = "0123456789ABCDEF"

func qEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('_')
		case qPlain(c):
			b.WriteByte(c)
		default:
			b.WriteByte('=')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// DecodeHeader replaces the encoded-words in an unfolded value by what they stand
// for (RFC 2047 §6). White space between two encoded-words is dropped. It is
// tolerant: words in unusual places are decoded, a character may be split between
// words of the same character set, base64 may lack its padding. A word that cannot
// be decoded stays as it is, and so does an "=" that begins no =XX in one.
func DecodeHeader(value string) string {
	text, _ := DecodeWords(value)
	return text
}

// DecodeWords is DecodeHeader. The error is ErrCharset, of the first word in a character set
// that is not known.
func DecodeWords(value string) (text string, err error) {
	var out strings.Builder
	var held encodedWord // the octets of the words so far, undecoded
	var raw []byte       // the same, as written
	flush := func() {
		if len(raw) == 0 {
			return
		}
		if s, unknown := DecodeCharset(held.charset, held.octets); unknown == nil {
			out.WriteString(s)
		} else {
			out.Write(raw)
			err = cmp.Or(err, unknown)
		}
		raw, held = raw[:0], encodedWord{}
	}
	for value != "" {
		i := strings.Index(value, "=?")
		if i < 0 {
			break
		}
		word, size, ok := readWord(value[i:])
		if !ok {
			flush()
			out.WriteString(value[:i+2])
			value = value[i+2:]
			continue
		}
		between := value[:i]
		if len(raw) == 0 || strings.Trim(between, " \t\r\n") != "" {
			flush()
			out.WriteString(between)
		} else if !strings.EqualFold(held.charset, word.charset) {
			flush()
		} else {
			raw = append(raw, between...)
		}
		held.charset = word.charset
		held.octets = append(held.octets, word.octets...)
		raw = append(raw, value[i:i+size]...)
		value = value[i+size:]
	}
	flush()
	out.WriteString(value)
	return out.String(), err
}

// A DamagedWord is an encoded-word whose text is not what its encoding makes (RFC 2047 §4).
type DamagedWord struct {
	Word   string // as it is written
	Base64 bool   // base64 was to be; else octets as =XX
}

// DamagedWords returns the encoded-words in an unfolded value that are damaged, in order.
func DamagedWords(value string) []DamagedWord {
	var damaged []DamagedWord
	for {
		i := strings.Index(value, "=?")
		if i < 0 {
			return damaged
		}
		value = value[i:]
		w, size, ok := splitWord(value)
		if !ok {
			value = value[2:]
			continue
		}
		if _, ok := decodeText(w.encoding, w.text); !ok {
			damaged = append(damaged, DamagedWord{value[:size], w.encoding|0x20 == 'b'})
		}
		value = value[size:]
	}
}

type encodedWord struct {
	charset  string
	encoding byte // one of qQbB
	text     string
	octets   []byte // what the text stands for
}

// readWord reads the encoded-word that s begins with, and decodes it as far as that can be done.
func readWord(s string) (w encodedWord, size int, ok bool) {
	if w, size, ok = splitWord(s); ok {
		w.octets, ok = decodeText(w.encoding, w.text)
	}
	return w, size, ok || w.encoding|0x20 == 'q'
}

// decodeText undoes the encoding of an encoded-word. Where ok is false its text is damaged; of Q
// the octets are told all the same.
func decodeText(encoding byte, text string) (octets []byte, ok bool) {
	if encoding|0x20 == 'b' {
		return bDecode(text)
	}
	return qDecode(text)
}

// splitWord divides the encoded-word that s begins with: "=?" charset ["*" language]
// "?" encoding "?" text "?=" (RFC 2047 §2, RFC 2231 §5).
func splitWord(s string) (w encodedWord, size int, ok bool) {
	charset, rest, ok := strings.Cut(s[2:], "?")
	if !ok || charset == "" || strings.ContainsAny(charset, " \t\r\n=<>@\"") ||
		len(rest) < 2 || rest[1] != '?' {
		return w, 0, false
	}
	w.charset, _, _ = strings.Cut(charset, "*")
	// A longer one is none: to look for its end in all of a field each time takes too long.
	w.text, _, ok = strings.Cut(rest[2:min(len(rest), 2+maxWordRead)], "?=")
	if !ok || strings.ContainsAny(w.text, "\r\n") || strings.IndexByte("qQbB", rest[0]) < 0 {
		return encodedWord{}, 0, false
	}
	w.encoding = rest[0]
	return w, 2 + len(charset) + 1 + 2 + len(w.text) + 2, true
}

// qDecode undoes Q. An "=" that no two hexadecimal digits follow stands for itself, but must not
// stand there (RFC 2047 §4.2).
func qDecode(s string) (octets []byte, ok bool) {
	b, ok := make([]byte, 0, len(s)), true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '_':
			c = ' '
		case c == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		case c == '=':
			ok = false
		}
		b = append(b, c)
	}
	return b, ok
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func bDecode(s string) ([]byte, bool) {
	s = strings.TrimRight(strings.ReplaceAll(s, " ", ""), "=")
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil
}
