package mime

import (
	"bytes"

	"mailtool/mime/scan"
)

// A Prepared file is a message that was found in a file, ready to be sent.
type Prepared struct {
	// Data is the message: every line ended by CRLF, neither Bcc nor Resent-Bcc, all
	// else as it was in the file.
	Data []byte
	// BOM says that a byte order mark was taken away, LineEndings that line
	// endings had to be made CRLF, BccRemoved that Bcc fields were taken out.
	BOM, LineEndings, BccRemoved bool
	// Has8Bit says that octets over 127 are in it (8BITMIME is needed), NeedsUTF8
	// that they are in the header (SMTPUTF8 is needed).
	Has8Bit, NeedsUTF8 bool
	// LongestLine is in octets without CRLF. Over 998 is too long (RFC 5322 §2.1.1).
	LongestLine int
	// From, To, Cc and Bcc are the addresses in the fields of these names.
	From, To, Cc, Bcc []Address
	// Problems are fields of addresses that could not be read, as *Error.
	Problems []error
}

// PrepareFile makes the message in a file (.eml) ready to be sent. LF, CR and CRLF
// end a line there, a line that the file's end cuts off is completed. Bcc is
// removed, since whoever gets the message could read it (RFC 5322 §3.6.3), and
// reported. Preparing what was prepared changes nothing. The errors are
// ErrFileEmpty and ErrFileUTF16.
func PrepareFile(eml []byte) (*Prepared, error) {
	var p Prepared
	var err error
	if p.Data, err = CanonicalFile(eml); err != nil {
		return nil, err
	}
	bare := withoutBOM(eml)
	p.BOM = len(bare) < len(eml)
	p.LineEndings = !bytes.Equal(p.Data, bare)
	// A message is not cut into fields quite as before once its first field is
	// gone, so it is looked at until there is no Bcc.
	for p.removeBcc() {
		p.BccRemoved = true
	}
	h := p.fields()
	for _, f := range h.Fields {
		switch {
		case f.Is("From"):
			p.From = p.addresses(p.From, f)
		case f.Is("To"):
			p.To = p.addresses(p.To, f)
		case f.Is("Cc"):
			p.Cc = p.addresses(p.Cc, f)
		}
	}
	p.NeedsUTF8 = !isASCII(p.Data[:h.End])
	p.Has8Bit = p.NeedsUTF8 || !isASCII(p.Data[h.End:])
	p.LongestLine = longestLine(p.Data)
	return &p, nil
}

// CanonicalFile is the message in a file (.eml) with its lines ended by CRLF, and without
// byte order marks; all else is as it was. The errors are ErrFileEmpty and ErrFileUTF16.
func CanonicalFile(eml []byte) ([]byte, error) {
	eml = withoutBOM(eml)
	switch {
	case len(bytes.TrimSpace(eml)) == 0:
		return nil, fail(ErrFileEmpty)
	case isUTF16(eml):
		return nil, fail(ErrFileUTF16)
	}
	data := Canonical(eml)
	if isUTF16(data) { // complete lines may show it where the file did not
		return nil, fail(ErrFileUTF16)
	}
	return data, nil
}

func withoutBOM(text []byte) []byte {
	for bytes.HasPrefix(text, utf8BOM) {
		text = text[len(utf8BOM):]
	}
	return text
}

// fields is the whole header: what is sent is looked at to its end, however long it is.
func (p *Prepared) fields() scan.Header {
	return scan.ParseFields(p.Data, scan.Limits{Header: len(p.Data), Fields: len(p.Data)})
}

// removeBcc takes the Bcc fields out, folded lines included, and keeps their
// addresses. Those of an earlier sender, Resent-Bcc, are as blind (RFC 5322 §3.6.6),
// and nobody's readers any more. It reports whether there were any.
func (p *Prepared) removeBcc() bool {
	h := p.fields()
	var kept []byte
	at, found := 0, false
	for _, f := range h.Fields {
		if f.Is("Bcc") || f.Is("Resent-Bcc") {
			found = true
			if f.Is("Bcc") {
				p.Bcc = p.addresses(p.Bcc, f)
			}
			kept = append(kept, p.Data[at:f.Start]...)
			at = f.End
		}
	}
	if found {
		p.Data = append(kept, p.Data[at:]...)
	}
	return found
}

// addresses adds what stands in a field to list.
func (p *Prepared) addresses(list []Address, f scan.Field) []Address {
	value := f.Value()
	if value == "" {
		return list
	}
	found, err := ParseAddressList(value)
	if err != nil {
		p.Problems = append(p.Problems, err)
	}
	return append(list, found...)
}

// Canonical returns text with CRLF for every CR, LF and CRLF, and at the end.
func Canonical(text []byte) []byte {
	out := make([]byte, 0, len(text)+bytes.Count(text, []byte("\n"))+2)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\r':
			out = append(out, "\r\n"...)
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
		case c == '\n':
			out = append(out, "\r\n"...)
		default:
			out = append(out, c)
		}
	}
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return out
}
