package mailbox

import (
	"encoding/binary"
	"hash/crc32"
	"slices"

	"mailtool/mime/scan"
)

// How a tree lies in the database: a checksum (CRC-32C, least significant octet first) of what
// follows it; how many parts, fields and parameters there are, so that memory for them is
// asked for once; size and limits of the message; the parts, each with its fields at its
// beginning, before the parts within. So the fields of the message are found without a look
// at the tree. Numbers are varints, and strings have their length before them. What follows
// from the rest is not written.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// keptNames are the names of fields that are kept; one is written as its index. They only
// grow, at the end, or derivedVersion is raised.
var keptNames = scan.KeptNames()

func encodeDerived(tree *scan.Tree) []byte {
	fields, params := 0, 0
	tree.Root.Walk(func(p *scan.Part) bool {
		fields += len(p.Fields)
		params += len(p.Type.Params)
		return true
	})
	e := encoder{out: make([]byte, crc32.Size, 512)}
	e.number(int64(tree.Parts))
	e.number(int64(fields))
	e.number(int64(params))
	e.number(tree.Size)
	e.number(int64(tree.Limit))
	e.part(tree.Root)
	binary.LittleEndian.PutUint32(e.out, crc32.Checksum(e.out[crc32.Size:], castagnoli))
	return e.out
}

type encoder struct{ out []byte }

// number writes one that is not negative.
func (e *encoder) number(n int64) { e.out = binary.AppendUvarint(e.out, uint64(n)) }

func (e *encoder) text(s string) {
	e.number(int64(len(s)))
	e.out = append(e.out, s...)
}

// The bits of a part's first number.
const (
	partBlank = 1 << iota
	partClosed
	partOpened // it has a boundary
	partUnended
	partLimit // its limits are in the bits above
)

func (e *encoder) part(p *scan.Part) {
	e.number(int64(len(p.Fields)))
	for _, f := range p.Fields {
		e.number(int64(slices.Index(keptNames, f.Name)))
		e.text(f.Value)
	}
	bits := int64(p.Limit) * partLimit
	if p.Blank {
		bits |= partBlank
	}
	if p.Closed {
		bits |= partClosed
	}
	if p.Unended {
		bits |= partUnended
	}
	if p.Boundary != "" {
		bits |= partOpened
	}
	e.number(bits)
	e.text(p.Section)
	e.text(p.Type.Type)
	e.text(p.Type.Subtype)
	e.number(int64(len(p.Type.Params)))
	for _, v := range p.Type.Params {
		e.text(v.Name)
		e.text(v.Value)
	}
	e.text(p.Encoding)
	e.number(p.HeaderStart)
	e.number(p.BodyStart - p.HeaderStart)
	e.number(p.BodyEnd - p.BodyStart)
	e.number(p.Lines)
	if p.Boundary != "" {
		e.text(p.Boundary)
		e.number(p.PreambleEnd - p.BodyStart)
		e.number(p.EpilogueStart - p.BodyStart)
	}
	e.number(int64(len(p.Children)))
	for _, c := range p.Children {
		e.part(c)
	}
}

// intact reports whether data is as encodeDerived wrote it.
func intact(data []byte) bool {
	return len(data) > crc32.Size &&
		binary.LittleEndian.Uint32(data) == crc32.Checksum(data[crc32.Size:], castagnoli)
}

// read makes d of what is intact. The tree waits until it is asked for. Memory that d has is
// used again.
func (d *Derived) read(data string) {
	d.data, d.decoded = data[crc32.Size:], false
	c := decoder{in: d.data}
	c.header(&d.tree)
	d.Fields = c.fields(d.Fields[:0])
}

