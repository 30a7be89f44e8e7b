package imap

import "bytes"

// A State is how far a session has come (RFC 3501 §3). States are bits, so that a command can
// say in which of them it may come.
type State uint8

// The states of a session, in the order in which they are reached.
const (
	StateNotAuthenticated State = 1 << iota // who the client is has to be shown
	StateAuthenticated                      // it may choose a mailbox
	StateSelected                           // it has chosen one
	StateLogout                             // it is at its end

	stateUnknown State = 0 // a record does not tell

	inAny  = StateNotAuthenticated | StateAuthenticated | StateSelected
	inMail = StateAuthenticated | StateSelected
)

// The names of the states, as a trace has them.
const (
	NotAuthenticated = "not authenticated"
	Authenticated    = "authenticated"
	Selected         = "selected"
	Logout           = "logout"
)

// String is the state's name.
func (s State) String() string {
	switch s {
	case stateUnknown:
		return "unknown"
	case StateNotAuthenticated:
		return NotAuthenticated
	case StateAuthenticated:
		return Authenticated
	case StateSelected:
		return Selected
	case StateLogout:
		return Logout
	}
	return "several"
}

// A verbID is the index of a command in verbs; noVerb stands for those that nobody
// knows. Thousands of commands may wait for their results: an octet each is enough.
type verbID uint8

// The verbs that change what a session is, or what the octets behind them are.
const (
	noVerb verbID = iota
	verbLogin
	verbAuthenticate
	verbStartTLS
	verbSelect
	verbExamine
	verbClose
	verbUnselect
	verbUnauthenticate
	verbLogout
	verbIdle
	verbCompress
	otherVerbs
)

// A verb is a command of the protocol.
type verb struct {
	name    string
	in      State
	section string
}

// verbs is every command that this package knows, with the states in which it may come (RFC 3501
// §6, RFC 9051 §6, and the extensions). The dissector knows all of them, the server those that have
// a handler.
var verbs = []verb{
	noVerb:             {},
	verbLogin:          {"LOGIN", StateNotAuthenticated, "RFC 3501 §6.2.3"},
	verbAuthenticate:   {"AUTHENTICATE", StateNotAuthenticated, "RFC 3501 §6.2.2"},
	verbStartTLS:       {"STARTTLS", StateNotAuthenticated, "RFC 3501 §6.2.1"},
	verbSelect:         {"SELECT", inMail, "RFC 3501 §6.3.1"},
	verbExamine:        {"EXAMINE", inMail, "RFC 3501 §6.3.2"},
	verbClose:          {"CLOSE", StateSelected, "RFC 3501 §6.4.2"},
	verbUnselect:       {"UNSELECT", StateSelected, "RFC 3691 §2"},
	verbUnauthenticate: {"UNAUTHENTICATE", inMail, "RFC 8437 §2"},
	verbLogout:         {"LOGOUT", inAny, "RFC 3501 §6.1.3"},
	verbIdle:           {"IDLE", inMail, "RFC 2177 §3"},
	verbCompress:       {"COMPRESS", inMail, "RFC 4978 §3"},

	otherVerbs: {"CAPABILITY", inAny, "RFC 3501 §6.1.1"},
	{"NOOP", inAny, "RFC 3501 §6.1.2"},
	{"ID", inAny, "RFC 2971 §3.1"},
	{"LANGUAGE", inAny, "RFC 5255 §3.2"},
	{"ENABLE", StateAuthenticated, "RFC 9051 §6.3.1"},
	{"CREATE", inMail, "RFC 3501 §6.3.3"},
	{"DELETE", inMail, "RFC 3501 §6.3.4"},
	{"RENAME", inMail, "RFC 3501 §6.3.5"},
	{"SUBSCRIBE", inMail, "RFC 3501 §6.3.6"},
	{"UNSUBSCRIBE", inMail, "RFC 3501 §6.3.7"},
	{"LIST", inMail, "RFC 3501 §6.3.8"},
	{"LSUB", inMail, "RFC 3501 §6.3.9"},
	{"STATUS", inMail, "RFC 3501 §6.3.10"},
	{"APPEND", inMail, "RFC 3501 §6.3.11"},
	{"NAMESPACE", inMail, "RFC 2342 §5"},
	{"SETACL", inMail, "RFC 4314 §3.1"},
	{"DELETEACL", inMail, "RFC 4314 §3.2"},
	{"GETACL", inMail, "RFC 4314 §3.3"},
	{"LISTRIGHTS", inMail, "RFC 4314 §3.4"},
	{"MYRIGHTS", inMail, "RFC 4314 §3.5"},
	{"SETQUOTA", inMail, "RFC 9208 §4.1.3"},
	{"GETQUOTA", inMail, "RFC 9208 §4.1.1"},
	{"GETQUOTAROOT", inMail, "RFC 9208 §4.1.2"},
	{"SETMETADATA", inMail, "RFC 5464 §4.3"},
	{"GETMETADATA", inMail, "RFC 5464 §4.2"},
	{"COMPARATOR", inMail, "RFC 5255 §4.7"},
	{"NOTIFY", inMail, "RFC 5465 §3"},
	{"ESEARCH", inMail, "RFC 7377 §2"},
	{"GENURLAUTH", inMail, "RFC 4467 §7"},
	{"RESETKEY", inMail, "RFC 4467 §7"},
	{"URLFETCH", inMail, "RFC 4467 §7"},
	{"CONVERSIONS", inMail, "RFC 5259 §5"},
	{"CHECK", StateSelected, "RFC 3501 §6.4.1"},
	{"EXPUNGE", StateSelected, "RFC 3501 §6.4.3"},
	{"SEARCH", StateSelected, "RFC 3501 §6.4.4"},
	{"FETCH", StateSelected, "RFC 3501 §6.4.5"},
	{"STORE", StateSelected, "RFC 3501 §6.4.6"},
	{"COPY", StateSelected, "RFC 3501 §6.4.7"},
	{"MOVE", StateSelected, "RFC 6851 §3.1"},
	{"SORT", StateSelected, "RFC 5256 §3"},
	{"THREAD", StateSelected, "RFC 5256 §3"},
	{"REPLACE", StateSelected, "RFC 8508 §3"},
	{"CONVERT", StateSelected, "RFC 5259 §4"},
	{"CANCELUPDATE", StateSelected, "RFC 5267 §3.5"},
	{"UID SEARCH", StateSelected, "RFC 3501 §6.4.8"},
	{"UID FETCH", StateSelected, "RFC 3501 §6.4.8"},
	{"UID STORE", StateSelected, "RFC 3501 §6.4.8"},
	{"UID COPY", StateSelected, "RFC 3501 §6.4.8"},
	{"UID MOVE", StateSelected, "RFC 6851 §3.1"},
	{"UID EXPUNGE", StateSelected, "RFC 4315 §2.1"},
	{"UID SORT", StateSelected, "RFC 5256 §3"},
	{"UID THREAD", StateSelected, "RFC 5256 §3"},
	{"UID REPLACE", StateSelected, "RFC 8508 §3"},
	{"UID CONVERT", StateSelected, "RFC 5259 §4"},
}

