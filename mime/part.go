package mime

import (
	"errors"
	"io"
	"strings"

	"mailtool/mime/scan"
)

// Bytes returns the content of the part with its transfer encoding taken off (RFC 2045 §6);
// of a part that holds others, its body as it came. What is wrong with the encoding is an
// *Error (see DecodeBody) beside as much as could be made of it; any other error is one of
// reading. The octets may be the message's own: do not change them.
func (p *Part) Bytes() ([]byte, error) {
	body, err := p.Body()
	if err != nil || !p.IsLeaf() {
		return body, err
	}
	return DecodeBody(body, p.Encoding)
}

// Text returns the content as text: UTF-8, each line ended by LF. The character set is the
// real one, not always the one that is declared (see Charset). Errors are as those of Bytes.
func (p *Part) Text() (string, error) {
	octets, fault := p.Bytes()
	if fault != nil && !IsFault(fault) {
		return "", fault
	}
	text, err := DecodeCharset(JudgeCharset(p.Type.Param("charset"), octets).Real, octets)
	if err != nil {
		text = strings.ToValidUTF8(string(octets), "\ufffd")
	}
	if fault == nil {
		fault = err
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), fault
}

// Decoded counts the octets of the content as far as they can be decoded, in memory that does
// not depend on them. An error of reading is the message's Err.
func (p *Part) Decoded() int64 {
	n, err := io.Copy(io.Discard, p.Reader())
	if err != nil && !IsFault(err) {
		p.message.keep(err)
	}
	return n
}

// IsFault says that an error is about the message, not about reading it.
func IsFault(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// IsText says that the part is text, of whatever kind: text/plain, text/html, text/csv.
func (p *Part) IsText() bool { return p.Type.Type == "text" }

// Charset says in which character set the part is. Parts that are no text have none.
func (p *Part) Charset() Charset {
	if !p.IsText() {
		return Charset{}
	}
	octets, err := io.ReadAll(io.LimitReader(p.Reader(), judged+1)) // one more says that it is longer
	if err != nil && !IsFault(err) {
		p.message.keep(err)
	}
	return JudgeCharset(p.Type.Param("charset"), octets)
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
	return scan.ParseDisposition(f.Written)
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
