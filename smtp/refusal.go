package smtp

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mailtool/internal/wire"
)

// lineReply refuses a line that is none, without looking at what it says: two programs
// that differ about where lines end can be played against each other
// (RFC 5321 §2.3.8).
func lineReply(e *wire.LineError) *Reply {
	switch e.Anomaly {
	case wire.BareLF:
		return NewReply(500, "5.5.2", "Line must end in CRLF")
	case wire.BareCR:
		return NewReply(500, "5.5.2", "A lone CR (byte %d) in the line", e.At+1)
	case wire.NUL:
		return NewReply(500, "5.5.2", "A NUL octet (byte %d) in the line", e.At+1)
	}
	if len(e.Line) > 4 && capitals(string(e.Line[:5])) == "AUTH " {
		return authTooLong()
	}
	return NewReply(500, "5.5.2", "Line too long") // RFC 5321 §4.5.3.1.4
}

// faultReply refuses a command whose syntax is wrong (RFC 5321 §4.2.2, §4.2.3).
func faultReply(c Command, f Fault) *Reply {
	at := fmt.Sprintf("byte %d", f.At+1)
	switch f.Kind {
	case FaultUnknownVerb:
		return NewReply(500, "5.5.1", "Unknown command; HELP lists those that there are")
	case FaultControl:
		return NewReply(500, "5.5.2", "A control octet (%s) in the command", at)
	case FaultHighBit:
		return highBit(f.At)
	case FaultMissingArgument, FaultNoColon, FaultChunkSize:
		return NewReply(501, "5.5.4", "Syntax: %s", syntax(c.Verb))
	case FaultExtraArgument:
		return NewReply(501, "5.5.4", "Too much from %s on; syntax: %s", at, syntax(c.Verb))
	case FaultBadPath:
		return NewReply(501, pathCode(c.Verb), "Bad address at %s; syntax: %s", at, syntax(c.Verb))
	case FaultTooLong: // RFC 5321 §4.5.3.1.10
		return NewReply(501, pathCode(c.Verb), "Path too long")
	case FaultBadParameter:
		return NewReply(501, "5.5.4", "Bad parameter at %s", at)
	case FaultDoubleParameter:
		return NewReply(501, "5.5.4", "The same parameter twice (%s)", at)
	case FaultSpaceAfterColon:
		return NewReply(501, "5.5.2", "No space after the colon (%s)", at)
	case FaultNoAngleBrackets:
		return NewReply(501, "5.5.2", "The address must stand in angle brackets (%s)", at)
	case FaultDomainSyntax:
		return NewReply(501, "5.5.2", "No domain name and no address literal (%s)", at)
	case FaultNotASCII:
		return notASCII()
	}
	return NewReply(501, "5.5.2", "Syntax error at %s", at)
}

// highBit refuses a command for the octet with that index (RFC 5321 §2.4).
func highBit(at int) *Reply {
	return NewReply(500, "5.5.2", "An octet that is not ASCII (byte %d) in the command", at+1)
}

// pathCode is the enhanced code for a bad sender or recipient (RFC 3463 §3.2).
func pathCode(verb string) string {
	if verb == "MAIL" {
		return "5.1.7"
	}
	return "5.1.3"
}

func notASCII() *Reply { // RFC 6531 §3.5
	return NewReply(553, "5.6.7", "An address in UTF-8 needs the parameter SMTPUTF8 of MAIL")
}

func syntax(verb string) string {
	for i := range commands {
		if commands[i].Verb == verb {
			return commands[i].Syntax
		}
	}
	return verb + " argument"
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
	return append(clean.append(b), "\r\n"...)
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
