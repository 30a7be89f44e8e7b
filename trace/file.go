package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"mailtool/trace/rule"
)

// FileVersion is the version of the file format that this package writes. A reader
// passes over fields that it does not know, so that only a change of meaning makes a
// new version.
const FileVersion = 1

// MaxFileLine is the longest line that FileReader accepts, in octets. The longest that
// FileWriter makes is an event of MaxUnit control octets, each written as \u00XX, and
// once more in its words.
const MaxFileLine = 1 << 20

// A Header is the first line of a saved session.
//
// A file is NDJSON: a line of JSON for the header, then one for each event, in UTF-8.
// The names of an event's fields are in fileEvent. Octets stand in "raw", where they
// are valid UTF-8 and so survive JSON without loss, else in "raw64", base64. Times are
// whole nanoseconds since the session was opened, which every language reads exactly.
type Header struct {
	Format     string    `json:"format"`  // "mailtool-trace"
	Version    int       `json:"version"` // FileVersion
	Tool       string    `json:"tool,omitempty"`
	Session    string    `json:"session,omitempty"`
	Protocol   Protocol  `json:"protocol"`
	Vantage    Vantage   `json:"vantage"`
	ClientAddr string    `json:"client,omitempty"`
	ServerAddr string    `json:"server,omitempty"`
	Start      time.Time `json:"start"`
	Midway     bool      `json:"midway,omitempty"`
	// Redacted says that secrets are masked. It is false where the session was
	// recorded with its passwords readable.
	Redacted bool `json:"redacted"`
	// Folded says that the octets of long bodies may have been left out.
	Folded bool `json:"folded"`
}

const fileFormat = "mailtool-trace"

// NewHeader returns the header of a session that was opened as o says.
func NewHeader(session string, start time.Time, o Opening) Header {
	return Header{Format: fileFormat, Version: FileVersion, Session: session,
		Protocol: o.Protocol, Vantage: o.Vantage, ClientAddr: o.ClientAddr,
		ServerAddr: o.ServerAddr, Start: start, Midway: o.Midway, Redacted: !o.ShowSecrets}
}

// fileEvent is an Event as it stands in a file.
type fileEvent struct {
	N        int            `json:"n"`
	Session  string         `json:"session,omitempty"` // where it is not the header's
	End      string         `json:"end"`               // "C", "S" or "-"
	Kind     Kind           `json:"kind"`
	Layer    int            `json:"layer,omitempty"`
	Off      int64          `json:"off"`
	Len      int64          `json:"len"`
	First    int64          `json:"first_ns"`
	Last     int64          `json:"last_ns"`
	Line     int            `json:"line,omitempty"`
	Lines    int            `json:"lines,omitempty"`
	Phase    string         `json:"phase,omitempty"`
	State    string         `json:"state,omitempty"`
	Verb     string         `json:"verb,omitempty"`
	Raw      *string        `json:"raw,omitempty"`
	Raw64    []byte         `json:"raw64,omitempty"`
	EOL      int            `json:"eol,omitempty"`
	Words    []string       `json:"words,omitempty"` // for programs that read the file: Event.Words
	Final    bool           `json:"final,omitempty"`
	Answers  int            `json:"answers,omitempty"`
	Part     int            `json:"part,omitempty"`
	More     bool           `json:"more,omitempty"`
	Secrets  []Span         `json:"secrets,omitempty"`
	Decoded  string         `json:"decoded,omitempty"`
	Body     *Body          `json:"body,omitempty"`
	Text     string         `json:"text,omitempty"`
	Security *Security      `json:"security,omitempty"`
	Findings []rule.Finding `json:"findings,omitempty"`
}

// A FileWriter writes a session as NDJSON.
type FileWriter struct {
	json    *json.Encoder
	session string
}

// NewFileWriter writes the header h to w and returns a FileWriter for the events.
func NewFileWriter(w io.Writer, h Header) (*FileWriter, error) {
	h.Format, h.Version = fileFormat, FileVersion
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // <alice@lab.test> is to be found with grep
	return &FileWriter{json: enc, session: h.Session}, enc.Encode(h)
}

// Write writes one event.
func (w *FileWriter) Write(ev *Event) error {
	f := fileEvent{N: ev.N, End: ev.End.String(), Kind: ev.Kind, Layer: ev.Layer,
		Off: ev.Off, Len: ev.Len,
		First: int64(ev.First), Last: int64(ev.Last), Line: ev.Line, Lines: ev.Lines,
		Phase: ev.Phase, State: ev.State, Verb: ev.Verb, EOL: ev.EOL, Final: ev.Final,
		Answers: ev.Answers, Part: ev.Part, More: ev.More, Secrets: ev.Secrets,
		Decoded: ev.Decoded, Body: ev.Body, Text: ev.Text, Security: ev.Security,
		Findings: ev.Findings}
	if ev.Session != w.session {
		f.Session = ev.Session
	}
	switch {
	case ev.Raw == nil:
	case utf8.Valid(ev.Raw):
		s := string(ev.Raw)
		f.Raw = &s
		switch ev.Kind {
		case Greeting, Command, Reply, Continuation:
			f.Words = ev.Words()
		}
	default:
		f.Raw64 = ev.Raw
	}
	return w.json.Encode(&f)
}

// A FileFault is what is wrong with a file that should hold a saved session.
type FileFault string

