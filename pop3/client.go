package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"mailtool/internal/wire"
)

// A Client is the fetching end of POP3 over one connection. Its methods wait for the
// answer; a refusal is returned as an error that is a *Reply, and the session can go on.
// What cannot be said is an ErrLineEnding or a NotOfferedError, and nothing was sent. After
// any other error the connection is of no more use. It is not for use by several goroutines.
type Client struct {
	// Timeouts and Bounds may be changed.
	Timeouts Timeouts
	Bounds   Bounds
	// Greeting and Capabilities are what the server said.
	Greeting     *Reply
	Capabilities Capabilities

	conn *wire.Conn
	tls  *tls.ConnectionState // nil in clear
	over error                // why no more can be said
}

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

// Close closes the connection without a word: nothing is deleted. See Quit.
func (c *Client) Close() error { return c.conn.Close() }

// Greet reads the greeting (RFC 1939 §4). One that is no +OK ends the session.
func (c *Client) Greet() error {
	r, err := c.reply(connecting, c.Timeouts.Greeting)
	if err != nil {
		return err
	}
	c.Greeting = r
	switch r.Status {
	case OK:
		return nil
	case Err:
		return c.fail(r)
	}
	return c.fail(&ProtocolError{connecting, clip(r.Append(nil)), noStatus})
}

// connecting is what a greeting answers.
const connecting = "the connection"

