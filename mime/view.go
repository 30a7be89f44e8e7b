package mime

import (
	"strings"

	"mailtool/mime/scan"
)

// A View is a message as a reader sees it: the fields that matter, decoded, the text, and
// what hangs on it.
type View struct {
	Fields []ViewField
	Text   string
	// HTML says that the message has no plain text: Text is the source of a page.
	HTML bool
	// Charset is that of the text, Fault what is wrong with it, an *Error or nil.
	Charset Charset
	Fault   error
	// Large is the number of the part that would be the text, if that is longer than
	// anybody reads: Text is empty then.
	Large string
	Parts []Attached // all parts that Text is not made of
	// Limit says why not all of the message was looked into, 0 where it was.
	Limit scan.Limit
}

// maxText is how long a text may be that is shown to a reader, in octets, encoded.
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
	shown := m.Readable()
	switch {
	case shown == nil:
	case shown.BodyEnd-shown.BodyStart > maxText:
		v.Large = shown.Section
	default:
		if v.Text, v.Fault = shown.Text(); v.Fault != nil && !IsFault(v.Fault) {
			m.keep(v.Fault)
		}
		v.HTML = !shown.Type.Is("text", "plain")
		v.Charset = shown.Charset()
	}
	m.Root.Walk(func(p *Part) bool {
		along := p.Type.Is("message", "rfc822") // a message that is sent along is one thing
		if p != shown && (along || p.IsLeaf()) {
			v.Parts = append(v.Parts, Attached{Section: p.Section, Type: p.Type.String(),
				Name: p.FileName(), Octets: p.BodyEnd - p.BodyStart})
		}
		return !along
	})
	return &v
}

// Readable is the part that is the text: the first that is plain and no attachment, else
// the first of HTML, or nil. It does not look into messages that are sent along.
func (m *Message) Readable() *Part {
	var plain, page *Part
	m.Root.Walk(func(p *Part) bool {
		switch {
		case p.Type.Is("message", "rfc822"):
			return false
		case !p.IsLeaf() || p.Disposition() == "attachment" || p.FileName() != "":
		case plain == nil && p.Type.Is("text", "plain"):
			plain = p
		case page == nil && p.Type.Is("text", "html"):
			page = p
		}
		return true
	})
	if plain != nil {
		return plain
	}
	return page
}
