package imap

import "bytes"

// phase is the state as a phase: there is none where nobody knows.
func (s State) phase() string {
	if s == stateUnknown {
		return ""
	}
	return s.String()
}

// in are the states that a session in s may be in.
func (s State) in() State {
	if s == stateUnknown || s == StateLogout {
		return inAny
	}
	return s
}

// A seen is what the record shows of a session at one of its moments. The client acts
// on one that lags behind the server's by what is still on its way.
type seen struct {
	greeted bool
	strange bool // with what is no greeting: it may be no server of IMAP
	state   State
	offers  offers
	tls     bool
	bye     bool // the server said that it will close
	asked   bool // LOGOUT was sent
	logout  bool // LOGOUT was answered

	examined bool   // the mailbox is selected, and may not be changed
	utf8     bool   // names may be UTF-8 (RFC 6855 §3)
	stale    stale  // why nothing is known of what the server offers now
	fresh    bool   // what it offers was told while the client logged in: it goes for after that
	byeAt    uint32 // the newest command when the server said that it would close
}

// A stale list of capabilities is one that holds no more.
type stale uint8

const (
	notStale stale = iota
	staleByTLS
	staleByLogin
)

// staleOf is why the offers of v hold no more, when that is why.
func staleOf(v seen, why stale) stale {
	if v.offers == 0 {
		return v.stale
	}
	return why
}

// A sent is a command that waits for its result. There may be thousands: it is small.
// Its tag stands in the queue.
type sent struct {
	n    uint32 // number of its first event
	tag  uint16 // octets of its tag
	verb verbID
	from State // the phase it belongs to
}

// An outcome is how a command was answered.
type outcome uint8

const (
	assumed  outcome = iota // not yet: the client takes it for done
	done                    // OK
	refused                 // NO
	rejected                // BAD
)

func outcomeOf(word string) outcome {
	switch word {
	case "OK":
		return done
	case "NO":
		return refused
	}
	return rejected
}

// after is v when c has been answered.
func (v seen) after(c sent, got outcome) seen {
	ok := got <= done
	switch c.verb {
	case verbLogin, verbAuthenticate:
		if ok {
			v.state = StateAuthenticated
			if !v.fresh { // servers offer more to whom they know: nothing is said of it yet
				v.offers, v.stale = 0, staleOf(v, staleByLogin)
			}
			v.fresh = false
		}
	case verbSelect, verbExamine:
		switch {
		case ok:
			v.state, v.examined = StateSelected, c.verb == verbExamine
		case got == refused: // the mailbox that was selected is not any more (RFC 3501 §6.3.1)
			v.state = StateAuthenticated
		}
	case verbClose, verbUnselect:
		if ok {
			v.state = StateAuthenticated
		}
	case verbUnauthenticate:
		if ok {
			v.state, v.offers = StateNotAuthenticated, 0
		}
	case verbLogout:
		v.asked = true
		v.logout = v.logout || got == done
		if ok {
			v.state = StateLogout
		}
	}
	if v.state == stateUnknown && got == done && verbs[c.verb].in == StateSelected {
		v.state = StateSelected
	}
	return v
}

// changes says that the answer to a command with this verb changes the view.
func changes(id verbID) bool { return id > noVerb && id <= verbLogout && id != verbStartTLS }

// phaseOf is the phase that a command belongs to, when the client is in s. Where the
// record does not tell the state, the verb may.
func phaseOf(id verbID, s State) State {
	switch {
	case id == verbLogout:
		return StateLogout
	case s != stateUnknown || id == noVerb:
		return s
	case verbs[id].in == StateNotAuthenticated:
		return StateNotAuthenticated
	case verbs[id].in == StateSelected:
		return StateSelected
	}
	return s
}

// Limits of the commands that wait for their results.
const (
	maxSent    = 4096
	maxTags    = 64 << 10 // octets of their tags
	maxSentNew = 16       // while the record does not tell, the newest are enough
)

// A queue holds the commands that wait for their results, oldest first. Their tags
// stand one behind the other.
type queue struct {
	sent  []sent
	tags  []byte
	count [classes]uint16 // of the commands, by class
}

func (q *queue) clone() queue {
	return queue{append([]sent(nil), q.sent...), append([]byte(nil), q.tags...), q.count}
}

// full says that there is no room for another tag.
func (q *queue) full(tag []byte) bool {
	return len(q.sent) >= maxSent || len(q.tags)+len(tag) > maxTags
}

func (q *queue) add(c sent, tag []byte) {
	c.tag = uint16(len(tag))
	q.sent = append(q.sent, c)
	q.tags = append(q.tags, tag...)
	q.count[classOf[c.verb]]++
}

// find returns the oldest command with the tag, or -1. The tags compare octet by octet:
// they are the client's own (RFC 3501 §2.2.1).
func (q *queue) find(tag []byte) int {
	at := 0
	for i, c := range q.sent {
		n := int(c.tag)
		if n == len(tag) && n > 0 && bytes.Equal(q.tags[at:at+n], tag) {
			return i
		}
		at += n
	}
	return -1
}

func (q *queue) remove(i int) sent {
	at := 0
	for _, c := range q.sent[:i] {
		at += int(c.tag)
	}
	c := q.sent[i]
	q.count[classOf[c.verb]]--
	q.tags = append(q.tags[:at], q.tags[at+int(c.tag):]...)
	q.sent = append(q.sent[:i], q.sent[i+1:]...)
	return c
}

// removeUnknown removes the oldest command that is none: the server found no tag to
// answer it with.
func (q *queue) removeUnknown() {
	for i, c := range q.sent {
		if c.verb == noVerb {
			q.remove(i)
			return
		}
	}
}

func (q *queue) clear() { *q = queue{} }
