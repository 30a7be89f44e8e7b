package scan

import (
	"bytes"
	"strconv"
	"strings"
)

// lineKept is how much of a line is held: enough for any field that matters and
// for any boundary, of which RFC 2046 §5.1.1 allows 70 octets.
const lineKept = 8 << 10

// valueKept is how much of a Content-Type or Content-Transfer-Encoding is read.
const valueKept = 4 << 10

// A Scanner makes the tree of a message that comes in pieces, as an io.Writer. How
// the message is cut makes no difference. The zero value is ready; lines may end
// in CRLF or LF.
type Scanner struct {
	Limits Limits
	// Keep has each part keep the fields that IMAP tells of it: Part.Fields.
	Keep bool

	limits Limits
	tree   Tree
	open   []openPart // the part that is being read, and all that it lies in

	pos      int64 // where the line begins that is being read
	endings  int64 // line endings before pos
	ending   int64 // octets of the last of them
	text     bool  // whether something stood before it in its line
	floor    int64 // no boundary takes a line ending from before this
	blind    bool  // past the limit of parts: no line is a boundary
	inHeader bool
	field    string // "type", "encoding", or the name of a kept one: the field that is being read
	fields   int    // so far in this header section
	kept     int    // octets of fields that are kept
	value    []byte // of that field
	held     []byte // the start of a line that is not complete
	heldSize int64  // all that came of it
	heldLast byte   // the last octet that came of it
	ended    bool   // End was called
}

// An openPart is a part that has not ended yet.
type openPart struct {
	part     *Part
	prefix   string // of the section numbers of its children
	message  bool   // whether it is a message rather than a part of a multipart
	digest   bool   // whether its children are messages by default
	endings  int64  // line endings before its body
	boundary string // "" once the closing one came
	fields   struct{ typ, encoding string }
}

// Write takes the next piece of the message. It never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	s.begin()
	n := len(p)
	for len(p) > 0 && !s.ended {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			s.hold(p)
			break
		}
		if s.heldSize > 0 {
			s.finish(p[:i])
		} else {
			ending := 1
			if i > 0 && p[i-1] == '\r' {
				ending = 2
			}
			s.line(p[:min(i+1-ending, s.lineRoom())], int64(i+1), int64(ending))
		}
		p = p[i+1:]
	}
	return n, nil
}

// End says that the message is complete and returns its tree.
func (s *Scanner) End() *Tree {
	s.begin()
	if s.ended {
		return &s.tree
	}
	s.ended = true
	if s.heldSize > 0 {
		s.line(s.held, s.heldSize, 0)
	}
	s.closeParts(0, s.pos)
	s.tree.Size = s.pos
	s.tree.Root.Walk(func(p *Part) bool {
		s.tree.Limit |= p.Limit
		return true
	})
	return &s.tree
}

// Parse makes the tree of a message that is in memory.
func Parse(message []byte, limits Limits) *Tree {
	s := Scanner{Limits: limits}
	s.Write(message)
	return s.End()
}

func (s *Scanner) begin() {
	if s.tree.Root == nil {
		s.limits = s.Limits.orDefault()
		s.tree.Root = &Part{}
		s.push(s.tree.Root, openPart{message: true}, 0)
	}
}

// lineRoom is how much is held of the line that comes.
func (s *Scanner) lineRoom() int {
	if s.inHeader && s.Keep {
		return max(lineKept, s.limits.Header)
	}
	return lineKept
}

// hold keeps the start of a line whose end has not come.
func (s *Scanner) hold(p []byte) {
	s.held = append(s.held, p[:min(len(p), s.lineRoom()-len(s.held))]...)
	s.heldSize += int64(len(p))
	s.heldLast = p[len(p)-1]
}

// finish completes a held line with p, which LF follows.
func (s *Scanner) finish(p []byte) {
	if len(p) > 0 {
		s.hold(p)
	}
	ending := int64(1)
	if s.heldLast == '\r' {
		ending = 2
	}
	size := s.heldSize + 1
	text := s.held[:min(int64(len(s.held)), size-ending)]
	s.held, s.heldSize = s.held[:0], 0
	s.line(text, size, ending)
}

