package pop3

import (
	"bytes"
	"strings"
)

// A Command is a line of the client: a keyword, and what follows it behind one space
// (RFC 1939 §3). Only the verb tells how the argument is to be read: that of PASS may
// hold spaces.
type Command struct {
	Verb string // in capitals
	Arg  string // "" where there is none
}

// ParseCommand reads a command line without its line ending. It reads any line: what
// is wrong with it is for others to say. Blanks in front of the verb are passed over.
func ParseCommand(line []byte) Command {
	line = bytes.TrimLeft(line, blanks)
	i := bytes.IndexAny(line, blanks)
	if i < 0 {
		return Command{Verb: upper(line)}
	}
	return Command{Verb: upper(line[:i]), Arg: string(line[i+1:])}
}

// Append writes the command behind b, without a line ending. It is the inverse of
// ParseCommand.
func (c Command) Append(b []byte) []byte {
	b = append(b, c.Verb...)
	if c.Arg != "" {
		b = append(append(b, ' '), c.Arg...)
	}
	return b
}

// Args are the words of the argument.
func (c Command) Args() []string { return strings.Fields(c.Arg) }

const blanks = " \t"

// upper is text in capitals. Verbs of the table cost no memory.
func upper(text []byte) string {
	if len(text) <= 4 {
		var up [4]byte
		n := copy(up[:], text)
		for i, c := range up[:n] {
			if 'a' <= c && c <= 'z' {
				up[i] = c - 'a' + 'A'
			}
		}
		if id, ok := verbIDs[string(up[:n])]; ok {
			return verbs[id].name
		}
	}
	up := bytes.Clone(text)
	for i, c := range up { // ASCII only: a keyword is (RFC 1939 §3)
		if 'a' <= c && c <= 'z' {
			up[i] = c - 'a' + 'A'
		}
	}
	return string(up)
}

// A verbID is the place of a verb in the table of verbs: a command that waits for its
// reply is remembered by it in one octet.
type verbID uint8

// What can wait for a reply: the verbs, and three things that are none.
const (
	noVerb   verbID = iota // an unknown command
	greeting               // the connection, which the server answers first
	authLine               // the client's answer to a challenge
	verbUser
	verbPass
	verbAPOP
	verbAuth
	verbSTLS
	verbUTF8
	verbStat
	verbList
	verbRetr
	verbDele
	verbNoop
	verbRset
	verbTop
	verbUIDL
	verbCapa
	verbLang
	verbQuit
)

// A stateSet says in which states a command may come.
type stateSet uint8

const (
	inAuthorization stateSet = 1 << iota
	inTransaction
)

// A multi says whether an answer that begins with +OK goes on with many lines.
type multi uint8

const (
	single   multi = iota
	always         // RETR
	whenBare       // LIST: only without an argument
)

// A verb is a line of the protocol's state table.
type verb struct {
	name     string
	states   stateSet
	min, max int  // how many words its argument has
	numbers  bool // they are decimal numbers
	answer   multi
}

// verbs is the state table (RFC 1939 §9, and the extensions). PASS, and names behind
// USER, may hold spaces (RFC 1939 §7).
var verbs = [...]verb{
	verbUser: {"USER", inAuthorization, 1, anyWords, false, single},
	verbPass: {"PASS", inAuthorization, 1, anyWords, false, single},
	verbAPOP: {"APOP", inAuthorization, 2, 2, false, single},
	verbAuth: {"AUTH", inAuthorization, 0, 2, false, whenBare}, // RFC 5034 §4
	verbSTLS: {"STLS", inAuthorization, 0, 0, false, single},   // RFC 2595 §4
	verbUTF8: {"UTF8", inAuthorization, 0, 0, false, single},   // RFC 6856 §2.1
	verbStat: {"STAT", inTransaction, 0, 0, true, single},
	verbList: {"LIST", inTransaction, 0, 1, true, whenBare},
	verbRetr: {"RETR", inTransaction, 1, 1, true, always},
	verbDele: {"DELE", inTransaction, 1, 1, true, single},
	verbNoop: {"NOOP", inTransaction, 0, 0, true, single},
	verbRset: {"RSET", inTransaction, 0, 0, true, single},
	verbTop:  {"TOP", inTransaction, 2, 2, true, always},
	verbUIDL: {"UIDL", inTransaction, 0, 1, true, whenBare},
	verbCapa: {"CAPA", inAuthorization | inTransaction, 0, 0, false, always},   // RFC 2449 §5
	verbLang: {"LANG", inAuthorization | inTransaction, 0, 1, false, whenBare}, // RFC 6856 §3
	verbQuit: {"QUIT", inAuthorization | inTransaction, 0, 0, false, single},
}

const anyWords = 1 << 10

var verbIDs = func() map[string]verbID {
	m := make(map[string]verbID)
	for id, v := range verbs {
		if v.name != "" {
			m[v.name] = verbID(id)
		}
	}
	return m
}()

// id is the command's place in the table of verbs.
func (c Command) id() verbID { return verbIDs[c.Verb] }

// Multiline says that an answer to the command that begins with +OK is a block of lines
// up to a lone dot.
func (c Command) Multiline() bool {
	switch verbs[c.id()].answer {
	case always:
		return true
	case whenBare:
		return len(c.Args()) == 0
	}
	return false
}

// listing says that the lines of an answer to id are the server's own words, and not a
// message.
func (id verbID) listing() bool { return id != verbRetr && id != verbTop }

// number reads a message number, 0 if word is none (RFC 1939 §4: they begin with 1).
func number(word string) uint32 {
	var n uint32
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' || n > 1<<28 {
			return 0
		}
		n = n*10 + uint32(word[i]-'0')
	}
	return n
}

// decimal says that word is digits and nothing else.
func decimal(word string) bool {
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return word != ""
}
