package imap

import (
	"bytes"
	"strings"
)

// A responseKind is what a line of the server is (RFC 3501 §2.2.2).
type responseKind uint8

const (
	malformed    responseKind = iota
	untagged                  // * data, or a status that is about no command
	tagged                    // the result of the command with this tag
	continuation              // + go on
)

// A responseLine is a line of the server, as far as it can be made out.
type responseLine struct {
	kind responseKind
	tag  []byte
	word string // in capitals: the status, or what the data is about; "+"
	text []byte // what stands behind the word

	numbered bool // a number stands before the word
	number   uint32
}

// parseResponseLine makes out a line of the server.
func parseResponseLine(text []byte) responseLine {
	first, at := nextWord(text, 0)
	if at != 0 || len(first) == 0 {
		return responseLine{}
	}
	rest := text[len(first):]
	if len(rest) > 0 {
		rest = rest[1:]
	}
	if string(first) == "+" {
		return responseLine{kind: continuation, word: "+", text: rest}
	}
	r := responseLine{}
	word, at := nextWord(rest, 0)
	if string(first) == "*" && isNumber(word) {
		r.numbered = true
		for _, c := range word {
			r.number = saturated(r.number, c)
		}
		rest = rest[at+len(word):]
		word, at = nextWord(rest, 0)
	}
	r.word, r.text = wordOf(word), bytes.TrimPrefix(rest[at+len(word):], []byte(" "))
	switch {
	case len(word) == 0 || r.word == "" && string(first) != "*":
	case string(first) == "*":
		r.kind = untagged
	case r.isResult() && badTagOctet(first) < 0:
		r.kind, r.tag = tagged, first
	}
	return r
}

// words are the words that begin a response, with the string that stands for each: an
// event keeps no memory of its own for it (RFC 3501 §7, RFC 9051 §7, and extensions).
var words = func() map[string]string {
	m := make(map[string]string)
	for _, w := range strings.Fields(`OK NO BAD BYE PREAUTH CAPABILITY ENABLED LIST LSUB
		NAMESPACE STATUS SEARCH ESEARCH FLAGS EXISTS RECENT EXPUNGE VANISHED FETCH SORT
		THREAD ID ACL LISTRIGHTS MYRIGHTS QUOTA QUOTAROOT METADATA LANGUAGE COMPARATOR
		GENURLAUTH URLFETCH CONVERSION CONVERTED`) {
		m[w] = w
	}
	return m
}()

func wordOf(word []byte) string {
	if len(word) > longestVerb {
		return ""
	}
	var upper [longestVerb]byte
	return words[string(capitals(upper[:0], word))]
}

// isResult says that the word is one that ends a command (RFC 3501 §7.1).
func (r *responseLine) isResult() bool { return r.word == "OK" || r.word == "NO" || r.word == "BAD" }

// isStatus says that text for people follows the word: {5} at its end is no literal.
func (r *responseLine) isStatus() bool {
	return r.kind == continuation || r.isResult() || r.word == "BYE" || r.word == "PREAUTH"
}

// code returns what stands in brackets before the text of a status (RFC 3501 §7.1).
func (r *responseLine) code() (name, arg []byte) {
	if !r.isStatus() || len(r.text) == 0 || r.text[0] != '[' {
		return nil, nil
	}
	code, _, ok := bytes.Cut(r.text[1:], []byte("]"))
	if !ok {
		return nil, nil
	}
	name, arg, _ = bytes.Cut(code, []byte(" "))
	return name, arg
}

func isNumber(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) > 0
}
