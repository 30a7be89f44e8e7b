package scan

import (
	"bufio"
	"bytes"
	"io"

	"mailtool/trace/rule"
)

// lintLine is how much of a line is looked at as a whole; a longer one comes in pieces.
const lintLine = 64 << 10

// A lineLint judges a message line by line.
type lineLint struct {
	*linter
	ranges []Range
	pos    int64 // of the line, or of the piece of it

	header HeaderCheck
	judged *Part // whose header section header is judging, nil for none
	field  int64 // where the field begins that was read last
	before int64 // where the one before it begins

	body  bodyLint
	of    *Part    // the part that body judges
	outer []string // boundaries of the multiparts that it lies in

	length int64 // octets of the line so far, without its line ending
	cr     bool  // the last of them is a CR, which may belong to the line ending
	begun  int64 // where the line begins

	crlf, lf int64 // lines that end so
	lone     []loneLF
}

// A loneLF is a line ending without CR.
type loneLF struct {
	part *Part
	at   int64
}

// lines judges all lines.
func (c *linter) lines() error {
	l := &lineLint{linter: c, ranges: c.tree.Ranges()}
	if c.tree.Size == 0 {
		l.beginHeader(c.tree.Root)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(c.r, 0, c.tree.Size), lintLine)
	for first := true; ; {
		piece, err := in.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		if len(piece) > 0 {
			l.piece(piece, first)
			first = err == nil
			l.pos += int64(len(piece))
		}
		if err == io.EOF {
			break
		}
	}
	if !l.Cut {
		l.endHeader()
	}
	l.endBody()
	l.endings()
	return nil
}

