package scan

import (
	"io"
	"strings"
)

// A Lint says how a whole message is judged.
type Lint struct {
	// UTF8 says that the message is internationalised (RFC 6532): header fields may hold
	// UTF-8.
	UTF8 bool
	// Cut says that only the beginning of the message is at hand, its header section and
	// some whole lines behind it: what would stand behind them is not missed.
	Cut bool
}

// Judge judges a message by Rules and LintRules, and adds what it finds to report. The
// message lies in r; tree is what a Scanner made of it. It reads the message once from its
// start to its end, and the header sections once more. The error is that of reading.
func (l Lint) Judge(r io.ReaderAt, tree *Tree, report *Report) error {
	c := &linter{Lint: l, r: r, tree: tree, report: report, parent: make(map[*Part]*Part)}
	c.tree.Root.Walk(func(p *Part) bool {
		for _, child := range p.Children {
			c.parent[child] = p
		}
		return true
	})
	var err error
	c.tree.Root.Walk(func(p *Part) bool {
		if err == nil {
			err = c.part(p)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return c.lines()
}

// A linter judges one message.
type linter struct {
	Lint
	r      io.ReaderAt
	tree   *Tree
	report *Report
	parent map[*Part]*Part
}

// maxHeader is how much of a header section is looked at, as the Scanner does by default.
const maxHeader = 256 << 10

// part judges what the header and the tree say of a part.
func (c *linter) part(p *Part) error {
	raw := make([]byte, min(p.BodyStart-p.HeaderStart, maxHeader+1))
	if _, err := c.r.ReadAt(raw, p.HeaderStart); err != nil && err != io.EOF {
		return err
	}
	h := ParseFields(raw, Limits{})
	if limit := p.Limit | h.Limit; limit != 0 {
		c.report.Add(p, &ruleLimit, p.HeaderStart, 0, limit.String())
	}
	c.mimeFields(p, h)
	if p == c.tree.Root {
		c.messageFields(p, h)
	}
	if typ, ok := h.Get("Content-Type"); ok {
		c.boundaries(p, p.HeaderStart+int64(typ.Start))
	}
	c.multipart(p)
	return nil
}

// boundaries judges the boundary of a multipart whose Content-Type stands at offset at.
func (c *linter) boundaries(p *Part, at int64) {
	if p.Type.Type != "multipart" {
		return
	}
	written := p.Type.Param("boundary")
	switch {
	case written == "":
		c.report.Add(p, &ruleNoBoundary, at, 0)
		return
	case !isBoundary(written):
		c.report.Add(p, &ruleBoundaryForm, at, 0)
	}
	for outer := c.parent[p]; outer != nil; outer = c.parent[outer] {
		short, long := outer.Boundary, p.Boundary
		if len(short) > len(long) {
			short, long = long, short
		}
		switch {
		case short == "" || !strings.HasPrefix(long, short):
		case short == long:
			c.report.Add(p, &ruleBoundarySame, at, 0, short)
		default:
			c.report.Add(p, &ruleBoundaryPrefix, at, 0, short, long)
		}
	}
}

// isBoundary reports whether s is a boundary of RFC 2046 §5.1.1: 1 to 70 characters of those
// that survive every gateway, the last of them no space.
func isBoundary(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte("'()+_,-./:=? ", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 70 && s[len(s)-1] != ' '
}

// multipart judges what the tree shows of a multipart that was opened.
func (c *linter) multipart(p *Part) {
	c.inner(p)
	if p.Boundary == "" || p.Limit != 0 {
		return
	}
	switch {
	case c.Cut && p.BodyEnd == c.tree.Size:
	case len(p.Children) == 0 && !p.Closed:
		c.report.Add(p, &ruleBoundaryAbsent, c.inside(p.BodyEnd), 0, p.Boundary)
	case len(p.Children) == 0:
		c.report.Add(p, &ruleNoPart, c.inside(p.PreambleEnd), 0)
	case !p.Closed:
		c.report.Add(p, &ruleNotClosed, c.inside(p.BodyEnd), 0, p.Boundary)
	}
	if p.Type.Subtype != "alternative" {
		return
	}
	html := false
	for _, child := range p.Children {
		if html && child.Type.Is("text", "plain") {
			c.report.Add(child, &ruleOrder, child.HeaderStart, 0)
			return
		}
		html = html || child.Type.Is("text", "html")
	}
}

// inside is the offset before end: the line that ends there is meant.
func (c *linter) inside(end int64) int64 { return max(end-1, 0) }

// inner compares the encoding of a part that holds others with theirs: it says what octets
// are to be expected in all of them (RFC 2045 §6.4).
func (c *linter) inner(p *Part) {
	rank := map[string]int{"7bit": 1, "8bit": 2, "binary": 3}
	mine := rank[p.Encoding]
	if len(p.Children) == 0 || mine == 0 {
		return
	}
	for _, child := range p.Children {
		found := false
		child.Walk(func(q *Part) bool {
			if !found && rank[q.Encoding] > mine {
				found = true
				c.report.Add(p, &ruleOuter, p.HeaderStart, 0, p.Encoding, q.Encoding, q.Section)
			}
			return !found
		})
		if found {
			return
		}
	}
}
