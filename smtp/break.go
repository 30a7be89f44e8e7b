package smtp

import "errors"

// A Point is a place in a session at which a client can break off on purpose, to show what
// the other end makes of it.
type Point uint8

// The points, in the order in which a session reaches them. Each is reached when the reply
// to what it is named after has come, and was no refusal: a session that is refused before
// goes the way of every other.
const (
	nowhere   Point = iota
	AtConnect       // the greeting
	AtHelo          // the reply to EHLO, or to the HELO that took its place
	AtMail          // the reply to MAIL
	AtRcpt          // the reply to the last RCPT; some recipient was accepted
	AtData          // the 354; in chunks: the 250 to the first, unless it is the last
	AtDot           // the reply to the message; in chunks: to the last
)

var pointNames = []string{"connect", "helo", "mail", "rcpt", "data", "dot"}

// String is the point's name.
func (p Point) String() string {
	if p < AtConnect || p > AtDot {
		return "nowhere"
	}
	return pointNames[p-1]
}

// ParsePoint reads a point's name, in whatever case.
func ParsePoint(s string) (Point, bool) {
	for i, name := range pointNames {
		if capitals(s) == capitals(name) {
			return Point(i + 1), true
		}
	}
	return 0, false
}

// A Break says where a client breaks off, and how. The zero value is nowhere. Greet, Hello,
// Send and Data heed it; a message is not pipelined then, so that nothing that belongs
// behind the point is sent.
type Break struct {
	At Point
	// Drop closes the connection without QUIT. Otherwise QUIT is said, and the server
	// closes; but not at AtData before the lines of a message, where every word would be
	// taken for text: there is no polite way out after 354, and the connection is closed.
	Drop bool
	// Unread drops the connection without waiting for the reply: as soon as what the
	// point is named after was sent, which is nothing at AtConnect, DATA or the first
	// chunk at AtData, and the dot or the last chunk at AtDot.
	Unread bool
}

// ErrBroken is returned by the method that reached the client's Break. The session is
// over, as was asked for.
var ErrBroken = errors.New("smtp: the session was broken off, as was asked for")

// reach is called with the error that the step to p ended in. It breaks off there if it
// is to and there was none.
func (c *Client) reach(p Point, err error) error {
	if err != nil || p == nowhere || c.Break.At != p {
		return err
	}
	if c.Break.Drop {
		return c.drop()
	}
	if _, err := c.Quit(); err != nil {
		return err
	}
	return c.fail(ErrBroken)
}

// unread drops the connection if that is to happen before the reply at p is read.
func (c *Client) unread(p Point) error {
	if c.over != nil || !c.Break.Unread || p == nowhere || c.Break.At != p {
		return nil
	}
	return c.drop()
}

func (c *Client) drop() error {
	c.Close()
	return c.fail(ErrBroken)
}
