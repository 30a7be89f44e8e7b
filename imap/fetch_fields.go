package imap

import (
	"bytes"
)

// A fieldFilter is given a header in pieces, and hands on the fields that HEADER.FIELDS names, or
// those that HEADER.FIELDS.NOT does not, and the empty line behind them (RFC 3501 §6.4.5).
type fieldFilter struct {
	section *Section
	out     func([]byte) error

	line []byte // the beginning of a line that may be a name
	body bool   // it is known whether the line goes on
	pass bool   // it does, and the folded lines behind it
}

// longestName is how long a field's name may be: a line has no more (RFC 5322 §2.1.1).
const longestName = 998

// Write implements io.Writer.
func (x *fieldFilter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if !x.body {
			p = x.begin(p)
			if !x.body {
				break
			}
			if err := x.hand(x.line); err != nil {
				return 0, err
			}
			x.line = x.line[:0]
		}
		end := bytes.IndexByte(p, '\n') + 1
		if x.body = end == 0; x.body {
			end = len(p)
		}
		if err := x.hand(p[:end]); err != nil {
			return 0, err
		}
		p = p[end:]
	}
	return n, nil
}

func (x *fieldFilter) hand(p []byte) error {
	if !x.pass || len(p) == 0 {
		return nil
	}
	return x.out(p)
}

// begin looks at the beginning of a line. Where p does not tell what it is, it is held; what is
// left is returned.
func (x *fieldFilter) begin(p []byte) []byte {
	if len(x.line) == 0 && (p[0] == ' ' || p[0] == '\t') {
		x.body = true // a folded line is what the one before it is
		return p
	}
	end := bytes.IndexAny(p, ":\n")
	if end < 0 && len(x.line)+len(p) <= longestName {
		x.line = append(x.line, p...)
		return nil
	}
	x.body = true
	if end < 0 || len(x.line)+end > longestName { // no field
		x.pass = x.section.Text == SectionFieldsNot
		return p
	}
	name := p[:end]
	if len(x.line) > 0 {
		name = append(x.line[:len(x.line):len(x.line)], name...)
	}
	if name = bytes.TrimRight(name, " \t\r"); p[end] == '\n' {
		x.pass = len(name) == 0 || x.section.Text == SectionFieldsNot
	} else {
		x.pass = x.named(name) == (x.section.Text == SectionFields)
	}
	return p
}

// named says that the section names a field.
func (x *fieldFilter) named(name []byte) bool {
	for _, f := range x.section.Fields {
		if sameWord(name, f) {
			return true
		}
	}
	return false
}
