package mailbox

import (
	"encoding/binary"

	"mailtool/mime/scan"
)

// encodeDerived writes numbers as varints, and strings with their length before them.
func encodeDerived(d *Derived) []byte {
	e := encoder{}
	e.number(int64(len(d.Fields)))
	for _, f := range d.Fields {
		e.text(f.Name)
		e.text(f.Value)
	}
	e.number(int64(d.Tree.Parts))
	e.number(d.Tree.Size)
	e.number(int64(d.Tree.Limit))
	e.part(d.Tree.Root)
	return e.out
}

type encoder struct{ out []byte }

func (e *encoder) number(n int64) { e.out = binary.AppendVarint(e.out, n) }

func (e *encoder) text(s string) {
	e.number(int64(len(s)))
	e.out = append(e.out, s...)
}

func (e *encoder) part(p *scan.Part) {
	e.text(p.Section)
	e.text(p.Type.Type)
	e.text(p.Type.Subtype)
	e.number(int64(len(p.Type.Params)))
	for _, v := range p.Type.Params {
		e.text(v.Name)
		e.text(v.Value)
	}
	e.text(p.Encoding)
	e.text(p.Boundary)
	for _, n := range [...]int64{p.HeaderStart, p.BodyStart, p.BodyEnd, p.Lines,
		p.PreambleEnd, p.EpilogueStart, number(p.Blank), number(p.Closed), int64(p.Depth),
		int64(p.Limit), int64(len(p.Children))} {
		e.number(n)
	}
	for _, c := range p.Children {
		e.part(c)
	}
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// decodeDerived is the inverse; false for what encodeDerived has not written.
func decodeDerived(data []byte) (*Derived, bool) {
	c := decoder{in: data}
	d := &Derived{Tree: &scan.Tree{}}
	for range c.count() {
		d.Fields = append(d.Fields, DerivedField{c.text(), c.text()})
	}
	d.Tree.Parts = int(c.number())
	d.Tree.Size = c.number()
	d.Tree.Limit = scan.Limit(c.number())
	d.Tree.Root = c.part(0)
	return d, !c.bad && len(c.in) == 0
}

type decoder struct {
	in  []byte
	bad bool
}

func (c *decoder) number() int64 {
	n, size := binary.Varint(c.in)
	if size <= 0 || c.bad {
		c.bad = true
		return 0
	}
	c.in = c.in[size:]
	return n
}

// count is how many things follow, each of one octet at least.
func (c *decoder) count() int {
	n := c.number()
	if n < 0 || n > int64(len(c.in)) {
		c.bad = true
		return 0
	}
	return int(n)
}

func (c *decoder) text() string {
	n := c.count()
	s := string(c.in[:n])
	c.in = c.in[n:]
	return s
}

// maxDepth is beyond what scan.Limits lets a tree have.
const maxDepth = 1000

func (c *decoder) part(depth int) *scan.Part {
	p := &scan.Part{Section: c.text()}
	p.Type.Type, p.Type.Subtype = c.text(), c.text()
	for range c.count() {
		p.Type.Params = append(p.Type.Params, scan.Param{Name: c.text(), Value: c.text()})
	}
	p.Encoding, p.Boundary = c.text(), c.text()
	for _, n := range [...]*int64{&p.HeaderStart, &p.BodyStart, &p.BodyEnd, &p.Lines,
		&p.PreambleEnd, &p.EpilogueStart} {
		*n = c.number()
	}
	p.Blank, p.Closed = c.number() == 1, c.number() == 1
	p.Depth, p.Limit = int(c.number()), scan.Limit(c.number())
	children := c.count()
	if depth > maxDepth {
		c.bad = true
	}
	for i := 0; i < children && !c.bad; i++ {
		p.Children = append(p.Children, c.part(depth+1))
	}
	return p
}
