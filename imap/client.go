package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"mailtool/internal/wire"
)

// A Client is the end of IMAP that reads and arranges mail, over one connection. Its methods
// wait for the result of their command; one that is NO or BAD is returned as an error that is a
// *Response, and the session can go on. What cannot be said is an ErrLineEnding or a
// NotOfferedError, and nothing was sent. A *DataError says that data of an answer was not what
// it should be; the session can go on behind it, too. After any other error the connection is
// of no more use: a *ByeError is the server's farewell, a *ProtocolError its fault. It is not
// for use by several goroutines.
type Client struct {
	// Timeouts and Bounds may be changed.
	Timeouts Timeouts
	Bounds   Bounds
	// Unasked, if set, is given what the server tells without being asked, which may come with
	// any answer (RFC 3501 §7): messages that arrive or are gone, flags, and, as a *Response,
	// words of its own. It must not use the client.
	Unasked func(Data)
	// NoWait sends literals without waiting for the server to ask for them, where it offers
	// that (RFC 7888). Otherwise the client waits, as is always right.
	NoWait bool
	// Greeting and Capabilities are what the server said; nil where it did not, or where what
	// it said holds no more.
	Greeting     *Response
	Capabilities Capabilities

	conn     *wire.Conn
	tls      *tls.ConnectionState // nil in clear
	over     error                // why no more can be said
	tags     int                  // commands so far
	learned  int                  // how often the server said what it can do
	loggedIn bool
	utf8     bool // UTF8=ACCEPT is enabled (RFC 6855 §3)

	text []byte // memory for what is read next
}

// Timeouts say how long a client waits for the other end. A zero stands for ever.
type Timeouts struct {
	Greeting  time.Duration // for the first line
	Reply     time.Duration // for a line, or the next piece of a literal
	Write     time.Duration // for 64 KiB to leave
	Handshake time.Duration // of TLS
	Idle      time.Duration // until IDLE is ended and begun anew (RFC 2177 §3)
}

// Bounds are how much a client takes from a server that never comes to an end. A zero stands
// for no bound.
type Bounds struct {
	Line    int   // octets of a line, literals aside
	Literal int64 // octets of a response that is kept in memory
	Data    int64 // octets that come before the result of a command
}

// UsualTimeouts are how long a client waits unless it is told otherwise. No standard says; a
// server may have to look through all its mail before it answers SEARCH. IDLE is renewed before
// a server's patience of 30 minutes ends (RFC 2177 §3).
func UsualTimeouts() Timeouts {
	return Timeouts{Greeting: 5 * time.Minute, Reply: 5 * time.Minute, Write: 3 * time.Minute,
		Handshake: handshakeTime, Idle: 29 * time.Minute}
}

// UsualBounds are more than any server needs: a SEARCH that finds two million messages, one of
// 256 MiB in memory, 64 GiB in all.
func UsualBounds() Bounds { return Bounds{Line: 16 << 20, Literal: 256 << 20, Data: 64 << 30} }

// NewClient returns a client over a connection. Nothing is read or sent yet.
func NewClient(nc net.Conn) *Client {
	return &Client{Timeouts: UsualTimeouts(), Bounds: UsualBounds(), conn: wire.NewConn(nc)}
}

// Connecting is how long Dial tries.
const Connecting = 5 * time.Second

