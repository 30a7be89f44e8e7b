package imap

import (
	"strconv"
	"strings"
)

// A Code is what stands in brackets before a Response's text (RFC 3501 §7.1, RFC 5530). The zero
// value is none.
type Code struct {
	Name string // in capitals
	Arg  string // as it stood there
}

// Names of codes that are a word alone.
const (
	CodeAlreadyExists        = "ALREADYEXISTS"
	CodeAuthenticationFailed = "AUTHENTICATIONFAILED"
	CodeCannot               = "CANNOT"
	CodeClientBug            = "CLIENTBUG"
	CodeClosed               = "CLOSED"
	CodeExpungeIssued        = "EXPUNGEISSUED"
	CodeInUse                = "INUSE"
	CodeLimit                = "LIMIT"
	CodeNoPerm               = "NOPERM"
	CodeNonexistent          = "NONEXISTENT"
	CodeOverQuota            = "OVERQUOTA"
	CodePrivacyRequired      = "PRIVACYREQUIRED"
	CodeReadOnly             = "READ-ONLY"
	CodeReadWrite            = "READ-WRITE"
	CodeServerBug            = "SERVERBUG"
	CodeTooBig               = "TOOBIG"
	CodeTryCreate            = "TRYCREATE"
	CodeUnavailable          = "UNAVAILABLE"
	CodeUnknownCTE           = "UNKNOWN-CTE"
	CodeUseAttr              = "USEATTR"
)

// Names of codes whose argument a client reads.
const (
	CodeAppendUID      = "APPENDUID"
	CodeBadCharset     = "BADCHARSET"
	CodeCapability     = "CAPABILITY"
	CodeCopyUID        = "COPYUID"
	CodeHighestModSeq  = "HIGHESTMODSEQ"
	CodeModified       = "MODIFIED"
	CodePermanentFlags = "PERMANENTFLAGS"
	CodeUIDNext        = "UIDNEXT"
	CodeUIDValidity    = "UIDVALIDITY"
	CodeUnseen         = "UNSEEN"
)

// Number is the argument of a code that has a number: UIDVALIDITY, UIDNEXT, UNSEEN, HIGHESTMODSEQ.
// ok is false where the code has another name, or no number.
func (c Code) Number(name string) (n uint64, ok bool) {
	s := scanner{text: []byte(c.Arg)}
	n = uint64(s.number64())
	s.end()
	return n, c.Name == name && s.err == nil
}

// AppendUID is what APPENDUID says: the UIDs that messages got, in the order in which they were
// appended, and the UIDVALIDITY of their mailbox (RFC 4315 §3, RFC 3502 §4).
func (c Code) AppendUID() (uidValidity uint32, uids Set, ok bool) {
	words := strings.Fields(c.Arg)
	if c.Name != CodeAppendUID || len(words) != 2 {
		return 0, nil, false
	}
	uidValidity, ok = nonZero(words[0])
	uids, told := uidSet(words[1])
	return uidValidity, uids, ok && told
}

// CopyUID is what COPYUID says: the n-th of the UIDs from was copied to the n-th of the UIDs to,
// in the mailbox that has the UIDVALIDITY (RFC 4315 §3).
func (c Code) CopyUID() (uidValidity uint32, from, to Set, ok bool) {
	words := strings.Fields(c.Arg)
	if c.Name != CodeCopyUID || len(words) != 3 {
		return 0, nil, nil, false
	}
	uidValidity, ok = nonZero(words[0])
	from, one := uidSet(words[1])
	to, other := uidSet(words[2])
	return uidValidity, from, to, ok && one && other && from.Count() == to.Count()
}

// Modified are the messages that were left out since they had changed, by UID or number as the
// command spoke of them (RFC 7162 §3.1.3).
func (c Code) Modified() (s Set, ok bool) {
	s, ok = uidSet(c.Arg)
	return s, c.Name == CodeModified && ok
}

// nonZero reads an nz-number.
func nonZero(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil && n > 0
}

// uidSet reads a uid-set: it has no "*" (RFC 4315 §4).
func uidSet(text string) (Set, bool) {
	s, saved, err := ParseSet(text)
	return s, err == nil && !saved && !strings.Contains(text, "*")
}

// PermanentFlags are the flags that the client can change for ever; "\*" says that it may make up
// keywords (RFC 3501 §7.1).
func (c Code) PermanentFlags() (flags []string, ok bool) {
	arg, opened := strings.CutPrefix(c.Arg, "(")
	arg, closed := strings.CutSuffix(arg, ")")
	return strings.Fields(arg), c.Name == CodePermanentFlags && opened && closed
}

// BadCharset are the character sets that the server knows, where it has told (RFC 3501 §7.1).
func (c Code) BadCharset() (known []string, ok bool) {
	if c.Name != CodeBadCharset || c.Arg == "" {
		return nil, c.Name == CodeBadCharset
	}
	s := scanner{text: []byte(c.Arg)}
	s.list(func() { known = append(known, s.astring()) })
	s.end()
	return known, s.err == nil
}

// capabilities are the argument of CAPABILITY.
func (c Code) capabilities() Capabilities { return Capabilities(strings.Fields(c.Arg)) }

// codeEnd is the index of the bracket at the end of a code that text begins with, 0 where there
// is none. What stands in quotes is none (RFC 3501 §7.1, BADCHARSET).
func codeEnd(text []byte) int {
	if len(text) < 2 || text[0] != '[' || !isAtomChar(text[1]) {
		return 0
	}
	quoted := false
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ']' && !quoted:
			return i
		}
	}
	return 0
}
