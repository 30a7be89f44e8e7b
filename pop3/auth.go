package pop3

import (
	"context"

	"mailtool/internal/sasl"
)

// A Login decides who may log in, and how. Its methods are called by many sessions at once.
// An error that is a *Reply is said as it is.
type Login interface {
	// Mechanisms are those that p may use now: of AUTH, and sasl.APOP, by which the greeting
	// has a timestamp. USER and PASS are there where PLAIN is: they say the same in two
	// commands. They may be others after STLS.
	Mechanisms(p Peer) []string
	// Begin begins an exchange by one of them. That of APOP is sasl.NewAPOPServer with
	// p.Stamp.
	Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error)
	// Done is told once how an exchange that has begun ended: with nil for success, with
	// what Next of it returned, with sasl.ErrCancelled, or with an error of the connection.
	// What it returns is said instead, unless it is nil. The maildrop is opened afterwards.
	Done(ctx context.Context, p Peer, mechanism string, x sasl.Server, err error) error
}

// Auth logs in by x (RFC 5034). An error that is a *Reply is the server's refusal. The
// mechanism has to be one that the server offers now, above TLS if there is TLS: otherwise
// nothing is sent, and the error is a NotOfferedError. Where x finds fault with the server
// the exchange is cancelled, and the error is x's own.
func (c *Client) Auth(x sasl.Client) (*Reply, error) { return nil, nil }

// Pass logs in by USER and PASS (RFC 1939 §7).
func (c *Client) Pass(name, password string) (*Reply, error) { return nil, nil }

// APOP logs in by the greeting's timestamp (RFC 1939 §7). Where it has none, nothing is
// sent, and the error is a NotOfferedError.
func (c *Client) APOP(name, password string) (*Reply, error) { return nil, nil }
