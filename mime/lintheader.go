package mime

import (
	"bytes"
	"io"
	"strings"

	"mailtool/mime/scan"
)

// A place is how the words of a field are to be read.
type place uint8

const (
	inText   place = iota + 1 // unstructured: encoded-words anywhere between blanks
	inPhrase                  // addresses: encoded-words in names and comments
	inParams                  // a type and its parameters: no encoded-words
)

// placeOf says where encoded-words may stand in a field (RFC 2047 §5); 0 is a field that is
// not looked at, since it holds no text for people or its form is nobody's.
func placeOf(name string) place {
	switch strings.ToLower(name) {
	case "subject", "comments", "keywords", "content-description", "organization":
		return inText
	case "from", "sender", "reply-to", "to", "cc", "bcc",
		"resent-from", "resent-sender", "resent-to", "resent-cc", "resent-bcc":
		return inPhrase
	case "content-type", "content-disposition":
		return inParams
	}
	return 0
}

// header judges the fields of a part whose words mean something to a reader.
func (c *linter) header(p *Part) {
	c.fields = nil
	raw, err := c.message.Raw(p.HeaderStart, min(p.BodyStart, p.HeaderStart+headerRead))
	if err != nil {
		c.message.keep(err)
		return
	}
	authors, sender := 0, false
	c.fields = scan.ParseFields(raw, scan.Limits{}).Fields
	for _, f := range c.fields {
		where := placeOf(f.Name)
		if where == 0 {
			continue
		}
		at := p.HeaderStart + int64(f.Colon) + 1
		c.words(p, f.Raw, at, where)
		switch {
		case where == inPhrase:
			n := c.addresses(p, f, at)
			if f.Is("From") {
				authors += n
			}
			sender = sender || f.Is("Sender")
		case where == inParams:
			c.params(p, f)
		}
	}
	if authors > 1 && !sender && p.Depth == 1 {
		c.report.Add(p.Part, &ruleSender, c.fieldAt(p, "From"), 0)
	}
}

// addresses judges a field of addresses, whose value begins at offset at, and returns how
// many there are.
func (c *linter) addresses(p *Part, f scan.Field, at int64) int {
	value := f.Value()
	if value == "" && (f.Is("Bcc") || f.Is("From")) { // HeaderCheck has a rule for From
		return 0
	}
	list, err := parseAddresses(value, undecoded)
	if err == nil {
		return len(list)
	}
	wrong := value
	if e, ok := err.(*Error); ok && len(e.Args) > 0 {
		wrong = e.Args[0]
	}
	if f.Is("From") && !strings.Contains(value, "@") {
		return 0
	}
	off, n := p.HeaderStart+int64(f.Start), int64(0)
	if i := bytes.Index(f.Raw, []byte(wrong)); i >= 0 && wrong != "" {
		off, n = at+int64(i), int64(len(wrong))
	}
	c.report.Add(p.Part, &ruleAddress, off, n, wrong)
	return 0
}

// undecoded reads names as they are: here they only need to be there.
func undecoded(_ string, name io.Reader) (io.Reader, error) { return name, nil }

// params judges the character sets of parameters (RFC 2231 §4).
func (c *linter) params(p *Part, f scan.Field) {
	list := p.Type.Params
	if !f.Is("Content-Type") {
		_, list = scan.ParseDisposition(f.Value())
	}
	for _, param := range list {
		set, rest, ok := strings.Cut(param.Value, "'")
		if !strings.HasSuffix(param.Name, "*") || !ok || !strings.Contains(rest, "'") {
			continue
		}
		if set != "" && !isCharset(set) {
			c.report.Add(p.Part, unreadable(set, &ruleParamCharset), p.HeaderStart+int64(f.Start), 0, set)
		}
	}
}
