package mime

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A Letter is a letter as a person thinks of it: text, perhaps the same as a page, and
// files. Build makes the octets of it that go over the wire.
type Letter struct {
	From Address
	To   []Address
	Cc   []Address
	// Bcc gets the message too, but stands nowhere in it (RFC 5322 §3.6.3).
	Bcc     []Address
	Subject string
	// Date and MessageID are left out where they are zero. IDs makes the latter.
	Date      time.Time
	MessageID string
	// Extra fields follow the others, in this order.
	Extra []Extra
	// Text is UTF-8, with any line endings. A last one is added where it lacks.
	Text string
	// HTML is the letter as a page, likewise, for readers that show pages. Without Text
	// it is the only form of it.
	HTML string
	// Inline are files that the page shows, Attachments those that go along.
	Inline, Attachments []File
	// Charset is the character set in which texts and words of the header are sent, by
	// any of its usual names; "" is UTF-8. File names are in UTF-8 always.
	Charset string
	// Encoding is the transfer encoding of the texts: 7bit, 8bit, quoted-printable or
	// base64 (RFC 2045 §6.1); "" is the plainest that they allow. Files are in base64, so
	// that every octet arrives.
	Encoding string
	// EightBit allows to send text as it is, for servers with 8BITMIME (RFC 6152).
	// Otherwise what is not ASCII is encoded to ASCII.
	EightBit bool
	// Random makes boundaries and Content-IDs that are nowhere else; chance if nil.
	Random func() uint64
}

// A File goes along with a letter.
type File struct {
	// Name is what the reader will see, without folders.
	Name    string
	Content []byte
}

// An Extra is a header field by name and value. A value is given as text: what is
// not ASCII will be encoded.
type Extra struct{ Name, Value string }

// ParseExtra reads "Name: value". The errors are ErrFieldForm, ErrFieldName and
// ErrLineBreak.
func ParseExtra(text string) (Extra, error) {
	name, value, ok := strings.Cut(text, ":")
	switch name = strings.TrimSpace(name); {
	case !ok:
		return Extra{}, fail(ErrFieldForm, text)
	case !isFieldName(name):
		return Extra{}, fail(ErrFieldName, name)
	case strings.ContainsAny(value, "\r\n"):
		return Extra{}, fail(ErrLineBreak, name)
	}
	return Extra{name, strings.TrimSpace(value)}, nil
}

// A Built message is ready to be sent.
type Built struct {
	// Data is header and body, every line ended by CRLF, without dot-stuffing.
	Data []byte
	// Encoding is the body's: 7bit, 8bit, quoted-printable or base64. Of one with parts it
	// is 8bit if a part's is, else 7bit (RFC 2045 §6.4).
	Encoding string
	// Has8Bit says that octets over 127 are in it, NeedsUTF8 that they are in the
	// header, which needs SMTPUTF8 (RFC 6531).
	Has8Bit, NeedsUTF8 bool
	// Unlinked are the names of inline files that the page does not show.
	Unlinked []string
}

// Recipients are To, Cc and Bcc for the envelope, each mailbox once.
func (m *Letter) Recipients() []Address {
	var all []Address
	seen := make(map[string]bool)
	for _, list := range [][]Address{m.To, m.Cc, m.Bcc} {
		for _, a := range list {
			if !seen[a.Mailbox()] {
				seen[a.Mailbox()] = true
				all = append(all, a)
			}
		}
	}
	return all
}

// Build writes the message. One of plain ASCII carries no field of MIME at all: it
// is a message of RFC 822 from 1982. What comes from outside cannot make a field of
// its own: CR and LF in a value are refused with ErrLineBreak.
func (m *Letter) Build() (*Built, error) {
	charset, err := charsetFor(m.Charset)
	if err != nil {
		return nil, err
	}
	b := &builder{charset: charset, names: make(map[string]string)}
	if err := b.header(m); err != nil {
		return nil, err
	}
	header8Bit := !isASCII(b.out.Bytes())
	c := &composer{letter: m, charset: charset, token: m.token()}
	root, err := c.compose()
	if err != nil {
		return nil, err
	}
	encoding := b.message(root)
	if b.err != nil {
		return nil, b.err
	}
	data := b.out.Bytes()
	return &Built{data, encoding, !isASCII(data), header8Bit, c.unlinked}, nil
}

// token is a word that is in no other message.
func (m *Letter) token() string {
	random := m.Random
	if random == nil {
		random = rand.Uint64
	}
	return strconv.FormatUint(random(), 36)
}

// domain is what stands behind the @ of a Content-ID. The sender's domain vouches for it, if
// it can stand in a link as it is.
func (m *Letter) domain() string {
	if isASCII(m.From.Domain) && isDotAtom(m.From.Domain) {
		return m.From.Domain
	}
	return "invalid" // nobody's (RFC 2606 §2)
}

// isMessageID checks the form of RFC 5322 §3.6.4 without its finer points.
func isMessageID(s string) bool {
	if len(s) < 5 || s[0] != '<' || s[len(s)-1] != '>' || strings.Count(s, "@") != 1 {
		return false
	}
	for i := 1; i < len(s)-1; i++ {
		if s[i] <= ' ' || s[i] == 0x7f || s[i] == '<' || s[i] == '>' {
			return false
		}
	}
	return s[1] != '@' && s[len(s)-2] != '@'
}
