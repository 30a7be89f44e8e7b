package mime

import (
	"bufio"
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// NewBodyReader takes a transfer encoding off (RFC 2045 §6) while a body is read, in memory
// that does not depend on its size. It makes the same of a damaged body as DecodeBody, and
// returns the same *Error at the end, in place of io.EOF.
func NewBodyReader(r io.Reader, encoding string) io.Reader {
	b := &bodyReader{r: r}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		b.decoder = &base64Decoder{bodyReader: b}
		return &unlessText{r: bufio.NewReaderSize(r, base64Judged), decoder: b}
	case "quoted-printable":
		b.decoder = &quotedDecoder{bodyReader: b}
	case "", "7bit", "8bit", "binary":
		return r
	default:
		return io.MultiReader(r, faulty{fail(ErrEncoding, encoding)})
	}
	return b
}

// KnownEncoding says that a transfer encoding is one that can be taken off (RFC 2045 §6.1).
func KnownEncoding(encoding string) bool {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64", "quoted-printable", "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

// unlessText decodes base64, unless it begins like a text that is none: that stays as it is,
// and what is wrong with it as base64 is told at its end.
type unlessText struct {
	r       *bufio.Reader
	decoder *bodyReader
	out     io.Reader
}

func (u *unlessText) Read(p []byte) (int, error) {
	if u.out == nil {
		start, _ := u.r.Peek(base64Judged) // what is shorter is all; an error comes again
		u.decoder.r, u.out = u.r, u.decoder
		if at := notBase64(start); at >= 0 {
			u.out = io.MultiReader(u.r, faulty{fail(ErrBase64Octet, strconv.Itoa(at+1))})
		}
	}
	return u.out.Read(p)
}

// faulty is a reader of nothing but an error.
type faulty struct{ err error }

func (f faulty) Read([]byte) (int, error) { return 0, f.err }

// Reader reads the content of the part as Bytes returns it, piece by piece.
func (p *Part) Reader() io.Reader {
	r := p.message.Reader(p.BodyStart, p.BodyEnd)
	if !p.IsLeaf() {
		return r
	}
	return NewBodyReader(r, p.Encoding)
}

// NewCharsetReader turns octets of a character set into UTF-8, as DecodeCharset does. The
// error is ErrCharset.
func NewCharsetReader(charset string, r io.Reader) (io.Reader, error) {
	switch name := strings.ToLower(strings.TrimSpace(charset)); name {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return unicode.UTF8.NewDecoder().Reader(r), nil
	default:
		e := lookUp(name)
		if e == nil {
			return nil, fail(ErrCharset, charset)
		}
		return e.NewDecoder().Reader(r), nil
	}
}

// A bodyReader decodes what it reads.
type bodyReader struct {
	r       io.Reader
	decoder interface {
		octets(in []byte)
		end()
	}
	in    [16 << 10]byte
	buf   []byte // decoded
	out   []byte // what of it is not yet read
	at    int    // octets of the body so far
	fault error  // the first
	err   error  // of reading, io.EOF at the end
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(b.out) == 0 && b.err == nil {
		b.buf = b.buf[:0]
		var n int
		n, b.err = b.r.Read(b.in[:])
		b.decoder.octets(b.in[:n])
		if b.err == io.EOF {
			b.decoder.end()
			if b.fault != nil {
				b.err = b.fault
			}
		}
		b.out = b.buf
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	if n == 0 {
		return 0, b.err
	}
	return n, nil
}

// found keeps the first thing that is wrong, at this octet, counted from 1.
func (b *bodyReader) found(id string, at int) {
	if b.fault == nil {
		b.fault = fail(id, strconv.Itoa(at))
	}
}

// A base64Decoder decodes base64 (RFC 2045 §6.8): see mendBase64 for what it makes of
// damage.
type base64Decoder struct {
	*bodyReader
	group [4]byte
	n     int  // digits of the group
	pads  int  // in a row
	over  bool // padding has ended the data
}

// base64Value are the values of the digits, notDigit those of all other octets.
var base64Value = func() (values [256]byte) {
	for i := range values {
		values[i] = notDigit
	}
	for i := range len(base64Digits) {
		values[base64Digits[i]] = byte(i)
	}
	return values
}()

const (
	base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	notDigit     = 0xff
)

// octets takes groups of four digits at once, which nearly all are.
func (d *base64Decoder) octets(in []byte) {
	for len(in) > 0 {
		for d.n == 0 && d.pads == 0 && !d.over && len(in) >= 4 {
			v0, v1, v2, v3 := base64Value[in[0]], base64Value[in[1]], base64Value[in[2]], base64Value[in[3]]
			if v0|v1|v2|v3 == notDigit {
				break
			}
			d.buf = append(d.buf, v0<<2|v1>>4, v1<<4|v2>>2, v2<<6|v3)
			in = in[4:]
			d.at += 4
		}
		if len(in) > 0 {
			d.at++
			d.octet(in[0])
			in = in[1:]
		}
	}
}

func (d *base64Decoder) octet(c byte) {
	switch {
	case isSpace(c):
	case d.over:
		d.found(ErrBase64After, d.at)
	case isBase64(c):
		if d.pads > 0 {
			d.found(ErrBase64Octet, d.at-1)
		}
		d.pads = 0
		d.group[d.n] = c
		if d.n++; d.n == len(d.group) {
			d.write()
		}
	case c != '=' || d.n < 2:
		d.found(ErrBase64Octet, d.at)
	default:
		if d.pads++; d.n+d.pads >= len(d.group) {
			d.write()
			d.over = true
		}
	}
}

func (d *base64Decoder) end() {
	if d.n > 0 {
		d.found(ErrBase64End, d.at+1)
		d.write()
	}
}

// write decodes the digits of the group. One alone says nothing.
func (d *base64Decoder) write() {
	d.buf, _ = base64.RawStdEncoding.AppendDecode(d.buf, d.group[:d.n])
	d.n = 0
}

// A quotedDecoder decodes quoted-printable (RFC 2045 §6.7). An "=" that means nothing stays
// as it is. White space is held until it is known that the line does not end behind it.
type quotedDecoder struct {
	*bodyReader
	space   []byte // blanks and CRs
	escape  []byte // what came after an "=" that is not understood yet
	escaped bool
}

// maxHeld is how many octets are held; a line that needs more is none of quoted-printable.
const maxHeld = 1 << 10

// octets takes runs of octets that stand for themselves at once, single spaces between words
// among them.
func (d *quotedDecoder) octets(in []byte) {
	for len(in) > 0 {
		if !d.escaped {
			n := 0
			for n < len(in) && in[n] != '=' && (in[n] > ' ' ||
				in[n] == ' ' && n+1 < len(in) && in[n+1] > ' ') {
				n++
			}
			if n > 0 {
				d.flush()
				d.buf = append(d.buf, in[:n]...)
				d.at += n
				in = in[n:]
				continue
			}
		}
		d.at++
		d.octet(in[0])
		in = in[1:]
	}
}

func (d *quotedDecoder) octet(c byte) {
	if d.escaped {
		d.inEscape(c)
		return
	}
	switch {
	case c == '\n':
		if n := len(d.space); n > 0 && d.space[n-1] == '\r' {
			d.buf = append(d.buf, '\r')
		}
		d.space = d.space[:0]
		d.buf = append(d.buf, '\n')
	case isSpace(c):
		if len(d.space) >= maxHeld {
			d.flush()
		}
		d.space = append(d.space, c)
	case c == '=':
		d.flush()
		d.escaped = true
	default:
		d.flush()
		d.buf = append(d.buf, c)
	}
}

func (d *quotedDecoder) flush() {
	d.buf = append(d.buf, d.space...)
	d.space = d.space[:0]
}

// inEscape takes an octet behind an "=".
func (d *quotedDecoder) inEscape(c byte) {
	held := d.escape
	blank := len(held) == 0 || isSpace(held[0])
	switch {
	case blank && c == '\n': // a soft line break
		d.escaped, d.escape = false, held[:0]
	case blank && isSpace(c) && len(held) < maxHeld, len(held) == 0 && unhex(c) >= 0:
		d.escape = append(held, c)
	case len(held) == 1 && !blank && unhex(c) >= 0:
		d.buf = append(d.buf, byte(unhex(held[0])<<4|unhex(c)))
		d.escaped, d.escape = false, held[:0]
	default:
		d.meaningless()
		d.octet(c)
	}
}

// meaningless writes an "=" and what was taken for its meaning as they are.
func (d *quotedDecoder) meaningless() {
	d.found(ErrQuotedPrintable, d.at-1-len(d.escape))
	d.buf = append(d.buf, '=')
	held := d.escape
	d.escaped, d.escape = false, nil
	for _, c := range held {
		d.octet(c)
	}
}

func (d *quotedDecoder) end() {
	if d.escaped && len(d.escape) > 0 && !isSpace(d.escape[0]) {
		d.at++
		d.meaningless()
	}
}
