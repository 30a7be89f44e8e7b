package scan

import "strings"

// A ContentType is the value of a Content-Type field (RFC 2045 §5.1). Type,
// subtype and the names of parameters are in lower case.
type ContentType struct {
	Type, Subtype string
	// Params are the parameters in their order, none of them decoded.
	Params []Param
}

// A Param is one parameter, its quotes taken off.
type Param struct{ Name, Value string }

// String is type and subtype, "text/plain".
func (c ContentType) String() string { return c.Type + "/" + c.Subtype }

// Is reports whether c is of this type and subtype, given in lower case.
func (c ContentType) Is(typ, subtype string) bool {
	return c.Type == typ && c.Subtype == subtype
}

// Param returns the value of the parameter with this name, given in lower case, or
// "". One that is written as RFC 2231 has it is put together, its octets as they are.
func (c ContentType) Param(name string) string {
	for _, p := range c.Params {
		if p.Name == name {
			return p.Value
		}
	}
	e, _ := ExtendedParam(c.Params, name)
	return string(e.Octets)
}

// ParseContentType reads the value of a Content-Type field. It is tolerant:
// comments may stand anywhere, and what is no parameter is passed over. ok is
// false where type or subtype is missing.
func ParseContentType(value string) (c ContentType, ok bool) {
	r := paramReader{s: value}
	c.Type = strings.ToLower(r.token("/;"))
	if !r.take('/') {
		return ContentType{}, false
	}
	c.Subtype = strings.ToLower(r.token(";"))
	if c.Type == "" || c.Subtype == "" {
		return ContentType{}, false
	}
	c.Params = r.params()
	return c, true
}

// ParseDisposition reads the value of a Content-Disposition field (RFC 2183 §2), as
// ParseContentType does: "inline", "attachment", in lower case, or "".
func ParseDisposition(value string) (kind string, params []Param) {
	r := paramReader{s: value}
	return strings.ToLower(r.token(";")), r.params()
}

// ParseLanguages reads the value of a Content-Language field (RFC 3282 §2): the tags, as
// they are written.
func ParseLanguages(value string) (tags []string) {
	for r := (paramReader{s: value}); r.i < len(r.s); {
		if tag := r.token(","); tag != "" {
			tags = append(tags, tag)
		} else {
			r.i++ // the comma, or what is no tag
		}
	}
	return tags
}

// A paramReader walks over a value made of tokens and quoted strings.
type paramReader struct {
	s string
	i int
}

// space passes over white space and comments (RFC 5322 §3.2.2).
func (r *paramReader) space() {
	depth := 0
	for ; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			r.i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || depth > 0:
		default:
			return
		}
	}
	r.i = len(r.s)
}

// token reads up to white space, a comment, a quoted string, or one of the octets in stop.
func (r *paramReader) token(stop string) string {
	r.space()
	begin := r.i
	for r.i < len(r.s) && strings.IndexByte(" \t\r\n(\"", r.s[r.i]) < 0 &&
		strings.IndexByte(stop, r.s[r.i]) < 0 {
		r.i++
	}
	return r.s[begin:r.i]
}

func (r *paramReader) take(c byte) bool {
	r.space()
	if r.i < len(r.s) && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

// params reads parameters, each behind its semicolon.
func (r *paramReader) params() (list []Param) {
	for r.skipTo(';') {
		name := strings.ToLower(r.token("=;"))
		if name == "" || !r.take('=') {
			continue
		}
		list = append(list, Param{name, r.value()})
	}
	return list
}

// skipTo passes over everything up to and including the next c.
func (r *paramReader) skipTo(c byte) bool {
	for r.i < len(r.s) {
		switch r.space(); {
		case r.take(c):
			return true
		case r.i < len(r.s) && r.s[r.i] == '"':
			r.quoted()
		default:
			r.i++
		}
	}
	return false
}

// value reads a quoted string or whatever stands before the next semicolon: values that
// ought to be quoted often are not. A comment ends such a value, and so does white space
// where another parameter seems to follow, its semicolon forgotten.
func (r *paramReader) value() string {
	r.space()
	if r.i < len(r.s) && r.s[r.i] == '"' {
		return r.quoted()
	}
	value, _, _ := strings.Cut(r.s[r.i:], ";")
	if i := strings.IndexAny(value, " \t\r\n"); i >= 0 {
		if strings.IndexByte(value[i:], '=') >= 0 {
			value = value[:i]
		} else if c := strings.IndexByte(value[i:], '('); c >= 0 {
			value = value[:i+c]
		}
	}
	r.i += len(value)
	return strings.TrimRight(value, " \t\r\n")
}

func (r *paramReader) quoted() string {
	var b strings.Builder
	for r.i++; r.i < len(r.s) && r.s[r.i] != '"'; r.i++ {
		if r.s[r.i] == '\\' && r.i+1 < len(r.s) {
			r.i++
		}
		b.WriteByte(r.s[r.i])
	}
	r.i = min(r.i+1, len(r.s))
	return b.String()
}
