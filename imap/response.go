package imap

import (
	"bytes"
	"fmt"
	"strings"
)

// A Status is the kind of a status response (RFC 3501 §7.1).
type Status string

// The kinds of a status response.
const (
	OK      Status = "OK"      // done; without a tag: for your information
	NO      Status = "NO"      // it cannot be done; without a tag: a warning
	BAD     Status = "BAD"     // not understood, or out of place
	PREAUTH Status = "PREAUTH" // a greeting: no log-in is needed
	BYE     Status = "BYE"     // the server is about to close the connection
)

// A Response is a status response (RFC 3501 §7.1): with a tag the result of the command that
// has it, without one a word of the server's own. As an error it is a command that was not done.
type Response struct {
	Tag    string // "" for none
	Status Status
	Code   Code   // what a program is to know
	Text   string // what a person is to know
}

// Error implements error.
func (r *Response) Error() string { return strings.TrimSuffix(string(r.Append(nil)), "\r\n") }

// Positive says that the command was done.
func (r *Response) Positive() bool { return r.Status == OK || r.Status == PREAUTH }

// Transient says that the command was refused for now, and may be tried again (RFC 5530 §3).
func (r *Response) Transient() bool {
	return !r.Positive() && (r.Code.Name == CodeInUse || r.Code.Name == CodeUnavailable)
}

// Accept is an OK.
func Accept(format string, args ...any) *Response { return respond(OK, "", format, args) }

// Refuse is a NO. The code is one of a single word, or "".
func Refuse(code, format string, args ...any) *Response { return respond(NO, code, format, args) }

// Reject is a BAD.
func Reject(format string, args ...any) *Response { return respond(BAD, "", format, args) }

func respond(status Status, code, format string, args []any) *Response {
	return &Response{Status: status, Code: Code{Name: code}, Text: fmt.Sprintf(format, args...)}
}

// With returns the response with a code.
func (r *Response) With(name, arg string) *Response {
	r.Code = Code{name, arg}
	return r
}

// Append appends the response as it stands on the wire, CRLF included. What no text may hold
// is written as "?" (RFC 3501 §9, text): it may come from a client.
func (r *Response) Append(b []byte) []byte {
	tag := r.Tag
	if tag == "" {
		tag = "*"
	}
	return append(r.append(append(append(b, tag...), ' ')), "\r\n"...)
}

// append appends what stands behind the tag.
func (r *Response) append(b []byte) []byte {
	b = append(append(b, r.Status...), ' ')
	if r.Code.Name != "" {
		b = append(append(b, '['), r.Code.Name...)
		if r.Code.Arg != "" {
			b = append(append(b, ' '), r.Code.Arg...)
		}
		b = append(b, "] "...)
	}
	text := r.Text
	if text == "" { // there is one octet at least
		text = "Done"
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' || c >= 0x7f || i == 0 && c == '[' && r.Code.Name == "" {
			c = '?'
		}
		b = append(b, c)
	}
	return b
}

// print makes it Data, where it has no tag.
func (r *Response) print(w *writer) {
	w.b = r.append(w.b)
}

// isStatus says that a word, in capitals, is a Status.
func isStatus(word string) bool {
	switch Status(word) {
	case OK, NO, BAD, PREAUTH, BYE:
		return true
	}
	return false
}

// ParseResponse is the inverse of Append. There may be a CRLF at the end of text. The error is a
// *SyntaxError.
func ParseResponse(text []byte) (*Response, error) {
	r, bad := parseResponse(bytes.TrimSuffix(text, []byte("\r\n")))
	if bad != nil {
		return nil, bad
	}
	return r, nil
}

// parseResponse parses a status response without its CRLF.
func parseResponse(text []byte) (*Response, *SyntaxError) {
	s := &scanner{text: text}
	tag := ""
	if !s.take('*') {
		tag = s.run("a tag or an asterisk", isTagChar)
	}
	s.sp()
	at := s.at
	word := s.upper()
	if !isStatus(word) && s.err == nil {
		s.at = at
		s.fail("OK, NO, BAD, PREAUTH or BYE")
	}
	r := parseCondition(s, Status(word))
	r.Tag = tag
	return r, s.err
}

