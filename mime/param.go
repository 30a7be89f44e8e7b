package mime

import (
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
	e, ok := scan.ExtendedParam(params, name)
	switch {
	case ok && e.Encoded && e.Charset != "":
		if text, err := DecodeCharset(e.Charset, e.Octets); err == nil {
			return text
		}
		fallthrough
	case ok && e.Encoded:
		return readable8Bit(string(e.Octets))
	case ok: // cut only: there are programs that put encoded-words in there
		return DecodeField(string(e.Octets))
	}
	for _, p := range params {
		if p.Name == name {
			return DecodeField(p.Value)
		}
	}
	return ""
}

// DecodeField is an unfolded value as people read it: encoded-words are replaced (see
// DecodeHeader) and raw octets made UTF-8, in the character set that they make sense in.
func DecodeField(value string) string { return DecodeHeader(readable8Bit(value)) }

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
