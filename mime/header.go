package mime

import (
	"bytes"
	"strings"
)

// A builder writes a message and keeps the first error.
type builder struct {
	charset charsetCoder
	out     bytes.Buffer
	names   map[string]string // the fields so far, name and value in lower case
	err     error
}

// header writes the fields of a letter that are not about MIME.
func (b *builder) header(m *Letter) error {
	if m.From.Local == "" {
		return fail(ErrNoFrom)
	}
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
			return fail(ErrMessageID, m.MessageID)
		}
		b.field("Message-ID", m.MessageID)
	}
	for _, e := range m.Extra {
		b.extra(e)
	}
	return b.err
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
		b.field(name, formatAddresses(list, b.charset))
	}
}

// text writes an unstructured field (RFC 5322 §3.2.5).
func (b *builder) text(name, value string) {
	if strings.ContainsAny(value, "\r\n") {
		b.fail(ErrLineBreak, name)
		return
	}
	if NeedsEncoding(value) {
		value = b.charset.word(value, len(name)+2)
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
			b.field(e.Name, formatAddresses(list, b.charset))
			return
		}
	}
	if strings.ContainsFunc(e.Value, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }) {
		b.text(e.Name, e.Value)
		return
	}
	b.field(e.Name, e.Value) // it may be structured, or encoded already
}
