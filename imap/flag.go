package imap

import (
	"errors"
	"strings"
)

// Flags are the system flags of a message (RFC 3501 §2.3.2).
type Flags uint8

// The system flags. FlagRecent is the server's own: it says that a session is the first
// that was told of the message, and no client can change it.
const (
	FlagAnswered Flags = 1 << iota
	FlagFlagged
	FlagDeleted
	FlagSeen
	FlagDraft
	FlagRecent
)

// settable are the system flags that a client can change.
const settable = FlagAnswered | FlagFlagged | FlagDeleted | FlagSeen | FlagDraft

// flagNames has the name of each flag, by its bit, in the order of RFC 3501 §9 (flag).
var flagNames = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`, `\Recent`}

// ErrFlag says that a text is no flag that a client may set: no atom, or one that begins
// with "\" and is none of the five system flags (RFC 3501 §9, flag-extension).
var ErrFlag = errors.New("not a flag that can be set")

// ParseFlag reads a flag that a client sends (RFC 3501 §9, flag): a system flag, in
// capitals or not, or a keyword, which stays as it is. The error is ErrFlag, for \Recent,
// too.
func ParseFlag(text string) (flag Flags, keyword string, err error) {
	flag, keyword, err = ParseFetchedFlag(text)
	if err != nil || flag == FlagRecent || strings.HasPrefix(keyword, `\`) {
		return 0, "", ErrFlag
	}
	return flag, keyword, nil
}

// ParseFetchedFlag reads a flag that a server sends (RFC 3501 §9, flag-fetch). It may be
// \Recent, or a flag beginning with "\" that nobody knows yet, which is taken for a
// keyword, since clients must accept it. The error is ErrFlag.
func ParseFetchedFlag(text string) (flag Flags, keyword string, err error) {
	for i, name := range flagNames {
		if sameWord(text, name) {
			return 1 << i, "", nil
		}
	}
	if !isAtom(strings.TrimPrefix(text, `\`)) {
		return 0, "", ErrFlag
	}
	return 0, text, nil
}

// AppendFlags appends the list of system flags and keywords as FETCH and STORE say it:
// (\Seen $Forwarded) (RFC 3501 §9, flag-list).
func AppendFlags(b []byte, flags Flags, keywords []string) []byte {
	b = append(b, '(')
	start := len(b)
	for i, name := range flagNames {
		if flags&(1<<i) != 0 {
			b = append(append(b, name...), ' ')
		}
	}
	for _, k := range keywords {
		b = append(append(b, k...), ' ')
	}
	if len(b) > start {
		b = b[:len(b)-1]
	}
	return append(b, ')')
}

// String returns the flags as FETCH says them.
func (f Flags) String() string { return string(AppendFlags(nil, f, nil)) }

// isAtom says that a text is an atom (RFC 3501 §9).
func isAtom(text string) bool {
	for i := range len(text) {
		if !isAtomChar(text[i]) {
			return false
		}
	}
	return text != ""
}

// flags reads the flags that a client gives: a flag-list, or at least one flag without
// parentheses (RFC 3501 §9, store-att-flags).
func (s *scanner) flags() (flags Flags, keywords []string) {
	one := func() {
		at := s.at
		flag, keyword, err := ParseFlag(s.run("a flag", isFlagChar))
		if err != nil && s.err == nil {
			s.at = at
			s.fail("a flag that a client can set")
		}
		if flags |= flag; keyword != "" && !hasFold(keywords, keyword) {
			keywords = append(keywords, keyword)
		}
	}
	if s.next() == '(' {
		s.listOrNone(one)
	} else {
		s.items(one)
	}
	return flags, keywords
}

// fetchedFlags reads the list of flags that a server tells (RFC 3501 §9, flag-fetch).
func (s *scanner) fetchedFlags() (flags Flags, keywords []string) {
	s.listOrNone(func() {
		at := s.at
		flag, keyword, err := ParseFetchedFlag(s.run("a flag", isFlagChar))
		if err != nil && s.err == nil {
			s.at = at
			s.fail("a flag")
		}
		if flags |= flag; keyword != "" {
			keywords = append(keywords, keyword)
		}
	})
	return flags, keywords
}

func isFlagChar(c byte) bool { return isAtomChar(c) || c == '\\' }
