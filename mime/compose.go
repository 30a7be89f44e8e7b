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
	inline, ids := c.inline()
	page, unlinked := link(c.letter.HTML, c.letter.Inline, ids)
	c.unlinked = unlinked
	forms, err := c.forms(page)
	if err != nil {
		return nil, err
	}
	if page != "" && len(inline) > 0 { // the page comes first (RFC 2387 §3.2)
		related := multipart("related", append(forms, inline...))
		related.params = []scan.Param{{Name: "type", Value: forms[0].typ}}
		forms, inline = []*entity{related}, nil
	}
	all := append(forms, inline...)
	for _, f := range c.letter.Attachments {
		all = append(all, attach(f, "attachment", c.letter.EightBit))
	}
	root := multipart("mixed", all)
	if len(all) == len(forms) {
		root = forms[0]
	}
	c.boundaries(root, root, new(int))
	return root, nil
}

// inline makes entities of the files that the page shows. ids are their Content-IDs, without
// angle brackets.
func (c *composer) inline() (files []*entity, ids []string) {
	for i, f := range c.letter.Inline {
		e := attach(f, "inline", c.letter.EightBit)
		id := strconv.Itoa(i+1) + "." + c.token + "@" + c.letter.domain()
		e.id = "<" + id + ">"
		files, ids = append(files, e), append(ids, id)
	}
	return files, ids
}

// forms is the letter itself: its text, the page, or the one entity that both make. It is
// empty only where there are files and nothing else.
func (c *composer) forms(page string) ([]*entity, error) {
	m := c.letter
	var forms []*entity
	if m.Text != "" || page == "" && len(m.Inline)+len(m.Attachments) == 0 {
		e, err := c.text("text/plain", m.Text)
		if err != nil {
			return nil, err
		}
		forms = append(forms, e)
	}
	if page != "" {
		e, err := c.text("text/html", page)
		if err != nil {
			return nil, err
		}
		forms = append(forms, e)
	}
	if len(forms) == 2 { // the best comes last (RFC 2046 §5.1.4)
		forms = []*entity{multipart("alternative", forms)}
	}
	return forms, nil
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
