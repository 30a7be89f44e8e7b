package imap

import (
	"bytes"
	"unicode/utf8"

	"mailtool/internal/wire"
	"mailtool/trace/rule"
)

// commandChecks are about what a command asks for.
var commandChecks = []check{
	// Extensions (RFC 3501 §7.2.1).
	{Rule: rule.NewShould("imap/3501-7.2.1-not-offered", "RFC 3501 §7.2.1"), where: onCommand,
		find: func(u *unit) (int, int, bool) {
			at, n := needed(u.text, &u.cmd, u.view.offers)
			return at, n, at >= 0 && !u.lost && !u.early
		}},
	{Rule: rule.NewShould("imap/3501-6.2.1-stale-capabilities", "RFC 3501 §6.2.1"),
		where: onCommand, once: onceStaleTLS, find: extends(staleByTLS)},
	{Rule: rule.NewNote("imap/3501-6.2.3-stale-capabilities", "RFC 3501 §6.2.3"),
		where: onCommand, once: onceStaleLogin, find: extends(staleByLogin)},

	// Names of mailboxes (RFC 3501 §5.1).
	{Rule: rule.NewMust("imap/3501-9-eight-bit", "RFC 3501 §9"), where: onCommand | onMore,
		find: func(u *unit) (int, int, bool) {
			i := eightBit(u.text)
			return i, 1, i >= 0 && !u.utf8 && !u.lost && !u.secret
		}},
	{Rule: rule.NewShould("imap/3501-5.1.3-mailbox-name", "RFC 3501 §5.1.3"),
		where: onCommand | onGreeting | onData, find: func(u *unit) (int, int, bool) {
			for _, at := range mailboxesIn(u) {
				name, n := nameAt(u.text, at)
				if bytes.IndexByte(name, '&') < 0 || bytes.ContainsAny(name, "*%") {
					continue
				}
				if _, err := DecodeName(string(name)); err != nil && eightBit(name) < 0 {
					return at, n, !u.utf8 && !u.view.utf8 && !u.lost
				}
			}
			return 0, 0, false
		}},
	{Rule: rule.NewMust("imap/3501-6.3.3-create-inbox", "RFC 3501 §6.3.3"), where: onCommand,
		find: aboutInbox("CREATE")},
	{Rule: rule.NewMust("imap/3501-6.3.4-delete-inbox", "RFC 3501 §6.3.4"), where: onCommand,
		find: aboutInbox("DELETE")},

	// Messages (RFC 3501 §6.4).
	{Rule: rule.NewMust("imap/3501-5.5-ambiguous", "RFC 3501 §5.5"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.renumbering && !u.doubt && !u.flooded && numbers[verbs[u.cmd.id].name] &&
				bytes.IndexByte(u.text[u.cmd.args:], '$') != 0 // what SEARCH saved: no numbers
		})},
	{Rule: rule.NewMust("imap/3501-6.3.2-read-only", "RFC 3501 §6.3.2"), where: onCommand,
		find: inOrder(func(u *unit) bool {
			return u.view.state == StateSelected && u.view.examined && changing[verbs[u.cmd.id].name]
		})},
	{Rule: rule.NewNote("imap/3501-6.4.5-marks-as-read", "RFC 3501 §6.4.5"), where: onCommand,
		once: onceAsRead, find: marksAsRead},
}

// numbers are the commands that name messages by their numbers (RFC 3501 §2.3.1.2).
var numbers = map[string]bool{"FETCH": true, "STORE": true, "COPY": true, "MOVE": true}

// changing are the commands that change the mailbox which is selected.
var changing = map[string]bool{"STORE": true, "UID STORE": true, "EXPUNGE": true,
	"UID EXPUNGE": true, "MOVE": true, "UID MOVE": true}

// extends finds a command that goes beyond RFC 3501, where nobody knows any more what the server
// offers.
func extends(why stale) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		if u.view.offers != 0 || u.view.stale != why || u.lost || u.early || u.doubt {
			return 0, 0, false
		}
		if l, is := wire.FindLiteral(u.text); is && l.NoWait && !u.ev.More {
			return l.At, len(u.text) - l.At, true
		}
		if u.cmd.id == verbIdle {
			return u.cmd.at, len(u.cmd.verb), true
		}
		at, n := needed(u.text, &u.cmd, offersKnown)
		return at, n, at >= 0 && u.cmd.id != verbIDs["ID"]
	}
}

// marksAsRead finds a FETCH that sets \Seen, in a mailbox that can be changed.
func marksAsRead(u *unit) (int, int, bool) {
	name := verbs[u.cmd.id].name
	if name != "FETCH" && name != "UID FETCH" || u.view.examined || u.lost {
		return 0, 0, false
	}
	for _, item := range []string{"BODY[", "BINARY[", "RFC822.TEXT"} {
		if at, n := findWord(u.text, u.cmd.args, item); at >= 0 {
			return at, n, true
		}
	}
	at, n := findWord(u.text, u.cmd.args, "RFC822")
	return at, n, at >= 0 && (at+n == len(u.text) || u.text[at+n] == ' ' || u.text[at+n] == ')')
}

// aboutInbox finds a command with that verb about INBOX.
func aboutInbox(verb string) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		if verbs[u.cmd.id].name != verb || u.lost {
			return 0, 0, false
		}
		name, n := nameAt(u.text, u.cmd.args)
		return u.cmd.args, n, sameWord(name, "INBOX")
	}
}

// mailboxNames is how many names of mailboxes stand behind a verb.
var mailboxNames = map[string]int{"SELECT": 1, "EXAMINE": 1, "CREATE": 1, "DELETE": 1, "RENAME": 2,
	"SUBSCRIBE": 1, "UNSUBSCRIBE": 1, "LIST": 2, "LSUB": 2, "STATUS": 1, "APPEND": 1}

// mailboxesIn returns where the names of mailboxes begin in a line.
func mailboxesIn(u *unit) []int {
	var at []int
	switch r := &u.response; {
	case u.where == onCommand:
		next := u.cmd.args
		for range mailboxNames[verbs[u.cmd.id].name] {
			_, n := nameAt(u.text, next)
			at = append(at, next)
			if next += n + 1; next >= len(u.text) {
				break
			}
		}
	case r.kind == untagged && r.word == "STATUS":
		at = append(at, len(u.text)-len(r.text))
	case r.kind == untagged && (r.word == "LIST" || r.word == "LSUB"):
		// (attributes) "delimiter" name
		if i := bytes.Index(r.text, []byte(`) "`)); i >= 0 {
			if j := bytes.Index(r.text[i+3:], []byte(`" `)); j >= 0 {
				at = append(at, len(u.text)-len(r.text)+i+3+j+2)
			}
		}
	}
	return at
}

// nameAt returns the name that begins at an index, without its quotes, and how many octets it
// takes with them. Of a literal, and of a list, there is none.
func nameAt(text []byte, at int) (name []byte, n int) {
	rest := text[min(at, len(text)):]
	if len(rest) == 0 || rest[0] == '{' || rest[0] == '(' {
		return nil, len(rest)
	}
	if rest[0] != '"' {
		if n = bytes.IndexByte(rest, ' '); n < 0 {
			n = len(rest)
		}
		return rest[:n], n
	}
	return wire.Unquote(rest)
}

// eightBit returns the index of the first octet beyond US-ASCII, or -1.
func eightBit(text []byte) int {
	return bytes.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}
