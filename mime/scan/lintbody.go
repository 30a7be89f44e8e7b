package scan

import (
	"bytes"

	"mailtool/trace/rule"
)

// A bodyLint judges the lines of a body by its transfer encoding (RFC 2045 §6), and those of
// what stands before the first part and behind the last.
type bodyLint struct {
	report *Report
	part   *Part
	kind   RangeKind
	as     string // "7bit", "8bit", "quoted-printable", "base64"; "" for what has no lines to judge

	length int64 // octets of the line so far
	begun  int64 // where the line begins
	last   int64 // where the last line with something in it begins

	digits int64 // base64: of the alphabet
	pads   int64 // "=" behind them
	padded bool  // something followed the padding
	told   bool  // in this epilogue something stands
}

func newBodyLint(report *Report, where Range) bodyLint {
	b := bodyLint{report: report, part: where.Part, kind: where.Kind, as: where.Part.Encoding}
	switch b.as {
	case "7bit", "8bit":
	case "quoted-printable", "base64":
		if where.Kind != RangeBody { // of a multipart, which may not have it
			b.as = ""
		}
	default:
		b.as = ""
	}
	return b
}

// ownLimit says that the encoding limits the length of lines, or that there are no lines.
func (b *bodyLint) ownLimit() bool {
	return b.as == "quoted-printable" || b.as == "base64" || b.part.Encoding == "binary"
}

func (b *bodyLint) found(r *rule.Rule, at, n int64) { b.report.Add(b.part, r, at, n) }

// piece judges the text of a line, or a piece of it, that lies at offset at.
func (b *bodyLint) piece(text []byte, at int64, first, ended bool) {
	if first {
		b.length, b.begun = 0, at
	}
	b.length += int64(len(text))
	if len(text) > 0 {
		b.last = b.begun
		if b.kind == RangeEpilogue && !b.told {
			b.told = true
			b.found(&ruleEpilogue, b.begun, 0)
		}
	}
	switch b.as {
	case "7bit":
		if i := high(text); i >= 0 {
			b.found(&rule7Bit, at+int64(i), int64(highRun(text[i:])))
		}
		b.nul(text, at)
	case "8bit":
		b.nul(text, at)
	case "quoted-printable":
		b.quoted(text, at, first, ended)
	case "base64":
		b.base64(text, at)
	}
	if limit, ok := limits76[b.as]; ok && b.length > 76 && b.length-int64(len(text)) <= 76 {
		b.found(limit, b.begun+76, b.length-76)
	}
}

// limits76 are the rules of the encodings whose lines hold 76 octets.
var limits76 = map[string]*rule.Rule{"quoted-printable": &ruleQuotedLine, "base64": &ruleBase64Line}

func (b *bodyLint) nul(text []byte, at int64) {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		b.found(&ruleNUL, at+int64(i), 1)
	}
}

// quoted judges a line of quoted-printable (RFC 2045 §6.7). Of one that is longer than a
// piece, the rest is left alone.
func (b *bodyLint) quoted(text []byte, at int64, first, ended bool) {
	if !first {
		return
	}
	if n := len(bytes.TrimRight(text, " \t")); n < len(text) && ended {
		b.found(&ruleQuotedSpace, at+int64(n), int64(len(text)-n))
		text = text[:n]
	}
	escape, small, raw := -1, -1, -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '=' && i == len(text)-1: // a soft line break
		case c == '=' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])):
			escape = firstOf(escape, i)
		case c == '=':
			if text[i+1] >= 'a' || text[i+2] >= 'a' {
				small = firstOf(small, i)
			}
			i += 2
		case c >= 0x7f || c < ' ' && c != '\t' && c != '\r':
			raw = firstOf(raw, i)
		}
	}
	for _, f := range []struct {
		r    *rule.Rule
		i, n int
	}{{&ruleQuotedEscape, escape, 1}, {&ruleQuotedSmall, small, 3}, {&ruleQuotedOctet, raw, 1}} {
		if f.i >= 0 {
			b.found(f.r, at+int64(f.i), int64(f.n))
		}
	}
}

func firstOf(have, i int) int {
	if have < 0 {
		return i
	}
	return have
}

// base64 judges a line of base64 (RFC 2045 §6.8).
func (b *bodyLint) base64(text []byte, at int64) {
	foreign := -1
	for i, c := range text {
		switch {
		case isDigit(c) || isLetter(c) || c == '+' || c == '/':
			if b.pads > 0 && !b.padded {
				b.padded = true
				b.found(&ruleBase64Padding, at+int64(i), 1)
			}
			b.digits++
		case c == '=':
			b.pads++
		case c == ' ' || c == '\t' || c == '\r':
		default:
			foreign = firstOf(foreign, i)
		}
	}
	if foreign >= 0 {
		b.found(&ruleBase64Octet, at+int64(foreign), 1)
	}
}

// end judges the end of a body; cut says that more of it follows that is not at hand.
func (b *bodyLint) end(cut bool) {
	if b.as != "base64" || cut || b.padded {
		return
	}
	// Four letters stand for three octets; the last four may end in one or two "=".
	want := (4 - b.digits%4) % 4
	if b.digits%4 == 1 || b.pads != want {
		b.found(&ruleBase64Cut, b.last, 0)
	}
}
