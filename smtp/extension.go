package smtp

import "strings"

// An Extension is one line of the reply to EHLO: a keyword and its parameters
// (RFC 5321 §4.1.1.1).
type Extension struct {
	Keyword string // in capitals
	Params  string // as it was said, "" where there are none
}

func (e Extension) String() string {
	if e.Params == "" {
		return e.Keyword
	}
	return e.Keyword + " " + e.Params
}

const (
	maxExtensions   = 64 // how many keywords of a reply are kept
	usualExtensions = 8  // most servers offer no more
)

// Extensions are the service extensions that a server offers, in its order. The zero
// value offers none.
type Extensions []Extension

// Add reads a line of the reply to EHLO, without its code, and adds what it offers. A
// line that is none, and what goes beyond all measure, is passed over.
func (e *Extensions) Add(line string) {
	if len(*e) >= maxExtensions || len(line) > MaxReplyLine {
		return
	}
	keyword, params, _ := strings.Cut(line, " ")
	p := scanner{s: keyword}
	if p.next() == '-' || p.run(&letDigHyphens, false) == 0 || !p.done() {
		return
	}
	if *e == nil {
		*e = make(Extensions, 0, usualExtensions)
	}
	*e = append(*e, Extension{keywordOf(capitals(keyword)), strings.Clone(params)})
}

// keywordOf is a copy of keyword, which costs no memory where many servers offer it.
func keywordOf(keyword string) string {
	for _, k := range usualKeywords {
		if k == keyword {
			return k
		}
	}
	return strings.Clone(keyword)
}

var usualKeywords = [...]string{"SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING", "CHUNKING",
	"DSN", "ENHANCEDSTATUSCODES", "STARTTLS", "AUTH", "HELP", "ETRN", "VRFY"}

// Lines writes the extensions as the lines of a reply, which Add reads.
func (e Extensions) Lines() []string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.String()
	}
	return lines
}

// Mechanisms are those by which the server lets a client log in, in capitals (RFC 4954 §3).
func (e Extensions) Mechanisms() []string {
	params, _ := e.Param("AUTH")
	return strings.Fields(capitals(params))
}

// Has says that the extension with that keyword, in capitals, is offered.
func (e Extensions) Has(keyword string) bool {
	_, ok := e.Param(keyword)
	return ok
}

// Param returns what stands behind the keyword, and whether it is offered.
func (e Extensions) Param(keyword string) (params string, ok bool) {
	for _, x := range e {
		if x.Keyword == keyword {
			return x.Params, true
		}
	}
	return "", false
}
