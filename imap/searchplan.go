package imap

import (
	"cmp"
	"slices"
	"strings"

	"mailtool/mime/scan"
)

// A truth is whether a message matches a key: it does, it does not, or it takes more than was
// looked at to tell. NOT is the negative of it, AND the least of several, OR the greatest.
type truth int8

const (
	no    truth = -1
	maybe truth = 0
	yes   truth = 1
)

// A depth says what has to be looked at to decide on a key.
type depth uint8

// From what is in memory to what takes long.
const (
	inMemory  depth = iota // a Message
	inHeader               // what the store has read out of the header
	inFields               // the header as people read it
	inContent              // the body
)

// A test is a search key that is ready to be asked of many messages.
type test struct {
	op    testOp
	depth depth                  // of a leaf
	holds func(x *examined) bool // of a leaf
	parts []test
}

type testOp uint8

const (
	leaf testOp = iota
	allOf
	oneOf
	noneOf // of one
)

// ask answers with what is to be known down to a depth. It calls itself as deep as keys stand in
// each other, which the parser limits.
func (t *test) ask(x *examined, down depth) truth {
	switch t.op {
	case leaf:
		switch {
		case t.depth > down:
			return maybe
		case t.holds(x):
			return yes
		}
		return no
	case noneOf:
		return -t.parts[0].ask(x, down)
	case oneOf:
		best := no
		for i := 0; i < len(t.parts) && best != yes; i++ {
			best = max(best, t.parts[i].ask(x, down))
		}
		return best
	}
	worst := yes
	for i := 0; i < len(t.parts) && worst != no; i++ {
		worst = min(worst, t.parts[i].ask(x, down))
	}
	return worst
}

// A planner makes tests of search keys.
type planner struct {
	s      *session
	modSeq bool // one of the keys is MODSEQ (RFC 7162 §3.1.5)
	bad    *Response
}

// all is the test that holds where all keys do.
func (p *planner) all(keys []Key) test { return test{op: allOf, parts: p.tests(keys)} }

func (p *planner) tests(keys []Key) []test {
	parts := make([]test, len(keys))
	for i := range keys {
		parts[i] = p.test(&keys[i])
	}
	return parts
}

func (p *planner) test(k *Key) test {
	if capability := keyNeeds[k.Name]; !p.s.offers(capability) {
		p.bad = Reject("There is no search key %s: %s was not offered", k.Name, capability)
	}
	switch k.Name {
	case keyAnd:
		return p.all(k.Keys)
	case "OR":
		return test{op: oneOf, parts: p.tests(k.Keys)}
	case "NOT":
		return test{op: noneOf, parts: p.tests(k.Keys)}
	case keySet, "UID":
		return p.inSet(k)
	}
	if t, ok := p.byFlag(k); ok {
		return t
	}
	if t, ok := p.byNumber(k); ok {
		return t
	}
	return p.byText(k)
}

// inMessage is a test of what is known of a message in any case.
func inMessage(holds func(m *Message) bool) test {
	return test{holds: func(x *examined) bool { return holds(x.Message) }}
}

// inSet tests by sets. A number that no message has is no mistake here, unlike in FETCH: the set
// is not what the command is about, but something that messages are compared with, and none is
// like that. RFC 3501 §9 (seq-number) wants BAD of COPY, FETCH and STORE by name; other servers
// take such numbers in SEARCH too, and so a client may have come to send them.
func (p *planner) inSet(k *Key) test {
	if k.Set.Saved && !p.s.offers("SEARCHRES") {
		p.bad = Reject("There is no $: SEARCHRES was not offered")
	}
	set := k.Set.uids(p.s.sel, k.Name == "UID")
	return inMessage(func(m *Message) bool { return set.Contains(m.UID) })
}

// systemFlags are the keys of system flags; behind UN they find what has the flag not.
var systemFlags = map[string]Flags{"ANSWERED": FlagAnswered, "DELETED": FlagDeleted,
	"DRAFT": FlagDraft, "FLAGGED": FlagFlagged, "SEEN": FlagSeen}

// byFlag makes the tests of ALL, flags and keywords.
func (p *planner) byFlag(k *Key) (test, bool) {
	fresh, word := Set(p.s.sel.recent), k.Text
	recent := func(m *Message) bool { return fresh.Contains(m.UID) }
	has := func(m *Message) bool {
		return slices.ContainsFunc(m.Keywords, func(w string) bool { return sameWord(w, word) })
	}
	switch k.Name {
	case "ALL":
		return test{op: allOf}, true
	case "RECENT":
		return inMessage(recent), true
	case "OLD":
		return inMessage(func(m *Message) bool { return !recent(m) }), true
	case "NEW":
		return inMessage(func(m *Message) bool { return m.Flags&FlagSeen == 0 && recent(m) }), true
	case "KEYWORD":
		return inMessage(has), true
	case "UNKEYWORD":
		return inMessage(func(m *Message) bool { return !has(m) }), true
	}
	if flag, ok := systemFlags[k.Name]; ok {
		return inMessage(func(m *Message) bool { return m.Flags&flag != 0 }), true
	}
	if flag, ok := systemFlags[strings.TrimPrefix(k.Name, "UN")]; ok {
		return inMessage(func(m *Message) bool { return m.Flags&flag == 0 }), true
	}
	return test{}, false
}

