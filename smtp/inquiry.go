package smtp

import (
	"strings"
	"unicode/utf8"
)

// vrfy asks about an address (RFC 5321 §3.5, §4.1.1.6).
func (s *session) vrfy(c Command) *Reply {
	if r := s.nameASCII(c); r != nil {
		return s.refuse(r)
	}
	if s.srv.Verify == nil { // RFC 5321 §3.5.3
		return NewReply(252, "2.1.5", "Cannot say; send the mail and see")
	}
	found, err := s.srv.Verify(s.ctx, s.name(c))
	return listed(found, err)
}

// expn asks for the members of a list (RFC 5321 §3.5, §4.1.1.7).
func (s *session) expn(c Command) *Reply {
	if r := s.nameASCII(c); r != nil {
		return s.refuse(r)
	}
	if s.srv.Expand == nil {
		return s.refuse(NewReply(502, "5.5.1", "EXPN is not implemented here"))
	}
	found, err := s.srv.Expand(s.ctx, s.name(c))
	return listed(found, err)
}

// nameASCII refuses a name in other than ASCII, unless UTF-8 is offered (RFC 5321 §2.4,
// RFC 6531 §3.7.4.2).
func (s *session) nameASCII(c Command) *Reply {
	i := notASCIIAt(c.Arg)
	if i < 0 || s.srv.Extensions.Has("SMTPUTF8") && utf8.ValidString(c.Arg) {
		return nil
	}
	return highBit(len(c.Verb) + len(" ") + i)
}

// name is the argument of VRFY and EXPN without the word by which the client says that
// it understands UTF-8 in the reply (RFC 6531 §3.7.4.2).
func (s *session) name(c Command) string {
	const word = " SMTPUTF8"
	rest := len(c.Arg) - len(word)
	if rest > 0 && strings.EqualFold(c.Arg[rest:], word) && s.srv.Extensions.Has("SMTPUTF8") {
		s.wide = true
		return c.Arg[:rest]
	}
	return c.Arg
}

// listed names what was found, an address a line.
func listed(found []string, err error) *Reply {
	switch {
	case err != nil:
		return replyTo(err)
	case len(found) == 0:
		return NewReply(550, "5.1.1", "Nothing by that name here")
	}
	return &Reply{Code: 250, Enhanced: "2.1.5", Lines: found}
}

// help tells what the table of commands holds (RFC 5321 §4.1.1.8).
func (s *session) help(c Command) *Reply {
	topic, _, _ := strings.Cut(c.Arg, " ")
	var verbs []string
	for _, info := range s.table {
		if !s.offers(info) {
			continue
		}
		if topic != "" && strings.EqualFold(info.Verb, topic) {
			section := strings.Replace(info.Section, "§", "section ", 1)
			return &Reply{Code: 214, Enhanced: "2.0.0", Lines: []string{info.Syntax, section}}
		}
		verbs = append(verbs, info.Verb)
	}
	if topic != "" {
		return s.refuse(NewReply(504, "5.5.4", "No help on that; HELP alone lists the commands"))
	}
	return &Reply{Code: 214, Enhanced: "2.0.0", Lines: []string{
		"Commands: " + strings.Join(verbs, " "),
		"HELP and a command's name shows its form"}}
}
