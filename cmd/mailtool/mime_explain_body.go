package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"

	"mailtool/mime"
)

// body explains the body of a part that holds no others: what each line of it stands for,
// and what the encoding cost.
func (x *explaining) body(part *mime.Part) error {
	d := &lineDecoder{part: part, charset: part.Charset().Real}
	after := x.plainLine
	switch part.Encoding {
	case "base64", "quoted-printable":
		after = func(l textLine) { x.codedLine(part, d, l) }
	}
	if err := x.lines(part.BodyStart, part.BodyEnd, x.most(part.Lines), after); err != nil {
		return err
	}
	if part.Encoding != "base64" && part.Encoding != "quoted-printable" {
		return nil
	}
	decoded, err := io.Copy(io.Discard, part.Reader())
	if fault, ok := err.(*mime.Error); ok {
		e := letterProblem(fault)
		x.note("mime/explain/damaged", "", "why", x.sentence(e.key, e.args))
	} else if err != nil {
		return err
	}
	x.text(x.counted("mime/explain/cost", int(part.BodyEnd-part.BodyStart),
		"decoded", number(decoded)), "")
	return nil
}

// plainLine explains a line that stands as it is: which of its octets do not fit 7 bits.
func (x *explaining) plainLine(l textLine) {
	if n := over7(l.text); n > 0 {
		x.text(x.counted("mime/explain/8bit", n, "all", x.inOctets(int64(len(l.text))),
			"hex", hexOctets(foreign(l.text))), "RFC 2045 §2.8")
		x.example(string(l.text), "")
	}
}

// codedLine explains a line in base64 or quoted-printable.
func (x *explaining) codedLine(part *mime.Part, d *lineDecoder, l textLine) {
	if part.Encoding == "quoted-printable" && bytes.IndexByte(l.text, '=') < 0 || len(l.text) == 0 {
		d.decode(l)
		return // it says what it looks like
	}
	octets, text := d.decode(l)
	switch {
	case len(octets) == 0:
		x.note("mime/explain/line/nothing", "")
	case part.IsText():
		x.note("mime/explain/line", "", "text", shortText(strings.TrimRight(text, "\r\n")))
		x.example(text, d.charset)
	default:
		x.note("mime/explain/line/binary", "", "octets", x.inOctets(int64(len(octets))),
			"hex", hexOctets(octets))
	}
	soft := bytes.HasSuffix(bytes.TrimRight(l.text, " \t"), []byte("="))
	if part.Encoding == "quoted-printable" && soft && !x.told["soft"] {
		x.told["soft"] = true
		x.note("mime/explain/soft", "RFC 2045 §6.7")
	}
}

// A lineDecoder decodes a body line by line. Groups of base64 and characters may go on in
// the next line.
type lineDecoder struct {
	part    *mime.Part
	charset string
	digits  []byte // of base64, of a group that goes on
	octets  []byte // of a character that goes on
	shift   []byte // the escape sequence that is in force (ISO-2022)
}

// decode returns what a line stands for: its octets, and their text.
func (d *lineDecoder) decode(l textLine) (octets []byte, text string) {
	line := append(d.digits, l.text...)
	d.digits = nil
	if d.part.Encoding == "base64" {
		if over := len(line) % 4; over > 0 && bytes.IndexByte(line, '=') < 0 {
			d.digits = bytes.Clone(line[len(line)-over:])
			line = line[:len(line)-over]
		}
	} else {
		line = append(line, l.end...)
	}
	octets, _ = mime.DecodeBody(line, d.part.Encoding) // the whole body is judged below it
	if !d.part.IsText() {
		return octets, ""
	}
	return octets, d.text(octets)
}

// text decodes the characters that end in this line.
func (d *lineDecoder) text(octets []byte) string {
	whole := append(bytes.Clone(d.shift), d.octets...)
	whole = append(whole, octets...)
	d.octets = nil
	text, err := mime.DecodeCharset(d.charset, whole)
	if err != nil {
		return string(octets) // what is no UTF-8 in it will be escaped
	}
	for held := 1; held < 4 && strings.HasSuffix(text, "\ufffd") && held < len(whole); held++ {
		shorter, _ := mime.DecodeCharset(d.charset, whole[:len(whole)-held])
		if !strings.HasSuffix(shorter, "\ufffd") {
			text = shorter
			d.octets = bytes.Clone(whole[len(whole)-held:])
			break
		}
	}
	if at := bytes.LastIndexByte(whole, 0x1b); at >= 0 && strings.HasPrefix(d.charset, "iso-2022") {
		n := 3
		if bytes.HasPrefix(whole[at:], []byte("\x1b$(")) {
			n = 4
		}
		d.shift = bytes.Clone(whole[at:min(at+n, len(whole))])
	}
	return text
}

// foreign are the octets of a line that do not fit 7 bits.
func foreign(text []byte) []byte {
	var out []byte
	for _, c := range text {
		if c >= 0x80 {
			out = append(out, c)
		}
	}
	return out
}

// hexShown is how many octets are written as numbers.
const hexShown = 16

// hexOctets writes octets as numbers: E4 BD A0.
func hexOctets(octets []byte) string {
	more := ""
	if len(octets) > hexShown {
		octets, more = octets[:hexShown], " ..."
	}
	var b strings.Builder
	for i, c := range octets {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String() + more
}

// encoded is what a few octets are in base64 or quoted-printable, on one line.
func encoded(octets []byte, scheme string) string {
	var b bytes.Buffer
	w := mime.NewBase64Writer(&b)
	if scheme == schemeQP {
		w = mime.NewQuotedPrintableWriter(&b)
	}
	w.Write(octets)
	w.Close()
	return strings.TrimSpace(b.String())
}