// The faults of files.
const (
	FileEmpty    FileFault = "empty"   // it holds nothing
	FileNoHeader FileFault = "header"  // its first line is not that of a saved session
	FileNewer    FileFault = "version" // it was written by a later mailtool
	FileNoEvent  FileFault = "event"   // a line is no event, or was cut off
	FileLong     FileFault = "long"    // a line is longer than MaxFileLine
)

// A FileError says which line of a file is wrong, counted from 1.
type FileError struct {
	Line  int
	Fault FileFault
	Err   error
}

// Error says it in English, for programs.
func (e *FileError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is what was wrong in the line.
func (e *FileError) Unwrap() error { return e.Err }

// badFile makes a FileError.
func badFile(line int, fault FileFault, format string, args ...any) error {
	return &FileError{line, fault, fmt.Errorf(format, args...)}
}

// A FileReader reads what a FileWriter wrote.
type FileReader struct {
	header Header
	in     *bufio.Reader
	line   int
}

// NewFileReader reads the header from r.
func NewFileReader(r io.Reader) (*FileReader, error) {
	f := &FileReader{in: bufio.NewReaderSize(r, 64<<10)}
	line, err := f.next()
	if err == io.EOF {
		return nil, badFile(1, FileEmpty, "no header: the file is empty")
	}
	if err != nil {
		return nil, err
	}
	line = bytes.TrimPrefix(line, []byte("\uFEFF")) // what some editors put there
	if err := json.Unmarshal(line, &f.header); err != nil {
		return nil, badFile(f.line, FileNoHeader, "no header of a saved session: %w", err)
	}
	switch h := f.header; {
	case h.Format != fileFormat:
		return nil, badFile(f.line, FileNoHeader, "no header of a saved session")
	case h.Version < 1 || h.Version > FileVersion:
		return nil, badFile(f.line, FileNewer, "version %d is not known here, only up to %d",
			h.Version, FileVersion)
	}
	return f, nil
}

// Header is the first line.
func (f *FileReader) Header() Header { return f.header }

// Next returns the next event, and io.EOF after the last. Any other error names the
// line of the file.
func (f *FileReader) Next() (*Event, error) {
	line, err := f.next()
	if err != nil {
		return nil, err
	}
	var e fileEvent
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, badFile(f.line, FileNoEvent, "no event: %w", err)
	}
	ev, err := e.event(f.header.Session)
	if err != nil {
		return nil, badFile(f.line, FileNoEvent, "%w", err)
	}
	return ev, nil
}

// next returns the next line that is not empty, valid until the next call but one.
func (f *FileReader) next() ([]byte, error) {
	for {
		var line []byte
		for {
			piece, err := f.in.ReadSlice('\n')
			line = append(line, piece...)
			if len(line) > MaxFileLine {
				return nil, badFile(f.line+1, FileLong, "longer than %d octets", MaxFileLine)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			if err == io.EOF && len(line) == 0 {
				return nil, io.EOF
			}
			if err != nil && err != io.EOF {
				return nil, fmt.Errorf("line %d: %w", f.line+1, err)
			}
			break
		}
		f.line++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

// event checks what other code takes for granted of an Event, and makes one.
func (e *fileEvent) event(session string) (*Event, error) {
	ev := &Event{N: e.N, Session: e.Session, Kind: e.Kind, Layer: e.Layer,
		Off: e.Off, Len: e.Len,
		First: time.Duration(e.First), Last: time.Duration(e.Last),
		Line: e.Line, Lines: e.Lines, Phase: e.Phase, State: e.State, Verb: e.Verb,
		Raw: e.Raw64, EOL: e.EOL, Final: e.Final, Answers: e.Answers, Part: e.Part,
		More: e.More, Secrets: e.Secrets, Decoded: e.Decoded, Body: e.Body, Text: e.Text,
		Security: e.Security, Findings: e.Findings}
	if e.Session == "" {
		ev.Session = session
	}
	if e.Raw != nil {
		ev.Raw = []byte(*e.Raw)
	}
	switch e.End {
	case "C":
		ev.End = Client
	case "S":
		ev.End = Server
	case "-", "":
	default:
		return nil, fmt.Errorf("end %q is neither C nor S", e.End)
	}
	if ev.Kind == "" {
		return nil, errors.New("an event needs a kind")
	}
	if min(ev.Off, ev.Len, e.First, e.Last, int64(ev.Line), int64(ev.Lines)) < 0 {
		return nil, errors.New("a negative number")
	}
	if ev.EOL < 0 || ev.EOL > min(2, len(ev.Raw)) ||
		!strings.HasSuffix("\r\n", string(ev.Raw[len(ev.Raw)-ev.EOL:])) {
		return nil, fmt.Errorf("eol %d does not fit what stands in raw", ev.EOL)
	}
	at := 0
	for _, s := range ev.Secrets {
		if s.At < at || s.Len < 0 || s.At > len(ev.Raw) || s.Len > len(ev.Raw)-s.At {
			return nil, errors.New("secrets lie outside of raw")
		}
		at = s.At + s.Len
	}
	return ev, nil
}

// ReadFile reads a whole saved session. Where a line is wrong, the events before it are
// returned with the error.
func ReadFile(r io.Reader) (Header, []*Event, error) {
	f, err := NewFileReader(r)
	if err != nil {
		return Header{}, nil, err
	}
	var events []*Event
	for {
		ev, err := f.Next()
		if err == io.EOF {
			return f.header, events, nil
		}
		if err != nil {
			return f.header, events, err
		}
		events = append(events, ev)
	}
}
