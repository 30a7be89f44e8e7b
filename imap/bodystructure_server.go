package imap

import (
	"slices"

	"mailtool/mime/scan"
)

// A structureMemory is what a BodyStructure is made of, used again for the next message.
type structureMemory struct {
	parts    []BodyStructure
	children []*BodyStructure
	env      []Envelope
}

// asciiParams is what a text is in that does not say (RFC 2046 §4.1.2).
var asciiParams = []scan.Param{{Name: "charset", Value: "us-ascii"}}

// read makes the structure of a message. It may be used until the next call. extended asks for
// the extension data.
func (m *structureMemory) read(tree *scan.Tree, extended bool) *BodyStructure {
	most := 2 * tree.Parts // with what stands for parts that were not looked into
	m.parts = slices.Grow(m.parts[:0], most)
	m.children = slices.Grow(m.children[:0], most)
	m.env = slices.Grow(m.env[:0], tree.Parts)
	return m.part(tree.Root, extended)
}

// new is the next place for a part.
func (m *structureMemory) new() *BodyStructure {
	m.parts = append(m.parts, BodyStructure{})
	return &m.parts[len(m.parts)-1]
}

// envelope is the next place for an envelope. What it has had stays, to be used again.
func (m *structureMemory) envelope() *Envelope {
	m.env = m.env[:len(m.env)+1]
	return &m.env[len(m.env)-1]
}

func (m *structureMemory) part(p *scan.Part, extended bool) *BodyStructure {
	b := m.new()
	b.Type, b.Subtype, b.Params = p.Type.Type, p.Type.Subtype, p.Type.Params
	b.Encoding, b.Octets, b.Lines = p.Encoding, p.BodyEnd-p.BodyStart, p.Lines
	if p.Unended { // only lines that end count, as other servers have it
		b.Lines--
	}
	b.Extended = extended
	b.readFields(p.Fields)
	if extended {
		b.readExtension(p.Fields)
	}
	switch {
	case b.Multipart():
		b.Parts = m.parted(p, extended)
	case b.message():
		e := m.envelope()
		if b.Envelope = e; len(p.Children) > 0 {
			e.read(p.Children[0].Fields)
		} else {
			e.read(nil)
		}
		b.Parts = m.parted(p, extended)
	case b.text() && p.Type.Param("charset") == "":
		if b.Params = asciiParams; len(p.Type.Params) > 0 {
			b.Params = slices.Concat(p.Type.Params, asciiParams)
		}
	}
	return b
}

// parted are the parts within a part. Where there are none, or they were not looked into, an
// empty text stands for them: the grammar wants one at least.
func (m *structureMemory) parted(p *scan.Part, extended bool) []*BodyStructure {
	from := len(m.children)
	m.children = m.children[:from+max(len(p.Children), 1)]
	all := m.children[from:]
	if len(p.Children) == 0 {
		all[0] = m.new()
		*all[0] = BodyStructure{Type: "text", Subtype: "plain", Params: asciiParams, Encoding: "7bit",
			Extended: extended}
	}
	for i, child := range p.Children {
		all[i] = m.part(child, extended)
	}
	return all
}

// readFields takes what the fields of a part say.
func (b *BodyStructure) readFields(fields []Field) {
	for i := range fields {
		switch f := &fields[i]; f.Name {
		case "Content-ID":
			b.ID = f.Value
		case "Content-Description":
			b.Description = f.Value
		}
	}
}

// readExtension takes what the extension data says.
func (b *BodyStructure) readExtension(fields []Field) {
	for i := range fields {
		switch f := &fields[i]; f.Name {
		case "Content-MD5":
			b.MD5 = f.Value
		case "Content-Disposition":
			b.Disposition, b.DispParams = scan.ParseDisposition(f.Value)
		case "Content-Language":
			b.Languages = scan.ParseLanguages(f.Value)
		case "Content-Location":
			b.Location = f.Value
		}
	}
}
