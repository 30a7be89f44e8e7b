package sasl

import (
	"fmt"
	"strconv"
	"strings"
)

// OAUTHBEARER (RFC 7628) is one message of the client: whom to act as, in the form that
// SCRAM uses, too, then what would stand in the header of an HTTP request; ^A is the octet 1:
//
//	n,a=user@example.com, ^A host=server.example.com ^A port=143 ^A
//	auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg== ^A ^A
//
// Success comes at once. A failure is told in a challenge, in JSON; the client must answer it
// with a single ^A, and only then the exchange fails (RFC 7628 §3.2.3).
type oauthBearerClient struct {
	message  []byte
	answered bool
}

// kvsep parts the pairs of a key and a value (RFC 7628 §3.1).
const kvsep = "\x01"

func newOAuthBearerClient(c Credentials) (*oauthBearerClient, error) {
	if err := checkToken(c.Token); err != nil {
		return nil, err
	}
	authorize := c.Authorize
	if authorize == "" {
		authorize = c.Name
	}
	message := "n,"
	if authorize != "" {
		if err := sayable(authorize); err != nil {
			return nil, err
		}
		message += "a=" + escapeName(authorize)
	}
	message += "," + kvsep
	if c.Host != "" {
		message += "host=" + c.Host + kvsep
	}
	if c.Port != 0 {
		message += "port=" + strconv.Itoa(c.Port) + kvsep
	}
	if strings.Contains(authorize+c.Host, kvsep) {
		return nil, fmt.Errorf("%w: control-A in a name", ErrCredentials)
	}
	message += "auth=Bearer " + c.Token + kvsep + kvsep
	return &oauthBearerClient{message: []byte(message)}, nil
}

// escapeName writes a name where commas part the fields (RFC 5801 §4).
func escapeName(name string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name)
}

// checkToken refuses what would not be one word of a header (RFC 6750 §2.1).
func checkToken(token string) error {
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c >= 0x7F {
			return fmt.Errorf("%w: a token is printable ASCII without spaces", ErrCredentials)
		}
	}
	if token == "" {
		return fmt.Errorf("%w: no token", ErrCredentials)
	}
	return nil
}

func (*oauthBearerClient) Mechanism() string { return OAuthBearer }

func (x *oauthBearerClient) Start() ([]byte, error) { return x.message, nil }

func (x *oauthBearerClient) Next([]byte) ([]byte, error) {
	if x.answered {
		return nil, fmt.Errorf("%w: a second challenge", ErrSyntax)
	}
	x.answered = true
	return []byte(kvsep), nil
}
