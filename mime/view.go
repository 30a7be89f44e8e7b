package mime

import (
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"

	"mailtool/mime/scan"
)

// A View is a message as a reader sees it: the fields that matter, decoded, the text, and
// what hangs on it.
type View struct {
	Fields []ViewField
	Text   string
	// HTML says that the message has no plain text: Text is the source of a page.
	HTML  bool
	Parts []Attached // all parts that Text is not made of
}

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

// Read looks at a message. It never fails: what cannot be decoded is shown as it is.
func Read(message []byte) *View {
	var v View
	header := scan.ParseFields(message, scan.Limits{})
	for _, name := range viewFields {
		if f, ok := header.Get(name); ok {
			v.Fields = append(v.Fields, ViewField{name, DecodeHeader(strings.TrimSpace(f.Value()))})
		}
	}
	tree := scan.Parse(message, scan.Limits{})
	shown := readable(message, tree.Root)
	if shown != nil {
		v.HTML = !shown.Type.Is("text", "plain")
		v.Text = text(message, shown)
	}
	tree.Root.Walk(func(p *scan.Part) bool {
		along := p.Type.Is("message", "rfc822") // a message that is sent along is one thing
		if p != shown && (along || len(p.Children) == 0) {
			v.Parts = append(v.Parts, Attached{Section: p.Section, Type: p.Type.String(),
				Name: DecodeHeader(fileName(message, p)), Octets: p.BodyEnd - p.BodyStart})
		}
		return !along
	})
	return &v
}

// readable finds the part that is the text: the first that is plain and no attachment, else
// the first of HTML. It does not look into messages that are sent along.
func readable(message []byte, root *scan.Part) *scan.Part {
	var plain, page *scan.Part
	root.Walk(func(p *scan.Part) bool {
		switch {
		case p.Type.Is("message", "rfc822"):
			return false
		case len(p.Children) > 0 || fileName(message, p) != "":
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

// text decodes the body of a part of text.
func text(message []byte, p *scan.Part) string {
	body := decoded(string(message[p.BodyStart:p.BodyEnd]), p.Encoding)
	s, err := DecodeCharset(p.Type.Param("charset"), []byte(body))
	if err != nil {
		s = strings.ToValidUTF8(body, "\ufffd")
	}
	return strings.ReplaceAll(s, "\r\n", "\n")
}

// decoded takes the transfer encoding off (RFC 2045 §6). Of one that breaks off, or that
// is not known, as much is returned as could be made of it.
func decoded(body, encoding string) string {
	var r io.Reader
	switch encoding {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, strings.NewReader(body))
	case "quoted-printable":
		r = quotedprintable.NewReader(strings.NewReader(body))
	default:
		return body
	}
	octets, err := io.ReadAll(r)
	if err != nil && len(octets) == 0 {
		return body
	}
	return string(octets)
}

// fileName is what a part says it is called (RFC 2183 §2.3), or "".
func fileName(message []byte, p *scan.Part) string {
	header := scan.ParseFields(message[p.HeaderStart:p.BodyStart], scan.Limits{})
	if f, ok := header.Get("Content-Disposition"); ok {
		// The parameters have the form of those of Content-Type (RFC 2183 §2).
		kind, params, _ := strings.Cut(f.Value(), ";")
		if c, ok := scan.ParseContentType(strings.TrimSpace(kind) + "/x;" + params); ok {
			if name := c.Param("filename"); name != "" {
				return name
			}
		}
	}
	return p.Type.Param("name")
}
