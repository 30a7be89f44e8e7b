package mime

import (
	"bytes"
	"io"
	"strings"

	"github.com/jhillyerd/enmime/v2"
)

// What enmime does for us: it decodes bodies that are damaged, knows some more character
// sets, and makes text of a page. It is given one part at a time, whose place in the tree
// package scan has found: its own tree has neither offsets nor limits, and takes time that
// grows with the square of the number of parts.

// enmimePart has enmime decode a body.
func enmimePart(mediaType, charset, encoding string, body []byte) (*enmime.Part, error) {
	header := "Content-Type: " + mediaType
	if charset != "" {
		header += "; charset=" + quote(charset)
	}
	header += "\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n"
	parser := enmime.NewParser(enmime.DisableCharacterDetection(true),
		enmime.MaxStoredPartErrors(1), // it keeps one for each octet that is wrong
		enmime.SetReadPartErrorPolicy(func(*enmime.Part, error) bool { return true }))
	return parser.ReadParts(io.MultiReader(strings.NewReader(header), bytes.NewReader(body)))
}

// decodeElsewhere is for character sets that only enmime knows, UTF-7 among them.
func decodeElsewhere(charset string, octets []byte) (string, error) {
	if !isToken(charset) {
		return "", fail(ErrCharset, charset)
	}
	part, err := enmimePart("text/plain", charset, "binary", octets)
	if err != nil || len(part.Errors) > 0 {
		return "", fail(ErrCharset, charset)
	}
	return strings.ToValidUTF8(string(part.Content), "\ufffd"), nil
}

// knownElsewhere says that enmime knows a character set.
func knownElsewhere(charset string) bool {
	_, err := decodeElsewhere(charset, nil)
	return err == nil
}
