package scan

import (
	"strconv"
	"strings"
)

// An Extended is a parameter's value that was written as RFC 2231 has it, with the percent
// signs undone: octets of a character set.
type Extended struct {
	Octets []byte
	// Charset is the name of the set, Encoded says that there was room for one. A value
	// that is only cut into pieces (RFC 2231 §3) has none.
	Charset string
	Encoded bool
}

// ExtendedParam looks for the parameter with this name, given in lower case, as name*,
// or in pieces as name*0, name*1* and so on. The pieces are counted from 0 and may come in
// any order; the first that is missing ends the value. Each says by the "*" at the end of
// its name whether it is percent-encoded; the character set stands in the first alone. Of
// two with the same name the first counts.
func ExtendedParam(params []Param, name string) (Extended, bool) {
	pieces := make(map[string]string)
	for _, p := range params {
		if rest, ok := strings.CutPrefix(p.Name, name+"*"); ok {
			if _, twice := pieces[rest]; !twice {
				pieces[rest] = p.Value
			}
		}
	}
	if whole, ok := pieces[""]; ok {
		charset, octets := charsetPiece(whole)
		return Extended{percentDecode(octets), charset, true}, true
	}
	var e Extended
	n := 0
	for ; ; n++ {
		count := strconv.Itoa(n)
		if piece, ok := pieces[count]; ok {
			e.Octets = append(e.Octets, piece...)
			continue
		}
		piece, ok := pieces[count+"*"]
		if !ok {
			break
		}
		e.Encoded = true
		if n == 0 {
			e.Charset, piece = charsetPiece(piece)
		}
		e.Octets = append(e.Octets, percentDecode(piece)...)
	}
	return e, n > 0
}

// charsetPiece takes the character set and the language off a value: gb18030'zh'%C4%E3.
func charsetPiece(value string) (charset, octets string) {
	charset, rest, ok := strings.Cut(value, "'")
	if !ok {
		return "", value
	}
	if _, octets, ok = strings.Cut(rest, "'"); !ok {
		return "", value
	}
	return charset, octets
}

// percentDecode undoes RFC 2231 §4. A "%" that no two hexadecimal digits follow stands for
// itself.
func percentDecode(s string) []byte {
	octets := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				octets = append(octets, byte(c))
				i += 2
				continue
			}
		}
		octets = append(octets, s[i])
	}
	return octets
}
