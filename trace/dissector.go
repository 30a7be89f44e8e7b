// Package trace is the record of a session and what a dissector makes of it.
//
// A record is a sequence of marks: the connection opened, these octets came from
// that end, TLS began, it closed. A dissector, one per protocol, turns marks into
// events: one for each wire unit, with its place in the stream, its phase, the
// command that a reply answers, and the rules it breaks. Nothing that mailtool
// shows comes from what its code meant to say; it comes from the record.
//
// Read mark.go, then event.go, then dissector.go; scribe.go is what the three
// dissectors share, tap.go makes records of live connections, ring.go keeps the
// newest sessions, file.go writes and reads them.
package trace

// A Dissector turns the marks of one record into events. It is a pure function of
// the record: it holds no clock and no connection, never blocks, never panics, and
// neither decrypts nor inflates. Five laws hold for it.
//
//  1. Lossless: the events of an end cover its stream without gap or overlap, and
//     Raw equals the octets where it is neither folded nor masked.
//  2. Segment-blind: cutting the octets of a mark into several marks of the same end
//     and time changes nothing.
//  3. Causal: what an end had received before it sent a unit stands before that unit,
//     unless it was held because its meaning hung on the unit.
//  4. Bounded: at most 256 KiB of state, whatever comes.
//  5. Total: every record, however wrong, yields events.
type Dissector interface {
	// Mark takes the next mark of the record and hands each event that it
	// completes to emit, in order. Octets whose meaning hangs on the other end's
	// reply are held until that reply. An event lives until emit returns: who keeps
	// it keeps a Clone.
	Mark(m Mark, emit func(*Event))

	// Waiting says who waits for what, as far as the record tells.
	Waiting() Waiting

	// Pending returns the octets of e's unfinished line, masked.
	Pending(e End) []byte

	// Preview returns the events that b, sent by e now, would make, masked. The
	// dissector is left as it was.
	Preview(e End, b []byte) []*Event

	// Masked returns words about the session, with the secrets masked that were said in it.
	Masked(text string) string
}

// Waiting is what each end waits for, as ids of sentences: "reply", "command",
// "crlf", "end-of-data", "greeting", "continuation", "tls", "deflate", "" for nothing.
type Waiting struct {
	Client, Server string
}
