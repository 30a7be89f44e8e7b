package mime

import (
	"strings"

	"mailtool/mime/scan"
)

// Bytes returns the content of the part with its transfer encoding taken off (RFC 2045 §6);
// of a part that holds others, its body as it came. What is wrong with the encoding is an
// *Error beside as much as could be made of it; any other error is one of reading.
func (p *Part) Bytes() ([]byte, error) {
	body, err := p.Body()
	if err != nil {
		return nil, err
	}
	return []byte(decoded(string(body), p.Encoding)), nil
}

// Text returns the content as text: UTF-8, each line ended by LF. The character set is the
// real one, not always the one that is declared (see Charset). What is wrong is an *Error
// beside as much as could be made of it; any other error is one of reading.
func (p *Part) Text() (string, error) {
	octets, err := p.Bytes()
	if err != nil {
		return "", err
	}
	text, err := DecodeCharset(p.Charset().Real, octets)
	return strings.ReplaceAll(text, "\r\n", "\n"), err
}

// IsText says that the part is text, of whatever kind: text/plain, text/html, text/csv.
func (p *Part) IsText() bool { return p.Type.Type == "text" }

// A Charset is what a part of text says of its character set, and what it is.
type Charset struct {
	// Declared is the parameter as it is written, "" where there is none (RFC 2045
	// §5.2: then it is us-ascii).
	Declared string
	// Real is the name of the set that the octets are read in, in lower case: the
	// declared one unless they cannot be of it. "" is one that is not known.
	Real string
	// Lies says that the octets are not what is declared, or what is not declared.
	Lies bool
}

// Charset says in which character set the part is. Parts that are no text have none.
func (p *Part) Charset() Charset {
	if !p.IsText() {
		return Charset{}
	}
	declared := p.Type.Param("charset")
	return Charset{Declared: declared, Real: strings.ToLower(declared)}
}

// Disposition is how the part wants to be shown (RFC 2183 §2), in lower case: "inline",
// "attachment", or "" where nothing is said.
func (p *Part) Disposition() string {
	kind, _ := p.disposition()
	return kind
}

func (p *Part) disposition() (kind string, params []scan.Param) {
	f, ok := p.Field("Content-Disposition")
	if !ok {
		return "", nil
	}
	// The parameters have the form of those of Content-Type (RFC 2183 §2).
	kind, rest, _ := strings.Cut(f.Written, ";")
	c, _ := scan.ParseContentType("x/x;" + rest)
	return strings.ToLower(strings.TrimSpace(kind)), c.Params
}

// FileName is what the part says its file is called (RFC 2183 §2.3, and the older parameter
// name of Content-Type), decoded, or "". It comes from a stranger and may hold anything,
// a path and control characters among it.
func (p *Part) FileName() string {
	_, params := p.disposition()
	if name := DecodeParam(params, "filename"); name != "" {
		return name
	}
	return DecodeParam(p.Type.Params, "name")
}

// ContentID is the part's name for links from other parts (RFC 2392), without its angle
// brackets, or "".
func (p *Part) ContentID() string {
	f, _ := p.Field("Content-ID")
	return strings.Trim(f.Written, " \t<>")
}

// DecodeParam returns the value of the parameter with this name, given in lower case, with
// all that may have been done to it undone, or "".
func DecodeParam(params []scan.Param, name string) string {
	c := scan.ContentType{Params: params}
	return DecodeHeader(c.Param(name))
}
