// Package session writes a session as the RFCs print dialogues, in the form that
// internal/conversation reads and plays: a saved session is a test.
//
//	# -- handshake
//	S: 220 mail.lab.test ESMTP
//	C: EHLO [127.0.0.1]
//	C| bare\n
//	S~ close
//
// A line that is plain text stands behind C: or S:, and its CRLF is understood. Any other
// stands behind C| or S|, with Go's escapes and with its line ending. What cannot be
// played, TLS and octets that were not kept, is a comment; so are phases, and what the base64
// of a log-in holds. Secrets stay masked.
package session

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mailtool/internal/escape"
	"mailtool/trace"
)

// Line is a line of octets of e, at most one, as it stands in a file: without the line
// ending of the file.
func Line(e trace.End, line []byte) string {
	text, crlf := bytes.CutSuffix(line, []byte("\r\n"))
	switch plain := escape.Text(text); {
	case !crlf, plain != string(text), strings.HasSuffix(plain, " "): // editors remove it
		return e.String() + "| " + quote(line)
	case plain == "":
		return e.String() + ":"
	default:
		return e.String() + ": " + plain
	}
}

// quote escapes what is not printable ASCII, as Go does, but leaves quotation marks.
func quote(line []byte) string {
	parts := strings.Split(string(line), `"`)
	for i, p := range parts {
		q := strconv.QuoteToASCII(p)
		parts[i] = q[1 : len(q)-1]
	}
	return strings.Join(parts, `"`)
}

// A Writer writes the events of a session.
type Writer struct {
	w     io.Writer
	phase string
	fin   map[trace.End]bool
	layer int
	err   error
}

// NewWriter writes to w what h says, as a comment, and returns a Writer.
func NewWriter(w io.Writer, h trace.Header) *Writer {
	s := &Writer{w: w, fin: make(map[trace.End]bool)}
	s.put(fmt.Sprintf("# mailtool session: %s, %s, %s", h.Protocol, h.Vantage,
		h.Start.UTC().Format(time.RFC3339)))
	return s
}

func (s *Writer) put(line string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, line+"\n")
	}
}

// Event writes the next event and returns the first error of all writing so far.
func (s *Writer) Event(ev *trace.Event) error {
	if ev.Phase != s.phase && ev.Phase != "" && ev.Kind != trace.Reply {
		s.phase = ev.Phase
		s.put("# -- " + escape.Text([]byte(ev.Phase)))
	}
	switch {
	case ev.Kind == trace.Closed:
		s.close(ev.End)
	case ev.Kind == trace.LayerChange:
		s.layerChange(ev)
	case ev.Raw != nil:
		for line := range bytes.Lines(ev.Raw) {
			s.put(Line(ev.End, line))
		}
		if ev.Decoded != "" && ev.Decoded != trace.Mask {
			s.put(`# -- base64 of "` + quote([]byte(ev.Decoded)) + `"`)
		}
	case ev.End != trace.NoEnd && (ev.Len > 0 || ev.Kind == trace.Gap):
		s.put(fmt.Sprintf("# -- gap %s %d", ev.End, ev.Len))
	}
	return s.err
}

// layerChange writes what a layer agreed on, "tls! why" for one that failed, and of TLS the
// server's certificate with what is wrong with it, by the names of its faults.
func (s *Writer) layerChange(ev *trace.Event) {
	failed := "!"
	if ev.Layer > s.layer {
		failed = ""
	}
	s.layer = ev.Layer
	s.put("# -- " + escape.Text([]byte(ev.Verb+failed+" "+ev.Text)))
	if ev.Security == nil || len(ev.Security.Chain) == 0 {
		return
	}
	own := ev.Security.Chain[0]
	line := fmt.Sprintf("# -- certificate %s, issuer \"%s\", until %s", strings.Join(own.Names, ","),
		own.Issuer, own.Until.Format(time.DateOnly))
	if ev.Security.Trusted() {
		line += fmt.Sprintf(", trusted by \"%s\"", ev.Security.Root)
	}
	for i, f := range ev.Security.Faults {
		line += []string{", not trusted: ", ", "}[min(i, 1)] + f.Cause
	}
	s.put(escape.Text([]byte(line)))
}

// close writes who sent no more. That the connection is gone adds nothing to it, unless
// nobody had said so before: then the server is taken for the one that closed it.
func (s *Writer) close(end trace.End) {
	if end == trace.NoEnd {
		if len(s.fin) > 0 {
			return
		}
		end = trace.Server
	}
	if !s.fin[end] {
		s.fin[end] = true
		s.put(end.String() + "~ close")
	}
}
