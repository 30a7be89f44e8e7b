package pop3

import (
	"errors"

	"mailtool/internal/wire"
)

// lineReply refuses a line that is none, without looking at what it says: two programs that
// differ about where lines end can be played against each other.
func lineReply(e *wire.LineError) *Reply {
	switch e.Anomaly {
	case wire.BareLF:
		return Refuse("", "Line must end in CRLF")
	case wire.BareCR:
		return Refuse("", "A lone CR (byte %d) in the line", e.At+1)
	case wire.NUL:
		return Refuse("", "A NUL octet (byte %d) in the line", e.At+1)
	}
	return Refuse("", "Line too long")
}

// replyTo makes a reply of a callback's error: a *Reply is said as it is, anything else is the
// server's own trouble, and the client may try again.
func replyTo(err error) *Reply {
	if r := (*Reply)(nil); errors.As(err, &r) {
		return r
	}
	return Refuse(CodeTemporary, "Trouble in the server; try again later")
}
