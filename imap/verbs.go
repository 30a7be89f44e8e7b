package imap

import "bytes"

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
