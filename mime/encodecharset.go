package mime

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// EncodeCharset writes text, which is UTF-8, in another character set, by any of its
// usual names. name is how a message names it (RFC 2045 §5.1): in lower case, the one
// that is preferred for mail. Nothing is replaced: the errors are ErrCharset,
// ErrCharsetMail, ErrCharsetLacks and ErrTextCharset.
func EncodeCharset(charset, text string) (octets []byte, name string, err error) {
	if !utf8.ValidString(text) {
		return nil, "", fail(ErrTextCharset)
	}
	c, err := charsetFor(charset)
	if err != nil {
		return nil, "", err
	}
	octets, err = c.encode(text)
	return octets, c.name, err
}

// A charsetCoder writes text in one character set.
type charsetCoder struct {
	name string
	set  encoding.Encoding // nil for UTF-8 and ASCII
}

// utf8Coder is for whom nothing else is asked.
var utf8Coder = charsetCoder{name: "utf-8"}

// charsetFor finds a character set that text can be sent in. Other than for reading, a
// name means what the standard says, not what most senders mean: who asks for iso-8859-1
// must get no octet of windows-1252.
func charsetFor(charset string) (charsetCoder, error) {
	c := charsetCoder{name: strings.ToLower(strings.TrimSpace(charset))}
	switch c.name {
	case "", "utf8", "utf-8":
		return utf8Coder, nil
	case "ascii", "us-ascii":
		c.name = "us-ascii"
		return c, nil
	case "gb2312", "gb_2312-80":
		c.name, c.set = "gb2312", simplifiedchinese.GBK
		return c, nil
	}
	c.set, _ = ianaindex.MIME.Encoding(c.name)
	if c.set == nil {
		c.set, _ = htmlindex.Get(c.name)
	}
	if c.set == nil || c.set == encoding.Replacement {
		return c, fail(ErrCharset, charset)
	}
	if name, err := ianaindex.MIME.Name(c.set); err == nil {
		c.name = strings.ToLower(name)
	}
	// Fields and lines are ASCII whatever a text is in (RFC 2045 §2.7, RFC 2781 §4).
	const ascii = "\r\n az09=_"
	if b, err := c.set.NewEncoder().Bytes([]byte(ascii)); err != nil || string(b) != ascii {
		return c, fail(ErrCharsetMail, charset)
	}
	return c, nil
}

// encode writes a text. What the set has no place for is ErrCharsetLacks.
func (c charsetCoder) encode(text string) ([]byte, error) {
	switch {
	case c.name == "us-ascii":
		for _, r := range text {
			if r >= utf8.RuneSelf {
				return nil, fail(ErrCharsetLacks, c.name, string(r))
			}
		}
		return []byte(text), nil
	case c.set == nil:
		return []byte(text), nil
	}
	octets, err := c.set.NewEncoder().Bytes([]byte(text))
	if err == nil && (c.name != "gb2312" || isGB2312(octets)) {
		return octets, nil
	}
	for _, r := range text {
		b, err := c.set.NewEncoder().Bytes([]byte(string(r)))
		if err != nil || c.name == "gb2312" && !isGB2312(b) {
			return nil, fail(ErrCharsetLacks, c.name, string(r))
		}
	}
	return nil, fail(ErrCharsetLacks, c.name, "")
}

// isGB2312 says that octets of GBK are of the older set that it extends: that has rows 1
// to 9 and 16 to 87, and in each the upper half alone (GB/T 2312-1980).
func isGB2312(octets []byte) bool {
	for i := 0; i < len(octets); i++ {
		if octets[i] < 0x80 {
			continue
		}
		row := octets[i]
		if i++; i == len(octets) || octets[i] < 0xa1 || row < 0xa1 || row > 0xf7 ||
			row > 0xa9 && row < 0xb0 {
			return false
		}
	}
	return true
}
