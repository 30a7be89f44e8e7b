package smtp

import (
	"context"
	"errors"
	"fmt"

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

// ErrFull says that there is no room: the client may try again when there is, so that the
// reply is 452 and not 552 (RFC 5321 §4.2.3).
var ErrFull = errors.New("smtp: no room for mail")

// replyTo makes a reply of a callback's error: a *Reply is said as it is, anything else
// is the server's own trouble, and the client may try again.
func replyTo(err error) *Reply {
	if err == nil {
		return nil
	}
	var r *Reply
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, ErrFull): // RFC 3463 §3.4
		return NewReply(452, "4.3.1", "No room for the message now")
	case errors.Is(err, context.Canceled):
		return NewReply(451, "4.3.2", "The server is shutting down")
	}
	return NewReply(451, "4.3.0", "Trouble in the server; try again later")
}
