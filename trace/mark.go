package trace

import "time"

// An End is a side of a session: the client, which opened the connection, or the
// server.
type End byte

// The two ends. NoEnd stands in events that belong to neither, as a connect.
const (
	NoEnd  End = 0
	Client End = 'C'
	Server End = 'S'
)

// Peer is the other end.
func (e End) Peer() End {
	switch e {
	case Client:
		return Server
	case Server:
		return Client
	}
	return NoEnd
}

// String is "C", "S" or "-", as the RFCs write it at the start of a line.
func (e End) String() string {
	if e == NoEnd {
		return "-"
	}
	return string(rune(e))
}

// A Protocol is the language of a session.
type Protocol string

// The protocols that have a dissector.
const (
	SMTP Protocol = "smtp"
	POP3 Protocol = "pop3"
	IMAP Protocol = "imap"
)

// A Vantage says where the record was made: at one of the ends, or between them.
// It decides what "received" means in the record.
type Vantage string

// The vantages.
const (
	AtClient Vantage = "client"
	AtServer Vantage = "server"
	InMiddle Vantage = "middle"
)

// A MarkKind tells the marks of a record apart.
type MarkKind byte

// The marks, in the order in which they can first appear.
const (
	MarkOpen  MarkKind = iota + 1 // the connection is there
	MarkBytes                     // octets of one end
	MarkLayer                     // TLS or deflate begins, or could not
	MarkGap                       // octets of one end are missing from the record
	MarkEOF                       // one end will send no more
	MarkClose                     // the connection is gone
)

// A Mark is one entry of a record: the record of a session is a sequence of marks,
// and all that a dissector ever sees. Only the fields that its kind names are set.
type Mark struct {
	Kind MarkKind
	When time.Time
	End  End    // Bytes, Gap, EOF; Close: who closed it, as far as is known
	B    []byte // Bytes: valid only during the call
	N    int64  // Gap: how many octets are missing, 0 when nobody knows

	Open  *Opening // Open
	Layer *Layer   // Layer
	Why   Why      // Close
}

// An Opening is what is known of a session before its first octet.
type Opening struct {
	Protocol   Protocol
	Vantage    Vantage
	ClientAddr string // "127.0.0.1:50112", or "" where there is none
	ServerAddr string
	// Midway says that the record begins after the session did: nothing is known
	// of what was said before.
	Midway bool
	// ShowSecrets leaves passwords readable. It holds for the whole record.
	ShowSecrets bool
}

// A Layer is a change below the protocol: from here on the octets are those above
// the new layer, and offsets begin at 0 again.
type Layer struct {
	Name   string // "tls" or "deflate"
	Agreed string // what was agreed, "TLS 1.3 TLS_AES_128_GCM_SHA256"; "" when it failed
	Err    string // why it failed; "" when it did not
	// Security is what there is to know of TLS, failed or not; nil where nobody has looked.
	Security *Security
}

// Why is how a connection ended.
type Why string

// The ways in which a connection ends.
const (
	ClosedEOF      Why = "eof"      // an orderly close
	ClosedReset    Why = "reset"    // the network or the peer cut it
	ClosedTimeout  Why = "timeout"  // nobody spoke in time
	ClosedShutdown Why = "shutdown" // our side was told to stop
)
