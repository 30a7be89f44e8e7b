package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrFormat says that a file is no mbox: its first line is not one that begins a message.
var ErrFormat = errors.New("mbox: the file does not begin with a \"From \" line")

// ErrTooLarge says that a message is larger than the Reader's Limit.
var ErrTooLarge = errors.New("mbox: a message is too large")

// A Message is a message in a file.
type Message struct {
	From string    // the sender in the line before the message, "" where there was none
	At   time.Time // when it came
	Line int       // of the file, at which the line before the message stands
	Data []byte    // with lines that end as in the file; the empty line behind it is not part
}

// A Reader reads the messages of a file.
type Reader struct {
	// Limit is how large a message may be, in octets; 0 stands for 1 GiB.
	Limit int

	in    *bufio.Reader
	line  int        // lines read
	next  *separator // of the message that comes next
	at    int        // its line
	began bool
}

// NewReader returns a Reader of in.
func NewReader(in io.Reader) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, 64<<10)}
}

// Next returns the next message, or io.EOF behind the last. An empty file has none.
func (r *Reader) Next() (*Message, error) {
	if !r.began {
		if err := r.begin(); err != nil {
			return nil, err
		}
	}
	if r.next == nil {
		return nil, io.EOF
	}
	m := &Message{From: r.next.from, At: r.next.at, Line: r.at}
	err := r.message(m)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// begin looks for the first separator. Empty lines may stand before it.
func (r *Reader) begin() error {
	r.began = true
	for {
		line, err := r.readLine()
		if len(line) == 0 {
			return err
		}
		if content := bytes.TrimRight(line, "\r\n"); len(content) > 0 {
			s, ok := parseSeparator(content)
			if !ok {
				return fmt.Errorf("%w (line %d)", ErrFormat, r.line)
			}
			r.next, r.at = &s, r.line
			return nil
		}
	}
}

// message reads up to the next separator, or to the end of the file.
func (r *Reader) message(m *Message) error {
	limit := r.limit()
	r.next = nil
	empty := true // the line before was: a separator may follow (also at the very beginning)
	for {
		line, err := r.readLine()
		if err != nil && err != io.EOF {
			return err
		}
		content := bytes.TrimRight(line, "\r\n")
		if empty {
			if s, ok := parseSeparator(content); ok {
				r.next, r.at = &s, r.line
				m.Data = trimEmptyLine(m.Data)
				return nil
			}
		}
		if len(line) > 0 && line[0] == '>' && quoted(content) {
			line = line[1:]
		}
		if len(m.Data)+len(line) > limit {
			return fmt.Errorf("%w: more than %d octets (line %d)", ErrTooLarge, limit, m.Line)
		}
		m.Data = append(m.Data, line...)
		empty = len(content) == 0
		if err == io.EOF {
			m.Data = trimEmptyLine(m.Data)
			return nil
		}
	}
}

// trimEmptyLine takes away the line that ends a message in the file. A file may lack the
// last.
func trimEmptyLine(data []byte) []byte {
	for _, end := range []string{"\r\n", "\n"} {
		if string(data) == end {
			return data[:0]
		}
		if bytes.HasSuffix(data, []byte("\n"+end)) {
			return data[:len(data)-len(end)]
		}
	}
	return data
}

// limit is how large a message may be.
func (r *Reader) limit() int {
	if r.Limit == 0 {
		return 1 << 30
	}
	return r.Limit
}

// readLine returns a line with its ending, "" at the end. Of one that is longer than a
// message may be it returns more than that, and reads no further.
func (r *Reader) readLine() ([]byte, error) {
	r.line++
	var line []byte
	for {
		piece, err := r.in.ReadSlice('\n')
		line = append(line, piece...)
		if err != bufio.ErrBufferFull || len(line) > r.limit() {
			if err == bufio.ErrBufferFull {
				err = nil
			}
			if len(line) == 0 {
				r.line--
			}
			return line, err
		}
	}
}