// parseCondition reads what stands behind the word of a status response. Some servers end the line
// where the text should begin.
func parseCondition(s *scanner, status Status) *Response {
	r := &Response{Status: status}
	if s.ended() {
		return r
	}
	s.sp()
	rest := s.rest()
	if end := codeEnd(rest); end > 0 {
		name, arg, _ := strings.Cut(string(rest[1:end]), " ")
		r.Code = Code{strings.ToUpper(name), arg}
		s.at += end + 1
		s.take(' ')
	}
	r.Text = string(s.rest())
	s.at = len(s.text)
	return r
}

// A Data is an untagged response: what a command asked for, or what the server tells of its own
// accord (RFC 3501 §7). Each kind is a type of its own, in the file of its family; a status is a
// *Response.
type Data interface {
	// print writes it without "* " and CRLF.
	print(w *writer)
}

// A dataParser reads what stands behind the name of data, from the space on. n is the number
// before the name, for those that have one.
type dataParser func(s *scanner, n uint32) Data

// dataParsers are those of the data that this package knows, by name: "FETCH", "LIST".
var dataParsers = map[string]dataParser{
	"CAPABILITY": parseCapabilityData,

	"FLAGS":   parseFlagsData,
	"EXISTS":  func(_ *scanner, n uint32) Data { return ExistsData(n) },
	"RECENT":  func(_ *scanner, n uint32) Data { return RecentData(n) },
	"EXPUNGE": func(_ *scanner, n uint32) Data { return ExpungeData(n) },

	"ID":        parseIDData,
	"ENABLED":   parseEnabledData,
	"NAMESPACE": parseNamespaceData,
	"LIST":      listData(false),
	"LSUB":      listData(true),
	"STATUS":    parseStatusData,
	"QUOTA":     parseQuotaData,
	"QUOTAROOT": parseQuotaRootData,

	"SEARCH":  parseSearchData,
	"ESEARCH": parseESearchData,
	"SORT":    parseSortData,
	"THREAD":  parseThreadData,

	"FETCH": parseFetchData,
}

// AppendData appends data as it stands on the wire, CRLF included.
func AppendData(b []byte, d Data) []byte {
	w := writer{b: b, server: true}
	w.data(d)
	return w.b
}

func (w *writer) data(d Data) {
	w.raw("* ")
	d.print(w)
	w.raw("\r\n")
}

// ParseData is the inverse of AppendData. There may be a CRLF at the end of text. The error is a
// *SyntaxError; the data is an Other then.
func ParseData(text []byte) (Data, error) {
	d, bad := parseUntagged(bytes.TrimSuffix(text, []byte("\r\n")), false)
	if bad != nil {
		return d, bad
	}
	return d, nil
}

// parseUntagged parses an untagged response. Where it is not what its name says, it is an Other,
// and there is an error; without a name there is nothing. Spaces at the end are passed over.
func parseUntagged(text []byte, utf8 bool) (Data, *SyntaxError) {
	s := &scanner{text: text, utf8: utf8, asTheyCame: true}
	s.expect('*')
	s.sp()
	rest := s.rest()
	number, n := false, uint32(0)
	if c := s.next(); c >= '0' && c <= '9' {
		number, n = true, s.number()
		s.sp()
	}
	name := s.upper()
	switch {
	case s.err != nil && len(rest) == 0:
		return nil, s.err
	case s.err != nil:
		return Other{string(rest)}, s.err
	}
	if isStatus(name) && !number {
		return parseCondition(s, Status(name)), s.err
	}
	parse := dataParsers[name]
	if parse == nil || number != numbered[name] {
		return Other{string(rest)}, nil
	}
	d := parse(s, n)
	for s.take(' ') {
	}
	s.end()
	if s.err != nil {
		return Other{string(rest)}, s.err
	}
	return d, nil
}

// numbered are the names of data that stand behind a number.
var numbered = map[string]bool{"EXISTS": true, "RECENT": true, "EXPUNGE": true, "FETCH": true}

// An Other is data that this package knows nothing of, or that is not what it should be. A
// client passes over it (RFC 3501 §2.2.2).
type Other struct{ Text string }

func (d Other) print(w *writer) { w.raw(d.Text) }
