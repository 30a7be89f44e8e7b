package sasl

import "bytes"

// maxTag is how long a word may be that is taken for the tag before a log-in, where a line was
// cut within it.
const maxTag = 64

// typedVerbs are the commands of SMTP, POP3 and IMAP that carry a secret, and what people take
// for one, with how many words stand between verb and secret.
var typedVerbs = map[string]int{"PASS": 0, "PASSWORD": 0, "APOP": 1, "LOGIN": 1,
	"AUTHENTICATE": 1, "AUTH": 1}

// Typed returns where in a line the secret of a log-in begins, in whichever protocol it was
// typed: people have POP3 in mind and talk to a server of SMTP. It stands behind a tag or not,
// behind a blank or glued to the verb (PASS:x). It is 0 if there is none. command says that a
// word is a command of the protocol that is spoken, and so no tag.
func Typed(line []byte, command func(word []byte) bool) int {
	first, rest := Word(line)
	if at := secretBehind(first, rest, len(line)); at >= 0 {
		return at
	}
	second, rest := Word(rest)
	if at := secretBehind(second, rest, len(line)); at > 0 && !command(first) {
		return at
	}
	return 0
}

// TypedCut says that line, the start of one that was cut, may go on to a secret, or with it,
// though Typed has found none.
func TypedCut(line []byte, command func(word []byte) bool) bool {
	first, rest := Word(line)
	switch _, n := typedVerb(first); {
	case n >= 0:
		return true
	case command(first):
		return false
	case len(rest) == 0:
		return len(first) <= maxTag
	}
	second, rest := Word(rest)
	if len(rest) > 0 {
		_, n := typedVerb(second)
		return n >= 0
	}
	for verb := range typedVerbs {
		if len(second) <= len(verb) && bytes.EqualFold(second, []byte(verb[:len(second)])) {
			return true
		}
	}
	return false
}

// secretBehind is where the secret begins that belongs to verb, in a line of that many octets of
// which rest follows the verb: -1 if verb is none that has one, 0 if there is no secret.
func secretBehind(verb, rest []byte, length int) int {
	glued, words := typedVerb(verb)
	switch {
	case words < 0:
		return -1
	case glued > 0 && glued < len(verb):
		return length - len(rest) - len(verb) + glued
	}
	for range words {
		_, rest = Word(rest)
	}
	rest = skip(rest, true)
	if len(rest) == 0 || words > 0 && string(bytes.TrimRight(rest, " \t\r")) == "=" {
		return 0 // "=" says that an initial response is empty (RFC 4954 §4)
	}
	return length - len(rest)
}

// typedVerb returns how many words stand between a verb and its secret, -1 if it has none, and
// where the secret begins that is glued to it, behind a sign as in PASS:x, or 0.
func typedVerb(text []byte) (glued, words int) {
	var capitals [len("AUTHENTICATE")]byte
	for i, c := range text[:min(len(text), len(capitals))] {
		if capitals[i] = c; 'a' <= c && c <= 'z' {
			capitals[i] = c - 'a' + 'A'
		}
	}
	if n, ok := typedVerbs[string(capitals[:min(len(text), len(capitals))])]; ok &&
		len(text) <= len(capitals) {
		return 0, n
	}
	for _, verb := range []string{"PASSWORD", "PASS"} {
		n := len(verb)
		if len(text) > n && bytes.EqualFold(text[:n], []byte(verb)) && !letterOrDigit(text[n]) {
			return n + 1, 0
		}
	}
	return 0, -1
}

func letterOrDigit(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// Word returns the first word of text and what follows it. A control octet divides words as a
// space does: it makes a command wrong, and the secret no less one.
func Word(text []byte) (first, rest []byte) {
	text = skip(text, true)
	rest = skip(text, false)
	return text[:len(text)-len(rest)], rest
}

// skip passes over the octets at the start of text that divide words, or over those that do not.
func skip(text []byte, divides bool) []byte {
	for i, c := range text {
		if (c <= ' ' || c == 0x7f) != divides {
			return text[i:]
		}
	}
	return nil
}
