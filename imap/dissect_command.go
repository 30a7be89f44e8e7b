package imap

import "bytes"

// A commandLine is the first line of a command, as far as it can be made out.
type commandLine struct {
	tag   []byte // empty where the line has none
	id    verbID
	verb  []byte // as it stands in the line
	at    int    // where the verb begins
	args  int    // where the arguments begin, or the end of the line
	space int    // where a space is missing or too many, or -1
}

// parseCommandLine divides a line into tag, verb and arguments (RFC 3501 §9, command). A line
// that begins with a verb lacks its tag: that is how people who know SMTP begin.
func parseCommandLine(text []byte) commandLine {
	c := commandLine{space: -1}
	first, at := nextWord(text, 0)
	second, at2 := nextWord(text, at+len(first))
	uid := sameWord(second, "UID")
	if findVerb(first) != noVerb && findVerb(second) == noVerb && !uid {
		c.verb, c.at = first, at
	} else {
		c.tag, c.verb, c.at = first, second, at2
		if at > 0 {
			c.tag = nil
		}
	}
	end := c.at + len(c.verb)
	c.id = findVerb(c.verb)
	if sameWord(c.verb, "UID") {
		if w, i := nextWord(text, end); len(w) > 0 {
			c.id = findVerb(append([]byte("UID "), w...))
			end = i + len(w)
		}
	}
	_, c.args = nextWord(text, end)
	c.space = wrongSpace(text, &c, end)
	return c
}

// wrongSpace finds a second space where one belongs, or a space at the end.
func wrongSpace(text []byte, c *commandLine, end int) int {
	if i := bytes.Index(text[:c.at], []byte("  ")); i >= 0 && len(c.tag) > 0 {
		return i + 1
	}
	if c.args > end+1 {
		return end + 1
	}
	if n := len(text); n > 0 && text[n-1] == ' ' && len(c.verb) > 0 {
		return n - 1
	}
	return -1
}

// nextWord returns the word at or behind from, and where it begins.
func nextWord(text []byte, from int) ([]byte, int) {
	for from < len(text) && isSpace(text[from]) {
		from++
	}
	end := from
	for end < len(text) && !isSpace(text[end]) {
		end++
	}
	return text[from:end], from
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// badTagOctet returns the index of the first octet that no tag may hold, or -1
// (RFC 3501 §9, tag: any ASTRING-CHAR but "+").
func badTagOctet(tag []byte) int {
	for i, c := range tag {
		if !isTagChar(c) {
			return i
		}
	}
	return -1
}
