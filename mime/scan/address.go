package scan

import "strings"

// An AddressKind says what an Address is: one in a list, or where a group begins or ends.
type AddressKind uint8

// The kinds of addresses.
const (
	Mailbox AddressKind = iota
	GroupStart
	GroupEnd
)

// An Address is one of an address list (RFC 5322 §3.4), cut as ENVELOPE shows it (RFC 3501
// §7.4.2). Nothing is decoded.
type Address struct {
	Kind AddressKind
	// Name is the display name without quotes, encoded words as they are; of a GroupStart
	// that of the group. Where there is none it is the comment behind the address, in which
	// names used to stand (RFC 5322 §3.4).
	Name string
	// Route is a source route without its colon, "@a,@b" (RFC 5322 §4.4).
	Route string
	// Local is the local part without quotes. What has no @ has no Domain.
	Local, Domain string
}

// addressesKept is how many addresses of a list are read.
const addressesKept = 10_000

// ParseAddresses reads the value of an address field. It never fails: obsolete syntax is
// understood (RFC 5322 §4.4), a semicolon may stand for a comma, and of what is no address
// as much is told as can be told. A group begins with a GroupStart and ends with a GroupEnd.
func ParseAddresses(value string) []Address { return AppendAddresses(nil, value) }

// AppendAddresses is ParseAddresses for who has memory for the list.
func AppendAddresses(list []Address, value string) []Address {
	p := addressReader{s: value}
	n := len(list) + addressesKept
	for group := false; ; {
		p.skipSpace()
		if p.i == len(p.s) || len(list) >= n {
			if group {
				list = append(list, Address{Kind: GroupEnd})
			}
			return list
		}
		switch p.s[p.i] {
		case ',':
			p.i++
			continue
		case ';':
			p.i++
			if group {
				list = append(list, Address{Kind: GroupEnd})
				group = false
			}
			continue
		}
		a, ok := p.address(group)
		group = group || a.Kind == GroupStart
		if ok {
			list = append(list, a)
		}
	}
}

// An addressReader walks over a list. It looks at an octet three times at most.
type addressReader struct {
	s string
	i int
	// openQuote and openComment say that from somewhere on a quoted string, or a comment,
	// has no end: what would begin another one is an ordinary character, else a list of
	// such characters would be searched to its end for each of them.
	openQuote, openComment bool
	lastComment            string // that was passed, parentheses included
}

// A stretch is what stands between two delimiters.
type stretch struct {
	text  string
	at    int  // where its last @ stands, or -1
	plain bool // there is no quote, comment or backslash, and no white space but single spaces
}

// address reads one address, which begins here, up to the delimiter behind it. ok is false
// where there is nothing that could be told.
func (p *addressReader) address(group bool) (a Address, ok bool) {
	stop := ",;<:"
	if group {
		stop = ",;<"
	}
	words := p.stretch(stop)
	last := words
	switch {
	case p.i < len(p.s) && p.s[p.i] == ':':
		p.i++
		return Address{Kind: GroupStart, Name: words.phrase()}, true
	case p.i < len(p.s) && p.s[p.i] == '<':
		p.i++
		a = p.angle()
		a.Name = words.phrase()
		last = p.stretch(",;<") // nothing but comments, if all is well
	default:
		if a = words.spec(); a.Local == "" && a.Domain == "" {
			return a, false
		}
	}
	if a.Name == "" {
		a.Name = last.comment(p.lastComment)
	}
	return a, true
}

// angle reads what stands in angle brackets, behind the first of them. The second may be
// missing.
func (p *addressReader) angle() Address {
	p.skipSpace()
	route := ""
	if begin := p.i; p.i < len(p.s) && p.s[p.i] == '@' {
		p.stretch(">;<")
		all := p.s[begin:p.i]
		p.i = begin
		if colon := strings.LastIndexByte(all[:strings.LastIndexByte(all, '@')], ':'); colon > 0 {
			route = compact(all[:colon])
			p.i += colon + 1
		}
	}
	a := p.stretch(">,<;").spec()
	a.Route = route
	if p.i < len(p.s) && p.s[p.i] == '>' {
		p.i++
	}
	return a
}

