package imap

import "mailtool/mime/scan"

// A Section names a piece of a message (RFC 3501 §6.4.5). The zero value is all of it.
type Section struct {
	// Part are the numbers that lead to a part, from the outermost multipart on; none for the
	// message itself.
	Part []uint32
	Text SectionText
	// Fields are the names for SectionFields and SectionFieldsNot.
	Fields []string
}

// A SectionText says what of a message or a part is meant (RFC 3501 §9, section-text).
type SectionText uint8

// What of a message is meant, or of a message within a message/rfc822 part. SectionMIME is the
// header of a part that may be anything.
const (
	SectionAll       SectionText = iota // of a message header and body, of a part its body
	SectionHeader                       // the header, and the empty line behind it
	SectionFields                       // those of its fields that are named
	SectionFieldsNot                    // those that are not
	SectionBody                         // TEXT: what is behind the header
	SectionMIME                         // the header of a part
)

var sectionTexts = [...]string{"", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME"}

// ParseSection reads a section as it stands between brackets: "1.2", "HEADER.FIELDS (To)". The
// error is a *SyntaxError.
func ParseSection(text string) (Section, error) {
	s := scanner{text: []byte("[" + text + "]")}
	x := s.section()
	s.end()
	if s.err != nil {
		s.err.At--
		return Section{}, s.err
	}
	return x, nil
}

// String is the section as it stands between brackets.
func (x *Section) String() string {
	w := writer{}
	w.section(x)
	return string(w.b[1 : len(w.b)-1])
}

// section reads section.
func (s *scanner) section() Section {
	var x Section
	s.expect('[')
	for more := true; more; {
		switch c := s.next(); {
		case '1' <= c && c <= '9':
			x.Part = append(x.Part, s.nzNumber())
			more = s.take('.')
		case c == ']' && len(x.Part) == 0:
			more = false
		default:
			s.sectionText(&x)
			more = false
		}
	}
	s.expect(']')
	return x
}

// sectionText reads section-text: MIME is for parts alone, since a message has a HEADER.
func (s *scanner) sectionText(x *Section) {
	for i, name := range sectionTexts {
		if i > 0 && (i != int(SectionMIME) || len(x.Part) > 0) && s.word(name) {
			x.Text = SectionText(i)
		}
	}
	switch x.Text {
	case SectionAll:
		s.fail("a part number, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or n.MIME")
	case SectionFields, SectionFieldsNot:
		s.sp()
		s.list(func() { x.Fields = append(x.Fields, s.astring()) })
	}
}

// section writes section.
func (w *writer) section(x *Section) {
	w.raw("[")
	for i, n := range x.Part {
		if i > 0 {
			w.raw(".")
		}
		w.number(n)
	}
	if x.Text != SectionAll {
		if len(x.Part) > 0 {
			w.raw(".")
		}
		w.raw(sectionTexts[x.Text])
	}
	if x.Text == SectionFields || x.Text == SectionFieldsNot {
		w.sp()
		w.list(len(x.Fields), func(i int) { w.astring(x.Fields[i]) })
	}
	w.raw("]")
}

// A piece is where in a message a section lies.
type piece struct {
	start, end int64
	part       *scan.Part // whose body or header it is
}

// in finds a section in a message. There may be none: then ok is false.
func (x *Section) in(message *scan.Part) (p piece, ok bool) {
	part := x.partOf(message)
	if part == nil {
		return piece{}, false
	}
	if x.Text == SectionMIME {
		return piece{part.HeaderStart, part.BodyStart, part}, true
	}
	if x.Text == SectionAll {
		if len(x.Part) == 0 {
			return piece{part.HeaderStart, part.BodyEnd, part}, true
		}
		return piece{part.BodyStart, part.BodyEnd, part}, true
	}
	if len(x.Part) > 0 { // only a message has a header and a text
		if !holdsMessage(part) {
			return piece{}, false
		}
		part = part.Children[0]
	}
	if x.Text == SectionBody {
		return piece{part.BodyStart, part.BodyEnd, part}, true
	}
	return piece{part.HeaderStart, part.BodyStart, part}, true
}

// partOf is the part that the numbers lead to, or nil. A message that is no multipart has one
// part, number 1, which is its body (RFC 3501 §6.4.5).
func (x *Section) partOf(message *scan.Part) *scan.Part {
	p, whole := message, true // whole: p is a message, and not yet a part of one
	for _, n := range x.Part {
		if !whole && holdsMessage(p) {
			p, whole = p.Children[0], true
		}
		switch {
		case p.Type.Type == "multipart":
			if int64(n) > int64(len(p.Children)) {
				return nil
			}
			p, whole = p.Children[n-1], false
		case whole && n == 1:
			whole = false
		default:
			return nil
		}
	}
	return p
}

// holdsMessage says that a part is a message/rfc822 that was looked into.
func holdsMessage(p *scan.Part) bool { return p.Type.Type == "message" && len(p.Children) == 1 }
