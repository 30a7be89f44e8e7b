package imap

import (
	"math/bits"

	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// A where is a set of kinds of units; a rule judges those of its set. A unit is of one kind.
type where uint16

const (
	onCommand      where = 1 << iota // the first line of a command
	onMore                           // a line of it behind a literal
	onLiteral                        // a literal of the client
	onAuth                           // a line that answers a challenge
	onIdle                           // a line while IDLE is active
	onGreeting                       // the first response of all
	onStatus                         // the first line of another response: a result, a status, "+", or no response
	onData                           // the same of untagged data
	onMoreResponse                   // a line of it behind a literal
	onEnd                            // an end closes the connection
	onInjection                      // octets in clear where a layer was to begin
	onTLS                            // TLS where IMAP was to be spoken
	onFetched                        // the last line of a FETCH response

	onClientLine = onCommand | onMore | onAuth | onIdle
	onResponse   = onGreeting | onStatus | onData
	onServerLine = onResponse | onMoreResponse
	onLine       = onClientLine | onServerLine
)

// A unit is what the rules judge, with what its end knew when it sent the first octet.
type unit struct {
	ev    *trace.Event
	where where
	end   trace.End
	line  wire.Line
	text  []byte // without line ending, unmasked

	view  seen // of a client: what it knew; of a server: what held before
	hopes seen // the same with the waiting commands taken for successful
	early bool // it was sent before the reply that it hung on
	soon  hang // and it is the first such unit: what it hung on
	lost  bool // what the octets are is not known
	doubt bool // there may be commands that the record does not show
	stray bool // DONE was said while nobody was idle: a server may take it for a tag

	cmd     commandLine // onCommand
	isDone  bool        // the line is DONE
	reused  bool        // a command with the same tag waits
	flooded bool        // too many wait
	secret  bool        // there is a password in it
	utf8    bool        // UTF-8 may stand in it

	renumbering bool // a command is in progress after which numbers may mean other messages

	response responseLine // onResponse
	literal  wire.Literal // what the line announces
	to       sent         // what it answers,
	asked    bool         // if there is anything

	box        open // of the server: the mailbox as it was before
	moving     bool // it may be another one by now
	mayExpunge bool
	idling     bool // IDLE is active
	fetched    fetchReader
	telling    bool // each answer has to tell the UID
	disagrees  bool // the UID does not fit another one
}

// A check is a rule with the means to find it broken: find tells where in the line, as
// index and length; an index of -1 stands for the line as a whole.
type check struct {
	rule.Rule
	where where
	find  func(u *unit) (at, n int, broken bool)
	once  once // it is told once a session
}

// A once is a set of the rules that are told once a session.
type once uint8

const (
	onceAsRead once = 1 << iota
	onceStaleTLS
	onceStaleLogin
)

// judge adds to a unit's event what the rules find in it.
func (d *Dissector) judge(u *unit) {
	for _, c := range checksOf[bits.TrailingZeros16(uint16(u.where))] {
		if c.once&d.told != 0 {
			continue
		}
		at, n, broken := c.find(u)
		if broken {
			d.told |= c.once
		}
		switch {
		case !broken:
		case at < 0:
			f := c.Find()
			f.Len = u.ev.Len
			u.ev.Findings = append(u.ev.Findings, f)
		default:
			u.ev.Findings = append(u.ev.Findings, c.FindAt(u.ev.Raw, at, n))
		}
	}
}

// checksOf holds the checks for each kind of unit, by the kind's bit.
var checksOf = func() (t [16][]*check) {
	for i := range checks {
		for kind := range t {
			if checks[i].where&(1<<kind) != 0 {
				t[kind] = append(t[kind], &checks[i])
			}
		}
	}
	return t
}()

// Rules returns the rules that the dissector judges by.
func Rules() []rule.Rule {
	rules := make([]rule.Rule, len(checks))
	for i := range checks {
		rules[i] = checks[i].Rule
	}
	return rules
}

// anomaly finds the first octet with the anomaly a.
func anomaly(a wire.Anomaly) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		i := u.line.First(a)
		return i, 1, i >= 0
	}
}

// whole makes a find of a question about the line as a whole.
func whole(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) { return -1, 0, broken(u) }
}

// verbWhere makes a find of a question about the verb.
func verbWhere(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		return u.cmd.at, max(1, len(u.cmd.verb)), broken(u)
	}
}

// inOrder is verbWhere for a question about the order of commands, which cannot be
// asked where the record does not tell.
func inOrder(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return verbWhere(func(u *unit) bool {
		return !u.lost && !u.early && u.cmd.id != noVerb && broken(u)
	})
}

// hurried finds what was sent before the reply that it hung on, where that was one of
// hangs.
func hurried(hangs ...hang) func(u *unit) (int, int, bool) {
	return whole(func(u *unit) bool {
		for _, h := range hangs {
			if u.soon == h && !u.lost {
				return true
			}
		}
		return false
	})
}
