package pop3

import (
	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// A where is the kind of unit that a rule judges.
type where uint8

const (
	onCommand   where = iota + 1 // a command line
	onAuth                       // a line that answers a challenge
	onReply                      // a status line
	onAnswer                     // a line of an answer of many lines
	onWhole                      // an answer of many lines has come to its end
	onEnd                        // an end closes the connection
	onInjection                  // clear text where TLS was to begin
	onTLS                        // TLS where POP3 was to be spoken
)

// A unit is what the rules judge, with what its end knew when it sent the first octet.
type unit struct {
	ev    *trace.Event
	where where
	line  wire.Line
	text  []byte // without line ending, unmasked
	lost  bool   // the record does not tell what waits for a reply: order is not judged

	// Of the client.
	view      seen // what it knew, its waiting commands taken for accepted; onEnd: what holds
	hopes     seen // onEnd: the same with the waiting commands taken for accepted
	ahead     int  // commands that waited for their replies then
	early     bool // it was sent before the reply that it hung on
	hung      verbID
	clear     bool // anyone can read it: there is no TLS below
	cmd       Command
	id        verbID
	mechanism string // onAuth: the SASL mechanism
	step      int    // onAuth: how many responses came before it

	// Of the server.
	reply  Reply
	asked  bool   // a command waited for the reply
	bare   bool   // onAnswer: the line begins with a dot that is not doubled
	header bool   // onAnswer: in a header section, to a client that has not said UTF8
	sizes  *sizes // onWhole: what was said of sizes
	shift  int    // octets of the line before the start of the event's Raw, or less than 0
}

// A check is a rule with the means to find it broken.
type check struct {
	rule.Rule
	where where
	// find tells where in the line it is broken, as index and length; an index of -1
	// stands for the line as a whole.
	find func(u *unit) (at, n int, broken bool)
	once bool // the first place in an answer says enough
}

// once is the set of rules that were found broken in an answer and say no more.
type once uint64

// judge adds to a unit's event what the rules find in it. They look at the dissector's own
// copy, so that the unit of a caller, which is large, costs no memory.
func (d *Dissector) judge(judged *unit) {
	d.unit = *judged
	u := &d.unit
	defer func() { *u = unit{} }() // it points into the mark
	for _, i := range byWhere[u.where] {
		c := &checks[i]
		bit := once(1) << i
		if c.once && d.answer.once&bit != 0 {
			continue
		}
		at, n, broken := c.find(u)
		if !broken {
			continue
		}
		if c.once {
			d.answer.once |= bit
		}
		u.found(c, at, n)
	}
}

func (u *unit) found(c *check, at, n int) {
	f := c.Find()
	if at < 0 {
		f.Len = u.ev.Len
	} else {
		f = c.FindAt(u.ev.Raw, at-u.shift, n)
		f.At = at + 1
	}
	u.ev.Findings = append(u.ev.Findings, f)
}

// byWhere holds the indices of the checks for each kind of unit.
var byWhere = func() (t [onTLS + 1][]int) {
	for i := range checks {
		w := checks[i].where
		t[w] = append(t[w], i)
	}
	return t
}()

// Rules returns the rules that the dissector judges by, each once.
func Rules() []rule.Rule {
	var rules []rule.Rule
	have := map[string]bool{}
	for i := range checks {
		if r := checks[i].Rule; !have[r.ID] {
			have[r.ID] = true
			rules = append(rules, r)
		}
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

// longer finds what lies behind the most octets that a line may have, its CRLF counted.
func longer(most int) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		return most, max(1, u.line.Len-most), u.line.Len > most
	}
}

// whole makes a find of a question about the line as a whole.
func whole(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) { return -1, 0, broken(u) }
}

// inOrder is whole for a question about the order of commands. It cannot be asked where
// the record does not tell, nor of a line that was sent before the reply it hung on.
func inOrder(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return whole(func(u *unit) bool { return !u.lost && !u.early && broken(u) })
}
