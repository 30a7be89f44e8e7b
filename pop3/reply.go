package pop3

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The status indicators that begin a reply (RFC 1939 §3), and the sign of a challenge
// (RFC 5034 §4).
const (
	OK        = "+OK"
	Err       = "-ERR"
	Challenge = "+"
)

// A Reply is the line of the server that answers a command, or the first of many. It
// implements error, since a refusal is one; errors.As gets at the code.
type Reply struct {
	Status string // OK, Err or Challenge; "" when the line is no reply
	Code   string // what stood in brackets, "IN-USE", without them (RFC 2449 §8)
	Text   string // what a person may read; of a challenge, its base64

	// Body, if set, writes the lines that follow, each with its CRLF. The server streams
	// them: it doubles dots, and ends them with one. What the client and the dissector read
	// has none.
	Body io.WriterTo
}

// Response codes (RFC 2449 §8, RFC 3206, RFC 6856 §5).
const (
	CodeInUse      = "IN-USE"      // another session has the maildrop
	CodeLoginDelay = "LOGIN-DELAY" // the last log-in was a short time ago
	CodeAuth       = "AUTH"        // the name or the password is wrong
	CodeTemporary  = "SYS/TEMP"    // trouble that may be over soon
	CodePermanent  = "SYS/PERM"    // trouble that somebody has to see to
	CodeUTF8       = "UTF8"        // UTF8 has to be said first
)

// Accept returns a reply that says that the command was done.
func Accept(format string, args ...any) *Reply {
	return &Reply{Status: OK, Text: fmt.Sprintf(format, args...)}
}

// Refuse returns a reply that says that it was not. code may be "".
func Refuse(code, format string, args ...any) *Reply {
	return &Reply{Status: Err, Code: code, Text: fmt.Sprintf(format, args...)}
}

// Positive says that the command was done.
func (r *Reply) Positive() bool { return r.Status == OK }

// Transient says that the same may succeed later.
func (r *Reply) Transient() bool {
	return r.Status == Err &&
		(r.Code == CodeInUse || r.Code == CodeLoginDelay || r.Code == CodeTemporary)
}

// Error is the reply's line.
func (r *Reply) Error() string { return string(r.Append(nil)) }

// ParseReply reads a reply line without its line ending. A status indicator is one, too, that is
// not written in capitals, or is not followed by a space or nothing (RFC 1939 §3).
func ParseReply(line []byte) (r Reply) {
	rest := line
	switch {
	case len(line) >= 3 && bytes.EqualFold(line[:3], []byte(OK)):
		r.Status, rest = OK, line[3:]
	case len(line) >= 4 && bytes.EqualFold(line[:4], []byte(Err)):
		r.Status, rest = Err, line[4:]
	case len(line) == 1 && line[0] == '+', len(line) > 1 && string(line[:2]) == "+ ":
		r.Status, rest = Challenge, line[1:]
	default:
		return Reply{Text: string(line)}
	}
	if len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if r.Status != Challenge && len(rest) > 0 && rest[0] == '[' {
		if i := bytes.IndexByte(rest, ']'); i > 1 {
			r.Code = string(rest[1:i])
			rest = bytes.TrimPrefix(rest[i+1:], []byte(" "))
		}
	}
	r.Text = string(rest)
	return r
}

// Append writes the reply behind b, without a line ending. It is the inverse of
// ParseReply.
func (r Reply) Append(b []byte) []byte {
	b = append(b, r.Status...)
	if r.Code != "" {
		b = append(append(append(b, " ["...), r.Code...), ']')
	}
	if r.Text != "" || r.Status == Challenge {
		b = append(append(b, ' '), r.Text...)
	}
	return b
}

// Timestamp returns the msg-id that a greeting ends in, brackets included: the server
// offers APOP by it (RFC 1939 §7). It is "" where there is none.
func (r Reply) Timestamp() string {
	from := strings.IndexByte(r.Text, '<')
	if from < 0 {
		return ""
	}
	to := strings.IndexByte(r.Text[from:], '>')
	if to < 0 || !strings.Contains(r.Text[from:from+to], "@") {
		return ""
	}
	return r.Text[from : from+to+1]
}

// dropListing says that the text is two numbers, as STAT's is: how many messages, how
// many octets (RFC 1939 §5).
func (r Reply) dropListing() bool {
	w := strings.Fields(r.Text)
	return r.Status == OK && len(w) >= 2 && decimal(w[0]) && decimal(w[1])
}

// forWire appends a reply's line to b as the server sends it: only with codes that the
// capabilities which it offers speak of (RFC 2449 §6.4, RFC 3206 §6), and without octets that
// may not stand there: the text may come from a callback. UTF-8 passes only where the client
// takes it.
func (r *Reply) forWire(b []byte, offered Capabilities, utf bool) []byte {
	clean := Reply{Status: r.Status, Code: r.Code, Text: r.Text}
	if !offered.Has("RESP-CODES") ||
		r.Code == CodeAuth && !offered.Has("AUTH-RESP-CODE") {
		clean.Code = ""
	}
	if r.Status != Challenge {
		clean.Text = printable(r.Text, maxReplyText-len(clean.Code), utf)
	}
	return append(clean.Append(b), crlf...)
}

// maxReplyText is how much text a reply has room for, beside a code and CRLF.
const maxReplyText = MaxReplyLine - len("-ERR [] \r\n")

func printable(text string, most int, utf bool) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r >= utf8.RuneSelf && !utf {
			return '?'
		}
		return r
	}, text)
	if len(text) > most {
		n := most - len("...")
		for !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n] + "..."
	}
	return text
}

// A ProtocolError says that the server said something that is no POP3.
type ProtocolError struct {
	To   string // the command that was to be answered, or "the connection"
	Line []byte // what came
	Why  string // what is wrong with it
}

// Error quotes what came, escaped.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the answer to %s is not POP3: %s: %q", e.To, e.Why, e.Line)
}

func clip(line []byte) []byte { return append([]byte(nil), line[:min(len(line), 80)]...) }
