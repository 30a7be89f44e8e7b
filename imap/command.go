package imap

import (
	"bytes"
	"strings"
)

// A Command is what a client asks for, without its tag (RFC 3501 §2.2.1). Each kind is a type
// of its own, in the file of its family.
type Command interface {
	// Verb is its name as the table of verbs has it: "SELECT", "UID FETCH".
	Verb() string
	// print writes its arguments, with the space before them.
	print(w *writer)
}

// uidVerb is a verb, or its form with UIDs (RFC 3501 §6.4.8).
func uidVerb(uid bool, name string) string {
	if uid {
		return "UID " + name
	}
	return name
}

// A parser reads the arguments of a command, from the space before them to their end.
type parser func(s *scanner) Command

// parsers are those of the commands that this package knows.
var parsers = map[string]parser{
	"CAPABILITY": simple("CAPABILITY"),
	"NOOP":       simple("NOOP"),
	"LOGOUT":     simple("LOGOUT"),

	"STARTTLS":     simple("STARTTLS"),
	"LOGIN":        parseLogin,
	"AUTHENTICATE": parseAuthenticate,

	"SELECT":  parseSelect(false),
	"EXAMINE": parseSelect(true),

	"IDLE":        simple("IDLE"),
	"CHECK":       simple("CHECK"),
	"CLOSE":       simple("CLOSE"),
	"UNSELECT":    simple("UNSELECT"),
	"EXPUNGE":     simple("EXPUNGE"),
	"UID EXPUNGE": parseUIDExpunge,
	"STORE":       parseStore(false),
	"UID STORE":   parseStore(true),
	"COPY":        parseCopy(false, false),
	"UID COPY":    parseCopy(false, true),
	"MOVE":        parseCopy(true, false),
	"UID MOVE":    parseCopy(true, true),

	"ID":        parseID,
	"ENABLE":    parseEnable,
	"NAMESPACE": simple("NAMESPACE"),

	"CREATE":      parseCreate,
	"DELETE":      parseDelete,
	"RENAME":      parseRename,
	"SUBSCRIBE":   subscribe(false),
	"UNSUBSCRIBE": subscribe(true),
	"LIST":        parseList,
	"LSUB":        parseLSub,
	"STATUS":      parseStatus,
	"APPEND":      parseAppend,

	"GETQUOTA":     parseGetQuota,
	"GETQUOTAROOT": parseGetQuotaRoot,
	"SETQUOTA":     parseSetQuota,

	"SEARCH":     parseSearch(false),
	"UID SEARCH": parseSearch(true),
	"SORT":       parseSort(false),
	"UID SORT":   parseSort(true),
	"THREAD":     parseThread(false),
	"UID THREAD": parseThread(true),

	"FETCH":     parseFetch(false),
	"UID FETCH": parseFetch(true),
}

// A line is a command as it came: whole, its literals in their places.
type line struct {
	tag  string
	verb string // in capitals, with its UID; "" where there is none
	said string // verb as it was said
	args scanner
}

// parseLine divides a command into tag, verb and arguments (RFC 3501 §9, command). The tag is ""
// where it is none that a response could bear.
func parseLine(text []byte) (line, *SyntaxError) {
	s := scanner{text: text}
	tag := s.run("a tag", isTagChar)
	if !s.ended() && s.next() != ' ' {
		s.fail("a tag without this octet")
	}
	if s.err != nil {
		return line{}, s.err
	}
	s.sp()
	if s.err != nil { // a line of one word has no tag: SMTP's QUIT
		s.err.Want = "a space and a command behind the tag"
		return line{tag: tag}, s.err
	}
	said := s.run("a command", isAtomChar)
	if strings.EqualFold(said, "UID") && s.next() == ' ' {
		s.sp()
		said += " " + s.run("a command behind UID", isAtomChar)
	}
	return line{tag: tag, verb: strings.ToUpper(said), said: said, args: s}, s.err
}

// isTagChar is any ASTRING-CHAR but "+" (RFC 3501 §9, tag).
func isTagChar(c byte) bool { return isAstringChar(c) && c != '+' }

// A decoder turns octets of a charset into UTF-8. An error says that it does not know the charset.
type decoder func(charset string, octets []byte) (string, error)

// command parses the arguments. utf8 says whether strings may be in UTF-8 (RFC 6855 §3); decode
// reads search keys in other charsets, and may be nil.
func (l *line) command(utf8 bool, decode decoder) (Command, *SyntaxError) {
	parse := parsers[l.verb]
	if parse == nil {
		return nil, &SyntaxError{At: l.args.at, Want: "a command that there is"}
	}
	s := l.args
	s.utf8, s.decode = utf8, decode
	c := parse(&s)
	s.end()
	if s.err != nil {
		return nil, s.err
	}
	return c, nil
}

// AppendCommand appends a command as it stands on the wire, its tag and CRLF included. A
// literal that has to be waited for is announced and stands there, as do all others.
func AppendCommand(b []byte, tag string, c Command) []byte {
	w := writer{b: b}
	w.command(tag, c)
	return w.b
}

// command writes tag, verb and arguments, and CRLF.
func (w *writer) command(tag string, c Command) {
	w.raw(tag)
	w.sp()
	w.raw(c.Verb())
	c.print(w)
	w.raw("\r\n")
}

// ParseCommand parses a command that is whole: its literals stand where they are announced.
// There may be a CRLF at its end. The error is a *SyntaxError.
func ParseCommand(text []byte) (tag string, c Command, err error) {
	l, bad := parseLine(bytes.TrimSuffix(text, []byte("\r\n")))
	if bad == nil {
		c, bad = l.command(false, nil)
	}
	if bad != nil {
		return l.tag, nil, bad
	}
	return l.tag, c, nil
}
