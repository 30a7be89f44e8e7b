package smtp

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// A scanner reads the productions of RFC 5321 §4.1.2 and §4.1.3, as RFC 6531 §3.3
// widens them to UTF-8. Each method reads one production and returns whether it was
// there; where it was not, at stays on the octet that did not fit.
type scanner struct {
	s  string
	at int
}

func (p *scanner) done() bool { return p.at >= len(p.s) }

// next is the octet at hand, 0 at the end: no production holds a NUL.
func (p *scanner) next() byte {
	if p.done() {
		return 0
	}
	return p.s[p.at]
}

func (p *scanner) take(c byte) bool {
	if p.done() || p.s[p.at] != c {
		return false
	}
	p.at++
	return true
}

// run takes octets of a set, and UTF-8 beyond ASCII where wide is set. It returns how many
// it took.
func (p *scanner) run(set *octetSet, wide bool) int {
	from := p.at
	for !p.done() {
		c := p.s[p.at]
		if set[c] {
			p.at++
			continue
		}
		if c < utf8.RuneSelf || !wide {
			break
		}
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		p.at += n
	}
	return p.at - from
}

// path reads what stands between the angle brackets: an optional source route and a
// mailbox.
func (p *scanner) path() (Path, bool) {
	var path Path
	if p.next() == '@' {
		from := p.at
		if !p.route() {
			return path, false
		}
		path.Route = p.s[from : p.at-1]
	}
	m, ok := p.mailbox()
	path.Mailbox = m
	return path, ok
}

// route reads A-d-l and the colon behind it (RFC 5321 §4.1.2, Appendix C).
func (p *scanner) route() bool {
	for {
		if !p.take('@') || !p.name() {
			return false
		}
		if p.take(':') {
			return true
		}
		if !p.take(',') {
			return false
		}
	}
}

// mailbox reads Local-part "@" ( Domain / address-literal ). A local part alone is
// read too, since <postmaster> is one; whoever asks must look.
func (p *scanner) mailbox() (Mailbox, bool) {
	var m Mailbox
	var ok bool
	if m.Local, ok = p.localPart(); !ok {
		return m, false
	}
	if !p.take('@') {
		return m, m.Local != ""
	}
	from := p.at
	if !p.domain() {
		return m, false
	}
	m.Domain = p.s[from:p.at]
	return m, true
}

// localPart reads Dot-string / Quoted-string and returns what it means: without quotes
// and backslashes.
func (p *scanner) localPart() (string, bool) {
	if p.next() == '"' {
		return p.quotedString()
	}
	from := p.at
	for {
		if p.run(&atexts, true) == 0 {
			return "", false
		}
		if !p.take('.') {
			return p.s[from:p.at], true
		}
	}
}

// quotedString reads DQUOTE *QcontentSMTP DQUOTE.
func (p *scanner) quotedString() (string, bool) {
	if !p.take('"') {
		return "", false
	}
	from, meant := p.at, ""
	for {
		p.run(&qtexts, true)
		switch {
		case p.take('"'):
			return meant + p.s[from:p.at-1], true
		case p.next() == '\\' && p.at+1 < len(p.s) && isPrintable(p.s[p.at+1]):
			meant += p.s[from:p.at]
			from = p.at + 1
			p.at += 2
		default:
			return "", false
		}
	}
}

// domain reads Domain / address-literal.
func (p *scanner) domain() bool {
	if p.next() == '[' {
		return p.addressLiteral()
	}
	return p.name()
}

// maxLabel is the length of a part of a domain name (RFC 1035 §2.3.4).
const maxLabel = 63

// name reads sub-domain *("." sub-domain).
func (p *scanner) name() bool {
	for {
		from := p.at
		if p.next() == '-' || p.run(&letDigHyphens, true) == 0 {
			return false
		}
		if p.s[p.at-1] == '-' {
			p.at--
			return false
		}
		if p.at-from > maxLabel {
			p.at = from + maxLabel
			return false
		}
		if !p.take('.') {
			return true
		}
	}
}

// addressLiteral reads "[" IPv4, "IPv6:" IPv6, or a tag, colon and text "]"
// (RFC 5321 §4.1.3).
func (p *scanner) addressLiteral() bool {
	from := p.at
	p.at++
	start := p.at
	if p.run(&dcontents, false) == 0 || p.next() != ']' {
		return false
	}
	text := p.s[start:p.at]
	p.at++
	tag, rest, tagged := strings.Cut(text, ":")
	ok := false
	switch {
	case !tagged:
		ok = isIPv4(text)
	case strings.EqualFold(tag, "IPv6"):
		a, err := netip.ParseAddr(rest)
		ok = err == nil && a.Is6() && a.Zone() == ""
	default:
		t := scanner{s: tag}
		ok = t.run(&letDigHyphens, false) == len(tag) && tag != "" && tag[len(tag)-1] != '-' &&
			rest != ""
	}
	if !ok {
		p.at = from
	}
	return ok
}

// isIPv4 says that s is four numbers of up to three digits, none above 255. Leading
// zeros are allowed: Snum is 1*3DIGIT.
func isIPv4(s string) bool {
	fields := 0
	for f := range strings.SplitSeq(s, ".") {
		n := 0
		for i := range len(f) {
			if !isDigit(f[i]) {
				return false
			}
			n = 10*n + int(f[i]-'0')
		}
		if len(f) == 0 || len(f) > 3 || n > 255 {
			return false
		}
		fields++
	}
	return fields == 4
}

// An octetSet holds octets of ASCII.
type octetSet [256]bool

// The sets that productions are made of.
var (
	digits        = setOf(isDigit)
	letDigHyphens = setOf(isLetDigHyphen)
	atexts        = setOf(isAtext)
	qtexts        = setOf(isQtext)
	dcontents     = setOf(isDcontent)
	values        = setOf(isValue)
)

func setOf(holds func(byte) bool) (set octetSet) {
	for c := range byte(utf8.RuneSelf) {
		set[c] = holds(c)
	}
	return set
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isLetDigHyphen(c byte) bool { return isAlpha(c) || isDigit(c) || c == '-' }

// isAtext is the atext of RFC 5322 §3.2.3.
func isAtext(c byte) bool {
	return isAlpha(c) || isDigit(c) || c != 0 && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

func isQtext(c byte) bool { return isPrintable(c) && c != '"' && c != '\\' }

func isDcontent(c byte) bool { return '!' <= c && c <= '~' && (c < '[' || c > ']') }

func isPrintable(c byte) bool { return ' ' <= c && c <= '~' }
