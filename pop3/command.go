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
			return verbs[id].Verb
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
