// Package sasl has the mechanisms by which a client shows a mail server who it is
// (RFC 4422), both ends of each in one file. SMTP, POP3 and IMAP carry what it makes, in
// base64; that is no encryption.
//
// Read this file, then plain.go, the simplest, then the others; reveal.go says what of an
// exchange may be shown to people.
package sasl

import (
	"context"
	"errors"
	"fmt"
)

// The names of the mechanisms.
const (
	Plain           = "PLAIN"              // RFC 4616
	Login           = "LOGIN"              // no standard; two prompts
	CRAMMD5         = "CRAM-MD5"           // RFC 2195
	SCRAMSHA1       = "SCRAM-SHA-1"        // RFC 5802
	SCRAMSHA256     = "SCRAM-SHA-256"      // RFC 7677
	SCRAMSHA256Plus = "SCRAM-SHA-256-PLUS" // RFC 7677, bound to TLS (RFC 9266)
	XOAuth2         = "XOAUTH2"            // no standard; a token
	OAuthBearer     = "OAUTHBEARER"        // RFC 7628
)

// MaxMessage is how long a challenge or response may be, decoded, in octets
// (RFC 4954 §4: a line of 12,288 octets in base64).
const MaxMessage = 9216

// What may go wrong. Errors wrap them.
var (
	ErrMechanism   = errors.New("sasl: no such mechanism")
	ErrSyntax      = errors.New("sasl: not what the mechanism says")
	ErrLong        = fmt.Errorf("%w: longer than %d octets", ErrSyntax, MaxMessage)
	ErrCancelled   = errors.New("sasl: cancelled by the client")
	ErrRefused     = errors.New("sasl: wrong name or password")
	ErrServer      = errors.New("sasl: the server has not proved that it knows the password")
	ErrBinding     = errors.New("sasl: not bound to this connection")
	ErrCredentials = errors.New("sasl: the mechanism cannot say this name or password")
)

// Credentials are what a client has.
type Credentials struct {
	Authorize string // whom to act as, "" for oneself
	Name      string
	Password  string
	Token     string // of OAuth
	Host      string // of the server, for OAUTHBEARER
	Port      int
}

// A Client is the client's end of one exchange. When the server says that the exchange has
// succeeded, ask Proved.
type Client interface {
	// Mechanism is its name.
	Mechanism() string
	// Start returns the initial response: nil where the server speaks first.
	Start() ([]byte, error)
	// Next answers a challenge. After an error the exchange is to be cancelled.
	Next(challenge []byte) ([]byte, error)
}

// A Server is the server's end of one exchange.
type Server interface {
	// Next takes a response, nil at first if the client sent no initial one, and returns
	// the challenge to it. With done the exchange has succeeded; a challenge that comes
	// with it is still to be sent, and its response is empty. The error is ErrSyntax,
	// ErrRefused, ErrBinding, or the Directory's.
	Next(response []byte) (challenge []byte, done bool, err error)
	// Name is the name that was tried, as far as it is known.
	Name() string
	// Account is who it was, after done.
	Account() string
}

// A Directory knows the accounts. It may be asked by many at a time. account is the name
// that the server calls them by. Unknown names are refused as wrong passwords are, and as
// late. Names come prepared for comparison (SASLprep, RFC 4013), passwords as they were sent.
//
// Nobody acts as another: what a client names as authorize must be the name or the account.
// The servers of this package see to it, after the Directory has answered.
type Directory interface {
	// Password checks a password; for PLAIN and LOGIN.
	Password(ctx context.Context, authorize, name, password string) (account string, err error)
	// Secret is the password itself; for CRAM-MD5.
	Secret(ctx context.Context, name string) (account, secret string, err error)
	// Stored is what SCRAM checks against. For unknown names it makes something up, the
	// same each time.
	Stored(ctx context.Context, mechanism, name string) (account string, v Verifier, err error)
}

// A Binding returns what binds an exchange to the TLS connection below: tls-exporter
// (RFC 9266 §2). It is nil where there is no TLS.
type Binding func() ([]byte, error)

// A Verifier is what a server keeps of a password: enough to check it, not enough to log in
// elsewhere (RFC 5802 §3).
type Verifier struct {
	Salt                 []byte
	Rounds               int
	StoredKey, ServerKey []byte
}
