package pop3

import "time"

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