// byNumber makes the tests of sizes, ages, days and modification sequences.
func (p *planner) byNumber(k *Key) (test, bool) {
	n := k.Number
	switch k.Name {
	case "LARGER":
		return inMessage(func(m *Message) bool { return m.Octets > n }), true
	case "SMALLER":
		return inMessage(func(m *Message) bool { return m.Octets < n }), true
	case "OLDER": // RFC 5032 §2
		from := p.s.srv.now().Unix() - n
		return inMessage(func(m *Message) bool { return m.Internal <= from }), true
	case "YOUNGER":
		from := p.s.srv.now().Unix() - n
		return inMessage(func(m *Message) bool { return m.Internal >= from }), true
	case "MODSEQ":
		p.modSeq = true
		return inMessage(func(m *Message) bool { return m.ModSeq >= uint64(n) }), true
	}
	if name, sent := strings.CutPrefix(k.Name, "SENT"); sent {
		compare, ok := sentTests[name]
		return test{depth: inHeader, holds: func(x *examined) bool {
			return compare(x.sentDay(), k.Day)
		}}, ok
	}
	begin := k.Day.midnight().Unix()
	end := begin + 24*60*60
	switch k.Name {
	case "BEFORE":
		return inMessage(func(m *Message) bool { return m.local() < begin }), true
	case "ON":
		return inMessage(func(m *Message) bool { return m.local() >= begin && m.local() < end }), true
	case "SINCE":
		return inMessage(func(m *Message) bool { return m.local() >= begin }), true
	}
	return test{}, false
}

// sentTests compare the day that a message was sent on with the one asked for.
var sentTests = map[string]func(sent, asked Day) bool{"BEFORE": Day.Before, "ON": Day.On,
	"SINCE": Day.Since}

// local is the internal date as a clock in its own zone shows it, as if it were in Greenwich:
// days are compared without regard to the zone (RFC 3501 §6.4.4).
func (m *Message) local() int64 { return m.Internal + int64(m.Zone)*60 }

// fieldNames are the fields that keys of their own look into.
var fieldNames = map[string]string{"BCC": "Bcc", "CC": "Cc", "FROM": "From", "SUBJECT": "Subject",
	"TO": "To"}

// byText makes the tests that read a message. An empty text is a part of every text, but not of
// a field that is not there.
func (p *planner) byText(k *Key) test {
	text, field := k.Text, cmp.Or(fieldNames[k.Name], k.Field)
	switch {
	case k.Name != "BODY" && k.Name != "TEXT":
		return inText(inFields, func(t Text) bool { return t.Field(field, text) })
	case text == "":
		return test{op: allOf}
	case k.Name == "BODY":
		return inText(inContent, func(t Text) bool { return t.InBody(text) })
	}
	return inText(inContent, func(t Text) bool { return t.InText(text) })
}

// inText is a test of a message as people read it.
func inText(down depth, holds func(t Text) bool) test {
	return test{depth: down, holds: func(x *examined) bool {
		t := x.text()
		if t == nil {
			return false
		}
		there := holds(t)
		if x.err == nil {
			x.err = t.Err()
		}
		return there
	}}
}

// examined is a message that tests look at, and what was read of it.
type examined struct {
	*Message
	s     *session
	words Text // nil while it was not read
	sent  Day  // with known
	known bool
	err   error // why nothing could be read
}

// text is the message as people read it, nil where that is not to be had.
func (x *examined) text() Text {
	if x.words == nil && x.err == nil {
		x.words, x.err = x.s.sel.box.Text(x.s.ctx, x.Message)
		if x.err != nil {
			x.words = nil
		}
	}
	return x.words
}

// sentDay is the day of the Date field in the zone that it names (RFC 3501 §6.4.4), 0 where there
// is none that can be read.
func (x *examined) sentDay() Day {
	if x.known || x.err != nil {
		return x.sent
	}
	structure, err := x.s.sel.box.Structure(x.s.ctx, x.Message)
	x.known, x.err, x.words = true, err, nil // Text may be used until the next call only
	if err == nil {
		if t, err := scan.ParseDate([]byte(structure.Get("Date"))); err == nil {
			x.sent = DayOf(t)
		}
	}
	return x.sent
}
