package mime

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"mailtool/mime/scan"
)

// A composer makes the tree of entities of one letter. The widest is
//
//	multipart/mixed
//	    multipart/related
//	        multipart/alternative
//	            text/plain
//	            text/html
//	        image/png, inline
//	    application/pdf, attachment
//
// and a multipart that would hold one part only is left out, but for that of attachments.
type composer struct {
	letter   *Letter
	charset  charsetCoder
	token    string
	unlinked []string
}

func (c *composer) compose() (*entity, error) {
	m := c.letter
	var inline, attached, forms []*entity
	var ids []string
	for i, f := range m.Inline {
		e := attach(f, "inline", m.EightBit)
		id := strconv.Itoa(i+1) + "." + c.token + "@" + m.domain()
		e.id = "<" + id + ">"
		inline, ids = append(inline, e), append(ids, id)
	}
	for _, f := range m.Attachments {
		attached = append(attached, attach(f, "attachment", m.EightBit))
	}
	page := ""
	page, c.unlinked = link(m.HTML, m.Inline, ids)
	files := len(inline) + len(attached)
	for _, form := range []struct{ typ, text string }{{"text/plain", m.Text}, {"text/html", page}} {
		if form.text == "" && (form.typ == "text/html" || m.HTML != "" || files > 0) {
			continue
		}
		e, err := c.text(form.typ, form.text)
		if err != nil {
			return nil, err
		}
		forms = append(forms, e)
	}
	if len(forms) == 2 { // the best comes last (RFC 2046 §5.1.4)
		forms = []*entity{multipart("alternative", forms)}
	}
	if m.HTML != "" && len(inline) > 0 { // the page comes first (RFC 2387 §3.2)
		related := multipart("related", append(forms, inline...))
		related.params = []scan.Param{{Name: "type", Value: forms[0].typ}}
		forms, inline = []*entity{related}, nil
	}
	root := multipart("mixed", append(append(forms, inline...), attached...))
	if len(forms) == len(root.parts) {
		root = forms[0]
	}
	c.boundaries(root, root, new(int))
	return root, nil
}

// text makes an entity of a text, in the letter's character set.
func (c *composer) text(typ, text string) (*entity, error) {
	m := c.letter
	if !utf8.ValidString(text) {
		return nil, fail(ErrTextCharset)
	}
	octets, err := c.charset.encode(crlf(text))
	if err != nil {
		return nil, err
	}
	encoding := m.Encoding
	if encoding == "" {
		encoding = chooseEncoding(octets, m.EightBit)
	} else if err := allows(encoding, octets); err != nil {
		return nil, err
	}
	charset := c.charset.name
	if m.Charset == "" && encoding == "7bit" {
		charset = "us-ascii"
	}
	return &entity{typ: typ, params: []scan.Param{{Name: "charset", Value: charset}},
		encoding: encoding, body: octets,
		plain: charset == "us-ascii" && typ == "text/plain" && m.Charset+m.Encoding == ""}, nil
}

func multipart(subtype string, parts []*entity) *entity {
	e := &entity{typ: "multipart/" + subtype, parts: parts, encoding: "7bit"}
	for _, p := range parts {
		if p.encoding == "8bit" { // RFC 2045 §6.4
			e.encoding = "8bit"
		}
	}
	return e
}

// boundaries gives each multipart in e a boundary that no line of the message begins with,
// and that does not begin another one's (RFC 2046 §5.1.1). "=_" is neither in base64 nor in
// quoted-printable, so that only what is not encoded has to be searched.
func (c *composer) boundaries(root, e *entity, n *int) {
	if e.parts == nil {
		return
	}
	for e.boundary == "" || root.holds([]byte("--"+e.boundary)) {
		*n++
		e.boundary = "=_" + strconv.Itoa(*n) + "." + c.token
	}
	e.params = append(e.params, scan.Param{Name: "boundary", Value: e.boundary})
	for _, p := range e.parts {
		c.boundaries(root, p, n)
	}
}

// holds says that text is in a part that is written as it is.
func (e *entity) holds(text []byte) bool {
	for _, p := range e.parts {
		if p.holds(text) {
			return true
		}
	}
	return (e.encoding == "7bit" || e.encoding == "8bit") && bytes.Contains(e.body, text)
}
