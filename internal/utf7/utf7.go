// Package utf7 writes and reads the names of mailboxes as they go over the wire of IMAP, in modified
// UTF-7 (RFC 3501 §5.1.3).
package utf7

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrName says that the name of a mailbox is not in modified UTF-7 (RFC 3501 §5.1.3).
var ErrName = errors.New("the name is not in modified UTF-7")

// modifiedBase64 are the digits of base64 with "," for "/", which divides names
// (RFC 3501 §5.1.3).
const modifiedBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,"

// standsForItself says that a character of a name goes over the wire as it is: printable
// US-ASCII but "&", which begins base64.
func standsForItself(r rune) bool { return ' ' <= r && r <= '~' && r != '&' }

// Encode returns the name of a mailbox as it goes over the wire, in modified UTF-7
// (RFC 3501 §5.1.3): "&" becomes "&-", and each run of what is no printable US-ASCII is
// UTF-16 in base64 between "&" and "-". Octets that are no UTF-8 become U+FFFD.
func Encode(name string) string {
	plain := 0
	for plain < len(name) && standsForItself(rune(name[plain])) {
		plain++
	}
	if plain == len(name) {
		return name
	}
	e := nameEncoder{}
	e.out.WriteString(name[:plain])
	for _, r := range name[plain:] {
		switch {
		case standsForItself(r):
			e.shiftOut()
			e.out.WriteByte(byte(r))
		case r == '&':
			e.shiftOut()
			e.out.WriteString("&-")
		default:
			e.shifted(r)
		}
	}
	e.shiftOut()
	return e.out.String()
}

// A nameEncoder writes modified UTF-7. Of a run of base64 it keeps the bits that do not
// fill a digit yet.
type nameEncoder struct {
	out  strings.Builder
	in   bool // within base64
	bits uint32
	n    uint // how many of bits wait, from the right
}

func (e *nameEncoder) shifted(r rune) {
	if !e.in {
		e.out.WriteByte('&')
		e.in = true
	}
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		e.unit(high)
		e.unit(low)
		return
	}
	e.unit(r)
}

// unit writes 16 bits, the most significant first.
func (e *nameEncoder) unit(u rune) {
	e.bits, e.n = e.bits<<16|uint32(u), e.n+16
	for e.n >= 6 {
		e.n -= 6
		e.out.WriteByte(modifiedBase64[e.bits>>e.n&63])
	}
}

// shiftOut ends a run of base64; the last digit is filled with zeros.
func (e *nameEncoder) shiftOut() {
	if !e.in {
		return
	}
	if e.n > 0 {
		e.out.WriteByte(modifiedBase64[e.bits<<(6-e.n)&63])
	}
	e.out.WriteByte('-')
	e.in, e.bits, e.n = false, 0, 0
}

// Decode returns the name of a mailbox that came over the wire, in UTF-8. It takes
// nothing but what Encode says, so that a name has one form: no shift that is not
// needed, no printable US-ASCII in base64, no octet beyond US-ASCII (RFC 3501 §5.1.3). The
// error is ErrName.
func Decode(wire string) (string, error) {
	var out strings.Builder
	after := false // a run of base64 has just ended
	for i := 0; i < len(wire); i++ {
		c := wire[i]
		switch {
		case standsForItself(rune(c)):
			out.WriteByte(c)
			after = false
			continue
		case c != '&':
			return "", ErrName
		}
		n := strings.IndexByte(wire[i:], '-')
		switch {
		case n < 0, n > 1 && after:
			return "", ErrName
		case n == 1:
			out.WriteByte('&')
		case !decodeShifted(&out, wire[i+1:i+n]):
			return "", ErrName
		}
		after = n > 1
		i += n
	}
	return out.String(), nil
}

// decodeShifted writes what a run of base64, which is not empty, stands for.
func decodeShifted(out *strings.Builder, run string) bool {
	var bits uint32
	var n uint
	high := rune(0) // the first half of a surrogate pair
	for i := range len(run) {
		digit := strings.IndexByte(modifiedBase64, run[i])
		if digit < 0 {
			return false
		}
		bits, n = bits<<6|uint32(digit), n+6
		if n < 16 {
			continue
		}
		n -= 16
		r := rune(bits >> n & 0xFFFF)
		switch {
		case high != 0:
			if r = utf16.DecodeRune(high, r); r == utf8.RuneError {
				return false
			}
			high = 0
		case 0xD800 <= r && r < 0xDC00:
			high = r
			continue
		case utf16.IsSurrogate(r), standsForItself(r), r == '&':
			return false
		}
		out.WriteRune(r)
	}
	// What fills the last digit are zeros, and less than a digit of them.
	return high == 0 && n < 6 && bits&(1<<n-1) == 0
}
