package smtp

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Mailbox is an address, local-part@domain (RFC 5321 §4.1.2).
type Mailbox struct {
	// Local is what stands before the @, without the quotes and backslashes that it
	// may need on the wire. Only the domain's own servers may say what it means, or
	// whether case counts in it (RFC 5321 §2.4).
	Local string
	// Domain is a domain name, or an address literal with its brackets, as it was
	// written. It is empty only in the address <postmaster>.
	Domain string
}

// String writes the address as a path holds it, the local part quoted where it must be.
func (m Mailbox) String() string {
	if m.Domain == "" {
		return m.quoted()
	}
	return m.quoted() + "@" + m.Domain
}

// quoted is the local part as it is written.
func (m Mailbox) quoted() string {
	if p := (scanner{s: m.Local}); !p.dotString() {
		return quote(m.Local)
	}
	return m.Local
}

// dotString says that all of s is a Dot-string, which needs no quotes.
func (p *scanner) dotString() bool {
	if p.next() == '"' {
		return false
	}
	_, ok := p.localPart()
	return ok && p.done()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// IsASCII says that the address needs no SMTPUTF8 (RFC 6531 §3.2).
func (m Mailbox) IsASCII() bool {
	for _, s := range [...]string{m.Local, m.Domain} {
		for i := range len(s) {
			if s[i] >= utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

// IsPostmaster says that the address is the one that every server takes, with a domain
// or without (RFC 5321 §4.5.1).
func (m Mailbox) IsPostmaster() bool { return strings.EqualFold(m.Local, "postmaster") }

// ParseMailbox reads an address without angle brackets. The error is an *AddressError.
func ParseMailbox(s string) (Mailbox, error) {
	p := scanner{s: s}
	m, ok := p.mailbox()
	if !ok || !p.done() || m.Domain == "" && !m.IsPostmaster() {
		return Mailbox{}, &AddressError{Text: s, At: p.at}
	}
	if long := tooLong(Path{Mailbox: m}); long != "" {
		return Mailbox{}, &AddressError{Text: s, At: 0, Long: long}
	}
	return m, nil
}

// A Path is what MAIL and RCPT name between angle brackets (RFC 5321 §4.1.2). The zero
// value is the null reverse-path, <>, that reports of failure come from
// (RFC 5321 §4.5.5).
type Path struct {
	// Route is a source route without its colon, "@one.example,@two.example". It is
	// read and kept, and means nothing any more (RFC 5321 §3.3, Appendix C).
	Route string
	Mailbox
}

// IsNull says that the path is <>.
func (p Path) IsNull() bool { return p == Path{} }

// String writes the path with its angle brackets.
func (p Path) String() string {
	switch {
	case p.IsNull():
		return "<>"
	case p.Route != "":
		return "<" + p.Route + ":" + p.Mailbox.String() + ">"
	case p.Domain == "":
		return "<" + p.quoted() + ">"
	}
	return "<" + p.quoted() + "@" + p.Domain + ">" // in one step: each message needs several
}

// ParsePath reads a path with its angle brackets, or an address without them. The error
// is an *AddressError.
func ParsePath(s string) (Path, error) {
	if s == "<>" {
		return Path{}, nil
	}
	inner, found := strings.CutPrefix(s, "<")
	if !found {
		m, err := ParseMailbox(s)
		return Path{Mailbox: m}, err
	}
	p := scanner{s: inner}
	path, ok := p.path()
	if !ok || !p.take('>') || !p.done() || path.Domain == "" && !path.IsPostmaster() {
		return Path{}, &AddressError{Text: s, At: p.at + 1}
	}
	if long := tooLong(path); long != "" {
		return Path{}, &AddressError{Text: s, Long: long}
	}
	return path, nil
}

// tooLong names the part of a path that is longer than a receiver has to take, and ""
// where none is (RFC 5321 §4.5.3.1).
func tooLong(p Path) string {
	if len(p.Route) == 0 && len(p.Local)+len(p.Domain) < MaxLocalPart/2 {
		return "" // most are; and quoting does not more than double the local part
	}
	local := p.Mailbox.String()
	if p.Domain != "" {
		local = local[:len(local)-len(p.Domain)-1]
	}
	switch {
	case len(local) > MaxLocalPart:
		return "local part"
	case len(p.Domain) > MaxDomain:
		return "domain"
	case len(p.String()) > MaxPath:
		return "path"
	}
	return ""
}

// ParseDomain says whether s is a domain name or an address literal, and if not, at
// which octet, from 0, it stops being one.
func ParseDomain(s string) (at int, ok bool) {
	p := scanner{s: s}
	ok = p.domain() && p.done() && len(s) <= MaxDomain
	return p.at, ok
}

// An AddressError says that a text is no address.
type AddressError struct {
	Text string
	At   int    // index of the octet that does not fit, from 0
	Long string // the part that is too long, if that is what is wrong
}

// Error quotes the text and counts octets from 1.
func (e *AddressError) Error() string {
	switch {
	case e.Long != "":
		return fmt.Sprintf("%q is no address: its %s is too long", e.Text, e.Long)
	case e.At >= len(e.Text):
		return fmt.Sprintf("%q is no address: it ends too early", e.Text)
	}
	return fmt.Sprintf("%q is no address: byte %d (0x%02x) does not fit", e.Text, e.At+1,
		e.Text[e.At])
}
