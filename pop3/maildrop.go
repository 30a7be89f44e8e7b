package pop3

import (
	"context"
	"io"
)

// A Message is what a server lists of one.
type Message struct {
	// Octets is its size, each line's CRLF counted, and nothing of byte-stuffing
	// (RFC 1939 §11).
	Octets int64
	// UID is its unique-id, the same in every session: 1 to 70 octets from 0x21 to 0x7E
	// (RFC 1939 §7).
	UID string
}

// A Maildrop is a user's mail while a session has it: locked, so that no other session has
// it, and frozen, so that what arrives meanwhile waits for the next session (RFC 1939 §4).
// Its methods are called by one goroutine.
type Maildrop interface {
	// Messages are its messages; the one with number n is Messages()[n-1]. They never change.
	Messages() []Message
	// Open returns what writes message n: so many octets as Messages says, lines that end in
	// CRLF, the last one too. An error that is a *Reply is said as it is, any other as
	// [SYS/TEMP].
	Open(ctx context.Context, n int) (io.WriterTo, error)
	// Update removes the messages with these numbers, in rising order: all of them, or with
	// an error none (RFC 1939 §6).
	Update(ctx context.Context, deleted []int) error
	// Close gives the lock back. It is called once, whatever happens, and last.
	Close()
}
