package sasl

import (
	"fmt"
	"strings"
)

// XOAUTH2 is what Google and Microsoft had before RFC 7628. The client says who it is and
// shows a token that it got over HTTP; ^A is the octet 1:
//
//	user=alice@example.com ^A auth=Bearer ya29.vF9dft4... ^A ^A
//
// A token is as good as a password while it lasts. If the server does not like it, it sends
// the reason in JSON as a challenge, and waits for an empty response before it fails.
type xoauth2Client struct {
	message  []byte
	answered bool
}

func newXOAuth2Client(c Credentials) (*xoauth2Client, error) {
	if c.Authorize != "" && c.Authorize != c.Name {
		return nil, fmt.Errorf("%w: XOAUTH2 cannot act as another", ErrCredentials)
	}
	if err := sayable(c.Name); err != nil {
		return nil, err
	}
	if err := checkToken(c.Token); err != nil {
		return nil, err
	}
	if strings.Contains(c.Name, kvsep) {
		return nil, fmt.Errorf("%w: control-A in the name", ErrCredentials)
	}
	message := "user=" + c.Name + kvsep + "auth=Bearer " + c.Token + kvsep + kvsep
	return &xoauth2Client{message: []byte(message)}, nil
}

func (*xoauth2Client) Mechanism() string { return XOAuth2 }

func (x *xoauth2Client) Start() ([]byte, error) { return x.message, nil }

func (x *xoauth2Client) Next([]byte) ([]byte, error) {
	if x.answered {
		return nil, fmt.Errorf("%w: a second challenge", ErrSyntax)
	}
	x.answered = true
	return []byte{}, nil
}
