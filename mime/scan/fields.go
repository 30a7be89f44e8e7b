package scan

import (
	"bytes"
	"strings"
)

// A Limit is a set of the limits that a message went past. What lies beyond is
// still accounted for in the offsets, but was not looked into.
type Limit uint8

// The limits. None of them is a standard's: they bound what a hostile message can
// cost.
const (
	LimitHeader Limit = 1 << iota // octets of one header section
	LimitFields                   // fields of one header section
	LimitLine                     // octets of a line or field whose content is needed
	LimitDepth                    // parts within parts
	LimitParts                    // parts of one message
)

// String names the limits in l, for instance "depth, parts".
func (l Limit) String() string {
	var names []string
	for i, name := range []string{"header", "fields", "line", "depth", "parts"} {
		if l&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Limits says how far a message is looked into. A value of 0 stands for the
// default.
type Limits struct {
	Header int // octets of one header section; default 262,144
	Fields int // fields of one header section; default 10,000
	Depth  int // depth of the tree of parts, the message itself is 1; default 50
	Parts  int // parts in all; default 1,000
}

func (l Limits) orDefault() Limits {
	set := func(v *int, n int) {
		if *v <= 0 {
			*v = n
		}
	}
	set(&l.Header, 256<<10)
	set(&l.Fields, 10_000)
	set(&l.Depth, 50)
	set(&l.Parts, 1_000)
	return l
}

// A Field is one header field (RFC 5322 §2.2) and where it lies, in octets from
// the start of what was parsed. Its lines are [Start, End), line endings included.
type Field struct {
	// Name is the name as it is written, without white space. It is empty in a
	// line of the header that is no field: a folded line at the very beginning,
	// or a mailbox file's "From " line.
	Name string
	// Raw is what stands after the colon, folds and the last line ending included.
	// It is a part of the bytes given to ParseFields.
	Raw []byte
	// Start and End are the field's range, Colon is where its colon stands, or -1.
	Start, Colon, End int
}

// Value is the field's body unfolded (RFC 5322 §2.2.3) and without white space
// around it. Nothing is decoded.
func (f Field) Value() string { return Unfold(f.Raw) }

// Is reports whether the field has this name, in letters of any case.
func (f Field) Is(name string) bool { return strings.EqualFold(f.Name, name) }

// Unfold takes the line endings out of a field's body and the white space off its
// ends. The white space that a folded line begins with stays: it is part of the
// body (RFC 5322 §2.2.3).
func Unfold(raw []byte) string {
	raw = bytes.Trim(raw, " \t\r\n")
	if bytes.IndexByte(raw, '\n') < 0 {
		return string(raw)
	}
	var b strings.Builder
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		b.Write(bytes.TrimSuffix(line, []byte("\r")))
		raw = rest
	}
	return b.String()
}

// A Header is a header section, cut into its fields.
type Header struct {
	Fields []Field
	// End is where the fields end: the empty line stands there, if there is one.
	End int
	// Body is where the body begins.
	Body int
	// Limit says what was not read. The fields that were not are in no Field.
	Limit Limit
}

// Get returns the first field with this name, in letters of any case.
func (h *Header) Get(name string) (Field, bool) {
	for _, f := range h.Fields {
		if f.Is(name) {
			return f, true
		}
	}
	return Field{}, false
}

// ParseFields cuts the header section that message begins with into fields. It
// ends at the empty line, at a line that is no field and continues none, or at the
// end. Lines may end in CRLF or in LF. There is no error: what is wrong is the
// business of HeaderCheck.
func ParseFields(message []byte, limits Limits) Header {
	limits = limits.orDefault()
	var h Header
	for at := 0; at < len(message); {
		text, next := nextLine(message, at)
		kind, name, colon := classify(text, at == 0)
		if kind == lineEmpty || kind == lineText {
			h.Body = at
			if kind == lineEmpty {
				h.Body = next
			}
			return h
		}
		switch {
		case next > limits.Header:
			h.Limit |= LimitHeader
		case kind == lineFold && h.Limit != 0: // of a field that was not read
		case kind == lineFold && len(h.Fields) > 0:
			f := &h.Fields[len(h.Fields)-1]
			f.End = next
			f.Raw = message[f.Colon+1 : next : next]
		case len(h.Fields) >= limits.Fields:
			h.Limit |= LimitFields
		default:
			f := Field{Start: at, Colon: -1, End: next, Raw: message[at:next:next]}
			if kind == lineField {
				f.Name, f.Colon = string(text[:name]), at+colon
				f.Raw = message[f.Colon+1 : next : next]
			}
			h.Fields = append(h.Fields, f)
		}
		h.End, h.Body, at = next, next, next
	}
	return h
}

// nextLine returns the line of b at index at, without its ending, and the index of
// the line after it.
func nextLine(b []byte, at int) (text []byte, next int) {
	i := bytes.IndexByte(b[at:], '\n')
	if i < 0 {
		return b[at:], len(b)
	}
	next = at + i + 1
	return bytes.TrimSuffix(b[at:next-1], []byte("\r")), next
}