// Capa asks what the server can do and remembers it in Capabilities (RFC 2449 §5). That a
// server does not know the command is no error: the result is nil then.
func (c *Client) Capa() (Capabilities, error) {
	offered := Capabilities{}
	_, err := c.ask(Command{Verb: "CAPA"}, func(line []byte) error {
		offered.Add(string(line))
		return nil
	})
	if refusal := (*Reply)(nil); errors.As(err, &refusal) && c.over == nil {
		c.Capabilities = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.Capabilities = offered
	return offered, nil
}

// Do sends a command and waits for its answer. Where that has many lines (Command.Multiline),
// they are written to w as they came, each with CRLF, byte-stuffing removed; w may be nil.
// It is not for AUTH with a mechanism, nor for STLS.
func (c *Client) Do(cmd Command, w io.Writer) (*Reply, error) {
	if !cmd.Multiline() {
		return c.ask(cmd, nil)
	}
	if w == nil {
		w = io.Discard
	}
	got, err := c.fetch(cmd, w)
	return got.Reply, err
}

// Noop asks for a reply and nothing else (RFC 1939 §5).
func (c *Client) Noop() (*Reply, error) { return c.Do(Command{Verb: "NOOP"}, nil) }

// Delete marks message n (RFC 1939 §5). It goes with Quit.
func (c *Client) Delete(n int) (*Reply, error) { return c.Do(about("DELE", n), nil) }

// Reset takes all marks back (RFC 1939 §5).
func (c *Client) Reset() (*Reply, error) { return c.Do(Command{Verb: "RSET"}, nil) }

// about is a command about a message.
func about(verb string, n int) Command { return Command{Verb: verb, Arg: strconv.Itoa(n)} }

// parting is how long a server is given to close the connection after QUIT.
const parting = time.Second

// Quit ends the session: what is marked is deleted (RFC 1939 §6). An error that is a *Reply
// says that it was not. It waits for the server to close the connection. Where the connection
// is lost already, it is only closed.
func (c *Client) Quit() (*Reply, error) {
	defer c.Close()
	if c.over != nil {
		return nil, nil
	}
	r, err := c.Do(Command{Verb: "QUIT"}, nil)
	if r != nil && c.over == nil {
		c.conn.ReadTimeout = parting
		c.conn.Peek() // the end of the stream; whatever else comes is not for us
		c.over = net.ErrClosed
	}
	return r, err
}

// ErrLineEnding is returned for a command that holds a CR, an LF or a NUL. It is not sent,
// since what stands behind would be taken for a command of its own. The connection can be
// used on.
var ErrLineEnding = errors.New("pop3: a command must not hold CR, LF or NUL")

// ErrTooLong is returned for a command that no server need take (RFC 2449 §4). It is not
// sent, and the connection can be used on.
var ErrTooLong = fmt.Errorf("pop3: a command has %d octets at most", MaxCommandLine)

// write sends a command. Whatever the server has said meanwhile, nothing asked for it: the
// next line would be taken for the answer to this command.
func (c *Client) write(cmd Command) error {
	line := string(cmd.Append(nil))
	switch {
	case c.over != nil:
		return c.over
	case strings.ContainsAny(line, "\r\n\x00"):
		return ErrLineEnding
	case len(line)+len(crlf) > MaxCommandLine:
		return ErrTooLong
	case c.conn.Buffered() > 0:
		const why = "it came before the command"
		return c.fail(&ProtocolError{cmd.Verb, c.conn.Unread(80), why})
	}
	return c.writeLine(cmd.Verb, line)
}

// writeLine sends a line; verb is what it belongs to.
func (c *Client) writeLine(verb, line string) error {
	c.conn.WriteTimeout = c.Timeouts.Write
	err := c.conn.WriteLine(line)
	if err == nil {
		err = c.conn.Flush()
	}
	if err != nil {
		return c.lastWords(verb, err)
	}
	return nil
}

// ask sends a command and reads the answer; take is given the lines of one that has many.
func (c *Client) ask(cmd Command, take func(line []byte) error) (*Reply, error) {
	if err := c.write(cmd); err != nil {
		return nil, err
	}
	r, err := c.status(cmd.Verb)
	if err == nil && take != nil {
		err = c.lines(cmd.Verb, take)
	}
	return r, err
}

// status reads the line that answers a command with +OK or -ERR.
func (c *Client) status(verb string) (*Reply, error) {
	r, err := c.reply(verb, c.Timeouts.Reply)
	switch {
	case err != nil:
		return nil, err
	case r.Status == Challenge:
		return nil, c.fail(&ProtocolError{verb, clip(r.Append(nil)), noStatus})
	case r.Status == Err:
		return r, r
	}
	return r, nil
}

const noStatus = "neither +OK nor -ERR"

// reply reads a status line, or a challenge.
func (c *Client) reply(verb string, timeout time.Duration) (*Reply, error) {
	if c.over != nil {
		return nil, c.over
	}
	c.conn.ReadTimeout = timeout
	line, err := c.conn.ReadLine(maxAuthLine)
	if err != nil {
		return nil, c.broken(verb, err)
	}
	r := ParseReply(line)
	if r.Status == "" {
		return nil, c.fail(&ProtocolError{verb, clip(line), noStatus})
	}
	return &r, nil
}

// broken says what is wrong when reading failed.
func (c *Client) broken(verb string, err error) error {
	unusual := (*wire.LineError)(nil)
	switch {
	case errors.As(err, &unusual):
		return c.fail(&ProtocolError{verb, unusual.Line, unusual.Fault()})
	case errors.Is(err, wire.ErrEndless):
		return c.fail(&ProtocolError{verb, nil, "a line does not end"})
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.fail(fmt.Errorf("no answer to %s for %v: %w", verb, c.conn.ReadTimeout, err))
	}
	return c.fail(err)
}

func (c *Client) fail(err error) error {
	c.over = err
	return err
}

// farewell is how long a server that closed is given to say why.
const farewell = time.Second

// lastWords is called when sending failed: a server that gives up says why before it closes,
// and that says more than a broken pipe.
func (c *Client) lastWords(verb string, err error) error {
	c.conn.Abandon()
	if r, lost := c.reply(verb, farewell); lost == nil && r.Status == Err {
		err = r
	}
	return c.fail(err)
}

// A NotOfferedError says that something is needed that the server does not have.
type NotOfferedError struct{ Keyword string }

func (e *NotOfferedError) Error() string {
	return fmt.Sprintf("the server does not offer %s, which is needed here", e.Keyword)
}