// Dial connects to host:port and reads the greeting.
func Dial(ctx context.Context, addr string) (*Client, error) {
	d := net.Dialer{Timeout: Connecting}
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := NewClient(nc)
	if err := c.Greet(); err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

// Wire is the connection with its framing, for a gate before what is sent.
func (c *Client) Wire() *wire.Conn { return c.conn }

// Close closes the connection without a word. See Logout.
func (c *Client) Close() error { return c.conn.Close() }

// LoggedIn says that the server knows who the client is: it has logged in, or no log-in was
// needed (RFC 3501 §3).
func (c *Client) LoggedIn() bool { return c.loggedIn }

// connecting is what a greeting answers.
const connecting = "the connection"

// Greet reads the greeting (RFC 3501 §7.1): OK, PREAUTH where no log-in is needed, or BYE, which
// ends the session with a *ByeError.
func (c *Client) Greet() error {
	if c.over != nil {
		return c.over
	}
	x := &exchange{verb: connecting}
	text, err := c.read(x, c.Timeouts.Greeting)
	if err != nil {
		return err
	}
	d, bad := parseUntagged(text, false)
	r, _ := d.(*Response)
	if bad != nil || r == nil || r.Status != OK && r.Status != PREAUTH && r.Status != BYE {
		return c.fault(x, text, "neither OK, PREAUTH nor BYE")
	}
	c.Greeting, c.loggedIn = r, r.Status == PREAUTH
	if r.Status == BYE {
		return c.fail(&ByeError{r})
	}
	c.learn(r)
	return nil
}

// learn remembers what the server says of what it can do, and of what is enabled.
func (c *Client) learn(d Data) {
	switch d := d.(type) {
	case *EnabledData:
		c.utf8 = c.utf8 || d.Capabilities.Has("UTF8=ACCEPT")
	case CapabilityData:
		c.Capabilities = d.Capabilities
		c.learned++
	case *Response:
		if d.Code.Name == CodeCapability {
			c.Capabilities = d.Code.capabilities()
			c.learned++
		}
	}
}

// Capability asks what the server can do and remembers it in Capabilities (RFC 3501 §6.1.1).
func (c *Client) Capability() (Capabilities, error) {
	d, err := only[CapabilityData](c, Simple{"CAPABILITY"})
	return d.Capabilities, err
}

// Noop does nothing: the server may tell what happened meanwhile (RFC 3501 §6.1.2).
func (c *Client) Noop() (*Response, error) { return c.Do(Simple{"NOOP"}, nil) }

// parting is how long a server is given to close the connection after LOGOUT.
const parting = time.Second

// Logout ends the session (RFC 3501 §6.1.3): it waits for the server's BYE, the result, and
// that the connection is closed. Where it is lost already, it is only closed.
func (c *Client) Logout() (*Response, error) {
	defer c.Close()
	if c.over != nil {
		return nil, nil
	}
	r, err := c.Do(Simple{"LOGOUT"}, nil)
	if r != nil && c.over == nil {
		c.part()
	}
	return r, err
}

// part waits for the server to close the connection.
func (c *Client) part() {
	c.conn.ReadTimeout = parting
	c.conn.Peek() // the end of the stream; whatever else comes is not for us
	c.over = net.ErrClosed
}

func (c *Client) fail(err error) error {
	c.over = err
	return err
}

// fault ends the session because of what the server said.
func (c *Client) fault(x *exchange, text []byte, why string) error {
	return c.fail(&ProtocolError{x.verb, clip(text), why})
}

// A ProtocolError says that the server said something that is no IMAP. The session is over:
// where the next response begins, nobody knows.
type ProtocolError struct {
	To   string // the command under way, or "the connection"
	Line []byte // what came
	Why  string // what is wrong with it
}

// Error quotes what came, escaped.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the answer to %s is not IMAP: %s: %q", e.To, e.Why, e.Line)
}

// A DataError says that data came that is not what the standards have of that name. The session
// goes on: it is known where it ended.
type DataError struct {
	To   string // the command under way
	Line []byte // what came
	*SyntaxError
}

// Error quotes what came, escaped.
func (e *DataError) Error() string {
	return fmt.Sprintf("the data that came with the answer to %s is wrong: "+
		"%s expected at octet %d of %q", e.To, e.Want, e.At+1, e.Line)
}

// A ByeError is the farewell of a server that the client did not ask to go (RFC 3501 §7.1.5).
type ByeError struct{ Response *Response }

func (e *ByeError) Error() string {
	return fmt.Sprintf("the server ended the session: %s", e.Response.Error())
}

// clip copies the start of what came.
func clip(text []byte) []byte { return append([]byte(nil), text[:min(len(text), 80)]...) }

// A NotOfferedError says that something is needed that the server does not have.
type NotOfferedError struct{ Keyword string }

func (e *NotOfferedError) Error() string {
	return fmt.Sprintf("the server does not offer %s, which is needed here", e.Keyword)
}

// ErrLineEnding is returned for a command that holds a CR, an LF or a NUL where it has no
// literal. It is not sent, since what stands behind would be taken for a command of its own.
// The connection can be used on.
var ErrLineEnding = errors.New("imap: a command must not hold CR, LF or NUL")

// needs says that the server has not offered something, if it said what it offers.
func (c *Client) needs(capability string) error {
	if c.Capabilities != nil && !c.Capabilities.Has(capability) {
		return &NotOfferedError{capability}
	}
	return nil
}
