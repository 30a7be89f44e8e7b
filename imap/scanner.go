package imap

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"mailtool/internal/wire"
)

// A SyntaxError says where a command or a response is not what the grammar has.
type SyntaxError struct {
	At   int    // the octet, from 0, in the text with its literals
	Want string // what belongs there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("imap: %s expected at octet %d", e.Want, e.At+1)
}

// maxNesting is how deep parentheses may stand in each other. No client needs as many, and
// what is parsed by functions that call themselves must not exhaust the stack.
const maxNesting = 64

// A scanner reads the words of a command, or of a response. Its methods are named after the
// rules of the grammar (RFC 3501 §9). What it reads is whole: where a literal is announced its
// octets follow, "{5}\r\nhello".
//
// The first thing that is wrong is kept in err, and from then on every method does nothing and
// returns a zero, so that a parse function reads like the rule that it is for. Only a loop has
// to ask.
type scanner struct {
	text  []byte
	at    int
	err   *SyntaxError
	depth int
	// utf8 says that quoted strings and mailbox names are in UTF-8 (RFC 6855 §3).
	utf8 bool
	// decode turns octets of a charset into UTF-8, in search keys; it may be nil.
	decode decoder
	// asTheyCame has names that are not what they should be taken as they are: a server has them.
	asTheyCame bool
}

// fail notes what is missing where the scanner stands.
func (s *scanner) fail(want string) {
	if s.err == nil {
		s.err = &SyntaxError{At: s.at, Want: want}
	}
}

// rest is what was not read yet.
func (s *scanner) rest() []byte {
	if s.err != nil {
		return nil
	}
	return s.text[s.at:]
}

// next is the octet that would be read, 0 at the end.
func (s *scanner) next() byte {
	if s.err != nil || s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// ended says that nothing is left, or that something was wrong.
func (s *scanner) ended() bool { return s.err != nil || s.at >= len(s.text) }

// end is for the end of the text.
func (s *scanner) end() {
	if s.err == nil && s.at < len(s.text) {
		s.fail("the end of the line")
	}
}

// take reads c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.ended() || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

// expect reads c.
func (s *scanner) expect(c byte) {
	if !s.take(c) {
		s.fail(fmt.Sprintf("%q", c))
	}
}

// sp reads the one space that divides words.
func (s *scanner) sp() {
	if !s.take(' ') {
		s.fail("a space")
	}
}

// word reads what is a word of the grammar, in letters of any case, if it comes next and does
// not go on.
func (s *scanner) word(w string) bool {
	rest := s.rest()
	if len(rest) < len(w) || !sameWord(rest[:len(w)], w) {
		return false
	}
	if len(rest) > len(w) && isAtomChar(w[len(w)-1]) && isAtomChar(rest[len(w)]) {
		return false
	}
	s.at += len(w)
	return true
}

// isAtomChar is ATOM-CHAR: any CHAR but the specials (RFC 3501 §9).
func isAtomChar(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune(`(){%*"\]`, rune(c))
}

// isAstringChar is ASTRING-CHAR: an atom may not hold "]", a string without quotes may.
func isAstringChar(c byte) bool { return isAtomChar(c) || c == ']' }

// isListChar is list-char: wildcards besides.
func isListChar(c byte) bool { return isAstringChar(c) || c == '%' || c == '*' }

// run reads the octets, one at least, of which is says that they belong together.
func (s *scanner) run(want string, is func(byte) bool) string {
	rest := s.rest()
	n := 0
	for n < len(rest) && is(rest[n]) {
		n++
	}
	if n == 0 {
		s.fail(want)
		return ""
	}
	s.at += n
	return string(rest[:n])
}

// atom reads 1*ATOM-CHAR.
func (s *scanner) atom() string { return s.run("a word", isAtomChar) }

// upper reads an atom that is a word of the grammar, and returns it in capitals.
func (s *scanner) upper() string { return strings.ToUpper(s.atom()) }

// number reads a number: 0 <= n < 4,294,967,296.
func (s *scanner) number() uint32 {
	n := s.number64()
	if n > math.MaxUint32 {
		s.fail("a number below 4294967296")
		return 0
	}
	return uint32(n)
}

// nzNumber reads nz-number: a number that is not 0.
func (s *scanner) nzNumber() uint32 {
	at := s.at
	n := s.number()
	if s.err == nil && n == 0 {
		s.at = at
		s.fail("a number that is not 0")
	}
	return n
}

// number64 reads number64: 0 <= n < 2^63 (RFC 9051 §9).
func (s *scanner) number64() int64 {
	at, n := s.at, int64(0)
	for c := s.next(); c >= '0' && c <= '9'; c = s.next() {
		if n > (math.MaxInt64-int64(c-'0'))/10 {
			s.at = at
			s.fail("a number below 2^63")
			return 0
		}
		n = n*10 + int64(c-'0')
		s.at++
	}
	if s.err == nil && s.at == at {
		s.fail("a number")
	}
	return n
}

// str reads a string: quoted, or a literal.
func (s *scanner) str() string {
	switch s.next() {
	case '"':
		return s.quoted()
	case '{', '~':
		return string(s.literal())
	}
	s.fail("a string in quotes or a literal")
	return ""
}

// quoted reads a quoted string, in which only quotes and backslashes are escaped.
func (s *scanner) quoted() string {
	s.expect('"')
	rest := s.rest()
	var b []byte // nil while nothing was escaped
	from := 0
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			s.at += i + 1
			text := string(append(b, rest[from:i]...))
			if !s.utf8 || s.asTheyCame || utf8.ValidString(text) {
				return text
			}
			s.fail("UTF-8")
			return ""
		case c == '\\':
			if i+1 >= len(rest) || rest[i+1] != '"' && rest[i+1] != '\\' {
				s.at += i + 1
				s.fail(`" or \ behind a backslash`)
				return ""
			}
			b = append(b, rest[from:i]...)
			i++
			from = i
		case c == 0 || c == '\r' || c == '\n' || c >= 0x80 && !s.utf8 && !s.asTheyCame:
			s.at += i
			s.fail("a quoted string without CR, LF, NUL and octets above 127, which want a literal,")
			return ""
		}
	}
	s.at = len(s.text)
	s.fail("the quotes at the end of the string")
	return ""
}