var verbIDs = func() map[string]verbID {
	m := make(map[string]verbID, len(verbs))
	for i, v := range verbs[1:] {
		m[v.name] = verbID(i + 1)
	}
	return m
}()

const longestVerb = 16

// verbNamed is the entry of a verb in capitals, and whether there is one.
func verbNamed(name string) (verb, bool) {
	id, ok := verbIDs[name]
	return verbs[id], ok
}

// findVerb returns the verb that word is, in capitals or not.
func findVerb(word []byte) verbID {
	if len(word) > longestVerb {
		return noVerb
	}
	var upper [longestVerb]byte
	return verbIDs[string(capitals(upper[:0], word))]
}

// A CommandInfo is what the table of commands has of one.
type CommandInfo struct {
	Verb    string
	In      State // where it may come
	Section string
}

// Commands are the commands that this package's server knows, in the order in which a session
// meets them.
func Commands() []CommandInfo {
	var all []CommandInfo
	for _, v := range verbs {
		if handlers[v.name] != nil {
			all = append(all, CommandInfo{v.name, v.in, v.section})
		}
	}
	return all
}

// May says that the command may come in a state, as the trace has it: one that is not known may
// be any.
func (c CommandInfo) May(state string) bool {
	switch state {
	case NotAuthenticated:
		return c.In&StateNotAuthenticated != 0
	case Authenticated:
		return c.In&StateAuthenticated != 0
	case Selected:
		return c.In&StateSelected != 0
	}
	return true
}

// IsCommand says that a line begins with a command that has no tag: its first words are a verb,
// whatever the standard that has it. What could be a tag as well, SELECT NOOP, is no tag.
func IsCommand(line string) bool {
	first, at := nextWord([]byte(line), 0)
	if !bytes.EqualFold(first, []byte("UID")) {
		return findVerb(first) != noVerb
	}
	second, _ := nextWord([]byte(line), at+len(first))
	return findVerb(append([]byte("UID "), second...)) != noVerb
}
