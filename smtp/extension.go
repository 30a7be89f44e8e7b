package smtp

import (
	"strconv"
	"strings"
)

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

// StandardExtensions are those of this package, in the order in which they are offered:
// RFC 1870, RFC 6152, RFC 6531, RFC 2920, RFC 2034.
func StandardExtensions() Extensions {
	return Extensions{{Keyword: "SIZE"}, {Keyword: "8BITMIME"}, {Keyword: "SMTPUTF8"},
		{Keyword: "PIPELINING"}, {Keyword: "ENHANCEDSTATUSCODES"}}
}

// FullExtensions are all that this package has: RFC 3030 and RFC 3461 besides. Whoever
// offers DSN has to send the reports that a sender asks for (RFC 3461 §5.2).
func FullExtensions() Extensions {
	return append(StandardExtensions(), Extension{Keyword: "CHUNKING"}, Extension{Keyword: "DSN"})
}

// ehlo tells what is offered now (RFC 5321 §4.1.1.1).
func (s *session) ehlo(c Command) *Reply {
	s.hello(c, true)
	r := s.greets()
	for _, e := range s.srv.Extensions {
		if e.Keyword == "SIZE" { // RFC 1870 §3
			e.Params = strconv.FormatInt(s.limits.Size, 10)
		}
		r.Lines = append(r.Lines, e.String())
	}
	if s.srv.TLS != nil && s.peer.TLS == nil { // RFC 3207 §4.2
		r.Lines = append(r.Lines, "STARTTLS")
	}
	if mechanisms := s.mechanisms(); len(mechanisms) > 0 {
		r.Lines = append(r.Lines, "AUTH "+strings.Join(mechanisms, " "))
	}
	return r
}

// helo is ehlo of old, to which nothing is offered (RFC 5321 §4.1.1.1).
func (s *session) helo(c Command) *Reply {
	s.hello(c, false)
	return s.greets()
}

// hello begins the session, or begins it anew: a transaction that is open ends
// (RFC 5321 §4.1.4).
func (s *session) hello(c Command, extended bool) {
	s.reset()
	s.wide = false
	s.state = StateReady
	s.peer.Hello, s.peer.Extended = c.Domain, extended
}

// greets says the client's name back, if it is one.
func (s *session) greets() *Reply {
	name := s.peer.Hello
	if _, ok := ParseDomain(name); !ok {
		name = s.peer.literal()
	}
	return NewReply(250, "", "%s greets %s", s.srv.Domain, name)
}
