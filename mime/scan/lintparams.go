package scan

import (
	"bytes"
	"strconv"
	"strings"

	"mailtool/trace/rule"
)

// A paramLint reads the value of a field with parameters by the letter of RFC 2045 §5.1,
// where ParseContentType makes the best of it.
type paramLint struct {
	c    *linter
	p    *Part
	raw  []byte // what stands behind the colon, folds included
	at   int64  // offset of raw in the message
	i    int
	said bool // a fault was found: what follows it hardly means anything
	seen map[string]int
}

// params judges a value that begins at offset at. A type has a subtype, a disposition none.
func (c *linter) params(p *Part, raw []byte, at int64, typed bool) {
	l := &paramLint{c: c, p: p, raw: raw, at: at, seen: make(map[string]int)}
	ok := l.token()
	if typed {
		ok = ok && l.take('/') && l.token()
	}
	if !ok {
		c.report.Add(p, &ruleTypeForm, at, 0)
		return
	}
	for l.more() {
		if !l.take(';') {
			l.fault(&ruleParamForm)
			return
		}
		if !l.more() {
			l.found(&ruleSemicolon, l.lastSemicolon(), 1)
			break
		}
		if l.param(); l.said {
			return
		}
	}
	l.pieces()
}

func (l *paramLint) lastSemicolon() int { return bytes.LastIndexByte(l.raw[:l.i], ';') }

func (l *paramLint) found(r *rule.Rule, i, n int, args ...string) {
	l.c.report.Add(l.p, r, l.at+int64(i), int64(n), args...)
}

// fault finds r broken at the octet at hand.
func (l *paramLint) fault(r *rule.Rule) {
	l.said = true
	l.found(r, min(l.i, len(l.raw)-1), 1)
}

// more passes over white space and comments and reports whether something follows.
func (l *paramLint) more() bool {
	depth := 0
	for ; l.i < len(l.raw); l.i++ {
		switch b := l.raw[l.i]; {
		case b == '(':
			depth++
		case b == ')' && depth > 0:
			depth--
		case b == '\\' && depth > 0:
			l.i++
		case b == ' ' || b == '\t' || b == '\r' || b == '\n' || depth > 0:
		default:
			return true
		}
	}
	l.i = len(l.raw)
	return false
}

func (l *paramLint) take(b byte) bool {
	if l.more() && l.raw[l.i] == b {
		l.i++
		return true
	}
	return false
}

// isToken reports whether b may stand in a token (RFC 2045 §5.1). Octets over 127 are
// judged elsewhere.
func isToken(b byte) bool {
	return b > ' ' && b != 0x7f && strings.IndexByte(`()<>@,;:\"/[]?=`, b) < 0
}

func (l *paramLint) token() bool {
	if !l.more() {
		return false
	}
	begin := l.i
	for l.i < len(l.raw) && isToken(l.raw[l.i]) {
		l.i++
	}
	return l.i > begin
}

// param judges one parameter.
func (l *paramLint) param() {
	begin := l.i
	if !l.token() {
		l.fault(&ruleParamForm)
		return
	}
	name := strings.ToLower(string(l.raw[begin:l.i]))
	if !l.take('=') || !l.more() {
		l.fault(&ruleParamForm)
		return
	}
	value := l.i
	if l.raw[l.i] == '"' {
		if !l.quoted() {
			l.i = value
			l.fault(&ruleParamForm)
			return
		}
	} else if !l.token() || l.i < len(l.raw) && !l.ends() {
		l.fault(&ruleParamQuot)
		return
	}
	if _, twice := l.seen[name]; twice {
		l.found(&ruleParamTwice, begin, len(name), name)
	}
	l.seen[name] = begin
	if strings.HasSuffix(name, "*") {
		l.extended(name, value, l.raw[value:l.i])
	}
}

// ends reports whether a token may end before the octet at hand: a blank ends it, if a
// semicolon or nothing follows.
func (l *paramLint) ends() bool {
	at := l.i
	if b := l.raw[at]; b != ';' && b != '(' && b != ' ' && b != '\t' && b != '\r' && b != '\n' {
		return false
	}
	ok := !l.more() || l.raw[l.i] == ';'
	if ok {
		at = l.i
	}
	l.i = at
	return ok
}

func (l *paramLint) quoted() bool {
	for l.i++; l.i < len(l.raw); l.i++ {
		switch l.raw[l.i] {
		case '\\':
			l.i++
		case '"':
			l.i++
			return true
		}
	}
	return false
}

// extended judges a value with a character set: utf-8'zh'%E4%BD%A0 (RFC 2231 §4). Only the
// first piece of many has the set.
func (l *paramLint) extended(name string, at int, value []byte) {
	value = bytes.Trim(value, " \t\r\n")
	_, piece := cutPiece(name)
	if piece <= 0 && bytes.Count(value, []byte("'")) < 2 {
		l.found(&ruleParamEncoded, at, max(len(value), 1))
		return
	}
	for i, b := range value {
		if b == '%' && (i+2 >= len(value) || !isHex(value[i+1]) || !isHex(value[i+2])) {
			l.found(&ruleParamEncoded, at+i, 1)
			return
		}
	}
}

// cutPiece takes the number off the name of a piece: "name*2*" is piece 2 of name. One that
// is no piece has the number -1.
func cutPiece(name string) (base string, n int) {
	base, number, ok := strings.Cut(strings.TrimSuffix(name, "*"), "*")
	if !ok {
		return base, -1
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return base, -1
	}
	return base, n
}

// pieces looks for a piece that is missing among others (RFC 2231 §3).
func (l *paramLint) pieces() {
	for name, begin := range l.seen {
		base, n := cutPiece(name)
		if n < 1 {
			continue
		}
		before := base + "*" + strconv.Itoa(n-1)
		_, plain := l.seen[before]
		_, extended := l.seen[before+"*"]
		if !plain && !extended {
			l.found(&ruleParamGap, begin, len(name), before)
		}
	}
}

func isHex(b byte) bool { return isDigit(b) || 'a' <= b|0x20 && b|0x20 <= 'f' }
