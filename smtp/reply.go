package smtp

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"mailtool/internal/wire"
)

// A Reply is what a server answers: a code for programs and text for people
// (RFC 5321 §4.2). It implements error, since a refusal is one; errors.As gets at the
// code.
type Reply struct {
	// Code has three digits (RFC 5321 §4.2.1).
	Code int
	// Enhanced is the code of RFC 3463, "5.1.1", or "".
	Enhanced string
	// Lines is the text, one string a line, without the codes.
	Lines []string
}

// NewReply returns a reply of one line.
func NewReply(code int, enhanced, format string, args ...any) *Reply {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &Reply{Code: code, Enhanced: enhanced, Lines: []string{format}}
}

// Positive says that the command was done: 2yz (RFC 5321 §4.2.1).
func (r *Reply) Positive() bool { return r.Code/100 == 2 }

// Intermediate says that the server waits for more: 3yz.
func (r *Reply) Intermediate() bool { return r.Code/100 == 3 }

// Transient says that the same may succeed later: 4yz.
func (r *Reply) Transient() bool { return r.Code/100 == 4 }

// Permanent says that the same will not succeed: 5yz.
func (r *Reply) Permanent() bool { return r.Code/100 == 5 }

// Text is the text in one line.
func (r *Reply) Text() string { return strings.Join(r.Lines, " ") }

// Error is the reply in one line, as it is usually quoted: "550 5.1.1 no such user".
func (r *Reply) Error() string {
	if r.Enhanced != "" {
		return fmt.Sprintf("%03d %s %s", r.Code, r.Enhanced, r.Text())
	}
	return fmt.Sprintf("%03d %s", r.Code, r.Text())
}

// String writes the reply as it goes over the wire, without the last CRLF: in every line
// but the last a hyphen follows the code (RFC 5321 §4.2.1), and the enhanced code stands
// in every line (RFC 2034 §4).
func (r *Reply) String() string { return string(r.append(nil)) }

func (r *Reply) append(b []byte) []byte {
	if len(r.Lines) == 0 {
		return r.appendCode(b, ' ')
	}
	for i, text := range r.Lines {
		if i > 0 {
			b = append(b, crlf...)
		}
		sep := byte('-')
		if i == len(r.Lines)-1 {
			sep = ' '
		}
		b = r.appendCode(b, sep)
		b = append(b, text...)
	}
	return b
}

// appendCode begins a line.
func (r *Reply) appendCode(b []byte, sep byte) []byte {
	b = append(b, byte('0'+r.Code/100), byte('0'+r.Code/10%10), byte('0'+r.Code%10), sep)
	if r.Enhanced != "" {
		b = append(append(b, r.Enhanced...), ' ')
	}
	return b
}

// ParseReplyLine reads a line of a reply without its line ending: the code, whether the
// line is the reply's last, and the text behind the code (RFC 5321 §4.2.1). A code
// without text is a last line. It returns ok false for what is no reply line.
func ParseReplyLine(line []byte) (code int, last bool, text []byte, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '5' ||
		!isDigit(line[2]) {
		return 0, false, nil, false
	}
	code = 100*int(line[0]-'0') + 10*int(line[1]-'0') + int(line[2]-'0')
	switch {
	case len(line) == 3:
		return code, true, nil, true
	case line[3] == ' ', line[3] == '-':
		return code, line[3] == ' ', line[4:], true
	}
	return 0, false, nil, false
}

// A ProtocolError says that the server said something that is no SMTP.
type ProtocolError struct {
	To   string // the command that was to be answered, or "the connection"
	Line []byte // what came
	Why  string // what is wrong with it
}

// Error quotes what came, escaped.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the answer to %s is not SMTP: %s: %q", e.To, e.Why, e.Line)
}

const (
	// maxReplyRead is how long a reply line may be before it is refused: more than the
	// standard allows, since many servers say more, and what a challenge may take.
	maxReplyRead = maxAuthLine
	// maxReplyLines is how many lines a reply may have before its end is not waited for.
	maxReplyLines = 512
)

// readReply reads a whole reply to the command with that verb. The error is a
// *ProtocolError, or an I/O error as it came.
func readReply(c *wire.Conn, verb string) (*Reply, error) {
	r := &Reply{}
	for len(r.Lines) < maxReplyLines {
		line, err := c.ReadLine(maxReplyRead)
		if unusual := (*wire.LineError)(nil); errors.As(err, &unusual) {
			return nil, &ProtocolError{verb, unusual.Line, unusual.Fault()}
		}
		if err != nil {
			return nil, err
		}
		code, last, text, ok := ParseReplyLine(line)
		if !ok {
			return nil, &ProtocolError{verb, clip(line), "no reply code"}
		}
		if r.Code != 0 && code != r.Code {
			why := fmt.Sprintf("the reply began with code %d", r.Code)
			return nil, &ProtocolError{verb, clip(line), why}
		}
		r.Code = code
		r.Lines = append(r.Lines, string(text))
		if last {
			r.splitEnhanced()
			return r, nil
		}
	}
	return nil, &ProtocolError{verb, []byte(r.Lines[0]), "the reply does not end"}
}

func clip(line []byte) []byte { return append([]byte(nil), line[:min(len(line), 80)]...) }

// splitEnhanced takes the enhanced code out of the text where every line has the same
// (RFC 2034 §4).
func (r *Reply) splitEnhanced() {
	code, _, _ := strings.Cut(r.Lines[0], " ")
	if !isEnhanced(code, r.Code) {
		return
	}
	for _, l := range r.Lines {
		if !strings.HasPrefix(l, code+" ") {
			return
		}
	}
	r.Enhanced = code
	for i, l := range r.Lines {
		r.Lines[i] = l[len(code)+1:]
	}
}

// isEnhanced says that s is class "." subject "." detail, of the class of the reply's
// code (RFC 2034 §4, RFC 3463 §2).
func isEnhanced(s string, code int) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || parts[0][0] != byte('0'+code/100) {
		return false
	}
	for _, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return code/100 != 3
}

// maxReplyText is how much text a line of a reply has room for, beside the codes and
// CRLF.
const maxReplyText = MaxReplyLine - len("250-5.1.10 \r\n")

// forWire appends a reply to b as the server sends it. The greeting, the answers to EHLO and
// HELO, and 3yz carry no enhanced code (RFC 2034 §4), nor does any other where the
// extension is off. Octets that may not stand in a reply become question marks: the text
// may quote a client, or come from a callback. UTF-8 passes only where the client
// announced that it understands it (RFC 6531 §3.7.4.1).
func (r *Reply) forWire(b []byte, enhanced, utf bool) []byte {
	clean := Reply{Code: r.Code, Lines: make([]string, 0, 8)}
	if enhanced && !r.Intermediate() {
		clean.Enhanced = r.Enhanced
	}
	for _, text := range r.Lines {
		clean.Lines = append(clean.Lines, printable(text, utf))
	}
	return append(clean.append(b), crlf...)
}

func printable(text string, utf bool) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r >= utf8.RuneSelf && !utf {
			return '?'
		}
		return r
	}, text)
	if len(text) > maxReplyText {
		n := maxReplyText - len("...")
		for !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n] + "..."
	}
	return text
}
