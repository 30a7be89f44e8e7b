package scan

import (
	"bytes"
	"math/bits"
	"strings"
)

// A KeptField is a header field that a Scanner keeps with its part.
type KeptField struct {
	Name  string // as its RFC spells it: "Message-ID"
	Value string // unfolded (RFC 5322 §2.2.3), nothing decoded
}

// keptOctets is how much of all fields of a message is kept, and what one costs besides its
// value.
const (
	keptOctets = 512 << 10
	keptCost   = 64
)

// Value returns the value of the first field with this name that was kept, in letters of
// any case, or "".
func (p *Part) Value(name string) string { return ValueOf(p.Fields, name) }

// ValueOf is Part.Value for a list of fields.
func ValueOf(fields []KeptField, name string) string {
	for i := range fields {
		if f := &fields[i]; len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// keptOfMessage are the fields of a message that ENVELOPE (RFC 9051 §7.5.2) and lists show,
// in the order of the bits of known.
var keptOfMessage = [...]string{"Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc",
	"Message-ID", "In-Reply-To", "References", "Subject"}

// keptOfPart are those of any part that BODYSTRUCTURE shows (RFC 9051 §7.5.2), beside type
// and encoding.
var keptOfPart = [...]string{"Content-ID", "Content-MD5", "Content-Language",
	"Content-Location", "Content-Description", "Content-Disposition"}

// KeptNames are the names of all fields that are kept.
func KeptNames() []string { return append(keptOfMessage[:], keptOfPart[:]...) }

// keptName is the name of a field that is kept, or "".
func keptName(name []byte, message bool) string {
	if len(name) >= len("content-id") && name[7] == '-' {
		for _, kept := range keptOfPart {
			if len(kept) == len(name) && strings.EqualFold(kept, string(name)) {
				return kept
			}
		}
	}
	if message {
		if k := knownField(name); k != 0 {
			return keptOfMessage[bits.TrailingZeros16(uint16(k))]
		}
	}
	return ""
}

// keepField ends the value of a field that is kept with the part.
func (s *Scanner) keepField(p *Part) {
	value := bytes.Trim(s.value, " \t\r\n")
	if s.kept += len(value) + keptCost; s.kept > keptOctets {
		s.kept = keptOctets
		p.Limit |= LimitLine
		return
	}
	p.Fields = append(p.Fields, KeptField{s.field, string(value)})
}
