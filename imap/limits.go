package imap

import (
	"cmp"
	"time"
)

// Limits bound what a client may ask of a server. A zero stands for the default.
type Limits struct {
	Line        int           // octets of a command without its literals; 64 KiB
	Literals    int64         // octets of a command's literals, APPEND's message aside; 1 MiB
	Message     int64         // octets of a message that is appended; 50 MiB
	Errors      int           // BADs in a row; 50, and ten times that after the log-in
	Logins      int           // log-ins that failed; 10: people try each mechanism in one session
	Connections int           // at a time; 1,000
	PerHost     int           // of them from one address, loopback exempt; 50
	Idle        time.Duration // until the next command comes; 30 min, the least (RFC 3501 §5.4)
	Write       time.Duration // for 64 KiB to be taken by the client; 2 min
	Session     time.Duration // from greeting to close; 24 h
	Handshake   time.Duration // of TLS; 30 s
	Before      time.Duration // to log in; 10 min
}

// orDefault is l with the defaults in the place of zeros.
func (l Limits) orDefault() Limits {
	l.Line = cmp.Or(l.Line, 64<<10)
	l.Literals = cmp.Or(l.Literals, 1<<20)
	l.Message = cmp.Or(l.Message, 50<<20)
	l.Errors = cmp.Or(l.Errors, 50)
	l.Logins = cmp.Or(l.Logins, 10)
	l.Connections = cmp.Or(l.Connections, 1000)
	l.PerHost = cmp.Or(l.PerHost, 50)
	l.Idle = cmp.Or(l.Idle, 30*time.Minute)
	l.Write = cmp.Or(l.Write, 2*time.Minute)
	l.Session = cmp.Or(l.Session, 24*time.Hour)
	l.Handshake = cmp.Or(l.Handshake, handshakeTime)
	l.Before = cmp.Or(l.Before, 10*time.Minute)
	return l
}

// handshakeTime is how long either end waits for TLS.
const handshakeTime = 30 * time.Second
