package smtp

import (
	"cmp"
	"time"
)

// Sizes that every receiver has to take at least. They are counted in octets, line
// endings included where lines are meant (RFC 5321 §4.5.3.1).
const (
	// MaxLocalPart is the length of what stands before the @ (RFC 5321 §4.5.3.1.1).
	MaxLocalPart = 64
	// MaxDomain is the length of a domain name or address literal (RFC 5321 §4.5.3.1.2).
	MaxDomain = 255
	// MaxPath is the length of a path with its punctuation (RFC 5321 §4.5.3.1.3).
	MaxPath = 256
	// MaxCommandLine is the length of a command line; see CommandLine for what
	// extensions add (RFC 5321 §4.5.3.1.4).
	MaxCommandLine = 512
	// MaxReplyLine is the length of a line of a reply (RFC 5321 §4.5.3.1.5).
	MaxReplyLine = 512
	// MinRecipients is how many recipients a transaction may have at least
	// (RFC 5321 §4.5.3.1.8).
	MinRecipients = 100
	// MaxHops is how many Received fields make of a message one that goes round in
	// circles (RFC 5321 §6.3).
	MaxHops = 100
)

// CommandLine is how long a command line with the verb may be, CRLF included: the
// standard's length and what the extensions that add parameters allow besides.
func CommandLine(verb string) int {
	switch verb {
	case "MAIL": // SIZE 26, BODY 17, SMTPUTF8 10, RET and ENVID 127, AUTH 500
		return MaxCommandLine + 26 + 17 + 10 + 127 + 500
	case "RCPT": // NOTIFY and ORCPT (RFC 3461 §5.4)
		return MaxCommandLine + 530
	case "AUTH":
		return maxAuthLine
	}
	return MaxCommandLine
}

// maxAuthLine is how long a line of AUTH may be that holds a challenge or a response
// (RFC 4954 §4). By the standard a response does not belong into the command's own line
// where that gets longer than others; many clients do it nevertheless.
const maxAuthLine = 12288

// Timeouts say how long a client waits for the other end (RFC 5321 §4.5.3.2). A zero
// stands for ever.
type Timeouts struct {
	Greeting time.Duration // for the first 220 (RFC 5321 §4.5.3.2.1)
	Mail     time.Duration // for the reply to MAIL (RFC 5321 §4.5.3.2.2)
	Rcpt     time.Duration // for the reply to RCPT (RFC 5321 §4.5.3.2.3)
	Data     time.Duration // for the 354 (RFC 5321 §4.5.3.2.4)
	Block    time.Duration // for a piece of the message to leave (RFC 5321 §4.5.3.2.5)
	End      time.Duration // for the reply to the final dot (RFC 5321 §4.5.3.2.6)
	Other    time.Duration // for the reply to any other command
	// Handshake is how long that of TLS may take; no standard says.
	Handshake time.Duration
}

// handshakeTime is how long either end waits for TLS.
const handshakeTime = 30 * time.Second

// StandardTimeouts are the least that the standard asks for.
func StandardTimeouts() Timeouts {
	return Timeouts{
		Greeting: 5 * time.Minute,
		Mail:     5 * time.Minute,
		Rcpt:     5 * time.Minute,
		Data:     2 * time.Minute,
		Block:    3 * time.Minute,
		End:      10 * time.Minute,
		Other:    5 * time.Minute,

		Handshake: handshakeTime,
	}
}

// Limits bound what a client may ask of a server. A zero stands for the default.
type Limits struct {
	Size        int64         // octets of a message; 50 MiB (RFC 1870 §3)
	Recipients  int           // of a transaction; 100 (RFC 5321 §4.5.3.1.8)
	Hops        int           // Received fields of a message; 100 (RFC 5321 §6.3)
	Errors      int           // commands that could not be obeyed; 50
	Logins      int           // log-ins that failed; 3, the least that may be (RFC 4954 §9)
	Commands    int           // without a message, RCPT and chunks not counted; 1,000
	Connections int           // at a time; 1,000
	PerHost     int           // of them from one address, loopback exempt; 50
	Idle        time.Duration // until the next command comes; 5 min (RFC 5321 §4.5.3.2.7)
	Message     time.Duration // from the first octet of a message to its last; 1 h
	Session     time.Duration // from greeting to close; 2 h
	Handshake   time.Duration // of TLS; 30 s
}

// orDefault is l with the defaults in the place of zeros.
func (l Limits) orDefault() Limits {
	l.Size = cmp.Or(l.Size, 50<<20)
	l.Recipients = cmp.Or(l.Recipients, MinRecipients)
	l.Hops = cmp.Or(l.Hops, MaxHops)
	l.Errors = cmp.Or(l.Errors, 50)
	l.Logins = cmp.Or(l.Logins, 3)
	l.Commands = cmp.Or(l.Commands, 1000)
	l.Connections = cmp.Or(l.Connections, 1000)
	l.PerHost = cmp.Or(l.PerHost, 50)
	l.Idle = cmp.Or(l.Idle, 5*time.Minute)
	l.Message = cmp.Or(l.Message, time.Hour)
	l.Session = cmp.Or(l.Session, 2*time.Hour)
	l.Handshake = cmp.Or(l.Handshake, handshakeTime)
	return l
}