// line takes one line: text is its start without the line ending, size all of its
// octets, ending those of its line ending.
func (s *Scanner) line(text []byte, size, ending int64) {
	// A line that ends a header section without being empty is looked at again: it
	// may be a boundary of the multipart that has begun with it, or the first line
	// of the message in a message part.
	for !s.boundary(text, size, ending) && s.inHeader && !s.headerLine(text, size) {
	}
	s.pos += size
	s.ending = ending
	s.text = size > ending
	if ending > 0 {
		s.endings++
	}
}

// boundary reports whether the line is a boundary of a part that is open, and ends
// and begins parts if so (RFC 2046 §5.1.1). White space may follow the boundary.
func (s *Scanner) boundary(text []byte, size, ending int64) bool {
	if len(text) < 2 || text[0] != '-' || text[1] != '-' || s.blind ||
		int64(len(text)) != size-ending {
		return false
	}
	name := bytes.TrimRight(text[2:], " \t")
	for level := len(s.open) - 1; level >= 0; level-- {
		b := s.open[level].boundary
		if b == "" || len(name) < len(b) || string(name[:len(b)]) != b {
			continue
		}
		switch string(name[len(b):]) {
		case "":
			return s.nextPart(level, size)
		case "--":
			o := s.delimit(level)
			o.part.Closed, o.part.EpilogueStart = true, s.pos+size
			o.boundary = ""
			s.floor = s.pos + size
			s.inHeader = false
			return true
		}
	}
	return false
}

// nextPart begins a part of the multipart at level after a boundary line.
func (s *Scanner) nextPart(level int, size int64) bool {
	if s.tree.Parts >= s.limits.Parts {
		s.blind = true
		s.open[level].part.Limit |= LimitParts
		s.open[len(s.open)-1].part.Limit |= LimitParts
		return false
	}
	o := s.delimit(level)
	section := join(o.prefix, strconv.Itoa(len(o.part.Children)+1))
	child := &Part{Section: section}
	o.part.Children = append(o.part.Children, child)
	s.push(child, openPart{prefix: section}, s.pos+size)
	return true
}

// delimit ends all parts within the multipart at level at the boundary that begins
// here, and its preamble.
func (s *Scanner) delimit(level int) *openPart {
	at := s.pos
	if !s.inHeader {
		at = max(s.pos-s.ending, s.floor)
	}
	s.closeParts(level+1, at)
	o := &s.open[level]
	if len(o.part.Children) == 0 {
		o.part.PreambleEnd = at
	}
	return o
}

// closeParts ends the open parts from level on, at offset at, which is pos or the
// start of the line ending before it.
func (s *Scanner) closeParts(level int, at int64) {
	if s.inHeader {
		s.endHeader(s.pos, s.endings, false)
	}
	for i := len(s.open) - 1; i >= level; i-- {
		o := &s.open[i]
		p := o.part
		p.BodyEnd = at
		if at > p.BodyStart {
			p.Lines = s.endings - o.endings
			if at < s.pos {
				p.Lines--
			}
			if s.text && (at < s.pos || s.ending == 0) {
				p.Lines++
				p.Unended = true
			}
		}
		if p.Boundary != "" && !p.Closed {
			p.EpilogueStart = at
			if len(p.Children) == 0 {
				p.PreambleEnd = at
			} else {
				p.EpilogueStart = p.Children[len(p.Children)-1].BodyEnd
			}
		}
	}
	s.open = s.open[:level]
}

// push begins a part whose header section begins at offset at.
func (s *Scanner) push(p *Part, o openPart, at int64) {
	p.HeaderStart, p.Depth = at, len(s.open)+1
	o.part = p
	s.open = append(s.open, o)
	s.tree.Parts++
	s.inHeader, s.field, s.fields = true, "", 0
	s.floor = at
}

func join(prefix, s string) string {
	return strings.TrimPrefix(prefix+"."+s, ".")
}
