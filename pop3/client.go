package pop3

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
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
func NewClient(nc net.Conn) *Client { return &Client{conn: wire.NewConn(nc)} }

// Connecting is how long Dial tries.
const Connecting = 5 * time.Second

// Dial connects to host:port and reads the greeting.
func Dial(ctx context.Context, addr string) (*Client, error) { return nil, nil }

// Wire is the connection with its framing, for a gate before what is sent.
func (c *Client) Wire() *wire.Conn { return c.conn }

// Close closes the connection without a word: nothing is deleted. See Quit.
func (c *Client) Close() error { return c.conn.Close() }

// Greet reads the greeting (RFC 1939 §4).
func (c *Client) Greet() error { return nil }

// Capa asks what the server can do and remembers it in Capabilities (RFC 2449 §5). That a
// server does not know the command is no error: the result is nil then.
func (c *Client) Capa() (Capabilities, error) { return nil, nil }

// Do sends a command and waits for its answer. Where that has many lines (Command.Multiline),
// they are written to w as they came, each with CRLF, byte-stuffing removed; w may be nil.
// It is not for AUTH with a mechanism, nor for STLS.
func (c *Client) Do(cmd Command, w io.Writer) (*Reply, error) { return nil, nil }

// Noop asks for a reply and nothing else (RFC 1939 §5).
func (c *Client) Noop() (*Reply, error) { return nil, nil }

// Delete marks message n (RFC 1939 §5). It goes with Quit.
func (c *Client) Delete(n int) (*Reply, error) { return nil, nil }

// Reset takes all marks back (RFC 1939 §5).
func (c *Client) Reset() (*Reply, error) { return nil, nil }

// Quit ends the session: what is marked is deleted (RFC 1939 §6). It waits for the server to
// close the connection.
func (c *Client) Quit() (*Reply, error) { return nil, nil }

// StartTLS has the session go on in TLS (RFC 2595). What the server offered before is
// forgotten: ask Capa again. An error that is a *Reply is a refusal, and the session can go
// on in clear, if that is wanted; a NotOfferedError too. After any other the connection is
// of no use.
func (c *Client) StartTLS(ctx context.Context, cfg *tls.Config) error { return nil }

// ImplicitTLS begins TLS before the greeting, as is done on a port of its own
// (RFC 8314 §3.3).
func (c *Client) ImplicitTLS(ctx context.Context, cfg *tls.Config) error { return nil }

// TLS is what was agreed on, nil where the session is in clear.
func (c *Client) TLS() *tls.ConnectionState { return c.tls }

// A NotOfferedError says that something is needed that the server does not have.
type NotOfferedError struct{ Keyword string }

func (e *NotOfferedError) Error() string {
	return fmt.Sprintf("the server does not offer %s, which is needed here", e.Keyword)
}

// A ProtocolError says that the server said something that is no POP3.
type ProtocolError struct {
	To   string // the command that was to be answered, or "the connection"
	Line []byte // what came
	Why  string // what is wrong with it
}

// Error quotes what came, escaped.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the answer to %s is not POP3: %s: %q", e.To, e.Why, e.Line)
}
