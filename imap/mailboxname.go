package imap

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mailtool/internal/utf7"
)

// Delimiter divides the levels of a mailbox's name (RFC 3501 §5.1.1).
const Delimiter = '/'

// Inbox is the name of the mailbox that each user has, in the form in which it is listed.
// It means the same in any case (RFC 3501 §5.1).
const Inbox = "INBOX"

// EncodeName returns the name of a mailbox as it goes over the wire, in modified UTF-7
// (RFC 3501 §5.1.3). A name that is no UTF-8 stays as it is: some server sent its octets so, and
// knows them only so.
func EncodeName(name string) string {
	if !utf8.ValidString(name) {
		return name
	}
	return utf7.Encode(name)
}

// DecodeName returns the name of a mailbox that came over the wire, in UTF-8. The error says that
// it is none in modified UTF-7.
func DecodeName(wire string) (string, error) { return utf7.Decode(wire) }

// maxName is how long a name may be, in octets of UTF-8.
const maxName = 1000

// nameTrouble says why no mailbox can be given a name, nil if one can (RFC 3501 §5.1, RFC 6855
// §3).
func nameTrouble(name string) *Response {
	switch {
	case name == "":
		return Refuse(CodeCannot, "The name is empty")
	case len(name) > maxName:
		return Refuse(CodeLimit, "The name is longer than %d octets", maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isNoNameRune):
		return Refuse(CodeCannot, "There is a control character in the name")
	case slices.Contains(strings.Split(name, string(Delimiter)), ""):
		return Refuse(CodeCannot, "A level of the name is empty: there is nothing beside a %q",
			Delimiter)
	}
	return nil
}

// isNoNameRune says that a character is for no name: controls, and ends of lines and paragraphs.
func isNoNameRune(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// levelAbove is the level of hierarchy above a name, "" if there is none.
func levelAbove(name string) string { return name[:max(0, strings.LastIndexByte(name, Delimiter))] }
