package mime

import (
	"bytes"
	"encoding/base64"
	"io"
)

// maxEncodedLine is the longest line of an encoded body, in octets without CRLF
// (RFC 2045 §6.7 (5), §6.8).
const maxEncodedLine = 76

// NewQuotedPrintableWriter returns a writer that writes text to w in
// quoted-printable (RFC 2045 §6.7), in lines of at most 76 octets. LF and CRLF are
// line endings of the text and become CRLF; a lone CR is encoded. A dot or "From "
// at the start of a line is encoded too, so that neither SMTP nor a mailbox file
// has to change the line. Close writes what is left and leaves w open.
func NewQuotedPrintableWriter(w io.Writer) io.WriteCloser {
	return &quotedWriter{w: w}
}

// quotedWriter collects one line of output at a time. The last octet of input is
// held while it is a CR, which means nothing before the next octet is known.
type quotedWriter struct {
	w    io.Writer
	line []byte
	cr   bool
	err  error
}

func (q *quotedWriter) Write(p []byte) (int, error) {
	for _, c := range p {
		if q.cr {
			q.cr = false
			if c != '\n' {
				q.encoded('\r')
			}
		}
		switch {
		case c == '\r':
			q.cr = true
		case c == '\n':
			q.endLine()
		case c == '.' && len(q.line) == 0:
			q.encoded(c)
		case c == ' ' || c == '\t' || c > ' ' && c < 0x7f && c != '=':
			q.plain(c)
		default:
			q.encoded(c)
		}
	}
	if q.err != nil {
		return 0, q.err
	}
	return len(p), nil
}

func (q *quotedWriter) Close() error {
	if q.cr {
		q.cr = false
		q.encoded('\r')
	}
	q.space()
	q.flush("")
	return q.err
}

func (q *quotedWriter) plain(c byte) {
	q.room(1)
	if len(q.line) == 0 && c == '.' { // at the start of a line that was broken
		q.encoded(c)
		return
	}
	q.line = append(q.line, c)
	if string(q.line) == "From " {
		q.line = append(q.line[:0], "=46rom "...)
	}
}

func (q *quotedWriter) encoded(c byte) {
	q.room(3)
	q.line = append(q.line, '=', hexDigits[c>>4], hexDigits[c&15])
}

// room breaks the line unless n octets and the "=" of a soft line break fit.
func (q *quotedWriter) room(n int) {
	if len(q.line)+n+1 > maxEncodedLine {
		q.flush("=\r\n")
	}
}

// space encodes white space at the end of a line, which may get lost on the way
// (RFC 2045 §6.7 (3)).
func (q *quotedWriter) space() {
	if n := len(q.line); n > 0 && (q.line[n-1] == ' ' || q.line[n-1] == '\t') {
		c := q.line[n-1]
		q.line = q.line[:n-1]
		q.encoded(c)
	}
}

func (q *quotedWriter) endLine() {
	q.space()
	q.flush("\r\n")
}

func (q *quotedWriter) flush(ending string) {
	q.line = append(q.line, ending...)
	if q.err == nil && len(q.line) > 0 {
		_, q.err = q.w.Write(q.line)
	}
	q.line = q.line[:0]
}

// NewBase64Writer returns a writer that writes to w in base64, in lines of 76
// octets, each of which ends in CRLF (RFC 2045 §6.8). What the octets are makes no
// difference; the line endings of text must be CRLF before they are encoded. Close
// writes what is left and leaves w open.
func NewBase64Writer(w io.Writer) io.WriteCloser {
	b := &base64Lines{w: w}
	b.enc = base64.NewEncoder(base64.StdEncoding, b.lines())
	return b
}

type base64Lines struct {
	w      io.Writer
	enc    io.WriteCloser
	column int
}

func (b *base64Lines) Write(p []byte) (int, error) { return b.enc.Write(p) }

func (b *base64Lines) Close() error {
	if err := b.enc.Close(); err != nil || b.column == 0 {
		return err
	}
	b.column = 0
	_, err := io.WriteString(b.w, "\r\n")
	return err
}

// lines is where the encoder writes to.
func (b *base64Lines) lines() io.Writer { return writerFunc(b.cut) }

func (b *base64Lines) cut(p []byte) (int, error) {
	var out bytes.Buffer
	for rest := p; len(rest) > 0; {
		n := min(len(rest), maxEncodedLine-b.column)
		out.Write(rest[:n])
		rest = rest[n:]
		if b.column += n; b.column == maxEncodedLine {
			out.WriteString("\r\n")
			b.column = 0
		}
	}
	if _, err := b.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
