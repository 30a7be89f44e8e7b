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

// elsewhere are the names that enmime knows and lookUp does not: of UTF-7, and of sets that
// some programs call in their own way. A message may name thousands that nobody knows, and
// to ask enmime takes a while. ISO-2022-KR and -CN it knows by name, but cannot read.
var elsewhere = func() map[string]bool {
	names := map[string]bool{"utf-7": true, "utf7": true, "utf8mb4": true, "cp932": true,
		"cp-850": true, "136": true, "238": true, "iso8859_1": true, "we8iso8859p1": true}
	for _, part := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "10", "13", "14", "15", "16"} {
		names["8859-"+part], names["8859_"+part] = true, true
	}
	return names
}()

// decodeElsewhere is for character sets that only enmime knows.
func decodeElsewhere(charset string, octets []byte) (string, error) {
	name := strings.ToLower(strings.TrimSpace(charset))
	if !elsewhere[name] {
		return "", fail(ErrCharset, charset)
	}
	part, err := enmimePart("text/plain", name, "binary", octets)
	if err != nil || len(part.Errors) > 0 {
		return "", fail(ErrCharset, charset)
	}
	return strings.ToValidUTF8(string(part.Content), "\ufffd"), nil
}