// decode makes the tree of what read has taken. What cannot be read is a part by itself:
// the checksum says that it cannot happen.
func (d *Derived) decode() {
	c := decoder{in: d.data}
	parts, fields, params := c.header(&d.tree)
	m := &d.memory
	m.parts = slices.Grow(m.parts[:0], parts)
	m.children = slices.Grow(m.children[:0], parts)
	m.fields = slices.Grow(m.fields[:0], fields)
	m.params = slices.Grow(m.params[:0], params)
	if d.tree.Root = c.part(m, 1); c.bad || len(c.in) > 0 {
		d.tree.Root = &scan.Part{Section: "1", Encoding: "7bit", BodyEnd: d.tree.Size, Depth: 1,
			Type: scan.ContentType{Type: "application", Subtype: "octet-stream"}}
		d.tree.Parts = 1
	}
	d.decoded = true
}

// A treeMemory is what a tree is made of. It must not grow while parts point into it.
type treeMemory struct {
	parts    []scan.Part
	children []*scan.Part
	fields   []scan.KeptField
	params   []scan.Param
}

type decoder struct {
	in  string
	bad bool
}

func (c *decoder) number() int64 {
	var n uint64
	for i := 0; i < len(c.in) && i < binary.MaxVarintLen64; i++ {
		n |= uint64(c.in[i]&0x7f) << (7 * i)
		if c.in[i] < 0x80 {
			c.in = c.in[i+1:]
			return int64(n)
		}
	}
	c.in, c.bad = "", true
	return 0
}

// count is how many things follow, each of one octet at least.
func (c *decoder) count() int {
	n := c.number()
	if n < 0 || n > int64(len(c.in)) {
		c.in, c.bad = "", true
		return 0
	}
	return int(n)
}

func (c *decoder) text() string {
	n := c.count()
	s := c.in[:n]
	c.in = c.in[n:]
	return s
}

// header reads what stands before the parts.
func (c *decoder) header(t *scan.Tree) (parts, fields, params int) {
	parts, fields, params = c.count(), c.count(), c.count()
	*t = scan.Tree{Parts: parts, Size: c.number(), Limit: scan.Limit(c.number())}
	return parts, fields, params
}

func (c *decoder) fields(list []scan.KeptField) []scan.KeptField {
	for range c.count() {
		name := c.count()
		if name >= len(keptNames) {
			c.in, c.bad = "", true
			break
		}
		list = append(list, scan.KeptField{Name: keptNames[name], Value: c.text()})
	}
	return list
}

// maxDepth is beyond what scan.Limits lets a tree have.
const maxDepth = 1000

func (c *decoder) part(m *treeMemory, depth int) *scan.Part {
	if len(m.parts) == cap(m.parts) || depth > maxDepth {
		c.in, c.bad = "", true
		return nil
	}
	m.parts = append(m.parts, scan.Part{Depth: depth})
	p := &m.parts[len(m.parts)-1]
	from := len(m.fields)
	m.fields = c.fields(m.fields)
	p.Fields = tail(m.fields, from)
	bits := c.number()
	p.Blank, p.Closed, p.Limit = bits&partBlank != 0, bits&partClosed != 0, scan.Limit(bits/partLimit)
	p.Unended = bits&partUnended != 0
	p.Section, p.Type.Type, p.Type.Subtype = c.text(), c.text(), c.text()
	from = len(m.params)
	for range c.count() {
		m.params = append(m.params, scan.Param{Name: c.text(), Value: c.text()})
	}
	p.Type.Params = tail(m.params, from)
	p.Encoding = c.text()
	p.HeaderStart = c.number()
	p.BodyStart = p.HeaderStart + c.number()
	p.BodyEnd = p.BodyStart + c.number()
	p.Lines = c.number()
	p.PreambleEnd, p.EpilogueStart = p.BodyStart, p.BodyStart
	if bits&partOpened != 0 {
		p.Boundary = c.text()
		p.PreambleEnd += c.number()
		p.EpilogueStart += c.number()
	}
	n := c.count()
	if n > cap(m.children)-len(m.children) {
		c.in, c.bad = "", true
		return p
	}
	from = len(m.children)
	m.children = m.children[:from+n]
	p.Children = tail(m.children, from)
	for i := range p.Children {
		p.Children[i] = c.part(m, depth+1)
	}
	return p
}

// tail is what was added to a list, or nil.
func tail[T any](list []T, from int) []T {
	if from == len(list) {
		return nil
	}
	return list[from:len(list):len(list)]
}
