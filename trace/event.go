package trace

import (
	"bytes"
	"strings"
	"time"

	"mailtool/trace/rule"
)

// A Kind says what a wire unit is.
type Kind string

// The kinds of events.
const (
	Connect      Kind = "connect"
	Greeting     Kind = "greeting"
	Command      Kind = "command"
	Reply        Kind = "reply"
	Continuation Kind = "continuation" // a line that goes on with a command: AUTH's, DONE
	Data         Kind = "data"         // a line, or a piece, of a message or of a listing's body
	DataEnd      Kind = "data-end"     // what ends the data: the lone dot, a literal's last octet
	LayerChange  Kind = "layer"
	Gap          Kind = "gap"
	Undecided    Kind = "undecided" // octets that nobody can put a name to
	Closed       Kind = "close"
)

// An Event is one wire unit of one end, with what can be said of it: a line, one
// line of a reply of many, a literal, a piece of a body; or a mark of the record.
//
// The events of an end cover its stream: each begins where the one before it ended.
type Event struct {
	N       int    // number in the order of emission, from 1
	Session string // which session, as its recorder named it
	End     End
	Layer   int   // how many layers have been put below the protocol so far
	Off     int64 // first octet in the end's stream of this layer, from 0
	Len     int64 // octets on the wire; a mask counts 8

	// First and Last are the times of the unit's first and last octet, since the
	// session was opened.
	First, Last time.Duration

	// Line is the number of the unit's first line in the session, counted from 1
	// over the lines of both ends; 0 for marks. Lines says how many it has.
	Line, Lines int

	Kind  Kind
	Phase string // the textbook's: handshake, transfer, close; see the protocol's package
	State string // the RFC's: of a command, what the replies so far say; of a reply, the one after it

	// Raw holds the octets, line ending included and secrets masked. It is nil
	// where the octets were folded away; Len still counts them.
	Raw []byte
	EOL int // how many octets of Raw are its line ending: 2, 1 or 0

	// Verb is what the dissector made of the unit: a command's verb in capitals, a
	// reply's code or status word ("250", "+OK", "NO"), "" where it knows none.
	Verb    string
	Final   bool   // this is the last line of a reply of many lines, or the only one
	Answers int    // number of the event that this reply answers, 0 for none
	Part    int    // number of the event that began what this unit is a part of, 0 for none
	More    bool   // the unit was longer than MaxUnit: the next event goes on with it
	Secrets []Span // where Raw is masked

	// Decoded is what the base64 of a log-in in this unit holds, its secrets masked: "" where
	// there is none, Mask where nothing of it may be shown.
	Decoded string

	Body     *Body          // data-end: the message that ended
	Security *Security      // layer: what is known of TLS, or nil; nobody changes it any more
	Text     string         // marks: addresses, what a layer agreed on, why it closed; or a sentence's id
	Findings []rule.Finding // what is wrong, or worth knowing
}

// A Span is a range of octets in an event's Raw.
type Span struct {
	At  int `json:"at"`
	Len int `json:"len"`
}

// A Body is what was carried between the command that opened the data and its end:
// the message itself, with dot-stuffing and terminator removed and CRLF counted,
// or the octets of a literal.
type Body struct {
	Octets  int64  `json:"octets"`
	Lines   int    `json:"lines"`
	Longest int    `json:"longest"` // octets of the longest line, without its CRLF
	SHA256  string `json:"sha256"`
}

// MaxUnit is the length at which a unit is cut into events, in octets. The cuts lie
// at multiples of it from the unit's start, wherever the chunks ended.
const MaxUnit = 16 << 10

// Clone returns a copy of e that lives for ever.
func (e *Event) Clone() *Event {
	c := *e
	c.Raw = bytes.Clone(e.Raw)
	return &c
}

// Clones returns a Clone of each of events.
func Clones(events []*Event) []*Event {
	out := make([]*Event, len(events))
	for i, ev := range events {
		out[i] = ev.Clone()
	}
	return out
}

// Payload is Raw without its line ending.
func (e *Event) Payload() []byte { return e.Raw[:len(e.Raw)-e.EOL] }

// Words are the words of the payload, divided at spaces; a reply's code is a word of
// its own, whether a space or a hyphen follows it.
func (e *Event) Words() []string {
	p := string(e.Payload())
	if n := len(e.Verb); (e.Kind == Reply || e.Kind == Greeting) && n == 3 && len(p) > n &&
		p[:n] == e.Verb && e.Verb[0] >= '0' && e.Verb[0] <= '9' {
		return append([]string{e.Verb}, strings.Fields(p[n+1:])...)
	}
	return strings.Fields(p)
}
