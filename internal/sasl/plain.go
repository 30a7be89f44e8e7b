package sasl

import (
	"bytes"
	"context"
	"fmt"
)

// PLAIN (RFC 4616) is one message of the client, three texts with a NUL between them:
//
//	message = [authzid] NUL authcid NUL passwd
//
// authcid is the name, authzid whom to act as; it is nearly always empty, so the message
// begins with a NUL. The password is there for all to read who see the line: PLAIN belongs
// inside TLS.

type plainClient struct{ message []byte }

func newPlainClient(c Credentials) (*plainClient, error) {
	said := []string{c.Name, c.Password}
	if c.Authorize != "" {
		said = append(said, c.Authorize)
	}
	for _, s := range said {
		if err := sayable(s); err != nil {
			return nil, err
		}
	}
	return &plainClient{[]byte(c.Authorize + "\x00" + c.Name + "\x00" + c.Password)}, nil
}

func (*plainClient) Mechanism() string { return Plain }

func (x *plainClient) Start() ([]byte, error) { return x.message, nil }

func (*plainClient) Next([]byte) ([]byte, error) {
	return nil, fmt.Errorf("%w: there is no challenge", ErrSyntax)
}

type plainServer struct {
	ctx       context.Context // of the exchange: it ends before the command does
	directory Directory
	asked     bool
	name      string
	account   string
}

func (x *plainServer) Name() string    { return x.name }
func (x *plainServer) Account() string { return x.account }

func (x *plainServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && !x.asked {
		x.asked = true
		return []byte{}, false, nil // "334 ": go on (RFC 4422 §5.1)
	}
	parts := bytes.Split(response, []byte{0})
	if len(parts) != 3 {
		return nil, false, fmt.Errorf("%w: %d NULs, not 2", ErrSyntax, len(parts)-1)
	}
	authorize, name, password := string(parts[0]), string(parts[1]), string(parts[2])
	if authorize != "" {
		if err := text(authorize); err != nil {
			return nil, false, err
		}
	}
	if x.name, err = named(name); err != nil {
		return nil, false, err
	}
	if err := text(password); err != nil {
		return nil, false, err
	}
	account, err := x.directory.Password(x.ctx, authorize, x.name, password)
	if err == nil {
		err = itself(authorize, x.name, account)
	}
	if err != nil {
		return nil, false, err
	}
	x.account = account
	return nil, true, nil
}
