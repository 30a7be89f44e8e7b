package mime

import (
	"bytes"
	"io"
	"strings"

	"mailtool/mime/scan"
)

// A Message is a message that was opened to look inside. Its tree is that of package scan,
// with the same section numbers, offsets and limits; what the parts hold is decoded when
// somebody asks. It is not for use by several goroutines.
type Message struct {
	// Root is the message itself. It is there in an empty message, too.
	Root *Part
	// Tree is the same tree without what was decoded.
	Tree *scan.Tree

	raw    []byte      // the message, where it is in memory
	source io.ReaderAt // or where it is read from
	err    error
}

// A Part is one part of a message: the message itself, a part of a multipart, or a message
// within a message. Section, Type, Encoding and the offsets are those of the scan.
type Part struct {
	*scan.Part
	// Children are those of scan.Part, opened.
	Children []*Part

	message *Message
	fields  []Field // nil until somebody asks
}

// A Field is a header field, decoded. Offsets count from the start of the message.
type Field struct {
	// Name is as it is written. A line that is no field has none.
	Name string
	// Written is the unfolded value as it came, Value the same with encoded-words
	// replaced (RFC 2047) and raw octets made UTF-8.
	Written, Value string
	// The field's lines are [Start, End), line endings included.
	Start, End int64
}

// Is reports whether the field has this name, in letters of any case.
func (f Field) Is(name string) bool { return strings.EqualFold(f.Name, name) }

// Open opens a message that is in memory. It never fails: a message may be wrong in every
// way and still has a tree. The octets must not be changed afterwards.
func Open(message []byte) *Message {
	return open(scan.Parse(message, scan.Limits{}), &Message{raw: message})
}

// OpenAt opens a message of size octets that lies elsewhere, in a file for instance. Only
// what is asked for is held in memory. The error is that of reading.
func OpenAt(r io.ReaderAt, size int64) (*Message, error) {
	var s scan.Scanner
	if _, err := io.CopyBuffer(&s, io.NewSectionReader(r, 0, size), make([]byte, 64<<10)); err != nil {
		return nil, err
	}
	return open(s.End(), &Message{source: r}), nil
}

// OpenTree is OpenAt for a message whose tree is known already.
func OpenTree(tree *scan.Tree, r io.ReaderAt) *Message { return open(tree, &Message{source: r}) }

func open(tree *scan.Tree, m *Message) *Message {
	m.Tree = tree
	m.Root = m.part(tree.Root)
	return m
}

func (m *Message) part(p *scan.Part) *Part {
	part := &Part{Part: p, message: m}
	for _, child := range p.Children {
		part.Children = append(part.Children, m.part(child))
	}
	return part
}

// Err is the first error of reading that a method met which returns none.
func (m *Message) Err() error { return m.err }

// Find returns the part with this section number (RFC 3501 §6.4.5), or nil.
func (m *Message) Find(section string) *Part {
	var found *Part
	m.Root.Walk(func(p *Part) bool {
		if found == nil && p.Section == section {
			found = p
		}
		return found == nil
	})
	return found
}

// Walk calls do for p and all parts in it, in their order in the message. Where do
// returns false the part's children are left out.
func (p *Part) Walk(do func(*Part) bool) {
	if !do(p) {
		return
	}
	for _, child := range p.Children {
		child.Walk(do)
	}
}

// Raw returns the octets [start, end) of the message, as they came.
func (m *Message) Raw(start, end int64) ([]byte, error) {
	if m.source == nil {
		return m.raw[start:end:end], nil
	}
	octets := make([]byte, end-start)
	if _, err := m.source.ReadAt(octets, start); err != nil && err != io.EOF {
		return nil, err
	}
	return octets, nil
}

// Reader reads the octets [start, end) of the message, as they came.
func (m *Message) Reader(start, end int64) io.Reader {
	if m.source == nil {
		return bytes.NewReader(m.raw[start:end])
	}
	return io.NewSectionReader(m.source, start, end-start)
}

// Header returns the fields of the part's header section in their order.
func (p *Part) Header() []Field {
	if p.fields != nil {
		return p.fields
	}
	// What lies beyond the limit is not read, and one octet more says so to ParseFields.
	end := min(p.BodyStart, p.HeaderStart+headerRead)
	raw, err := p.message.Raw(p.HeaderStart, end)
	if err != nil {
		p.message.keep(err)
		return nil
	}
	section := scan.ParseFields(raw, scan.Limits{})
	p.fields = make([]Field, 0, len(section.Fields))
	for _, f := range section.Fields {
		written := f.Value()
		p.fields = append(p.fields, Field{f.Name, written, DecodeField(written),
			p.HeaderStart + int64(f.Start), p.HeaderStart + int64(f.End)})
	}
	return p.fields
}

// headerRead is how much of a header section is read: what the scan's limit allows.
const headerRead = 256<<10 + 1

func (m *Message) keep(err error) {
	if m.err == nil {
		m.err = err
	}
}

// Field returns the first field with this name, in letters of any case.
func (p *Part) Field(name string) (Field, bool) {
	for _, f := range p.Header() {
		if f.Is(name) {
			return f, true
		}
	}
	return Field{}, false
}

// IsMessage says that the part is a message that is sent along (RFC 2046 §5.2.1, RFC 6532 §3.7).
func (p *Part) IsMessage() bool {
	return p.Type.Is("message", "rfc822") || p.Type.Is("message", "global")
}

// IsLeaf says that the part holds no others: it has a content that can be decoded.
func (p *Part) IsLeaf() bool { return len(p.Children) == 0 }

// Body returns the octets of the body as they came, encoded.
func (p *Part) Body() ([]byte, error) { return p.message.Raw(p.BodyStart, p.BodyEnd) }
