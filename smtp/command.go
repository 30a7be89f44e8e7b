package smtp

import (
	"strings"
	"unicode/utf8"
)

// A Command is what a client says (RFC 5321 §4.1.1).
type Command struct {
	// Verb is the command's name in capitals.
	Verb string
	// Domain is the argument of EHLO and HELO.
	Domain string
	// Path is the reverse-path of MAIL, the forward-path of RCPT.
	Path Path
	// Params are the parameters of MAIL and RCPT, in order.
	Params []Param
	// Arg is the argument of any other command, without the space before it.
	Arg string
}

// A Param is a parameter of MAIL or RCPT (RFC 5321 §4.1.1.11): SIZE=1000, SMTPUTF8.
type Param struct {
	Key   string // in capitals
	Value string // "" where there is none
}

func (p Param) String() string {
	if p.Value == "" {
		return p.Key
	}
	return p.Key + "=" + p.Value
}

// Param returns the value of the parameter with that keyword, which is in capitals.
func (c Command) Param(key string) (value string, ok bool) {
	for _, p := range c.Params {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// String writes the command as a line without CRLF. ParseCommand reads it back.
func (c Command) String() string {
	var b strings.Builder
	b.WriteString(c.Verb)
	switch c.Verb {
	case "EHLO", "HELO":
		b.WriteString(" " + c.Domain)
	case "MAIL":
		b.WriteString(" FROM:" + c.Path.String())
	case "RCPT":
		b.WriteString(" TO:" + c.Path.String())
	default:
		if c.Arg != "" {
			b.WriteString(" " + c.Arg)
		}
	}
	for _, p := range c.Params {
		b.WriteString(" " + p.String())
	}
	return b.String()
}

// A form is the kind of argument that a verb takes.
type form uint8

const (
	formNone   form = iota + 1 // none at all
	formText                   // any text, or none
	formNeeded                 // any text
	formDomain                 // a domain or address literal
	formPath                   // FROM: or TO:, a path, parameters
	formChunk                  // a number of octets, perhaps LAST
)

// formOf knows every verb that is known by name, and is 0 for any other. What a server
// makes of them is in the table of state.go; the last three belong to extensions.
func formOf(verb string) form {
	switch verb {
	case "EHLO", "HELO":
		return formDomain
	case "MAIL", "RCPT":
		return formPath
	case "DATA", "RSET", "QUIT":
		return formNone
	case "NOOP", "HELP":
		return formText
	case "VRFY", "EXPN":
		return formNeeded
	case "STARTTLS": // RFC 3207 §4
		return formNone
	case "AUTH": // RFC 4954 §4
		return formNeeded
	case "BDAT": // RFC 3030 §2
		return formChunk
	}
	return 0
}

// ParseCommand reads a command line without its line ending. It goes on where the
// meaning is clear, and says what is wrong in the order of the line; where a fault is
// fatal, the command holds what was read before it.
func ParseCommand(line []byte) (Command, []Fault) {
	p := commandParser{scanner: scanner{s: string(line)}}
	p.parse()
	return p.cmd, p.faults
}

type commandParser struct {
	scanner
	cmd    Command
	faults []Fault
}

func (p *commandParser) fault(kind FaultKind, at, n int) {
	p.faults = append(p.faults, Fault{kind, at, n})
}

func (p *commandParser) parse() {
	whole := p.s
	p.s = strings.TrimRight(whole, " \t")
	f := p.verb()
	switch {
	case p.control():
		return
	case f == 0:
		p.space()
		p.cmd.Arg = p.s[p.at:]
	default:
		p.argument(f)
	}
	if n := len(whole) - len(p.s); n > 0 {
		p.fault(FaultTrailingSpace, len(p.s), n)
	}
}

// verb reads the command's name (RFC 5321 §2.4: verbs are case-blind), and returns what
// form its argument has.
func (p *commandParser) verb() form {
	if p.blanks() > 0 {
		p.fault(FaultBadSpace, 0, p.at)
	}
	from := p.at
	for !p.done() && !isBlank(p.s[p.at]) {
		p.at++
	}
	p.cmd.Verb = capitals(p.s[from:p.at])
	f := formOf(p.cmd.Verb)
	if f == 0 {
		p.fault(FaultUnknownVerb, from, p.at-from)
	}
	return f
}

// control looks for control octets: the meaning of a line that holds one is nobody's
// guess. A tab is a space, which may be wrong too, but is harmless.
func (p *commandParser) control() bool {
	for i := range len(p.s) {
		if c := p.s[i]; c < ' ' && c != '\t' || c == 0x7f {
			p.fault(FaultControl, i, 1)
			return true
		}
	}
	return false
}

func (p *commandParser) argument(f form) {
	if p.space(); p.done() && f != formNone && f != formText {
		p.fault(FaultMissingArgument, len(p.s), 0)
		return
	}
	switch f {
	case formNone:
		if !p.done() {
			p.fault(FaultExtraArgument, p.at, len(p.s)-p.at)
		}
		p.cmd.Arg = p.s[p.at:]
	case formDomain:
		p.hello()
	case formPath:
		p.envelope()
	case formChunk:
		p.chunk()
	default:
		p.cmd.Arg = p.s[p.at:]
		p.text()
	}
}

// text looks for octets that are not ASCII (RFC 5321 §2.4). Those behind VRFY and EXPN hang
// on what the server offers (RFC 6531 §3.7.4.2): that is asked where the session is known.
func (p *commandParser) text() {
	if p.cmd.Verb == "VRFY" || p.cmd.Verb == "EXPN" {
		return
	}
	if i := notASCIIAt(p.s); i >= 0 {
		p.fault(FaultHighBit, i, 1)
	}
}

// notASCIIAt is the index of the first octet with the high-order bit set, or -1.
func notASCIIAt(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// hello reads the argument of EHLO or HELO (RFC 5321 §4.1.1.1).
func (p *commandParser) hello() {
	word := p.s[p.at:]
	if i := strings.IndexAny(word, " \t"); i >= 0 {
		word = word[:i]
	}
	p.cmd.Domain = word
	if at, ok := ParseDomain(word); !ok {
		p.fault(FaultDomainSyntax, p.at+min(at, len(word)-1), 1)
	}
	if p.at += len(word); !p.done() {
		p.blanks()
		p.fault(FaultExtraArgument, p.at, len(p.s)-p.at)
	}
}

// envelope reads what follows MAIL or RCPT (RFC 5321 §4.1.1.2, §4.1.1.3).
func (p *commandParser) envelope() {
	keyword := "FROM"
	if p.cmd.Verb == "RCPT" {
		keyword = "TO"
	}
	if n := len(keyword); len(p.s)-p.at < n || !strings.EqualFold(p.s[p.at:p.at+n], keyword) {
		p.fault(FaultNoColon, p.at, 1)
		return
	}
	p.at += len(keyword)
	from := p.at
	n := p.blanks()
	if !p.take(':') {
		p.fault(FaultNoColon, from, 0)
		return
	}
	if n > 0 {
		p.fault(FaultBadSpace, from, n)
	}
	from = p.at
	if n := p.blanks(); n > 0 {
		p.fault(FaultSpaceAfterColon, from, n)
	}
	if p.done() {
		p.fault(FaultMissingArgument, len(p.s), 0)
		return
	}
	if p.pathArgument() && p.parameters() {
		p.judgeASCII()
	}
}

// pathArgument reads a path, with or without its angle brackets.
func (p *commandParser) pathArgument() bool {
	start := p.at
	open := p.take('<')
	if open && p.cmd.Verb == "MAIL" && p.take('>') {
		return true
	}
	path, ok := p.path()
	if ok && path.Domain == "" && !(p.cmd.Verb == "RCPT" && path.IsPostmaster()) {
		ok = false
	}
	if ok && !p.done() && p.next() != '>' && !isBlank(p.next()) {
		ok = false
	}
	if !ok {
		p.fault(FaultBadPath, p.at, min(1, len(p.s)-p.at))
		return false
	}
	p.cmd.Path = path
	end := p.at
	if closed := p.take('>'); open && !closed {
		p.fault(FaultNoAngleBrackets, end, min(1, len(p.s)-end))
	} else if !open {
		p.fault(FaultNoAngleBrackets, start, p.at-start)
	}
	if tooLong(path) != "" {
		p.fault(FaultTooLong, start, p.at-start)
		return false
	}
	return true
}

// parameters reads esmtp-params, each after one space (RFC 5321 §4.1.2).
func (p *commandParser) parameters() bool {
	for !p.done() {
		if !isBlank(p.next()) {
			p.fault(FaultBadParameter, p.at, 1)
			return false
		}
		p.space()
		from := p.at
		if p.next() == '-' || p.run(&letDigHyphens, false) == 0 {
			p.fault(FaultBadParameter, p.at, 1)
			return false
		}
		param := Param{Key: capitals(p.s[from:p.at])}
		if p.take('=') {
			value := p.at
			if p.run(&values, true) == 0 {
				p.fault(FaultBadParameter, p.at, min(1, len(p.s)-p.at))
				return false
			}
			param.Value = p.s[value:p.at]
		}
		if _, twice := p.cmd.Param(param.Key); twice {
			p.fault(FaultDoubleParameter, from, len(param.Key))
			return false
		}
		p.cmd.Params = append(p.cmd.Params, param)
	}
	return true
}

// judgeASCII looks whether MAIL announced the UTF-8 in its address. Whether RCPT may
// hold any hangs on the MAIL before it: that is asked where the session is known.
func (p *commandParser) judgeASCII() {
	if _, utf := p.cmd.Param("SMTPUTF8"); utf || p.cmd.Verb != "MAIL" || p.cmd.Path.IsASCII() {
		return
	}
	at := strings.IndexFunc(p.s, func(r rune) bool { return r >= utf8.RuneSelf })
	p.fault(FaultNotASCII, at, 1)
}

// space reads the one space that separates words, and whatever else stands there.
func (p *commandParser) space() {
	from := p.at
	n := p.blanks()
	switch {
	case n == 0 || p.s[from:p.at] == " ":
	case p.s[from] == ' ':
		p.fault(FaultBadSpace, from+1, n-1)
	default:
		p.fault(FaultBadSpace, from, n)
	}
}

func (p *commandParser) blanks() int {
	from := p.at
	for !p.done() && isBlank(p.s[p.at]) {
		p.at++
	}
	return p.at - from
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// isValue is what an esmtp-value may hold.
func isValue(c byte) bool { return '!' <= c && c <= '~' && c != '=' }

// capitals is s in capitals, ASCII only: in verbs and keywords there is no other.
func capitals(s string) string {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// firstWord is what stands before the first space of s.
func firstWord(s string) string {
	w, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return w
}