// stretch reads up to one of the octets in stop that is not in a quoted string, a comment
// or a domain literal. A colon behind an @ ends nothing.
func (p *addressReader) stretch(stop string) stretch {
	begin := p.i
	found := stretch{at: -1, plain: true}
	for space := true; p.i < len(p.s); { // space: another one would be one too many
		c := p.s[p.i]
		switch c {
		default:
			p.i++
		case ',', ';', '<', '>', ':':
			if strings.IndexByte(stop, c) >= 0 && (c != ':' || found.at < 0) {
				found.text = p.s[begin:p.i]
				return found
			}
			p.i++
		case '@':
			found.at = p.i - begin
			p.i++
		case ' ':
			found.plain = found.plain && !space
			p.i++
		case '[':
			p.skipLiteral()
		case '"':
			found.plain = false
			p.skipQuoted()
		case '(':
			found.plain = false
			p.skipComment()
		case '\\', '\t', '\r', '\n':
			found.plain = false
			p.i++
		}
		space = c == ' '
	}
	found.text = p.s[begin:p.i]
	return found
}

// skipSpace passes over white space and comments (CFWS, RFC 5322 §3.2.2).
func (p *addressReader) skipSpace() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			p.i++
		case c == '(' && !p.openComment:
			p.skipComment()
		default:
			return
		}
	}
}

// skipQuoted passes over a quoted string, or over a quotation mark that begins none.
func (p *addressReader) skipQuoted() {
	if !p.openQuote {
		if end := quotedEnd(p.s, p.i); end > 0 {
			p.i = end
			return
		}
		p.openQuote = true
	}
	p.i++
}

// skipComment passes over a comment, or over a parenthesis that begins none.
func (p *addressReader) skipComment() {
	if !p.openComment {
		if end := commentEnd(p.s, p.i); end > 0 {
			p.lastComment = p.s[p.i:end]
			p.i = end
			return
		}
		p.openComment = true
	}
	p.i++
}

// skipLiteral passes over a domain literal (RFC 5322 §3.4.1), which ends with the address
// at the latest.
func (p *addressReader) skipLiteral() {
	for p.i++; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case ']':
			p.i++
			return
		case ',', '<', '>':
			return
		}
	}
}

// quotedEnd is where the quoted string ends that begins at i, or 0.
func quotedEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// commentEnd is where the comment ends that begins at i, or 0. Comments hold comments.
func commentEnd(s string, i int) int {
	for depth := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// spec reads an addr-spec (RFC 5322 §3.4.1). The last @ counts: what stands before it may
// be anything.
func (s stretch) spec() Address {
	local, domain := s.text, ""
	if s.at >= 0 {
		local, domain = s.text[:s.at], s.text[s.at+1:]
	}
	if s.plain {
		local, domain = strings.Trim(local, " "), strings.Trim(domain, " ")
		if strings.IndexByte(local, ' ') < 0 && strings.IndexByte(domain, ' ') < 0 {
			return Address{Local: local, Domain: domain}
		}
	}
	return Address{Local: compact(local), Domain: compact(domain)}
}

// phrase reads a display name (RFC 5322 §3.2.5, §4.1).
func (s stretch) phrase() string {
	if s.plain {
		return strings.Trim(s.text, " ")
	}
	return unquote(s.text, true)
}

// comment is the text of the last comment, if that is what the stretch ends with.
func (s stretch) comment(last string) string {
	if s.plain || last == "" || !strings.HasSuffix(strings.TrimRight(s.text, " \t\r\n"), last) {
		return ""
	}
	return strings.Trim(string(appendUnescaped(nil, last[1:len(last)-1])), " \t\r\n")
}

// compact is a local part or a domain, quotes undone, comments passed over, and without the
// white space that may stand around its dots (RFC 5322 §4.4).
func compact(s string) string { return unquote(s, false) }

// unquote undoes quotes and passes over comments. White space becomes a single space; that
// of an addr-spec goes where a dot or an @ stands beside it.
func unquote(s string, phrase bool) string {
	out := make([]byte, 0, len(s))
	openQuote, openComment, space, dot := false, false, false, false
	// before puts the space that was passed before what begins with c.
	before := func(c byte) {
		isDot := !phrase && (c == '.' || c == '@' || c == ',')
		if space && len(out) > 0 && !isDot && !dot {
			out = append(out, ' ')
		}
		space, dot = false, isDot
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			space = true
			i++
			continue
		case c == '"' && !openQuote:
			end := quotedEnd(s, i)
			if openQuote = end == 0; openQuote {
				continue
			}
			before('"')
			out = appendUnescaped(out, s[i+1:end-1])
			i = end
			continue
		case c == '(' && !openComment:
			end := commentEnd(s, i)
			if openComment = end == 0; openComment {
				continue
			}
			space = true
			i = end
			continue
		}
		before(c)
		out = append(out, c)
		i++
	}
	return string(out)
}

// appendUnescaped undoes quoted pairs (RFC 5322 §3.2.1).
func appendUnescaped(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return out
}
