package pop3

// A seen is what the record shows of a session at one of its moments. The client acts
// on one that lags behind the server's by what is still on its way.
type seen struct {
	greeted    bool
	user       bool // USER was accepted, and nothing came since
	auth       bool // logged in: the maildrop is locked
	quit       bool
	utf8       bool     // UTF8 was accepted
	pipelining bool     // CAPA's answer offers it
	deleted    []uint64 // marked messages, one bit each; never changed, only replaced
}

// A sent is a command, or something else, that waits for its reply. There may be
// thousands: it is small.
type sent struct {
	n     int    // number of its event
	msg   uint32 // the message that DELE or RETR names
	verb  verbID
	multi bool // +OK begins an answer of many lines
	phase uint8
}

// An outcome is how a command was answered.
type outcome uint8

const (
	assumed    outcome = iota // not yet: the client takes it for accepted
	accepted                  // +OK
	refused                   // -ERR, or what nobody understands
	challenged                // "+ ": AUTH goes on
)

// after is v when c has been answered.
func (v seen) after(c sent, got outcome) seen {
	if got == challenged {
		return v
	}
	ok := got != refused
	v.user = c.verb == verbUser && ok // RFC 1939 §7: PASS comes immediately after USER
	switch c.verb {
	case greeting:
		v.greeted = true
	case verbPass, verbAPOP, verbAuth, authLine:
		if ok && !c.multi { // AUTH alone lists the mechanisms
			v.auth = true
		}
	case verbDele:
		if got == accepted {
			v.mark(c.msg)
		}
	case verbRset:
		if ok {
			v.deleted = nil
		}
	case verbUTF8:
		v.utf8 = v.utf8 || ok
	case verbQuit:
		v.quit = true
	}
	return v
}

// maxMarked is the highest message number whose mark is remembered: a bit each.
const maxMarked = 1 << 16

// mark remembers that a message is marked as deleted. Other views of the session share
// the old marks: they stay as they are.
func (v *seen) mark(msg uint32) {
	if msg == 0 || msg >= maxMarked {
		return
	}
	marks := make([]uint64, max(len(v.deleted), int(msg/64)+1))
	copy(marks, v.deleted)
	marks[msg/64] |= 1 << (msg % 64)
	v.deleted = marks
}

func (v *seen) marked(msg uint32) bool {
	return int(msg/64) < len(v.deleted) && v.deleted[msg/64]>>(msg%64)&1 != 0
}

// unknown is the state where the record does not tell.
const unknown = "unknown"

// state is the session's state. QUIT leads to UPDATE only from TRANSACTION
// (RFC 1939 §6).
func (v *seen) state() State {
	switch {
	case v.auth && v.quit:
		return StateUpdate
	case v.auth:
		return StateTransaction
	case v.greeted:
		return StateAuthorization
	}
	return StateConnected
}

// in is the state as the table of verbs has it, none after QUIT.
func (v *seen) in() State {
	switch {
	case v.quit:
		return 0
	case v.auth:
		return StateTransaction
	}
	return StateAuthorization
}

// The phases of a session, in the textbook's words. A command's phase is what the
// client hopes for: that the commands on their way will be accepted.
const (
	phaseAuthorization uint8 = iota
	phaseTransaction
	phaseUpdate
)

var phases = [...]string{"authorization", "transaction", "update"}

// phaseOf is the phase that a command belongs to.
func (v *seen) phaseOf(id verbID) uint8 {
	switch {
	case !v.auth:
		return phaseAuthorization
	case id == verbQuit, v.quit:
		return phaseUpdate
	}
	return phaseTransaction
}

// guessedPhase is the phase that a command belongs to by its verb alone, where the
// record does not tell the state; current, if it may come in several.
func guessedPhase(id verbID, current uint8) uint8 {
	switch {
	case id == verbQuit:
		return phaseUpdate
	case id == noVerb || verbs[id].In == either:
		return current
	case verbs[id].In == StateTransaction:
		return phaseTransaction
	}
	return phaseAuthorization
}
