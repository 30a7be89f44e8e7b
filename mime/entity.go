package mime

import (
	"bytes"
	"strings"

	"mailtool/mime/scan"
)

// An entity is a message or a part of one (RFC 2045 §2.4), on its way to be written.
type entity struct {
	typ         string
	params      []scan.Param
	encoding    string // of a multipart 7bit, or 8bit if a part's is (RFC 2045 §6.4)
	id          string // Content-ID, with its angle brackets
	disposition string // inline, attachment or ""
	file        string // its name

	body     []byte // not encoded, text with CRLF
	parts    []*entity
	boundary string // between the parts

	plain bool // a text that would be read the same without any field of MIME
}

// fields are the fields of MIME that say what e is, each with its CRLF, in order.
func (e *entity) fields() []string {
	all := []string{formatParams("Content-Type", e.typ, e.params)}
	if e.parts == nil || e.encoding != "7bit" { // of a multipart 7bit goes without saying
		all = append(all, "Content-Transfer-Encoding: "+e.encoding+"\r\n")
	}
	if e.id != "" {
		all = append(all, "Content-ID: "+e.id+"\r\n")
	}
	if e.disposition != "" {
		var params []scan.Param
		if e.file != "" {
			params = []scan.Param{{Name: "filename", Value: e.file}}
		}
		all = append(all, formatParams("Content-Disposition", e.disposition, params))
	}
	return all
}

// write writes the body of e: encoded, or its parts between boundaries (RFC 2046 §5.1.1).
func (e *entity) write(out *bytes.Buffer) {
	if e.parts == nil {
		encode(out, e.encoding, e.body)
		return
	}
	for _, p := range e.parts {
		out.WriteString("--" + e.boundary + "\r\n" + strings.Join(p.fields(), "") + "\r\n")
		p.write(out)
		// The CRLF before a boundary belongs to it. Base64 ends in one that is none of the
		// file, and a multipart in that of its own last boundary; a text has its own.
		if p.parts == nil && p.encoding != "base64" || len(p.body) == 0 && p.parts == nil {
			out.WriteString("\r\n")
		}
	}
	out.WriteString("--" + e.boundary + "--\r\n")
}

// message writes the fields of MIME that are needed, the empty line and the body, and
// returns the encoding. Extra fields that say these things are believed: with
// Content-Transfer-Encoding among them the text is taken for encoded already. A message
// with parts has to say them itself.
func (b *builder) message(root *entity) (encoding string) {
	encoding, given := b.names["content-transfer-encoding"]
	_, typed := b.names["content-type"]
	switch {
	case root.parts != nil && typed:
		b.fail(ErrFieldTwice, "Content-Type")
	case root.parts != nil && given:
		b.fail(ErrFieldTwice, "Content-Transfer-Encoding")
	}
	if !given {
		encoding = root.encoding
	}
	var fields []string
	if !root.plain || given || typed {
		fields = append(fields, "MIME-Version: 1.0\r\n") // RFC 2045 §4
	}
	if !root.plain {
		fields = append(fields, root.fields()...)
	} else if given && encoding != "7bit" {
		fields = append(fields, "Content-Type: text/plain; charset=utf-8\r\n")
	}
	for _, f := range fields {
		name, _, _ := strings.Cut(f, ":")
		if _, there := b.names[strings.ToLower(name)]; !there {
			b.out.WriteString(f)
		}
	}
	b.out.WriteString("\r\n")
	if given {
		b.out.Write(root.body)
	} else {
		root.write(&b.out)
	}
	return encoding
}
