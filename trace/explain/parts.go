package explain

import (
	"bytes"
	"strconv"
	"strings"

	"mailtool/mime/scan"
)

// Limits of what is remembered of a message's structure. What goes beyond is not explained.
const (
	maxDepth    = 16   // multiparts within multiparts
	maxPartLine = 1024 // octets of a line
	maxField    = 4096 // octets of a Content-Type field, unfolded
)

// A structure follows the parts of a message by its lines, as far as explaining them needs:
// which boundaries may come, and whether a line is of a header. The message's own header
// is the first.
type structure struct {
	open    []multipart // outermost first
	section string      // number of the part that the lines are of (RFC 3501 §6.4.5)
	content bool        // its header is over
	field   []byte      // value of its Content-Type
	folds   bool        // and that field is at hand

	line []byte // the beginning of a line that has not ended
}

// A multipart is one whose last boundary has not come.
type multipart struct {
	boundary string
	section  string
	parts    int // so far
}

// A partLine is what a line is in a message of parts.
type partLine int

const (
	otherLine partLine = iota
	fieldLine
	emptyLine // behind a header
	partBegins
	partsEnd // the last boundary of a multipart
)

// take takes a piece of a line. Where the line ends with it, it is returned.
func (s *structure) take(piece []byte) (text string, ends bool) {
	if room := maxPartLine - len(s.line); room > 0 {
		s.line = append(s.line, piece[:min(room, len(piece))]...)
	}
	if piece[len(piece)-1] != '\n' {
		return "", false
	}
	text = string(bytes.TrimRight(s.line, "\r\n"))
	s.line = s.line[:0]
	return text, true
}

// read says what the next line is.
func (s *structure) read(text string) partLine {
	if strings.HasPrefix(text, "--") {
		for i := len(s.open) - 1; i >= 0; i-- {
			rest, ok := strings.CutPrefix(text[2:], s.open[i].boundary)
			// White space may have been added on the way (RFC 2046 §5.1.1).
			switch rest = strings.TrimRight(rest, " \t"); {
			case ok && rest == "":
				s.begin(i)
				return partBegins
			case ok && rest == "--":
				s.section, s.content = s.open[i].section, true
				s.open = s.open[:i]
				return partsEnd
			}
		}
	}
	switch {
	case s.content:
		return otherLine
	case text == "":
		s.endHeader()
		return emptyLine
	case text[0] == ' ' || text[0] == '\t':
		if s.folds && len(s.field)+len(text) <= maxField {
			s.field = append(s.field, text...)
		}
		return otherLine
	}
	name, value, _ := strings.Cut(text, ":")
	if s.folds = strings.EqualFold(name, "Content-Type"); s.folds {
		s.field = append(s.field[:0], value...)
	}
	return fieldLine
}

// begin begins the next part of an open multipart. Those within it are over.
func (s *structure) begin(i int) {
	m := &s.open[i]
	m.parts++
	s.section = strconv.Itoa(m.parts)
	if m.section != "" {
		s.section = m.section + "." + s.section
	}
	s.open = s.open[:i+1]
	s.content, s.folds, s.field = false, false, s.field[:0]
}

// endHeader looks at what follows a header: content, parts, or a message with a header of
// its own.
func (s *structure) endHeader() {
	c, _ := scan.ParseContentType(string(s.field))
	s.content, s.folds, s.field = true, false, s.field[:0]
	switch boundary := strings.TrimRight(c.Param("boundary"), " "); {
	case c.Is("message", "rfc822"):
		s.content = false
	case c.Type == "multipart" && boundary != "" && len(s.open) < maxDepth:
		s.open = append(s.open, multipart{boundary: boundary, section: s.section})
	}
}