// piece judges a line, or a piece of one that is very long.
func (l *lineLint) piece(piece []byte, first bool) {
	if first {
		l.begun, l.length, l.cr = l.pos, 0, false
	}
	text, ended := bytes.CutSuffix(piece, []byte("\n"))
	if l.cr && len(piece) > 0 && (len(text) > 0 || !ended) {
		l.report.Add(l.at().Part, &ruleBareCR, l.pos-1, 1)
		l.length++
	}
	crlf := ended && (len(text) == 0 && l.cr || bytes.HasSuffix(text, []byte("\r")))
	l.cr = !ended && bytes.HasSuffix(text, []byte("\r"))
	if crlf || l.cr {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	where := l.at()
	if ended {
		l.ending(where.Part, crlf, l.pos+int64(len(text)))
	}
	if i := bytes.IndexByte(text, '\r'); i >= 0 {
		l.report.Add(where.Part, &ruleBareCR, l.pos+int64(i), 1)
	}
	l.octets(where, text, first, ended)
	l.long(where, text)
}

// at is the range in which the line begins.
func (l *lineLint) at() Range {
	for len(l.ranges) > 1 && l.begun >= l.ranges[0].End {
		l.ranges = l.ranges[1:]
	}
	return l.ranges[0]
}

// ending counts how lines end.
func (l *lineLint) ending(p *Part, crlf bool, at int64) {
	if crlf {
		l.crlf++
		return
	}
	if l.lf++; len(l.lone) < listed {
		l.lone = append(l.lone, loneLF{p, at})
	}
}

// endings judges the line endings. A file in which all lines end in LF is one of a system
// where that is the custom; it will be sent with CRLF.
func (l *lineLint) endings() {
	switch {
	case l.lf == 0:
	case l.crlf == 0:
		l.report.Missing(nil, &ruleFileLF)
	default:
		for _, lone := range l.lone {
			l.report.Add(lone.part, &ruleBareLF, lone.at, 1)
		}
		l.report.more(ruleBareLF.ID, int(l.lf)-len(l.lone))
	}
}

// more counts places that were not kept.
func (r *Report) more(id string, n int) { r.found[r.last[id]].More += n }

// octets judges the text of a line by what it is a part of.
func (l *lineLint) octets(where Range, text []byte, first, ended bool) {
	if where.Kind == RangeHeader {
		if i := controlOctet(text); i >= 0 {
			l.report.Add(where.Part, &ruleControl, l.pos+int64(i), 1)
		}
		if first {
			l.headerLine(where.Part, text)
		}
		return
	}
	if p := where.Part; first && l.begun == p.HeaderStart && where.Kind != RangeBoundary {
		l.beginHeader(p) // which has no line
	}
	if l.judged != nil {
		if where.Kind == RangeBoundary || !first {
			l.endHeader()
		} else {
			l.headerText(text)
		}
	}
	if where.Kind == RangeBoundary {
		l.endBody()
		return
	}
	if l.of != where.Part || l.body.kind != where.Kind {
		l.beginBody(where)
	}
	if first && bytes.HasPrefix(text, []byte("--")) {
		l.nearBoundary(where, text)
	}
	l.body.piece(text, l.pos, first, ended)
}

// controlOctet is the index of the first octet of a header line that neither shows nor is white
// space, or -1. CR has a rule of its own.
func controlOctet(text []byte) int {
	for i, c := range text {
		if c < ' ' && c != '\t' && c != '\r' || c == 0x7f {
			return i
		}
	}
	return -1
}

// headerLine judges a line of the header section of p.
func (l *lineLint) headerLine(p *Part, text []byte) {
	if l.judged != p {
		l.beginHeader(p)
	}
	if len(text) == 0 || text[0] != ' ' && text[0] != '\t' {
		l.before, l.field = l.field, l.begun
	}
	l.take(l.header.Line(text))
	if l.header.Done() {
		l.judged = nil
	}
}

// beginHeader begins to judge the header section of p.
func (l *lineLint) beginHeader(p *Part) {
	l.endHeader()
	l.endBody()
	l.judged = p
	l.header = HeaderCheck{UTF8: l.UTF8, Part: p != l.tree.Root}
	l.field, l.before = l.begun, l.begun
}

// headerText judges the line that ended a header section without being empty.
func (l *lineLint) headerText(text []byte) {
	for _, f := range l.header.Line(text) {
		if l.judged != l.tree.Root && (f.ID == ruleNoHeader.ID || f.ID == ruleNoEmptyLine.ID) {
			l.report.Add(l.judged, &rulePartBlank, l.begun, 0)
			continue
		}
		l.take([]rule.Finding{f})
	}
	l.judged = nil
}

// endHeader judges a header section that ended with its part.
func (l *lineLint) endHeader() {
	if l.judged != nil {
		l.before = l.field
		l.take(l.header.End())
		l.judged = nil
	}
}

// take reports what was found in a header line. What came to light by a line and singles out
// no octet of it lies in the field before.
func (l *lineLint) take(found []rule.Finding) {
	for _, f := range found {
		switch {
		case f.At > 0:
			f.Off += l.begun
			l.report.add(l.judged, f, f.Off)
		case f.ID == ruleDateMissing.ID || f.ID == ruleFromMissing.ID:
			l.report.add(l.judged, f, -1)
		case l.field == l.begun:
			l.report.add(l.judged, f, l.before)
		default: // the line is a fold
			l.report.add(l.judged, f, l.field)
		}
	}
}

// long judges how long a line is. Encoded bodies have limits of their own, and a header line
// is judged by its first piece.
func (l *lineLint) long(where Range, text []byte) {
	before := l.length
	l.length += int64(len(text))
	over := func(most int64) bool { return before <= most && l.length > most }
	switch {
	case where.Kind == RangeBoundary:
	case where.Kind == RangeHeader:
		if over(78) && l.length <= maxLine {
			l.report.Add(where.Part, &ruleLine78, l.begun+78, l.length-78)
		}
	case l.body.ownLimit():
	case over(maxLine):
		l.report.Add(where.Part, &ruleLine998, l.begun+maxLine, l.length-maxLine)
	case over(78):
		l.report.Add(where.Part, &ruleLine78, l.begun+78, l.length-78)
	}
}

// beginBody begins to judge a body, a preamble or an epilogue.
func (l *lineLint) beginBody(where Range) {
	l.endBody()
	l.of = where.Part
	l.body = newBodyLint(l.report, where)
	l.outer = l.outer[:0]
	if l.tree.Limit != 0 {
		return // beyond a limit boundaries are not looked for
	}
	at := where.Part
	if where.Kind != RangePreamble {
		at = l.parent[at]
	}
	for ; at != nil; at = l.parent[at] {
		if at.Boundary != "" {
			l.outer = append(l.outer, at.Boundary)
		}
	}
}

func (l *lineLint) endBody() {
	if l.of != nil {
		l.body.end(l.Cut && l.pos >= l.tree.Size)
		l.of = nil
	}
}

// nearBoundary judges a line that begins as a boundary line does and is none: programs that
// compare only the beginning, as RFC 2046 §5.1.1 has it, take it for one.
func (l *lineLint) nearBoundary(where Range, text []byte) {
	for _, boundary := range l.outer {
		if bytes.HasPrefix(text[2:], []byte(boundary)) {
			l.report.Add(where.Part, &ruleBoundaryLine, l.begun, int64(len(boundary))+2, boundary)
			return
		}
	}
}
