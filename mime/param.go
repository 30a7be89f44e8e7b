package mime

import (
	"strconv"
	"strings"

	"mailtool/mime/scan"
)

// DecodeParam returns the value of the parameter with this name, given in lower case, with
// all undone that may have been done to it, or "". Three ways of writing what is not ASCII
// are met in mail:
//
//   - filename*=gb18030”%C4%E3, also cut into filename*0*, filename*1 (RFC 2231 §3, §4).
//     This is the standard's; it counts if there is another besides;
//   - filename="=?gb18030?B?xOM=?=", which RFC 2047 §5 (3) forbids and everybody reads;
//   - filename="你", raw octets, which RFC 6532 §3.2 allows if they are UTF-8.
func DecodeParam(params []scan.Param, name string) string {
	if value, ok := extendedParam(params, name); ok {
		return value
	}
	for _, p := range params {
		if p.Name == name {
			return DecodeHeader(readable8Bit(p.Value))
		}
	}
	return ""
}

// extendedParam puts together what RFC 2231 took apart. The pieces are counted from 0 and
// may come in any order; the first that is missing ends the value. Each says by its "*" at
// the end whether it is percent-encoded; the character set stands in the first alone, and
// a character may be cut by the end of a piece.
func extendedParam(params []scan.Param, name string) (string, bool) {
	pieces := make(map[string]string, len(params)) // of two with the same name the first
	for _, p := range params {
		if rest, ok := strings.CutPrefix(p.Name, name+"*"); ok {
			if _, twice := pieces[rest]; !twice {
				pieces[rest] = p.Value
			}
		}
	}
	if whole, ok := pieces[""]; ok {
		charset, octets := charsetPiece(whole)
		return decodePieces(charset, percentDecode(octets)), true
	}
	var charset string
	var octets []byte
	encoded := false
	for n := 0; ; n++ {
		count := strconv.Itoa(n)
		piece, ok := pieces[count]
		if !ok {
			if piece, ok = pieces[count+"*"]; !ok {
				break
			}
			encoded = true
			if n == 0 {
				charset, piece = charsetPiece(piece)
			}
			octets = append(octets, percentDecode(piece)...)
			continue
		}
		octets = append(octets, piece...)
	}
	if !encoded { // cut, but not encoded: there are programs that put encoded-words in there
		return DecodeHeader(readable8Bit(string(octets))), len(octets) > 0
	}
	return decodePieces(charset, octets), len(octets) > 0
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

func decodePieces(charset string, octets []byte) string {
	if charset != "" {
		if text, err := DecodeCharset(charset, octets); err == nil {
			return text
		}
	}
	return readable8Bit(string(octets))
}

// percentDecode undoes RFC 2231 §4. A "%" that no two hexadecimal digits follow stands for
// itself.
func percentDecode(s string) []byte {
	octets := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		}
		octets = append(octets, c)
	}
	return octets
}

// readable8Bit makes UTF-8 of a header's raw octets, which say nothing of their character
// set. They should be UTF-8 (RFC 6532 §3); before that standard they were whatever the
// sender's machine used.
func readable8Bit(value string) string {
	if isASCII(value) {
		return value
	}
	text, err := DecodeCharset(JudgeCharset("", []byte(value)).Real, []byte(value))
	if err != nil {
		return strings.ToValidUTF8(value, "\ufffd")
	}
	return text
}
