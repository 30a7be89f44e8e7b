package pop3

import (
	"cmp"
	"time"
)

// Lengths of lines, in octets, CRLF included.
const (
	// MaxCommandLine is the length of a command (RFC 2449 §4). Of AUTH see CommandLine.
	MaxCommandLine = 255
	// MaxReplyLine is the length of the first line of an answer (RFC 1939 §3).
	MaxReplyLine = 512
)

// CommandLine is how long a command line with the verb may be, CRLF included. A client has
// to keep an initial response out of an AUTH that gets longer than other commands
// (RFC 5034 §4); many do not.
func CommandLine(verb string) int {
	if verb == "AUTH" {
		return maxAuthLine
	}
	return MaxCommandLine
}

// maxAuthLine is how long a line of AUTH may be that holds a challenge or a response: what
// the mechanisms need (RFC 5034 §4).
const maxAuthLine = 12288

// Limits bound what a client may ask of a server. A zero stands for the default.
type Limits struct {
	Errors      int           // commands that could not be obeyed; 50
	Logins      int           // log-ins that failed; 3
	Connections int           // at a time; 1,000
	PerHost     int           // of them from one address, loopback exempt; 50
	Idle        time.Duration // until the next command comes; 10 min, the least (RFC 1939 §3)
	Write       time.Duration // for 64 KiB to be taken by the client; 2 min
	Session     time.Duration // from greeting to close; 2 h
	Handshake   time.Duration // of TLS; 30 s
}

// orDefault is l with the defaults in the place of zeros.
func (l Limits) orDefault() Limits {
	l.Errors = cmp.Or(l.Errors, 50)
	l.Logins = cmp.Or(l.Logins, 3)
	l.Connections = cmp.Or(l.Connections, 1000)
	l.PerHost = cmp.Or(l.PerHost, 50)
	l.Idle = cmp.Or(l.Idle, 10*time.Minute)
	l.Write = cmp.Or(l.Write, 2*time.Minute)
	l.Session = cmp.Or(l.Session, 2*time.Hour)
	l.Handshake = cmp.Or(l.Handshake, handshakeTime)
	return l
}

// handshakeTime is how long either end waits for TLS.
const handshakeTime = 30 * time.Second

// Timeouts say how long a client waits for the other end. A zero stands for ever.
type Timeouts struct {
	Greeting  time.Duration // for the first line
	Reply     time.Duration // for a status line, or the next piece of an answer
	Write     time.Duration // for a command to leave
	Handshake time.Duration // of TLS
}

// Bounds are how much a client takes from a server that never comes to an end. A zero
// stands for no bound.
type Bounds struct {
	Line    int   // octets of a line of an answer that is no message
	List    int   // lines of such an answer
	Message int64 // octets of a message
}

// UsualTimeouts are how long a client waits unless it is told otherwise. No standard says;
// a server may have to look through a large maildrop before it answers PASS.
func UsualTimeouts() Timeouts {
	return Timeouts{Greeting: 5 * time.Minute, Reply: 5 * time.Minute, Write: 3 * time.Minute,
		Handshake: handshakeTime}
}

// UsualBounds are more than any server needs: a million messages, and one of 2 GiB.
func UsualBounds() Bounds { return Bounds{Line: 4096, List: 1_000_000, Message: 2 << 30} }
