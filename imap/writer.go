package imap

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A writer makes the text of a command, or of a response. Its methods are named after the rules
// of the grammar (RFC 3501 §9), as the scanner's are, and what one writes the other reads.
type writer struct {
	b []byte
	// waits are the places where the octets of a literal begin that must not be sent before
	// the server has asked for them.
	waits []int
	// open says that the octets of the literal at the end come from elsewhere.
	open bool
	// server says that it is a response: its literals never wait.
	server bool
	// unasked is how long a literal may be that a client sends without being asked: any with
	// LITERAL+, 4096 with LITERAL- (RFC 7888 §4, §5).
	unasked int64
	// utf8 says that quoted strings and mailbox names are in UTF-8 (RFC 6855 §3).
	utf8 bool
}

func (w *writer) raw(s string) { w.b = append(w.b, s...) }

func (w *writer) sp() { w.b = append(w.b, ' ') }

func (w *writer) number(n uint32) { w.b = strconv.AppendUint(w.b, uint64(n), 10) }

func (w *writer) unsigned(n uint64) { w.b = strconv.AppendUint(w.b, n, 10) }

func (w *writer) number64(n int64) { w.b = strconv.AppendInt(w.b, n, 10) }

// str writes a string: in quotes where it can be, else as a literal.
func (w *writer) str(s string) {
	if plain(s) {
		w.b = append(append(append(w.b, '"'), s...), '"')
		return
	}
	if !w.quotable(s) {
		w.literal(s)
		return
	}
	w.b = append(w.b, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			w.b = append(w.b, '\\')
		}
		w.b = append(w.b, s[i])
	}
	w.b = append(w.b, '"')
}

// plain says that a string can stand in quotes as it is, as most can.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return len(s) <= longestQuoted
}

// longestQuoted is how long a string in quotes may be: some programs do not take longer ones.
const longestQuoted = 1000

// quotable says that a string can stand in quotes.
func (w *writer) quotable(s string) bool {
	if len(s) > longestQuoted {
		return false
	}
	eightBit := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 0 || c == '\r' || c == '\n':
			return false
		case c >= 0x80:
			eightBit = true
		}
	}
	return !eightBit || w.utf8 && utf8.ValidString(s)
}

// literal writes a literal: a literal8 where there is a NUL in it (RFC 3516 §4.4).
func (w *writer) literal(s string) {
	if strings.IndexByte(s, 0) >= 0 {
		w.raw("~")
	}
	w.announce(int64(len(s)))
	w.raw(s)
}

// announce writes the announcement of a literal of n octets, which are to follow.
func (w *writer) announce(n int64) {
	unasked := w.unasked > 0 && n <= w.unasked
	w.raw("{")
	w.number64(n)
	if !w.server && unasked {
		w.raw("+")
	}
	w.raw("}\r\n")
	if !w.server && !unasked {
		w.waits = append(w.waits, len(w.b))
	}
}

// astring writes a string without quotes where it can be.
func (w *writer) astring(s string) {
	for i := 0; i < len(s); i++ {
		if !isAstringChar(s[i]) {
			w.str(s)
			return
		}
	}
	if s == "" || sameWord(s, "NIL") { // an astring may be NIL, but few readers know
		w.str(s)
		return
	}
	w.raw(s)
}

// nstring writes a string, or NIL where there is none.
func (w *writer) nstring(s string, there bool) {
	if !there {
		w.raw("NIL")
		return
	}
	w.str(s)
}

// list writes n items in parentheses.
func (w *writer) list(n int, item func(i int)) {
	w.raw("(")
	w.items(n, item)
	w.raw(")")
}

// items writes n items with spaces between them.
func (w *writer) items(n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			w.sp()
		}
		item(i)
	}
}

// atoms writes words in parentheses.
func (w *writer) atoms(words []string) {
	w.list(len(words), func(i int) { w.raw(words[i]) })
}

// mailbox writes the name of a mailbox, which is in UTF-8.
func (w *writer) mailbox(name string) {
	if !w.utf8 {
		name = EncodeName(name)
	}
	w.astring(name)
}
