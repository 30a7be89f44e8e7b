package mime

import (
	"io"
	stdmime "mime"
	"net/mail"
	"strings"
)

// An Address is one mailbox (RFC 5322 §3.4): "Bob <bob@lab.test>". Local part and
// domain may hold UTF-8 (RFC 6532 §3.2), which then needs SMTPUTF8 on the wire.
type Address struct {
	// Name is the display name, decoded; it may be empty.
	Name string
	// Local is what stands before the @, without quotes, Domain what stands after.
	Local, Domain string
}

// Mailbox is the address alone, "bob@lab.test", as it stands between the angle
// brackets of RCPT TO too; a local part that is no dot-atom is quoted.
func (a Address) Mailbox() string {
	if isDotAtom(a.Local) {
		return a.Local + "@" + a.Domain
	}
	return quote(a.Local) + "@" + a.Domain
}

// String writes the address as it stands in a header, the name in quotes or in
// encoded-words where that is needed.
func (a Address) String() string {
	return formatAddresses([]Address{a}, utf8Coder)
}

// FormatAddresses writes a list as it stands in a header.
func FormatAddresses(list []Address) string { return formatAddresses(list, utf8Coder) }

func formatAddresses(list []Address, charset charsetCoder) string {
	words := make([]string, len(list))
	for i, a := range list {
		words[i] = a.Mailbox()
		if a.Name != "" {
			words[i] = phrase(a.Name, charset) + " <" + words[i] + ">"
		}
	}
	return strings.Join(words, ", ")
}

// ParseAddress reads one address. The errors are ErrAddressEmpty,
// ErrAddressNoAt, ErrAddressSyntax and ErrAddressMany.
func ParseAddress(text string) (Address, error) {
	list, err := ParseAddressList(text)
	switch {
	case err != nil:
		return Address{}, err
	case len(list) == 0:
		return Address{}, fail(ErrAddressEmpty)
	case len(list) > 1:
		return Address{}, fail(ErrAddressMany, text)
	}
	return list[0], nil
}

// ParseAddressList reads what stands in To, or what a person types:
// "alice@lab.test, Bob <bob@lab.test>". Of a group (RFC 5322 §3.4) the members
// are taken; an empty group has none. An error is about the first address of the
// list that is wrong.
func ParseAddressList(text string) ([]Address, error) { return parseAddresses(text, readCharset) }

// parseAddresses is ParseAddressList for who has no need of names, too: they are read by
// charset.
func parseAddresses(text string, charset func(string, io.Reader) (io.Reader, error)) (
	[]Address, error) {
	if strings.TrimSpace(text) == "" {
		return nil, fail(ErrAddressEmpty)
	}
	words := &stdmime.WordDecoder{CharsetReader: charset}
	parser := mail.AddressParser{WordDecoder: words}
	found, err := parser.ParseList(text)
	if err != nil {
		return nil, blame(&parser, text)
	}
	list := make([]Address, 0, len(found))
	for _, f := range found {
		at := strings.LastIndexByte(f.Address, '@')
		list = append(list, Address{
			Name:  strings.ToValidUTF8(f.Name, "\ufffd"),
			Local: f.Address[:at], Domain: f.Address[at+1:],
		})
	}
	return list, nil
}

// blame finds the first address of a wrong list that is wrong by itself.
func blame(parser *mail.AddressParser, text string) error {
	for _, item := range splitList(text) {
		if _, err := parser.ParseList(item); err == nil {
			continue
		}
		if text = strings.TrimSpace(item); !strings.Contains(text, "@") {
			return fail(ErrAddressNoAt, text)
		}
		break
	}
	return fail(ErrAddressSyntax, text)
}

// splitList cuts a list at its commas, except those in quotes and in comments.
func splitList(text string) (items []string) {
	quoted, depth, begin := false, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
		case c == ')' && !quoted && depth > 0:
			depth--
		case c == ',' && !quoted && depth == 0:
			items = append(items, text[begin:i])
			begin = i + 1
		}
	}
	return append(items, text[begin:])
}

// readCharset decodes a display name. One in an unknown character set is not worth
// losing an address for: it is passed on as it is.
func readCharset(charset string, input io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(input)
	if err != nil {
		return nil, err
	}
	s, err := DecodeCharset(charset, b)
	if err != nil {
		s = string(b)
	}
	return strings.NewReader(s), nil
}

// nameColumn is where the first name of an address field begins at the latest
// ("Reply-To: "), for the length of its first encoded-word.
const nameColumn = 10

// phrase writes a display name (RFC 5322 §3.2.5).
func phrase(name string, charset charsetCoder) string {
	if NeedsEncoding(name) {
		return charset.word(name, nameColumn)
	}
	for word := range strings.SplitSeq(name, " ") {
		if !isAtom(word) {
			return quote(name)
		}
	}
	return name
}

// quote makes a quoted-string (RFC 5322 §3.2.4).
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// isAtom reports whether s is an atom of RFC 5322 §3.2.3, of UTF-8 too.
func isAtom(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f || strings.IndexByte("()<>[]:;@\\,.\"", c) >= 0 {
			return false
		}
	}
	return s != ""
}

func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if !isAtom(atom) {
			return false
		}
	}
	return true
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
