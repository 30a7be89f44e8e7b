package scan

import "bytes"

// A lineKind is what one line of a header section is.
type lineKind uint8

const (
	lineEmpty lineKind = iota // ends the header section
	lineField                 // name and colon
	lineFold                  // begins with white space: goes on with the field before it
	lineMbox                  // "From " as the first line: a mailbox file's divider
	lineText                  // none of these: the body has begun without an empty line
)

// classify says what a line (without its line ending) is, and for a field where
// its name ends and where its colon stands. White space between the two is
// obsolete (RFC 5322 §4.5) but understood. A name may hold any octet above the
// space here, those of UTF-8 too: "主题: x" is meant as a field and is better
// judged as one than taken for the first line of the body. A colon beyond the
// longest legal line ends no name, so that the start of a line is enough to know it.
func classify(line []byte, first bool) (kind lineKind, name, colon int) {
	if len(line) == 0 {
		return lineEmpty, 0, -1
	}
	if line[0] == ' ' || line[0] == '\t' {
		return lineFold, 0, -1
	}
	for name < len(line) && line[name] > ' ' && line[name] != ':' && line[name] != 0x7f {
		name++
	}
	colon = name
	for colon < len(line) && (line[colon] == ' ' || line[colon] == '\t') {
		colon++
	}
	switch {
	case colon < len(line) && line[colon] == ':' && colon <= maxLine:
		return lineField, name, colon
	case first && bytes.HasPrefix(line, []byte("From ")):
		return lineMbox, 0, -1
	}
	return lineText, 0, -1
}

// A known field is one that the rules of the header section speak of. Its value
// is a bit, so that a set of fields is one number.
type known uint16

const (
	fieldDate known = 1 << iota
	fieldFrom
	fieldSender
	fieldReplyTo
	fieldTo
	fieldCc
	fieldBcc
	fieldMessageID
	fieldInReplyTo
	fieldReferences
	fieldSubject
)

// knownField returns the bit of the field with this name, or 0. These are the
// fields of RFC 5322 §3.6 that may stand once only. Names of fields are compared
// without regard to case (RFC 5322 §1.2.2). The length decides first: most names
// on the wire (Received, DKIM-Signature, X-...) are done after one look.
func knownField(name []byte) known {
	switch len(name) {
	case 2:
		if fold(name, "to") {
			return fieldTo
		} else if fold(name, "cc") {
			return fieldCc
		}
	case 3:
		if fold(name, "bcc") {
			return fieldBcc
		}
	case 4:
		if fold(name, "date") {
			return fieldDate
		} else if fold(name, "from") {
			return fieldFrom
		}
	case 6:
		if fold(name, "sender") {
			return fieldSender
		}
	case 7:
		if fold(name, "subject") {
			return fieldSubject
		}
	case 8:
		if fold(name, "reply-to") {
			return fieldReplyTo
		}
	case 10:
		if fold(name, "message-id") {
			return fieldMessageID
		} else if fold(name, "references") {
			return fieldReferences
		}
	case 11:
		if fold(name, "in-reply-to") {
			return fieldInReplyTo
		}
	}
	return 0
}

// fold reports whether b is lower, which is of the same length and in lower case,
// in ASCII letters of any case.
func fold(b []byte, lower string) bool {
	for i := 0; i < len(lower); i++ {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
