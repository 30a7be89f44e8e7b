package sasl

import (
	"context"
	"fmt"
)

// Mechanisms returns what a server can offer, the strongest first. bound says that the
// connection has a Binding; without one there is nothing to bind to.
func Mechanisms(bound bool) []string {
	all := []string{SCRAMSHA256Plus, SCRAMSHA256, SCRAMSHA1, CRAMMD5, Plain, Login}
	if !bound {
		return all[1:]
	}
	return all
}

// NewClient begins an exchange of a mechanism. The error is ErrMechanism, ErrCredentials or
// ErrBinding.
//
// The binding is that of the connection, nil if it has none, or if the client chose not to
// be bound although the server offers it. With a binding, SCRAM-SHA-1 and SCRAM-SHA-256 tell
// the server that the client could have been bound and was not offered it. A server that did
// offer it then knows that somebody in between took the offer away, and refuses
// (RFC 5802 §6).
func NewClient(mechanism string, c Credentials, binding Binding) (Client, error) {
	var x Client
	var err error
	switch mechanism {
	case Plain:
		x, err = newPlainClient(c)
	case Login:
		x, err = newLoginClient(c)
	case CRAMMD5:
		x, err = newCRAMMD5Client(c)
	case SCRAMSHA1, SCRAMSHA256, SCRAMSHA256Plus:
		x, err = newSCRAMClient(mechanism, c, binding)
	case XOAuth2:
		x, err = newXOAuth2Client(c)
	case OAuthBearer:
		x, err = newOAuthBearerClient(c)
	default:
		err = fmt.Errorf("%w: %q", ErrMechanism, mechanism)
	}
	if err != nil {
		return nil, err
	}
	return &guardedClient{Client: x}, nil
}

// NewServer begins an exchange of a mechanism, one of Mechanisms. The Directory is asked with
// ctx. The error is ErrMechanism or ErrBinding.
//
// The binding is nil unless the server offers SCRAM-SHA-256-PLUS on this connection: with a
// binding, clients are refused who say that they were not offered it.
func NewServer(
	ctx context.Context, mechanism string, d Directory, binding Binding,
) (Server, error) {
	var x Server
	switch mechanism {
	case Plain:
		x = &plainServer{ctx: ctx, directory: d}
	case Login:
		x = &loginServer{ctx: ctx, directory: d}
	case CRAMMD5:
		x = &crammd5Server{ctx: ctx, directory: d, challenge: newChallenge()}
	case SCRAMSHA1, SCRAMSHA256, SCRAMSHA256Plus:
		s, err := newSCRAMServer(ctx, mechanism, d, binding)
		if err != nil {
			return nil, err
		}
		x = s
	default:
		return nil, fmt.Errorf("%w: %q", ErrMechanism, mechanism)
	}
	return &guardedServer{Server: x}, nil
}

// Proved says whether the server may say that the exchange has succeeded: ErrServer if it
// had to prove that it knows the password, and has not. Such a server may be anybody
// (RFC 5802 §5).
func Proved(c Client) error {
	if g, ok := c.(*guardedClient); ok {
		c = g.Client
	}
	if x, ok := c.(*scramClient); ok && !x.conversation.Valid() {
		return ErrServer
	}
	return nil
}

// errOver is what either end says to what comes after the end.
var errOver = fmt.Errorf("%w: the exchange is over", ErrSyntax)

// A guardedClient refuses what no mechanism takes.
type guardedClient struct {
	Client
	over bool // after an error
}

func (g *guardedClient) Start() ([]byte, error) {
	response, err := g.Client.Start()
	return g.fit(response, err)
}

func (g *guardedClient) Next(challenge []byte) ([]byte, error) {
	switch {
	case g.over:
		return nil, errOver
	case len(challenge) > MaxMessage:
		return g.fit(nil, ErrLong)
	}
	response, err := g.Client.Next(challenge)
	return g.fit(response, err)
}

func (g *guardedClient) fit(response []byte, err error) ([]byte, error) {
	if err == nil && len(response) > MaxMessage {
		err = fmt.Errorf("%w: %w", ErrCredentials, ErrLong)
	}
	if err != nil {
		g.over = true
		return nil, err
	}
	return response, nil
}

// A guardedServer refuses what no mechanism takes.
type guardedServer struct {
	Server
	over bool // after an error, and after success
}

func (g *guardedServer) Next(response []byte) ([]byte, bool, error) {
	switch {
	case g.over:
		return nil, false, errOver
	case len(response) > MaxMessage:
		g.over = true
		return nil, false, ErrLong
	}
	challenge, done, err := g.Server.Next(response)
	if err != nil {
		challenge, done = nil, false
	}
	g.over = done || err != nil
	return challenge, done, err
}
