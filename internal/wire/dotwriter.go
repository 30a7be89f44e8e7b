package wire

import (
	"bytes"
	"io"
)

// A DotWriter writes a dot block, in whatever pieces its text comes: a leading dot of a line
// is doubled (RFC 5321 §4.5.2, RFC 1939 §3). Line endings are left as they are; only CRLF is
// taken for one.
type DotWriter struct {
	c     *Conn
	start bool // at the start of a line
	cr    bool // the octet before was CR
}

// DotWriter begins a dot block. Nothing else may be written before its End.
func (c *Conn) DotWriter() *DotWriter { return &DotWriter{c: c, start: true} }

// Write writes text. What lies between two dots that are doubled goes in one piece.
func (w *DotWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if w.start && rest[0] == '.' {
			if _, err := w.c.Write(rest[:1]); err != nil {
				return len(p) - len(rest), err
			}
		}
		k := len(rest)
		if w.cr && rest[0] == '\n' {
			k = 1
		} else if i := bytes.Index(rest, lineOfDot); i >= 0 {
			k = i + 2
		}
		if n, err := w.c.Write(rest[:k]); err != nil {
			return len(p) - len(rest) + n, err
		}
		last := rest[k-1]
		w.start = last == '\n' && (k > 1 && rest[k-2] == '\r' || k == 1 && w.cr)
		w.cr = last == '\r'
		rest = rest[k:]
	}
	return len(p), nil
}

// lineOfDot is where a line begins with a dot.
var lineOfDot = []byte("\r\n.")

// End ends the block with a lone dot. A CRLF comes before it only where the text does not
// end in one (RFC 5321 §4.1.1.4).
func (w *DotWriter) End() error {
	end := ".\r\n"
	if !w.start {
		end = "\r\n.\r\n"
	}
	_, err := io.WriteString(w.c, end)
	return err
}
