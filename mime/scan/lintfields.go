package scan

import (
	"bytes"
	"strings"
)

// mimeNames are the fields that MIME defines, each of which may stand once (RFC 2045 §3,
// RFC 2183 §2).
var mimeNames = []string{"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	"Content-ID", "Content-Description", "Content-Disposition"}

// mimeFields judges the fields of MIME in the header of p.
func (c *linter) mimeFields(p *Part, h Header) {
	seen := make(map[string]bool)
	for _, f := range h.Fields {
		for _, name := range mimeNames {
			if !f.Is(name) {
				continue
			}
			at := p.HeaderStart + int64(f.Start)
			if seen[name] {
				c.report.Add(p, &ruleMIMETwice, at, int64(len(f.Name)), f.Name)
				break
			}
			seen[name] = true
			c.mimeField(p, f, at)
		}
	}
	version, uses := seen["MIME-Version"], seen["Content-Type"] || seen["Content-Transfer-Encoding"]
	if p == c.tree.Root && uses && !version {
		c.report.Missing(p, &ruleVersionMissing)
	}
}

// mimeField judges a field of MIME, which begins at offset at.
func (c *linter) mimeField(p *Part, f Field, at int64) {
	value := p.HeaderStart + int64(f.Colon) + 1
	switch strings.ToLower(f.Name) {
	case "mime-version":
		r := paramReader{s: f.Value()}
		if version := r.token(""); version != "1.0" && p == c.tree.Root {
			c.report.Add(p, &ruleVersionOther, at, 0)
		}
	case "content-type":
		c.params(p, f.Raw, value, true)
	case "content-disposition":
		c.params(p, f.Raw, value, false)
	case "content-transfer-encoding":
		c.encoding(p, at)
	case "content-id":
		if !isMessageID(withoutComments(f.Value())) {
			c.report.Add(p, &ruleContentID, at, 0)
		}
	}
}

// encodings are those of RFC 2045 §6.1.
var encodings = []string{"7bit", "8bit", "binary", "quoted-printable", "base64"}

// encoding judges the Content-Transfer-Encoding of p, which stands at offset at.
func (c *linter) encoding(p *Part, at int64) {
	known := false
	for _, e := range encodings {
		known = known || e == p.Encoding
	}
	composite := p.Type.Type == "multipart" || p.Type.Type == "message" &&
		!strings.HasPrefix(p.Type.Subtype, "global") // RFC 6532 §3.7, RFC 6533 §4
	switch {
	case !known:
		c.report.Add(p, &ruleEncodingUnknown, at, 0, p.Encoding)
	case composite && (p.Encoding == "base64" || p.Encoding == "quoted-printable"):
		c.report.Add(p, &ruleComposite, at, 0, p.Encoding, p.Type.String())
	}
}

// messageFields judges the fields of RFC 5322 that HeaderCheck leaves alone.
func (c *linter) messageFields(p *Part, h Header) {
	seen := make(map[string]bool)
	own := false // a field of the message itself stood there
	for _, f := range h.Fields {
		name := strings.ToLower(f.Name)
		seen[name] = true
		at := p.HeaderStart + int64(f.Start)
		switch name {
		case "received", "return-path":
			if own {
				c.report.Add(p, &ruleTraceBelow, at, int64(len(f.Name)))
			}
		case "date", "from", "to", "subject", "message-id":
			own = true
		}
		switch name {
		case "message-id":
			if !isMessageID(withoutComments(f.Value())) {
				c.report.Add(p, &ruleIDForm, at, 0)
			}
		case "in-reply-to", "references":
			for _, id := range strings.Fields(withoutComments(f.Value())) {
				if !isMessageID(id) {
					c.report.Add(p, &ruleReference, at, 0, f.Name)
					break
				}
			}
		}
	}
	if !seen["message-id"] {
		c.report.Missing(p, &ruleIDMissing)
	}
	if !seen["to"] && !seen["cc"] && !seen["bcc"] {
		c.report.Missing(p, &ruleNoReader)
	}
	if !seen["subject"] {
		c.report.Missing(p, &ruleNoSubject)
	}
}

// isMessageID reports whether s is a msg-id of RFC 5322 §3.6.4: "<left@right>". Its halves
// are only looked at for what tears it apart: many programs put other characters there.
func isMessageID(s string) bool {
	inside, ok := strings.CutPrefix(s, "<")
	if !ok || !strings.HasSuffix(inside, ">") {
		return false
	}
	left, right, ok := strings.Cut(inside[:len(inside)-1], "@")
	return ok && left != "" && right != "" && !strings.ContainsAny(left+right, " \t<>@\"")
}

// withoutComments takes comments and the white space around what is left off a value.
func withoutComments(value string) string {
	var out bytes.Buffer
	r := paramReader{s: value}
	for r.i < len(r.s) {
		if r.s[r.i] == '(' {
			r.space()
			out.WriteByte(' ')
			continue
		}
		out.WriteByte(r.s[r.i])
		r.i++
	}
	return strings.TrimSpace(out.String())
}
