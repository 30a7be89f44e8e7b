package sasl

import (
	"context"
	"fmt"
)

// LOGIN is older than SASL and was never a standard. The server asks twice, the client says
// the name and then the password. The words of the questions differ between servers, so
// clients count them instead of reading them. It shows the password as PLAIN does, and takes
// longer.
const (
	askName     = "Username:"
	askPassword = "Password:"
)

type loginClient struct {
	answers []string // those that are left
}

func newLoginClient(c Credentials) (*loginClient, error) {
	if c.Authorize != "" && c.Authorize != c.Name {
		return nil, fmt.Errorf("%w: LOGIN cannot act as another", ErrCredentials)
	}
	answers := []string{c.Name, c.Password}
	for _, s := range answers {
		if err := sayable(s); err != nil {
			return nil, err
		}
	}
	return &loginClient{answers}, nil
}

func (*loginClient) Mechanism() string { return Login }

func (*loginClient) Start() ([]byte, error) { return nil, nil }

func (x *loginClient) Next([]byte) ([]byte, error) {
	if len(x.answers) == 0 {
		return nil, fmt.Errorf("%w: a third question", ErrSyntax)
	}
	answer := x.answers[0]
	x.answers = x.answers[1:]
	return []byte(answer), nil
}

type loginServer struct {
	ctx       context.Context
	directory Directory
	asked     bool // for the name
	name      string
	account   string
}

func (x *loginServer) Name() string    { return x.name }
func (x *loginServer) Account() string { return x.account }

// Next takes the name, which some clients send as an initial response, then the password.
func (x *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && !x.asked {
		x.asked = true
		return []byte(askName), false, nil
	}
	x.asked = true
	if x.name == "" {
		if x.name, err = named(string(response)); err != nil {
			return nil, false, err
		}
		return []byte(askPassword), false, nil
	}
	password := string(response)
	if err := text(password); err != nil {
		return nil, false, err
	}
	account, err := x.directory.Password(x.ctx, "", x.name, password)
	if err != nil {
		return nil, false, err
	}
	x.account = account
	return nil, true, nil
}
