package imap

import "bytes"

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

// states is a set of states in which a command may come.
type states uint8

const (
	inNotAuthenticated states = 1 << iota
	inAuthenticated
	inSelected

	inAny  = inNotAuthenticated | inAuthenticated | inSelected
	inMail = inAuthenticated | inSelected
)

// A verb is a command of the protocol.
type verb struct {
	name    string
	in      states
	section string
}

// verbs is every command that the dissector knows, with the states in which it may come
// (RFC 3501 §6, RFC 9051 §6, and the extensions).
var verbs = []verb{
	noVerb:             {},
	verbLogin:          {"LOGIN", inNotAuthenticated, "RFC 3501 §6.2.3"},
	verbAuthenticate:   {"AUTHENTICATE", inNotAuthenticated, "RFC 3501 §6.2.2"},
	verbStartTLS:       {"STARTTLS", inNotAuthenticated, "RFC 3501 §6.2.1"},
	verbSelect:         {"SELECT", inMail, "RFC 3501 §6.3.1"},
	verbExamine:        {"EXAMINE", inMail, "RFC 3501 §6.3.2"},
	verbClose:          {"CLOSE", inSelected, "RFC 3501 §6.4.2"},
	verbUnselect:       {"UNSELECT", inSelected, "RFC 3691 §2"},
	verbUnauthenticate: {"UNAUTHENTICATE", inMail, "RFC 8437 §2"},
	verbLogout:         {"LOGOUT", inAny, "RFC 3501 §6.1.3"},
	verbIdle:           {"IDLE", inMail, "RFC 2177 §3"},
	verbCompress:       {"COMPRESS", inMail, "RFC 4978 §3"},

	otherVerbs: {"CAPABILITY", inAny, "RFC 3501 §6.1.1"},
	{"NOOP", inAny, "RFC 3501 §6.1.2"},
	{"ID", inAny, "RFC 2971 §3.1"},
	{"LANGUAGE", inAny, "RFC 5255 §3.2"},
	{"ENABLE", inAuthenticated, "RFC 9051 §6.3.1"},
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
	{"CHECK", inSelected, "RFC 3501 §6.4.1"},
	{"EXPUNGE", inSelected, "RFC 3501 §6.4.3"},
	{"SEARCH", inSelected, "RFC 3501 §6.4.4"},
	{"FETCH", inSelected, "RFC 3501 §6.4.5"},
	{"STORE", inSelected, "RFC 3501 §6.4.6"},
	{"COPY", inSelected, "RFC 3501 §6.4.7"},
	{"MOVE", inSelected, "RFC 6851 §3.1"},
	{"SORT", inSelected, "RFC 5256 §3"},
	{"THREAD", inSelected, "RFC 5256 §3"},
	{"REPLACE", inSelected, "RFC 8508 §3"},
	{"CONVERT", inSelected, "RFC 5259 §4"},
	{"CANCELUPDATE", inSelected, "RFC 5267 §3.5"},
	{"UID SEARCH", inSelected, "RFC 3501 §6.4.8"},
	{"UID FETCH", inSelected, "RFC 3501 §6.4.8"},
	{"UID STORE", inSelected, "RFC 3501 §6.4.8"},
	{"UID COPY", inSelected, "RFC 3501 §6.4.8"},
	{"UID MOVE", inSelected, "RFC 6851 §3.1"},
	{"UID EXPUNGE", inSelected, "RFC 4315 §2.1"},
	{"UID SORT", inSelected, "RFC 5256 §3"},
	{"UID THREAD", inSelected, "RFC 5256 §3"},
	{"UID REPLACE", inSelected, "RFC 8508 §3"},
	{"UID CONVERT", inSelected, "RFC 5259 §4"},
}

var verbIDs = func() map[string]verbID {
	m := make(map[string]verbID, len(verbs))
	for i, v := range verbs[1:] {
		m[v.name] = verbID(i + 1)
	}
	return m
}()

const longestVerb = 16

// findVerb returns the verb that word is, in capitals or not.
func findVerb(word []byte) verbID {
	if len(word) > longestVerb {
		return noVerb
	}
	var upper [longestVerb]byte
	return verbIDs[string(upper[:copy(upper[:], bytes.ToUpper(word))])]
}

// A command is the first line of a command, as far as it can be made out.
type command struct {
	tag   []byte // empty where the line has none
	id    verbID
	verb  []byte // as it stands in the line
	at    int    // where the verb begins
	args  int    // where the arguments begin, or the end of the line
	space int    // where a space is missing or too many, or -1
}

// parseCommand divides a line into tag, verb and arguments (RFC 3501 §9, command). A line
// that begins with a verb lacks its tag: that is how people who know SMTP begin.
func parseCommand(text []byte) command {
	c := command{space: -1}
	first, at := nextWord(text, 0)
	second, at2 := nextWord(text, at+len(first))
	uid := bytes.EqualFold(second, []byte("UID"))
	if findVerb(first) != noVerb && findVerb(second) == noVerb && !uid {
		c.verb, c.at = first, at
	} else {
		c.tag, c.verb, c.at = first, second, at2
		if at > 0 {
			c.tag = nil
		}
	}
	end := c.at + len(c.verb)
	c.id = findVerb(c.verb)
	if bytes.EqualFold(c.verb, []byte("UID")) {
		if w, i := nextWord(text, end); len(w) > 0 {
			c.id = findVerb(append([]byte("UID "), w...))
			end = i + len(w)
		}
	}
	_, c.args = nextWord(text, end)
	c.space = wrongSpace(text, &c, end)
	return c
}

// wrongSpace finds a second space where one belongs, or a space at the end.
func wrongSpace(text []byte, c *command, end int) int {
	if i := bytes.Index(text[:c.at], []byte("  ")); i >= 0 && len(c.tag) > 0 {
		return i + 1
	}
	if c.args > end+1 {
		return end + 1
	}
	if n := len(text); n > 0 && text[n-1] == ' ' && len(c.verb) > 0 {
		return n - 1
	}
	return -1
}

// nextWord returns the word at or behind from, and where it begins.
func nextWord(text []byte, from int) ([]byte, int) {
	for from < len(text) && isSpace(text[from]) {
		from++
	}
	end := from
	for end < len(text) && !isSpace(text[end]) {
		end++
	}
	return text[from:end], from
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// badTagOctet returns the index of the first octet that no tag may hold, or -1
// (RFC 3501 §9, tag: any ASTRING-CHAR but "+").
func badTagOctet(tag []byte) int {
	for i, c := range tag {
		if c <= ' ' || c > '~' || bytes.IndexByte([]byte(`(){%*"\+`), c) >= 0 {
			return i
		}
	}
	return -1
}
