package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"mailtool/internal/wire"
)

// A Client is the sending end of SMTP over one connection. Its methods wait for the
// reply; a refusal is returned as an error that is a *Reply. After any other error the
// connection is of no more use. It is not for use by several goroutines.
type Client struct {
	// Timeouts are those of the standard unless they are changed.
	Timeouts Timeouts
	// Break is where the session is broken off on purpose.
	Break Break
	// Greeting and Extensions are what the server said.
	Greeting   *Reply
	Extensions Extensions

	conn *wire.Conn
	tls  *tls.ConnectionState // nil in clear
	open bool                 // a transaction may be, which the next message must end
	over error                // why no more can be said
}

// NewClient returns a client over a connection. Nothing is read or sent yet.
func NewClient(nc net.Conn) *Client {
	return &Client{Timeouts: StandardTimeouts(), conn: wire.NewConn(nc)}
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

// Close closes the connection without a word; see Quit.
func (c *Client) Close() error { return c.conn.Close() }

// Greet reads the greeting (RFC 5321 §3.1).
func (c *Client) Greet() error {
	if err := c.unread(AtConnect); err != nil {
		return err
	}
	r, err := c.reply("the connection", c.Timeouts.Greeting)
	if err != nil {
		return err
	}
	c.Greeting = r
	if !r.Positive() {
		return r
	}
	return c.reach(AtConnect, nil)
}

// Hello says EHLO with the client's name, and HELO where the server refuses EHLO
// (RFC 5321 §3.2).
func (c *Client) Hello(domain string) (*Reply, error) {
	r, err := c.do(Command{Verb: "EHLO", Domain: domain}, AtHelo)
	if err != nil {
		if refusal := (*Reply)(nil); errors.As(err, &refusal) && refusal.Permanent() {
			return c.Helo(domain)
		}
		return nil, err
	}
	c.open, c.Extensions = false, nil
	for _, line := range r.Lines[1:] {
		c.Extensions.Add(line)
	}
	return r, c.reach(AtHelo, nil)
}

// Helo says HELO: nothing is offered then (RFC 5321 §4.1.1.1).
func (c *Client) Helo(domain string) (*Reply, error) {
	r, err := c.do(Command{Verb: "HELO", Domain: domain}, AtHelo)
	if err == nil {
		c.open, c.Extensions = false, nil
	}
	return r, c.reach(AtHelo, err)
}

// Mail opens a transaction (RFC 5321 §4.1.1.2).
func (c *Client) Mail(from Path, params ...Param) (*Reply, error) {
	r, err := c.Do(Command{Verb: "MAIL", Path: from, Params: params})
	c.open = c.open || err == nil
	return r, err
}

// Rcpt names a recipient (RFC 5321 §4.1.1.3).
func (c *Client) Rcpt(to Path, params ...Param) (*Reply, error) {
	return c.Do(Command{Verb: "RCPT", Path: to, Params: params})
}

// Data sends a message (RFC 5321 §4.1.1.4). Its lines must end in CRLF; dots at their
// beginnings are doubled on the way. An error of r leaves the message without an end, so
// the connection is closed.
func (c *Client) Data(r io.Reader) (*Reply, error) {
	if err := c.write(Command{Verb: "DATA"}); err != nil {
		return nil, err
	}
	if err := c.unread(AtData); err != nil {
		return nil, err
	}
	if err := c.proceed(); err != nil {
		return nil, err
	}
	if c.Break.At == AtData {
		return nil, c.drop()
	}
	return c.message(r)
}

// proceed reads the 354 that answers DATA.
func (c *Client) proceed() error {
	r, err := c.reply("DATA", c.Timeouts.Data)
	switch {
	case err != nil:
		return err
	case r.Code == 354:
		return nil
	case r.Positive() || r.Intermediate():
		return c.fail(&ProtocolError{"DATA", []byte(r.Error()), "neither 354 nor a refusal"})
	}
	return r
}

// message sends the message itself, after 354.
func (c *Client) message(r io.Reader) (*Reply, error) {
	c.conn.WriteTimeout = c.Timeouts.Block
	body := &source{r: r}
	_, err := c.conn.WriteDot(body)
	switch {
	case body.err != nil:
		return nil, c.giveUp(body.err)
	case err == nil:
		err = c.conn.Flush()
	}
	if err != nil {
		return nil, c.lastWords("the message", err)
	}
	c.open = false
	if err := c.unread(AtDot); err != nil {
		return nil, err
	}
	reply, err := c.expect("the message", c.Timeouts.End)
	return reply, c.reach(AtDot, err)
}

// A source tells an error of what is sent from one of the connection.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// Rset ends a transaction without a message (RFC 5321 §4.1.1.5).
func (c *Client) Rset() (*Reply, error) {
	r, err := c.Do(Command{Verb: "RSET"})
	if err == nil {
		c.open = false
	}
	return r, err
}

// Noop asks for a reply and nothing else (RFC 5321 §4.1.1.9).
func (c *Client) Noop() (*Reply, error) { return c.Do(Command{Verb: "NOOP"}) }

// Vrfy asks about an address (RFC 5321 §4.1.1.6). For a name beyond ASCII the server has to
// offer SMTPUTF8 (RFC 6531 §3.7.4.2).
func (c *Client) Vrfy(name string) (*Reply, error) { return c.inquire("VRFY", name) }

// Expn asks for the members of a list (RFC 5321 §4.1.1.7), as Vrfy does.
func (c *Client) Expn(list string) (*Reply, error) { return c.inquire("EXPN", list) }

func (c *Client) inquire(verb, name string) (*Reply, error) {
	if !(Mailbox{Local: name}).IsASCII() {
		if !c.Extensions.Has("SMTPUTF8") {
			return nil, &NotOfferedError{"SMTPUTF8"}
		}
		name += " SMTPUTF8"
	}
	return c.Do(Command{Verb: verb, Arg: name})
}

// Help asks for help, on a topic unless that is "" (RFC 5321 §4.1.1.8).
func (c *Client) Help(topic string) (*Reply, error) {
	return c.Do(Command{Verb: "HELP", Arg: topic})
}

// parting is how long a server is given to close the connection after its 221.
const parting = time.Second

// Quit ends the session: it waits for 221, and for the server to close the connection,
// which is the server's to do first (RFC 5321 §4.1.1.10). Where the connection is lost
// already, it is only closed.
func (c *Client) Quit() (*Reply, error) {
	defer c.Close()
	if c.over != nil {
		return nil, nil
	}
	r, err := c.Do(Command{Verb: "QUIT"})
	if err == nil {
		c.conn.ReadTimeout = parting
		c.conn.Peek() // the end of the stream; whatever else comes is not for us
	}
	return r, err
}

// Do sends a command and waits for its reply. A reply that is not 2yz is returned as the
// error, too. DATA is none for Do: its 354 is no end.
func (c *Client) Do(cmd Command) (*Reply, error) {
	return c.do(cmd, nowhere)
}

// do is Do; where the connection is to be dropped at p with the reply unread, it is.
func (c *Client) do(cmd Command, p Point) (*Reply, error) {
	if err := c.write(cmd); err != nil {
		return nil, err
	}
	if err := c.unread(p); err != nil {
		return nil, err
	}
	return c.expect(cmd.Verb, c.timeout(cmd.Verb))
}

func (c *Client) timeout(verb string) time.Duration {
	switch verb {
	case "MAIL":
		return c.Timeouts.Mail
	case "RCPT":
		return c.Timeouts.Rcpt
	}
	return c.Timeouts.Other
}

// ErrLineEnding is returned for a command that holds a CR, an LF or a NUL. It is not
// sent, since what stands behind would be taken for a command of its own
// (RFC 5321 §2.3.8). The connection can be used on.
var ErrLineEnding = errors.New("smtp: a command must not hold CR, LF or NUL")

func (c *Client) write(cmds ...Command) error {
	if c.over != nil {
		return c.over
	}
	lines := make([]string, len(cmds))
	for i, cmd := range cmds {
		if lines[i] = cmd.String(); strings.ContainsAny(lines[i], "\r\n\x00") {
			return ErrLineEnding
		}
	}
	return c.writeLines(cmds[0].Verb, lines...)
}

// writeLines sends lines; verb is what they belong to.
func (c *Client) writeLines(verb string, lines ...string) error {
	c.conn.WriteTimeout = c.Timeouts.Block
	for _, line := range lines {
		if err := c.conn.WriteLine(line); err != nil {
			return c.lastWords(verb, err)
		}
	}
	if err := c.conn.Flush(); err != nil {
		return c.lastWords(verb, err)
	}
	return nil
}

// expect reads a reply that should say that something was done.
func (c *Client) expect(verb string, timeout time.Duration) (*Reply, error) {
	r, err := c.reply(verb, timeout)
	switch {
	case err != nil:
		return r, err
	case r.Intermediate():
		const why = "a 3yz reply, which nothing asked for"
		return r, c.fail(&ProtocolError{verb, []byte(r.Error()), why})
	case r.Code == 221 && verb != "QUIT": // RFC 5321 §4.2.3: the server closes now
		const why = "221, which answers QUIT only"
		return r, c.fail(&ProtocolError{verb, []byte(r.Error()), why})
	case !r.Positive():
		return r, r
	}
	return r, nil
}

// reply reads a reply. 421 may answer anything, and ends the session
// (RFC 5321 §3.8, §4.2.1).
func (c *Client) reply(verb string, timeout time.Duration) (*Reply, error) {
	if c.over != nil {
		return nil, c.over
	}
	c.conn.ReadTimeout = timeout
	r, err := readReply(c.conn, verb)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, c.fail(fmt.Errorf("no answer to %s for %v: %w", verb, timeout, err))
	case err != nil:
		return nil, c.fail(err)
	case r.Code == 421:
		return r, c.fail(r)
	}
	return r, nil
}

func (c *Client) fail(err error) error {
	c.over = err
	return err
}

// farewell is how long a server that closed is given to say why.
const farewell = time.Second

// lastWords is called when sending failed: a server that gives up says why before it
// closes, and that says more than a broken pipe.
func (c *Client) lastWords(verb string, err error) error {
	c.conn.Abandon()
	if r, lost := c.reply(verb, farewell); lost == nil && !r.Positive() && !r.Intermediate() {
		err = r
	} else if r != nil && r.Code == 421 {
		err = r
	}
	return c.fail(err)
}

// A NotOfferedError says that an extension is needed that the server does not have.
type NotOfferedError struct{ Keyword string }

func (e *NotOfferedError) Error() string {
	return fmt.Sprintf("the server does not offer %s, which is needed here", e.Keyword)
}
