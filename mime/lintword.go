package mime

import (
	"bytes"
	"regexp"
	"strings"

	"mailtool/trace/rule"
)

// wordLike finds what somebody meant as an encoded-word: "=?charset?encoding?".
var wordLike = regexp.MustCompile(`=\?[A-Za-z0-9_.:*-]+\?[A-Za-z0-9]*\?`)

// maxMeant is how far away the end of a word is looked for: a line has no more octets.
const maxMeant = 1000

// A wordLint judges the encoded-words of one field (RFC 2047).
type wordLint struct {
	c   *linter
	p   *Part
	raw []byte // the field's value, folds included
	at  int64  // its offset in the message

	// Whether what stands before index upto stands in quotes.
	quoted bool
	upto   int

	// The word before, if its octets ended within a character.
	split        []byte
	splitCharset string
	splitAt      int
	splitLen     int
}

// words judges the encoded-words in a value that begins at offset at.
func (c *linter) words(p *Part, raw []byte, at int64, where place) {
	l := &wordLint{c: c, p: p, raw: raw, at: at}
	for i := 0; i < len(raw); {
		found := wordLike.FindIndex(raw[i:])
		if found == nil {
			break
		}
		begin, text := i+found[0], i+found[1]
		end := bytes.Index(raw[text:min(len(raw), text+maxMeant)], []byte("?="))
		if end < 0 || bytes.IndexByte(raw[text:text+end], '\n') >= 0 {
			l.found(&ruleWordForm, begin, text-begin)
			i = text
			continue
		}
		end += text + 2
		l.word(begin, text, end, where)
		i = end
	}
	l.splitEnds()
}

func (l *wordLint) found(r *rule.Rule, i, n int, args ...string) {
	l.c.report.Add(l.p.Part, r, l.at+int64(i), int64(n), args...)
}

// word judges the word [begin, end), whose encoded text begins at text.
func (l *wordLint) word(begin, text, end int, where place) {
	size := end - begin
	charset, rest, _ := strings.Cut(string(l.raw[begin+2:text-1]), "?")
	charset, _, _ = strings.Cut(charset, "*") // the language (RFC 2231 §5)
	encoded := string(l.raw[text : end-2])
	switch {
	case where == inParams:
		l.found(&ruleWordParam, begin, size)
	case where == inPhrase && l.inQuotes(begin):
		l.found(&ruleWordQuoted, begin, size)
	case !l.apart(begin, end, where):
		l.found(&ruleWordApart, begin, size)
	}
	if size > maxWord {
		l.found(&ruleWordLong, begin, size)
	}
	if strings.ContainsAny(encoded, " \t?") || !strings.ContainsAny(rest, "qQbB") || len(rest) != 1 {
		l.found(&ruleWordForm, begin, size)
		return
	}
	octets, ok := decodeText(rest[0], encoded)
	switch {
	case !ok && rest[0]|0x20 == 'b':
		l.found(&ruleWordEncoding, begin, size)
	case !ok:
		l.found(&ruleWordEscape, begin, size)
	case !isCharset(charset):
		l.found(unreadable(charset, &ruleWordCharset), begin, size, charset)
	default:
		l.octets(begin, size, charset, octets)
	}
}

// apart reports whether white space divides a word from what stands beside it, or a
// parenthesis in a field that has comments.
func (l *wordLint) apart(begin, end int, where place) bool {
	before, after := " \t\r\n", " \t\r\n"
	if where == inPhrase {
		before, after = before+"(", after+")"
	}
	return (begin == 0 || strings.IndexByte(before, l.raw[begin-1]) >= 0) &&
		(end == len(l.raw) || strings.IndexByte(after, l.raw[end]) >= 0)
}

// inQuotes says that what stands at index at is within a quoted string. It is asked in rising
// order.
func (l *wordLint) inQuotes(at int) bool {
	for ; l.upto < at; l.upto++ {
		switch l.raw[l.upto] {
		case '\\':
			l.upto++
		case '"':
			l.quoted = !l.quoted
		}
	}
	return l.quoted
}

// octets judges what a word holds. A character must not be divided between words (RFC 2047
// §5): octets that are no text by themselves and become text with those of the next word
// show one that is.
func (l *wordLint) octets(begin, size int, charset string, octets []byte) {
	if l.split != nil && strings.EqualFold(charset, l.splitCharset) {
		octets = append(l.split, octets...)
		if fitsCharset(charset, octets) {
			l.found(&ruleWordSplit, l.splitAt, l.splitLen)
			l.split = nil
			return
		}
		l.split = nil
		l.found(&ruleWordOctets, begin, size, charset)
		return
	}
	l.splitEnds()
	if !fitsCharset(charset, octets) {
		l.split, l.splitCharset, l.splitAt, l.splitLen = octets, charset, begin, size
	}
}

// splitEnds judges a word whose octets no further word completes.
func (l *wordLint) splitEnds() {
	if l.split != nil {
		l.found(&ruleWordOctets, l.splitAt, l.splitLen, l.splitCharset)
		l.split = nil
	}
}

// fitsCharset says that all octets are characters of the set.
func fitsCharset(charset string, octets []byte) bool {
	text, err := DecodeCharset(charset, octets)
	return err == nil && !strings.ContainsRune(text, '\ufffd')
}
