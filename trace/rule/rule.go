// Package rule holds what the dissectors and the header scanner have to say
// about a wire: which rule of which standard was broken, how grave that is, and
// at which octet.
//
// A rule is an entry in a table of the package that judges by it (smtp, pop3,
// imap, mime/scan). Its sentence is not here: every sentence that a reader sees
// lies in a data file, keyed by the rule's ID, one file per language.
package rule

import (
	"fmt"
	"strings"
)

// A Level says how much a rule asks, in the words of RFC 2119.
type Level string

const (
	// Must marks what the standard demands or forbids: MUST, MUST NOT, or the
	// grammar itself.
	Must Level = "MUST"
	// Should marks what the standard recommends.
	Should Level = "SHOULD"
	// Note marks what no standard forbids but a reader ought to know.
	Note Level = "note"
)

// A Rule is one line of a package's rule table.
type Rule struct {
	// ID names the rule and carries its section:
	// "smtp/5321-3.3-space-after-colon".
	ID string
	// Level is how much the standard asks.
	Level Level
	// Section is where it asks, as "RFC 5321 §3.3".
	Section string
}

// NewMust makes an entry of a rule table: what the standard demands.
func NewMust(id, section string) Rule { return Rule{id, Must, section} }

// NewShould makes a rule that the standard recommends.
func NewShould(id, section string) Rule { return Rule{id, Should, section} }

// NewNote makes a rule that no standard has.
func NewNote(id, section string) Rule { return Rule{id, Note, section} }

// A Finding is one place in a session where a rule is broken, or something that
// is worth knowing.
type Finding struct {
	// ID, Level and Section are the rule's, so that a saved finding can be read
	// by a program that does not know the rule.
	ID      string `json:"id"`
	Level   Level  `json:"level"`
	Section string `json:"section"`
	// Off and Len are the range in the stream of the end that sent the unit, in
	// octets, counted from 0 at the start of the layer.
	Off int64 `json:"off"`
	Len int64 `json:"len"`
	// At is the place of the first octet in its line, counted from 1; 0 says that
	// the finding is about the whole line or about what is missing.
	At int `json:"at,omitempty"`
	// Byte is the octet at At, or -1 where none is meant.
	Byte int `json:"byte"`
	// Args are the words that the rule's sentence has room for. Secrets are
	// masked in them.
	Args []string `json:"args,omitempty"`
}

// Find makes a finding of the rule for the whole unit: no octet is singled out.
// The range is filled in by whoever knows where the unit lies.
func (r *Rule) Find(args ...string) Finding {
	return Finding{ID: r.ID, Level: r.Level, Section: r.Section, Byte: -1, Args: args}
}

// FindAt makes a finding about n octets from index i (from 0) of line. Off is set
// to i: the range is relative to the line until the unit's own offset is added.
func (r *Rule) FindAt(line []byte, i, n int, args ...string) Finding {
	f := r.Find(args...)
	f.Off, f.Len, f.At = int64(i), int64(n), i+1
	if i >= 0 && i < len(line) {
		f.Byte = int(line[i])
	}
	return f
}

// Place is the octet in words, "byte 11, 0x20", or "" where none is meant.
func (f Finding) Place() string {
	switch {
	case f.At == 0:
		return ""
	case f.Byte < 0:
		return fmt.Sprintf("byte %d", f.At)
	}
	return fmt.Sprintf("byte %d, 0x%02X", f.At, f.Byte)
}

// Protocol is the part of a rule's ID before the slash: "smtp", "message".
func (r Rule) Protocol() string {
	p, _, _ := strings.Cut(r.ID, "/")
	return p
}
