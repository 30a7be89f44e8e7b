package smtp

// A FaultKind names what is wrong with a command line.
type FaultKind string

// What may be wrong with a command line. The first group leaves no doubt about what was
// meant; a server may go on. The second loses the meaning, or the standard wants the
// command refused.
const (
	// FaultSpaceAfterColon: MAIL FROM: <a@b.example> (RFC 5321 §3.3).
	FaultSpaceAfterColon FaultKind = "space-after-colon"
	// FaultBadSpace: a space or tab where one space or none belongs (RFC 5321 §4.1.1).
	FaultBadSpace FaultKind = "bad-space"
	// FaultTrailingSpace: before CRLF; to be tolerated (RFC 5321 §4.1.1).
	FaultTrailingSpace FaultKind = "trailing-space"
	// FaultNoAngleBrackets: one or both are missing (RFC 5321 §4.1.2).
	FaultNoAngleBrackets FaultKind = "no-angle-brackets"
	// FaultDomainSyntax: the argument of EHLO or HELO is neither a domain name nor an
	// address literal (RFC 5321 §4.1.4).
	FaultDomainSyntax FaultKind = "domain-syntax"
	// FaultNotASCII: an address in UTF-8, and MAIL does not say SMTPUTF8
	// (RFC 6531 §3.4).
	FaultNotASCII FaultKind = "8bit-address"

	// FaultUnknownVerb: no command of the standard, nor of a known extension.
	FaultUnknownVerb FaultKind = "unknown-verb"
	// FaultMissingArgument: the command needs one (RFC 5321 §4.1.1).
	FaultMissingArgument FaultKind = "missing-argument"
	// FaultExtraArgument: the command takes none, or no second (RFC 5321 §4.1.1).
	FaultExtraArgument FaultKind = "extra-argument"
	// FaultNoColon: MAIL without FROM:, RCPT without TO: (RFC 5321 §4.1.1.2).
	FaultNoColon FaultKind = "no-colon"
	// FaultBadPath: what should be a path is none (RFC 5321 §4.1.2).
	FaultBadPath FaultKind = "bad-path"
	// FaultTooLong: a path, or a part of it, is (RFC 5321 §4.5.3.1).
	FaultTooLong FaultKind = "path-too-long"
	// FaultBadParameter: a parameter that is not KEYWORD or KEYWORD=VALUE
	// (RFC 5321 §4.1.2).
	FaultBadParameter FaultKind = "bad-parameter"
	// FaultDoubleParameter: a keyword that came before (RFC 5321 §4.1.1.11).
	FaultDoubleParameter FaultKind = "double-parameter"
	// FaultChunkSize: what follows BDAT is no number of octets (RFC 3030 §2).
	FaultChunkSize FaultKind = "chunk-size"
	// FaultControl: a control octet, backspace for instance (RFC 5321 §4.1.2).
	FaultControl FaultKind = "control-octet"
	// FaultHighBit: an octet that is not ASCII where no extension allows any
	// (RFC 5321 §2.4).
	FaultHighBit FaultKind = "high-bit"
)

// A Fault is one thing that is wrong with a command line, and where.
type Fault struct {
	Kind FaultKind
	At   int // index of the first octet, from 0; the line's length for what is missing
	Len  int // octets; 0 for what is missing
}

// Fatal says that the command cannot be obeyed.
func (f Fault) Fatal() bool {
	switch f.Kind {
	case FaultSpaceAfterColon, FaultBadSpace, FaultTrailingSpace, FaultNoAngleBrackets,
		FaultDomainSyntax, FaultNotASCII:
		return false
	}
	return true
}