// literal reads a literal, or a literal8 (RFC 3516 §4.4), which alone may hold NUL. What it
// returns is a part of the text.
func (s *scanner) literal() []byte {
	rest := s.rest()
	n := bytes.IndexByte(rest, '\n')
	if n < 2 || rest[n-1] != '\r' {
		s.fail("a literal")
		return nil
	}
	l, ok := wire.FindLiteral(rest[:n-1])
	if !ok || l.At != 0 || l.Size > int64(len(rest)-n-1) {
		s.fail("a literal")
		return nil
	}
	octets := rest[n+1:][:l.Size]
	if i := bytes.IndexByte(octets, 0); i >= 0 && !l.Binary {
		s.at += n + 1 + i
		s.fail("no NUL in a literal: an octet from 1 to 255")
		return nil
	}
	s.at += n + 1 + len(octets)
	return octets
}

// astring reads 1*ASTRING-CHAR or a string.
func (s *scanner) astring() string {
	if c := s.next(); isAstringChar(c) {
		return s.run("a word", isAstringChar)
	} else if c != '"' && c != '{' && c != '~' {
		s.fail("a word, a string in quotes or a literal")
		return ""
	}
	return s.str()
}

// nstring reads a string or NIL, for which the second result is false.
func (s *scanner) nstring() (string, bool) {
	if s.word("NIL") {
		return "", false
	}
	return s.str(), true
}

// nested reads what stands in parentheses: what reads it is called once behind the first.
func (s *scanner) nested(inside func()) {
	s.expect('(')
	if s.depth++; s.depth > maxNesting {
		s.fail(fmt.Sprintf("at most %d parentheses in each other", maxNesting))
		return
	}
	if s.err == nil {
		inside()
	}
	s.depth--
	s.expect(')')
}

// list reads what stands in parentheses, divided by spaces, one item at least.
func (s *scanner) list(item func()) {
	s.nested(func() { s.items(item) })
}

// listOrNone is list, but "()" is allowed.
func (s *scanner) listOrNone(item func()) {
	s.nested(func() {
		if s.next() != ')' {
			s.items(item)
		}
	})
}

// items reads one item, and more behind spaces.
func (s *scanner) items(item func()) {
	item()
	for s.err == nil && s.take(' ') {
		item()
	}
}

// mailbox reads the name of a mailbox, and returns it in UTF-8. INBOX is spelt so, in
// whatever letters it came, as the first level of a name, too.
func (s *scanner) mailbox() string {
	name := s.decodedName(s.astring)
	if level, _, _ := strings.Cut(name, string(Delimiter)); sameWord(level, Inbox) {
		return Inbox + name[len(level):]
	}
	return name
}

// decodedName is what read reads, a name or a part of one, in UTF-8.
func (s *scanner) decodedName(read func() string) string {
	at := s.at
	name := read()
	switch {
	case s.err != nil:
		return ""
	case s.utf8 && utf8.ValidString(name):
		return name
	case s.utf8 && s.asTheyCame:
		return name
	case s.utf8:
		s.at = at
		s.fail("a mailbox name in UTF-8")
		return ""
	}
	decoded, err := DecodeName(name)
	if err != nil && s.asTheyCame {
		return name
	}
	if err != nil {
		s.at = at
		s.fail("a mailbox name in modified UTF-7")
	}
	return decoded
}

// anything passes over a value, whatever it is (RFC 4466 §6, tagged-ext-val).
func (s *scanner) anything() {
	for depth := 0; s.err == nil; {
		switch c := s.next(); {
		case c == '(':
			depth++
			s.at++
		case c == ')' && depth > 0:
			depth--
			s.at++
		case c == ' ' && depth > 0:
			s.at++
		case c == '"':
			s.quoted()
		case c == '{' || c == '~':
			s.literal()
		default:
			s.run("a value", isValueChar)
		}
		if c := s.next(); depth == 0 && (c == ' ' || c == ')' || s.ended()) {
			return
		}
	}
}

func isValueChar(c byte) bool { return c > ' ' && c != '(' && c != ')' && c != '"' && c != '{' }
