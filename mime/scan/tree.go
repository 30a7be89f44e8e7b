package scan

// A Tree is a message as a tree of parts. All offsets count octets from the start
// of the message, as its lines came, and ends are exclusive.
type Tree struct {
	Root  *Part
	Parts int   // how many there are in all
	Size  int64 // octets of the message
	// Limit says where the message went past a limit, in any part.
	Limit Limit
}

// A Part is a message, or one part of a multipart (RFC 2046 §5.1), or the message
// within a message/rfc822 part (RFC 2046 §5.2.1).
type Part struct {
	// Section is the number by which IMAP knows the part (RFC 3501 §6.4.5): "1.2".
	// The multipart that a message consists of has no number: it is "TEXT", and
	// "2.TEXT" in the message that is part 2.
	Section string
	// Type is what the Content-Type field says, or the default: text/plain, and
	// message/rfc822 in a multipart/digest (RFC 2046 §5.1.5).
	Type ContentType
	// Encoding is the Content-Transfer-Encoding in lower case, 7bit by default
	// (RFC 2045 §6.1).
	Encoding string
	// The header section is [HeaderStart, BodyStart), with the empty line if there
	// is one; the body is [BodyStart, BodyEnd). The line ending before a boundary
	// belongs to the boundary (RFC 2046 §5.1.1).
	HeaderStart, BodyStart, BodyEnd int64
	// Blank says that an empty line ended the header section.
	Blank bool
	// Lines of the body. A last one without a line ending counts too.
	Lines int64
	// Unended says that the last line has none. IMAP counts only lines that end.
	Unended bool
	// Boundary is the boundary of a multipart that was opened.
	Boundary string
	// Of a multipart that was opened: the preamble is [BodyStart, PreambleEnd), the
	// epilogue [EpilogueStart, BodyEnd). Without any boundary line all is preamble,
	// without the closing one there is no epilogue.
	PreambleEnd, EpilogueStart int64
	// Closed says that the closing boundary line of a multipart came.
	Closed bool
	// Fields are those of the header section that BODYSTRUCTURE shows of any part and ENVELOPE
	// of a message (RFC 9051 §7.5.2), in their order, if the Scanner was told to Keep them.
	Fields []KeptField
	// Children are the parts of a multipart, or the one message in a message part.
	Children []*Part
	// Depth is 1 for the message itself.
	Depth int
	// Limit says what was not looked into: the rest of this part is opaque.
	Limit Limit
}

// Find returns the part with this section number, or nil.
func (t *Tree) Find(section string) *Part {
	var found *Part
	t.Root.Walk(func(p *Part) bool {
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

// A RangeKind says what a range of a message is.
type RangeKind string

// The kinds of ranges.
const (
	RangeHeader   RangeKind = "header"
	RangeBody     RangeKind = "body" // of a part that has no children
	RangePreamble RangeKind = "preamble"
	RangeBoundary RangeKind = "boundary"
	RangeEpilogue RangeKind = "epilogue"
)

// A Range is a piece of a message.
type Range struct {
	Kind       RangeKind
	Part       *Part // which the piece belongs to; for a boundary the multipart
	Start, End int64
}

// Ranges cuts the message into pieces that cover it without gap or overlap. Empty
// pieces are left out.
func (t *Tree) Ranges() []Range {
	var ranges []Range
	add := func(kind RangeKind, p *Part, start, end int64) {
		if start != end {
			ranges = append(ranges, Range{kind, p, start, end})
		}
	}
	var walk func(p *Part)
	walk = func(p *Part) {
		add(RangeHeader, p, p.HeaderStart, p.BodyStart)
		switch {
		case p.Boundary != "":
			add(RangePreamble, p, p.BodyStart, p.PreambleEnd)
			at := p.PreambleEnd
			for _, child := range p.Children {
				add(RangeBoundary, p, at, child.HeaderStart)
				walk(child)
				at = child.BodyEnd
			}
			add(RangeBoundary, p, at, p.EpilogueStart)
			add(RangeEpilogue, p, p.EpilogueStart, p.BodyEnd)
		case len(p.Children) > 0:
			walk(p.Children[0])
		default:
			add(RangeBody, p, p.BodyStart, p.BodyEnd)
		}
	}
	walk(t.Root)
	return ranges
}
