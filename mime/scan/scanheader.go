package scan

import (
	"bytes"
	"strings"
)

// headerLine takes a line of a part's header section. It reports false for one
// that is not of the header section, which has ended before it.
func (s *Scanner) headerLine(text []byte, size int64) bool {
	p := s.open[len(s.open)-1].part
	kind, name, colon := classify(text, s.pos == p.HeaderStart)
	if kind != lineFold {
		s.endField()
	}
	switch {
	case kind == lineEmpty:
		p.Blank = true
		s.endHeader(s.pos+size, s.endings+1, true)
		return true
	case kind == lineText:
		s.endHeader(s.pos, s.endings, true)
		return false
	case s.pos+size-p.HeaderStart > int64(s.limits.Header):
		p.Limit |= LimitHeader
		s.endField()
	case kind == lineFold && s.field != "":
		s.keepValue(p, text)
	case kind == lineField && s.fields >= s.limits.Fields:
		p.Limit |= LimitFields
	case kind == lineField:
		s.fields++
		switch {
		case name == len("content-type") && fold(text[:name], "content-type"):
			s.field = "type"
		case name == len("content-transfer-encoding") &&
			fold(text[:name], "content-transfer-encoding"):
			s.field = "encoding"
		case s.Keep:
			s.field = keptName(text[:name], s.open[len(s.open)-1].message)
		}
		if s.field != "" {
			s.keepValue(p, text[colon+1:])
		}
	}
	return true
}

// keepValue adds a line to the value of the field that is being read. The fold is
// undone (RFC 5322 §2.2.3).
func (s *Scanner) keepValue(p *Part, text []byte) {
	room := valueKept - len(s.value)
	if s.field != "type" && s.field != "encoding" {
		room = keptOctets - s.kept - len(s.value)
	}
	if len(text) > room {
		text = text[:room]
		p.Limit |= LimitLine
	}
	s.value = append(s.value, text...)
}

// endField keeps the value of a field. Of a field that stands twice the first one
// counts.
func (s *Scanner) endField() {
	o := &s.open[len(s.open)-1]
	fields := &o.fields
	switch value := bytes.TrimSpace(s.value); s.field {
	case "":
	case "type":
		if fields.typ == "" {
			fields.typ = string(value)
		}
	case "encoding":
		if fields.encoding == "" {
			fields.encoding = string(value)
		}
	default:
		s.keepField(o.part)
	}
	s.field, s.value = "", s.value[:0]
}

// endHeader ends the header section of the innermost part: its body begins at
// offset at, before which there are so many line endings. With enter the body is
// opened, if it is of a type that holds parts.
func (s *Scanner) endHeader(at, endings int64, enter bool) {
	s.endField()
	o := &s.open[len(s.open)-1]
	p := o.part
	p.BodyStart, p.PreambleEnd, p.EpilogueStart = at, at, at
	o.endings = endings
	s.inHeader = false
	s.floor = at
	s.content(o)
	switch {
	case p.Type.Type == "multipart" && enter:
		s.enterMultipart(o)
	case o.message:
		p.Section = join(o.prefix, "1")
		o.prefix = p.Section
	}
	if enter && p.Type.Type == "message" && s.mayEnterMessage(p) {
		child := &Part{}
		p.Children = []*Part{child}
		s.push(child, openPart{message: true, prefix: o.prefix}, at)
	}
}

// content reads what the header says about the body.
func (s *Scanner) content(o *openPart) {
	p := o.part
	typ, ok := ParseContentType(o.fields.typ)
	if !ok {
		typ = ContentType{Type: "text", Subtype: "plain"} // RFC 2045 §5.2
		if len(s.open) > 1 && s.open[len(s.open)-2].digest && o.fields.typ == "" {
			typ = ContentType{Type: "message", Subtype: "rfc822"}
		}
	}
	p.Type = typ
	r := paramReader{s: o.fields.encoding}
	if p.Encoding = strings.ToLower(r.token(";")); p.Encoding == "" {
		p.Encoding = "7bit"
	}
}

// enterMultipart makes the scanner look for the boundaries of a multipart.
func (s *Scanner) enterMultipart(o *openPart) {
	p := o.part
	boundary := strings.TrimRight(p.Type.Param("boundary"), " \t")
	switch {
	case len(s.open) >= s.limits.Depth:
		p.Limit |= LimitDepth
	case boundary != "":
		p.Boundary, o.boundary = boundary, boundary
		o.digest = p.Type.Subtype == "digest"
		if o.message {
			p.Section = join(o.prefix, "TEXT")
			return
		}
	}
	if o.message {
		p.Section = join(o.prefix, "1")
		o.prefix = p.Section
	}
}

// mayEnterMessage reports whether the body of p is a message in plain sight. Under
// base64 or quoted-printable, which RFC 2045 §6.4 forbids for message/rfc822 and
// RFC 6532 §3.7 allows for message/global, it is not.
func (s *Scanner) mayEnterMessage(p *Part) bool {
	if p.Type.Subtype != "rfc822" && p.Type.Subtype != "global" {
		return false
	}
	switch p.Encoding {
	case "7bit", "8bit", "binary":
	default:
		return false
	}
	if len(s.open) >= s.limits.Depth {
		p.Limit |= LimitDepth
		return false
	}
	if s.tree.Parts >= s.limits.Parts {
		p.Limit |= LimitParts
		return false
	}
	return true
}
