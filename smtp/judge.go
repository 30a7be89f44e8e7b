package smtp

import (
	"time"

	"mailtool/internal/wire"
	"mailtool/trace"
	"mailtool/trace/rule"
)

// A where is the kind of unit that a rule judges.
type where uint8

const (
	onCommand   where = iota + 1 // a command line
	onAuth                       // a line that answers a challenge
	onData                       // a line of the message
	onReply                      // a line of a reply
	onEnd                        // an end closes the connection
	onDesync                     // the server framed otherwise than the standard
	onInjection                  // octets in clear behind STARTTLS
	onTLS                        // TLS where SMTP was to be spoken
)

// A unit is what the rules judge, with what its end knew when it sent the first octet.
type unit struct {
	ev    *trace.Event
	where where
	end   trace.End
	line  wire.Line
	text  []byte // without line ending, unmasked

	view   *seen         // commands: what the client knew; replies, data: what holds
	hopes  *seen         // onEnd: the same with the waiting commands taken for successful
	quiet  time.Duration // onEnd: how long nobody had spoken
	ahead  int           // commands that waited for their replies then,
	behind string        // and the verb of the last of them
	early  bool          // it was sent before the reply that it hung on
	lost   bool          // the record does not tell what waits for a reply: order is not judged
	secure bool          // there is TLS below,
	former bool          // and an EHLO was answered before it was
	beyond bool          // what is said leaves the machine

	cmd    Command // onCommand
	faults []Fault

	mechanism string // onAuth: of the exchange
	step      int    // how many responses came before it

	stuffed bool // onData: the line began with a dot
	far     bool // onData: the line lies deep in a long body

	code     int    // onReply: of this line
	whole    int    // of the reply's first line
	ok       bool   // it has the form of a reply line
	first    bool   // it is the first
	rest     []byte // the text behind the code
	to       sent   // what it answers,
	asked    bool   // if there is anything
	suspects int    // places in the last message that might be taken for its end
}

// unusual says that a line of data is not one of the many that no rule is about.
func unusual(line *wire.DotScanner) bool {
	return line.Anomalies() != 0 || line.Len() > maxTextLine || line.Stuffed()
}

// A check is a rule with the means to find it broken.
type check struct {
	rule.Rule
	where where
	fault FaultKind // the fault of the command's syntax that breaks it; or
	// find tells where in the line it is broken, as index and length; an index of -1
	// stands for the line as a whole.
	find  func(u *unit) (at, n int, broken bool)
	needs trait // find is asked about units that have one of these; 0 for all
	once  bool  // the first place in a message says enough
}

// once is the set of rules that were found broken in a message and say no more.
type once uint64

// about begins the unit that is judged next. There is one at a time and it is large, so
// that it lives in the dissector: on the stack of each session it would cost more than
// the rules do.
func (d *Dissector) about(ev *trace.Event, w where) *unit {
	u := &d.unit
	if u.ev != nil {
		*u = unit{}
	}
	u.ev, u.where, u.end, u.text = ev, w, ev.End, ev.Payload()
	u.view, u.lost = &d.known, d.lost
	u.secure, u.former, u.beyond = d.secure, d.former, d.beyond
	return u
}

// judge adds to a unit's event what the rules find in it.
func (d *Dissector) judge(u *unit) {
	rules := byWhere[u.where]
	if len(u.faults) == 0 {
		rules = faultless[u.where]
	}
	traits := u.traits()
	for _, r := range rules {
		if r.needs != 0 && r.needs&traits == 0 {
			continue
		}
		i := r.check
		c := &checks[i]
		bit := once(1) << (i % 64)
		if (c.once || u.far) && u.where == onData && d.message.once&bit != 0 {
			continue
		}
		if c.fault != "" {
			u.byFault(c)
			continue
		}
		at, n, broken := c.find(u)
		if !broken {
			continue
		}
		if u.where == onData {
			d.message.once |= bit
		}
		u.found(c, at, n)
	}
}

func (u *unit) byFault(c *check) {
	for _, f := range u.faults {
		if f.Kind == c.fault {
			u.found(c, f.At, f.Len)
		}
	}
}

func (u *unit) found(c *check, at, n int) {
	if at < 0 {
		f := c.Find()
		f.Len = u.ev.Len
		u.ev.Findings = append(u.ev.Findings, f)
		return
	}
	u.ev.Findings = append(u.ev.Findings, c.FindAt(u.ev.Raw, at, n))
}

// A candidate is a check that may find something: its index, and what it needs.
type candidate struct {
	needs trait
	check uint16
}

// byWhere holds the checks for each kind of unit, faultless those that can find something
// in a unit whose syntax has no fault.
var byWhere, faultless = func() (all, find [onTLS + 1][]candidate) {
	for i := range checks {
		w, c := checks[i].where, candidate{checks[i].needs, uint16(i)}
		all[w] = append(all[w], c)
		if checks[i].find != nil {
			find[w] = append(find[w], c)
		}
	}
	return all, find
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

// longer finds what lies behind the most octets that a line may have.
func longer(most func(u *unit) int) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		m := most(u)
		return m, max(1, u.line.Len-m), u.line.Len > m
	}
}

// whole makes a find of a question about the line as a whole.
func whole(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) { return -1, 0, broken(u) }
}

// inOrder is whole for a question about the order of commands, which cannot be asked
// where the record does not tell.
func inOrder(broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) { return -1, 0, !u.lost && !u.early && broken(u) }
}

// always is broken wherever it is asked: the rule's needs say it all.
func always(*unit) bool { return true }
