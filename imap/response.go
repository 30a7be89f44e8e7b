package imap

import (
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

// A Code is what stands in brackets before a Response's text (RFC 3501 §7.1, RFC 5530). The zero
// value is none.
type Code struct {
	Name string // in capitals
	Arg  string // as it stood there
}

// Names of codes.
const (
	CodeAlert                = "ALERT"
	CodeAlreadyExists        = "ALREADYEXISTS"
	CodeAuthenticationFailed = "AUTHENTICATIONFAILED"
	CodeBadCharset           = "BADCHARSET"
	CodeCannot               = "CANNOT"
	CodeCapability           = "CAPABILITY"
	CodeClientBug            = "CLIENTBUG"
	CodeClosed               = "CLOSED"
	CodeInUse                = "INUSE"
	CodeLimit                = "LIMIT"
	CodeNonexistent          = "NONEXISTENT"
	CodeOverQuota            = "OVERQUOTA"
	CodePrivacyRequired      = "PRIVACYREQUIRED"
	CodeReadOnly             = "READ-ONLY"
	CodeReadWrite            = "READ-WRITE"
	CodeServerBug            = "SERVERBUG"
	CodeTooBig               = "TOOBIG"
	CodeTryCreate            = "TRYCREATE"
	CodeUnavailable          = "UNAVAILABLE"
	CodeUnknownCTE           = "UNKNOWN-CTE"
)

// Error implements error.
func (r *Response) Error() string { return strings.TrimSuffix(string(r.Append(nil)), "\r\n") }

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
	b = append(append(append(append(b, tag...), ' '), r.Status...), ' ')
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
	return append(b, "\r\n"...)
}

// A Data is an untagged response that is no status: what a command asked for, or what the
// server tells of its own accord (RFC 3501 §7.2 to §7.4). Each kind is a type of its own, in the
// file of its family.
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

// An Other is data that this package knows nothing of, or that is not what it should be. A
// client passes over it (RFC 3501 §2.2.2).
type Other struct{ Text string }

func (d Other) print(w *writer) { w.raw(d.Text) }
