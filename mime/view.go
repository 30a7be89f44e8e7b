package mime

import (
	"strings"

	"mailtool/mime/scan"
)

// A View is a message as a reader sees it: the fields that matter, decoded, the text, and
// what hangs on it.
type View struct {
	Fields []ViewField
	Texts  []ViewText // one below the other; most messages have one
	Parts  []Attached // all parts that are no text to be shown
	// Limit says why not all of the message was looked into, 0 where it was.
	Limit scan.Limit
}

// A ViewText is a part that a reader sees as text.
type ViewText struct {
	Section string // its number (RFC 3501 §6.4.5)
	Text    string
	// HTML says that Text is the source of a page.
	HTML bool
	// Charset is that of the text, Fault what is wrong with it, an *Error or nil.
	Charset Charset
	Fault   error
	// Large says that with this there is more text than anybody reads: Text is empty then.
	Large bool
}

// maxText is how much text is shown to a reader, in octets, encoded.
const maxText = 16 << 20

// A ViewField is a header field, decoded.
type ViewField struct{ Name, Value string }

// An Attached part is told of and not shown.
type Attached struct {
	Section string // its number (RFC 3501 §6.4.5), "" for the only one
	Type    string // "image/png"
	Name    string // of the file, "" where the message gives none
	Octets  int64  // as they lie in the message, encoded
}

// viewFields are the fields that a reader is shown, in this order (RFC 5322 §3.6).
var viewFields = []string{"Date", "From", "Reply-To", "To", "Cc", "Subject"}

// Read looks at a message in memory.
func Read(message []byte) *View { return Open(message).View() }

// View is the message as a reader sees it. It never fails: what cannot be decoded is shown
// as it is.
func (m *Message) View() *View {
	v := View{Limit: m.Tree.Limit}
	for _, name := range viewFields {
		if f, ok := m.Root.Field(name); ok {
			v.Fields = append(v.Fields, ViewField{name, strings.TrimSpace(f.Value)})
		}
	}
	shown := make(map[*Part]bool)
	room := int64(maxText)
	for _, p := range m.Readable() {
		shown[p] = true
		large := p.BodyEnd-p.BodyStart > room
		if !large {
			room -= p.BodyEnd - p.BodyStart
		}
		v.Texts = append(v.Texts, m.viewText(p, large))
	}
	m.Root.Walk(func(p *Part) bool {
		along := p.IsMessage() // which is one thing
		if !shown[p] && (along || p.IsLeaf()) {
			v.Parts = append(v.Parts, Attached{Section: p.Section, Type: p.Type.String(),
				Name: p.FileName(), Octets: p.BodyEnd - p.BodyStart})
		}
		return !along
	})
	return &v
}

// viewText decodes a part that a reader sees.
func (m *Message) viewText(p *Part, large bool) ViewText {
	t := ViewText{Section: p.Section, HTML: !p.Type.Is("text", "plain"), Large: large}
	if large {
		return t
	}
	if t.Text, t.Fault = p.Text(); t.Fault != nil && !IsFault(t.Fault) {
		m.keep(t.Fault)
	}
	t.Charset = p.Charset()
	return t
}

// Readable are the parts that a reader sees as text, in their order: plain or HTML, and no
// files. Of alternatives it is the first that begins with plain text, else the first with any;
// of a page and what belongs to it, the page. It does not look into messages that are sent
// along.
func (m *Message) Readable() []*Part { return m.Root.readable() }

func (p *Part) readable() []*Part {
	switch {
	case p.IsMessage():
		return nil
	case p.IsLeaf():
		text := p.Type.Is("text", "plain") || p.Type.Is("text", "html")
		if !text || p.Disposition() == "attachment" || p.FileName() != "" {
			return nil
		}
		return []*Part{p}
	}
	one := p.Type.Is("multipart", "alternative") || p.Type.Is("multipart", "related")
	var all []*Part
	for _, child := range p.Children {
		parts := child.readable()
		switch {
		case !one:
			all = append(all, parts...)
		case len(parts) == 0:
		case p.Type.Is("multipart", "related") || parts[0].Type.Is("text", "plain"):
			return parts
		case all == nil:
			all = parts
		}
	}
	return all
}
