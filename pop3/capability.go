package pop3

import (
	"slices"
	"strings"

	"mailtool/internal/sasl"
)

// A Capability is one line of the answer to CAPA: a keyword and its parameters
// (RFC 2449 §5).
type Capability struct {
	Keyword string // in capitals
	Params  string // as it was said, "" where there are none
}

// Capabilities are what a server can do, in its order. nil is a server that does not know
// CAPA, or was not asked.
type Capabilities []Capability

// StandardCapabilities are those of this package, but for USER, SASL and STLS, which a
// server adds by itself: RFC 2449 §6, RFC 3206, RFC 6856.
func StandardCapabilities() Capabilities {
	return Capabilities{{"TOP", ""}, {"UIDL", ""}, {"RESP-CODES", ""}, {"AUTH-RESP-CODE", ""},
		{"PIPELINING", ""}, {"UTF8", "USER"}, {"EXPIRE", "NEVER"}, {"IMPLEMENTATION", "mailtool"}}
}

// maxCapabilities is how many lines of an answer are kept.
const maxCapabilities = 64

// Add reads a line of the answer to CAPA and adds what it offers. An empty line, and what
// goes beyond all measure, is passed over.
func (c *Capabilities) Add(line string) {
	keyword, params, _ := strings.Cut(line, " ")
	if keyword == "" || len(*c) >= maxCapabilities || len(line) > MaxReplyLine {
		return
	}
	*c = append(*c, Capability{upper([]byte(keyword)), strings.Clone(params)})
}

func (c Capability) String() string {
	if c.Params == "" {
		return c.Keyword
	}
	return c.Keyword + " " + c.Params
}

// Mechanisms are those by which the server lets a client log in with AUTH, in capitals
// (RFC 5034 §3).
func (c Capabilities) Mechanisms() []string {
	params, _ := c.Param("SASL")
	return strings.Fields(upper([]byte(params)))
}

// Has says that the capability with that keyword, in capitals, is offered.
func (c Capabilities) Has(keyword string) bool {
	_, ok := c.Param(keyword)
	return ok
}

// Param returns what stands behind the keyword, and whether it is offered.
func (c Capabilities) Param(keyword string) (params string, ok bool) {
	for _, one := range c {
		if one.Keyword == keyword {
			return one.Params, true
		}
	}
	return "", false
}

// capa tells what the server can do now (RFC 2449 §5).
func (s *session) capa(Command) *Reply {
	offered := slices.Clone(s.srv.Capabilities)
	mechanisms := s.mechanisms()
	if slices.Contains(mechanisms, sasl.Plain) {
		offered = append(offered, Capability{"USER", ""})
	}
	if words := saslOnly(mechanisms); len(words) > 0 {
		offered = append(offered, Capability{"SASL", strings.Join(words, " ")})
	}
	if s.offersSTLS() && s.state == StateAuthorization { // RFC 2595 §4: in the current state
		offered = append(offered, Capability{"STLS", ""})
	}
	r := Accept("What this server can do")
	r.Body = lines(func(yield func(string) bool) {
		for _, one := range offered {
			if !yield(one.String()) {
				return
			}
		}
	})
	return r
}

// utf8 is UTF8 (RFC 6856 §2.1).
func (s *session) utf8(Command) *Reply {
	s.peer.UTF8 = true
	return Accept("UTF-8 it is")
}
