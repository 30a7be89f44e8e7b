package mime

import (
	"bytes"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// A Letter is a message of text as a person thinks of it. Build makes the octets
// of it that go over the wire.
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
	// EightBit allows to send text as it is, for servers with 8BITMIME (RFC 6152).
	// Otherwise what is not ASCII is encoded to ASCII.
	EightBit bool
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
	// Encoding is the body's: 7bit, 8bit, quoted-printable or base64.
	Encoding string
	// Has8Bit says that octets over 127 are in it, NeedsUTF8 that they are in the
	// header, which needs SMTPUTF8 (RFC 6531).
	Has8Bit, NeedsUTF8 bool
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
	if m.From.Local == "" {
		return nil, fail(ErrNoFrom)
	}
	if !utf8.ValidString(m.Text) {
		return nil, fail(ErrTextCharset)
	}
	b := &builder{names: make(map[string]string)}
	if !m.Date.IsZero() {
		b.field("Date", FormatDate(m.Date))
	}
	b.addresses("From", []Address{m.From})
	b.addresses("To", m.To)
	b.addresses("Cc", m.Cc)
	if m.Subject != "" {
		b.text("Subject", m.Subject)
	}
	if m.MessageID != "" {
		if !isMessageID(m.MessageID) {
			return nil, fail(ErrMessageID, m.MessageID)
		}
		b.field("Message-ID", m.MessageID)
	}
	for _, e := range m.Extra {
		b.extra(e)
	}
	header8Bit := !isASCII(b.out.Bytes())
	encoding := b.body(crlf(m.Text), m.EightBit)
	if b.err != nil {
		return nil, b.err
	}
	data := b.out.Bytes()
	return &Built{data, encoding, !isASCII(data), header8Bit}, nil
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

// A builder writes a message and keeps the first error.
type builder struct {
	out   bytes.Buffer
	names map[string]string // the fields so far, name and value in lower case
	err   error
}

func (b *builder) field(name, value string) {
	b.names[strings.ToLower(name)] = strings.ToLower(strings.TrimSpace(value))
	line, err := Fold(name, value)
	if err != nil && b.err == nil {
		b.err = err
	}
	b.out.WriteString(line)
}

// addresses writes a field of addresses. They may come from elsewhere than
// ParseAddressList, so what would end the line or the address is refused.
func (b *builder) addresses(name string, list []Address) {
	for _, a := range list {
		switch {
		case strings.ContainsAny(a.Name+a.Local+a.Domain, "\r\n"):
			b.fail(ErrLineBreak, name)
			return
		case a.Local == "" || a.Domain == "" || strings.ContainsAny(a.Domain, " \t<>,;"):
			b.fail(ErrAddressSyntax, a.Local+"@"+a.Domain)
			return
		}
	}
	if len(list) > 0 {
		b.field(name, FormatAddresses(list))
	}
}

// text writes an unstructured field (RFC 5322 §3.2.5).
func (b *builder) text(name, value string) {
	if strings.ContainsAny(value, "\r\n") {
		b.fail(ErrLineBreak, name)
		return
	}
	if NeedsEncoding(value) {
		value = EncodeWord(value, len(name)+2)
	}
	b.field(name, value)
}

func (b *builder) fail(id string, args ...string) {
	if b.err == nil {
		b.err = fail(id, args...)
	}
}

// once are the fields that a message has once at most (RFC 5322 §3.6, RFC 2045 §3).
const once = " date from sender reply-to to cc message-id in-reply-to references subject" +
	" mime-version content-type content-transfer-encoding "

func (b *builder) extra(e Extra) {
	name := strings.ToLower(e.Name)
	switch {
	case !isFieldName(e.Name):
		b.fail(ErrFieldName, e.Name)
		return
	case name == "bcc" || name == "resent-bcc":
		b.fail(ErrFieldBcc)
		return
	}
	if _, there := b.names[name]; there && strings.Contains(once, " "+name+" ") {
		b.fail(ErrFieldTwice, e.Name)
		return
	}
	switch name {
	case "sender", "reply-to", "to", "cc", "resent-from", "resent-sender", "resent-to", "resent-cc":
		// The names in an address field are encoded, its addresses never.
		if list, err := ParseAddressList(e.Value); err == nil && !isASCII(e.Value) {
			b.field(e.Name, FormatAddresses(list))
			return
		}
	}
	if strings.ContainsFunc(e.Value, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }) {
		b.text(e.Name, e.Value)
		return
	}
	b.field(e.Name, e.Value) // it may be structured, or encoded already
}

// body writes the fields of MIME that are needed, the empty line and the body, and
// returns the encoding. Extra fields that say these things are believed: with
// Content-Transfer-Encoding among them the text is taken for encoded already.
func (b *builder) body(text string, eightBit bool) (encoding string) {
	encoding, given := b.names["content-transfer-encoding"]
	if !given {
		encoding = chooseEncoding(text, eightBit)
	}
	var fields []Extra
	if _, typed := b.names["content-type"]; encoding != "7bit" || given || typed {
		fields = append(fields, Extra{"MIME-Version", "1.0"}) // RFC 2045 §4
	}
	if encoding != "7bit" {
		fields = append(fields, Extra{"Content-Type", "text/plain; charset=utf-8"},
			Extra{"Content-Transfer-Encoding", encoding})
	}
	for _, f := range fields {
		if _, there := b.names[strings.ToLower(f.Name)]; !there {
			b.field(f.Name, f.Value)
		}
	}
	b.out.WriteString("\r\n")
	if given {
		b.out.WriteString(text)
	} else {
		encode(&b.out, encoding, text)
	}
	return encoding
}

// encode writes text, whose lines end in CRLF, in a transfer encoding. It cannot
// fail where w cannot.
func encode(w io.Writer, encoding, text string) {
	switch encoding {
	case "quoted-printable":
		q := NewQuotedPrintableWriter(w)
		io.WriteString(q, text)
		q.Close()
	case "base64":
		b := NewBase64Writer(w)
		io.WriteString(b, text)
		b.Close()
	default:
		io.WriteString(w, text)
	}
}

// chooseEncoding takes the plainest encoding that a text allows (RFC 2045 §6.2):
// 7bit and 8bit ask for lines of at most 998 octets and no NUL (RFC 2045 §2.7,
// §2.8). Where encoding is needed the shorter result wins, but quoted-printable
// may be a quarter longer, since a person can still read it on the wire.
func chooseEncoding(text string, eightBit bool) string {
	if longestLine(text) <= maxLine && strings.IndexByte(text, 0) < 0 {
		switch {
		case isASCII(text):
			return "7bit"
		case eightBit:
			return "8bit"
		}
	}
	var q, b countingWriter
	encode(&q, "quoted-printable", text)
	encode(&b, "base64", text)
	if q <= b+b/4 {
		return "quoted-printable"
	}
	return "base64"
}

type countingWriter int

func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}

// longestLine measures text whose lines end in CRLF, in octets without CRLF.
func longestLine[T string | []byte](text T) (longest int) {
	begin := 0
	for i := range len(text) {
		if text[i] == '\n' {
			longest = max(longest, i-1-begin)
			begin = i + 1
		}
	}
	return longest
}

// crlf makes every line end in CRLF, the last one too (RFC 5322 §2.3).
func crlf(text string) string { return string(Canonical([]byte(text))) }
