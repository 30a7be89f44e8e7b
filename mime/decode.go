package mime

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
)

// DecodeBody takes a transfer encoding off (RFC 2045 §6). What is wrong is an *Error beside
// as much as could be made of the body: ErrBase64Octet, ErrBase64End, ErrBase64After,
// ErrQuotedPrintable, or ErrEncoding, with the body as it is. Nothing is copied that is not
// encoded.
func DecodeBody(body []byte, encoding string) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return decodeBase64(body)
	case "quoted-printable":
		return decodeQuotedPrintable(body)
	case "", "7bit", "8bit", "binary":
		return body, nil
	}
	return body, fail(ErrEncoding, encoding)
}

// decodeBase64 is fast where all is well; a body with a fault is mended first.
func decodeBase64(body []byte) ([]byte, error) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	if n, err := base64.StdEncoding.Decode(out, body); err == nil {
		return out[:n], nil
	}
	if at := notBase64(body); at >= 0 {
		return body, fail(ErrBase64Octet, strconv.Itoa(at+1))
	}
	mended, fault := mendBase64(body)
	part, err := enmimePart("application/octet-stream", "", "base64", mended)
	if err != nil {
		return nil, fault
	}
	return part.Content, fault
}

// mendBase64 makes of a damaged body one that enmime decodes as other readers do, and says
// what the first damage is. Octets that are no digits are passed over (RFC 2045 §6.8);
// padding that completes a group of four ends the data, other padding is such an octet. A
// group that breaks off gives what it has; a single digit of it has nothing.
func mendBase64(body []byte) ([]byte, error) {
	mended := make([]byte, 0, len(body))
	var fault error
	pads := 0 // in a row
	found := func(id string, at int) {
		if fault == nil {
			fault = fail(id, strconv.Itoa(at+1))
		}
	}
	for i, c := range body {
		switch {
		case isBase64(c):
			if pads > 0 {
				found(ErrBase64Octet, i-1)
			}
			mended, pads = append(mended, c), 0
		case isSpace(c):
		case c != '=' || len(mended)%4 < 2:
			found(ErrBase64Octet, i)
		case len(mended)%4+pads < 3:
			pads++
		default:
			if behind := bytes.TrimLeft(body[i+1:], " \t\r\n"); len(behind) > 0 {
				found(ErrBase64After, len(body)-len(behind))
			}
			return mended, fault
		}
	}
	if over := len(mended) % 4; over > 0 {
		found(ErrBase64End, len(body))
		if over == 1 {
			mended = mended[:len(mended)-1]
		}
	}
	return mended, fault
}

// base64Judged is how much of a body notBase64 looks at.
const base64Judged = 1024

// notBase64 says that a body which begins so is no base64 with faults but another text under
// a wrong label: many octets in it are no digits, spaces between words among them. It returns
// where the first of these is, or -1.
func notBase64(start []byte) int {
	start = start[:min(len(start), base64Judged)]
	if padding := bytes.IndexByte(start, '='); padding >= 0 {
		start = start[:padding]
	}
	first, strange := -1, 0
	for i, c := range start {
		betweenWords := c == ' ' && i > 0 && isBase64(start[i-1]) &&
			i+1 < len(start) && isBase64(start[i+1])
		if betweenWords || !isBase64(c) && !isSpace(c) {
			if strange++; first < 0 {
				first = i
			}
		}
	}
	if strange <= 2+len(start)/20 {
		return -1
	}
	return first
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// decodeQuotedPrintable leaves an "=" that means nothing as it is (RFC 2045 §6.7).
func decodeQuotedPrintable(body []byte) ([]byte, error) {
	d := &quotedDecoder{bodyReader: &bodyReader{buf: make([]byte, 0, len(body))}}
	d.octets(body)
	d.end()
	return d.buf, d.fault
}
