package mime

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// EncodeWordIn is EncodeWord in a character set, by any of its usual names. Where that lacks
// a character the words are in UTF-8. The errors are ErrCharset and ErrCharsetMail.
func EncodeWordIn(charset, text string, column int) (string, error) {
	c, err := charsetFor(charset)
	if err != nil {
		return "", err
	}
	return c.word(text, column), nil
}

// word is EncodeWord in a character set. Every word is complete in itself, so that a set
// with shift sequences is back in ASCII at its end (RFC 2047 §3). What the set lacks is
// written in UTF-8 instead: each encoded-word says what it is in.
func (c charsetCoder) word(text string, column int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	octets, err := c.encode(text)
	if err != nil || c.set == nil || text == "" {
		return EncodeWord(text, column)
	}
	letter, write := "q", qWord
	if len(bWord(octets)) < len(qWord(octets)) {
		letter, write = "b", bWord
	}
	head := "=?" + c.name + "?" + letter + "?"
	most := maxWord - len(head) - len("?=")
	room := max(min(most, maxWordLine-column-len(head)-len("?=")), 12)
	var words []string
	for ; text != ""; room = most {
		n, coded := c.fit(text, room, write)
		words = append(words, head+coded+"?=")
		text = text[n:]
	}
	return strings.Join(words, " ")
}

// fit encodes as many characters of text as fit into room, one at least. All of them are
// in the set.
func (c charsetCoder) fit(text string, room int, write func([]byte) string) (n int, coded string) {
	for n < len(text) {
		_, size := utf8.DecodeRuneInString(text[n:])
		octets, err := c.encode(text[:n+size])
		more := write(octets)
		if err != nil || n > 0 && len(more) > room {
			break
		}
		n, coded = n+size, more
	}
	return n, coded
}

func qWord(octets []byte) string { return qEncode(string(octets)) }

func bWord(octets []byte) string { return base64.StdEncoding.EncodeToString(octets) }
