package main

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"mailtool/mime"
	"mailtool/trace/term"
)

// header explains the header section of a part: each field, what it says when it is decoded,
// and the empty line.
func (x *explaining) header(part *mime.Part) error {
	at := part.HeaderStart
	for _, f := range part.Header() {
		raw, err := x.m.Raw(f.Start, f.End)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(raw) {
			line = bytes.TrimRight(line, "\r\n")
			x.raw(line[:min(len(line), shownLine)])
			if more := len(line) - shownLine; more > 0 {
				x.text(x.counted("mime/explain/cut", more), "")
			}
		}
		x.field(part, f, raw)
		at = f.End
	}
	blank := part.Blank
	return x.lines(at, part.BodyStart, bodyHead, func(l textLine) {
		if blank && len(l.text) == 0 {
			blank = false
			if part.Depth == 1 {
				x.note("mime/explain/empty-line", "RFC 5322 §2.1")
			} else {
				x.note("mime/explain/empty-line/part", "RFC 2046 §5.1", "section", part.Section)
			}
		}
	})
}

// field explains a header field.
func (x *explaining) field(part *mime.Part, f mime.Field, raw []byte) {
	if f.Name == "" {
		x.note("mime/explain/no-field", "RFC 5322 §2.2")
		return
	}
	name := strings.ToLower(f.Name)
	x.meaning(f.Name, "message/header-field/"+name)
	switch name {
	case "content-type":
		x.contentType(part, f)
	case "content-transfer-encoding":
		x.meaning(part.Encoding, "mime/encoding/"+part.Encoding)
	case "content-disposition":
		x.fileName(part, f)
	default:
		x.words(f)
	}
	if n := over7(raw); n > 0 {
		x.text(x.counted("mime/explain/header-8bit", n), "RFC 6532 §3")
	}
}

// words explains the encoded-words of a field.
func (x *explaining) words(f mime.Field) {
	x.damagedWords(f)
	if f.Value == f.Written {
		return
	}
	if _, rest, ok := strings.Cut(f.Written, "=?"); ok {
		if charset, rest, ok := strings.Cut(rest, "?"); ok && rest != "" {
			how := strings.ToUpper(rest[:1])
			x.meaning("=?"+charset+"?"+how+"?", "mime/encoded-word/"+how)
		}
	}
	x.note("mime/explain/reads", "", "text", shortText(f.Value))
	x.example(f.Value, "")
}

// damagedWords tells of the encoded-words of a field that are damaged.
func (x *explaining) damagedWords(f mime.Field) {
	for _, w := range mime.DamagedWords(f.Written) {
		section := "RFC 2047 §4.2"
		if w.Base64 {
			section = "RFC 2047 §4.1"
		}
		x.note(damage(w), section, "word", shortText(w.Word))
	}
}

// damage is the sentence for what is wrong with an encoded-word.
func damage(w mime.DamagedWord) string {
	if w.Base64 {
		return "mime/word-damaged/base64"
	}
	return "mime/word-damaged/escape"
}

// contentType explains type, character set and boundary.
func (x *explaining) contentType(part *mime.Part, f mime.Field) {
	typ := part.Type.String()
	if !x.meaning(typ, "mime/type/"+typ) {
		x.meaning(typ, "mime/type/"+part.Type.Type)
	}
	if c := part.Charset(); c.Declared != "" && c.Lies {
		x.note("mime/explain/charset-lies", "RFC 2046 §4.1.2", "declared", c.Declared, "real", c.Real)
	} else if c.Declared != "" {
		x.note("mime/explain/charset", "RFC 2046 §4.1.2", "charset", c.Declared)
	}
	if part.Boundary != "" {
		x.note("mime/explain/boundary-param", "RFC 2046 §5.1.1", "line", "--"+part.Boundary)
	}
	if _, ok := part.Field("Content-Disposition"); !ok {
		x.fileName(part, f)
	}
}

// fileName says what a file is called by a parameter of this field: it may hold other
// characters than the field, which is to be ASCII.
func (x *explaining) fileName(part *mime.Part, f mime.Field) {
	name := part.FileName()
	if name == "" {
		return
	}
	if over7([]byte(name)) > 0 && over7([]byte(f.Written)) == 0 {
		x.note("mime/explain/name-encoded", "RFC 2231 §4", "name", shortText(name))
	} else {
		x.note("mime/explain/name", "RFC 2183 §2.3", "name", shortText(name))
	}
}

// over7 counts the octets that do not fit 7 bits.
func over7(text []byte) int {
	n := 0
	for _, c := range text {
		if c >= 0x80 {
			n++
		}
	}
	return n
}

// shortText is a text of a stranger as one word of a sentence: at its end, what does not
// fit is left off.
func shortText(text string) string { return cut(text, 300) }

// example shows once how a few characters that are not ASCII look in several character sets
// and encodings: why MIME is there. charset is the part's own.
func (x *explaining) example(text, charset string) {
	some := firstForeign(text)
	if some == "" || x.told["example"] {
		return
	}
	x.told["example"] = true
	x.text(x.counted("mime/explain/example", len([]rune(some)), "text", some), "")
	another := "iso-8859-1"
	if strings.ContainsFunc(some, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		another = "gb18030"
	}
	told := map[string]bool{}
	for _, set := range []string{"utf-8", another, strings.ToLower(charset)} {
		octets, name, err := mime.EncodeCharset(set, some)
		if set == "" || err != nil || told[name] {
			continue
		}
		told[name] = true
		x.note("mime/explain/example/charset", "", "charset", name, "octets", x.inOctets(int64(len(octets))),
			"over", strconv.Itoa(over7(octets)), "hex", hexOctets(octets),
			"base64", encoded(octets, schemeBase64), "qp", encoded(octets, schemeQP))
	}
}

// firstForeign is the first run of characters that are not ASCII, a few of them.
func firstForeign(text string) string {
	begin := strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 && r != '\ufffd' })
	if begin < 0 {
		return ""
	}
	n := 0
	for i, r := range text[begin:] {
		if n == 4 || r < 0x80 || r == '\ufffd' || term.Escape([]byte(string(r))) != string(r) {
			return text[begin : begin+i]
		}
		n++
	}
	return text[begin:]
}
