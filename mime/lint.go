package mime

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"unicode"

	"mailtool/mime/scan"
	"mailtool/trace/rule"
)

// Lint judges the whole message, by the rules of package scan and by LintRules, and returns
// what it found in the order of the message. The error is that of reading.
func (m *Message) Lint(l scan.Lint) ([]scan.Finding, error) {
	var report scan.Report
	in := m.source
	if in == nil {
		in = bytes.NewReader(m.raw)
	}
	if err := l.Judge(in, m.Tree, &report); err != nil {
		return nil, err
	}
	c := &linter{report: &report, message: m, cut: l.Cut, ids: make(map[string]bool)}
	m.Root.Walk(func(p *Part) bool {
		c.part(p)
		return true
	})
	c.links()
	if m.err != nil {
		return nil, m.err
	}
	return report.Findings(io.NewSectionReader(in, 0, m.Tree.Size))
}

// A linter judges what the parts of a message hold.
type linter struct {
	report  *scan.Report
	message *Message
	cut     bool
	fields  []scan.Field    // of the part at hand
	ids     map[string]bool // what parts are called by Content-ID
}

// part judges the header and the content of a part.
func (c *linter) part(p *Part) {
	c.header(p)
	c.charset(p)
	if f := c.field("Content-ID"); f != nil {
		c.ids[strings.Trim(f.Value(), " \t<>")] = true
	}
	name := c.fileName(p)
	if strings.ContainsAny(name, `/\:`) || strings.ContainsFunc(name, isHidden) {
		c.report.Add(p.Part, &ruleFileName, c.fieldAt(p, "Content-Disposition", "Content-Type"), 0, name)
	}
}

// isHidden says that a character of a file name shows something else than is there: it is a
// control character, or turns the direction of the text.
func isHidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// field finds a field of the part at hand, nil where there is none.
func (c *linter) field(name string) *scan.Field {
	for i := range c.fields {
		if c.fields[i].Is(name) {
			return &c.fields[i]
		}
	}
	return nil
}

// fieldAt is the offset of the first of these fields that the part has, else of the part.
func (c *linter) fieldAt(p *Part, names ...string) int64 {
	for _, name := range names {
		if f := c.field(name); f != nil {
			return p.HeaderStart + int64(f.Start)
		}
	}
	return p.HeaderStart
}

// fileName is Part.FileName without a look at other fields, which may be many.
func (c *linter) fileName(p *Part) string {
	if f := c.field("Content-Disposition"); f != nil {
		_, params := scan.ParseDisposition(f.Value())
		if name := DecodeParam(params, "filename"); name != "" {
			return name
		}
	}
	return DecodeParam(p.Type.Params, "name")
}

// charset judges what a part of text says of its character set.
func (c *linter) charset(p *Part) {
	if !p.IsText() || !p.IsLeaf() {
		return
	}
	at := c.fieldAt(p, "Content-Type")
	set := p.Charset()
	switch {
	case set.Declared != "" && !isCharset(set.Declared):
		c.report.Add(p.Part, unreadable(set.Declared, &ruleCharsetUnknown), at, 0, set.Declared)
	case set.Lies && set.Declared == "":
		c.report.Add(p.Part, &ruleCharsetMissing, at, 0, set.Real)
	case set.Lies:
		c.report.Add(p.Part, &ruleCharsetLies, at, 0, set.Declared, set.Real)
	}
}

// unreadable is the rule by which a character set is judged that cannot be read: unknown is for
// one that is not registered either, as RFC 2046 §4.1.2 wants it.
func unreadable(name string, unknown *rule.Rule) *rule.Rule {
	if isRegistered(name) {
		return &ruleCharsetUnread
	}
	return unknown
}

// isCharset says that a character set is known by this name.
func isCharset(name string) bool {
	_, err := DecodeCharset(name, nil)
	return err == nil
}

// pageJudged is how much of a page is looked through for links.
const pageJudged = 4 << 20

// links looks for links of pages to parts that are not there (RFC 2392 §2): a picture that
// the reader will miss.
func (c *linter) links() {
	if c.cut {
		return
	}
	c.message.Root.Walk(func(p *Part) bool {
		if p.IsLeaf() && p.Type.Is("text", "html") && p.BodyEnd-p.BodyStart <= pageJudged {
			page, _ := p.Text() // what could not be decoded is found elsewhere
			for _, id := range linked(page) {
				if !c.ids[id] {
					c.ids[id] = true // it is told of once
					c.report.Add(p.Part, &ruleCID, p.HeaderStart, 0, id)
				}
			}
		}
		return true
	})
}

// linked returns the parts that a page links to: src="cid:cat@lab.test".
func linked(page string) (ids []string) {
	for {
		i := strings.Index(page, "cid:")
		if i < 0 {
			return ids
		}
		inAttribute := i > 0 && strings.IndexByte(`"'=(`, page[i-1]) >= 0
		page = page[i+len("cid:"):]
		n := strings.IndexAny(page, "\"'>) \t\r\n")
		if !inAttribute || n <= 0 {
			continue
		}
		id, err := url.PathUnescape(page[:n])
		if err != nil {
			id = page[:n]
		}
		ids = append(ids, id)
	}
}
