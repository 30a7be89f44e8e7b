package smtp

import "slices"

// A sent is a command, or the end of data, that waits for its reply.
type sent struct {
	n     int // number of its event
	verb  string
	phase string
	eight bool // BODY=8BITMIME
	utf8  bool // SMTPUTF8
	last  bool // BDAT LAST
}

// Verbs that are none: what else waits for a reply.
const (
	greeting = "greeting" // the connection, which the server answers first
	dataEnd  = "."        // the end of the data
	authLine = "auth"     // the client's answer to a challenge
)

// knownVerb says that the dissector knows a verb.
func knownVerb(verb string) bool { return formOf(verb) != 0 }

// A queued is a sent as the queue holds it: thousands may wait, and a dissector's memory
// is bounded (law 4 of trace.Dissector). Verb and phase are places in tables.
type queued struct {
	n                 int
	verb, phase       uint8
	eight, utf8, last bool
}

const firstVerb = 4 // what stands before it in queuedVerbs is no command

var (
	queuedVerbs = [...]string{"", greeting, dataEnd, authLine, "EHLO", "HELO", "MAIL", "RCPT",
		"DATA", "BDAT", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "QUIT", "STARTTLS", "AUTH"}
	queuedPhases = [...]string{"", Handshake, Transfer, Close}
)

// queued is c as the queue holds it. A verb that is not known is none there.
func (c sent) queued() queued {
	return queued{c.n, place(queuedVerbs[:], c.verb), place(queuedPhases[:], c.phase), c.eight,
		c.utf8, c.last}
}

// sent is what queued was made of.
func (q queued) sent() sent {
	return sent{q.n, queuedVerbs[q.verb], queuedPhases[q.phase], q.eight, q.utf8, q.last}
}

func place(table []string, s string) uint8 {
	return uint8(max(0, slices.Index(table, s)))
}
