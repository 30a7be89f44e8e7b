package mbox

import (
	"bufio"
	"bytes"
	"io"
	"time"
)

// A Writer writes messages into a file.
type Writer struct{ out *bufio.Writer }

// NewWriter returns a Writer to out. What it has written is there after Flush.
func NewWriter(out io.Writer) *Writer { return &Writer{bufio.NewWriterSize(out, 64<<10)} }

// Write adds a message that came from the sender from, "" for the null one, at the time
// at. Its lines end in LF in the file, as RFC 4155 has it; 8-bit octets stay what they
// are, which departs from it: they would not come back.
func (w *Writer) Write(from string, at time.Time, message io.Reader) error {
	w.out.WriteString(separator{from, at}.String() + "\n") // the Writer keeps its first error
	in := bufio.NewReaderSize(message, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if len(line) > 0 {
			w.line(line)
		}
		if err == io.EOF {
			_, err := w.out.WriteString("\n")
			return err
		}
	}
}

func (w *Writer) line(line []byte) {
	content := bytes.TrimSuffix(line, []byte("\n"))
	content = bytes.TrimSuffix(content, []byte("\r"))
	if quoted(content) {
		w.out.WriteByte('>')
	}
	w.out.Write(content)
	w.out.WriteByte('\n')
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error { return w.out.Flush() }
