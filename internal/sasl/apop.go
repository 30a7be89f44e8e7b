package sasl

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
)

// APOP is POP3's own way of logging in (RFC 1939 §7), older than SASL. The challenge is the
// timestamp in the server's greeting, and the client answers with a command:
//
//	S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
//	C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
//
// The digest is the MD5 of the timestamp, brackets included, with the password behind it.
// What is said of CRAM-MD5 holds here, too; MD5 used like this is the weaker of the two.
const APOP = "APOP"

// APOPDigest returns what a client says behind APOP: name, space, digest. Both name and
// password are prepared by SASLprep (RFC 6856 §2.2). The error is ErrCredentials.
func APOPDigest(stamp string, c Credentials) (string, error) {
	for _, s := range []string{c.Name, c.Password} {
		if err := sayable(s); err != nil {
			return "", err
		}
	}
	name, err := prepareName(c.Name)
	if err != nil {
		return "", fmt.Errorf("%w: the name: %w", ErrCredentials, err)
	}
	if strings.Contains(name, " ") {
		return "", fmt.Errorf("%w: APOP cannot say a name with a space", ErrCredentials)
	}
	return name + " " + apopDigest(stamp, c.Password), nil
}

func apopDigest(stamp, secret string) string {
	if prepared, err := preparePassword(secret); err == nil {
		secret = prepared
	}
	sum := md5.Sum([]byte(stamp + secret))
	return hex.EncodeToString(sum[:])
}

// NewAPOPServer begins an exchange by APOP under the timestamp of the greeting. Its one
// response is what stands behind the command; the Directory's Secret is asked.
func NewAPOPServer(ctx context.Context, d Directory, stamp string) Server {
	return &guardedServer{Server: &apopServer{ctx: ctx, directory: d, stamp: stamp}}
}

type apopServer struct {
	ctx       context.Context
	directory Directory
	stamp     string
	name      string
	account   string
}

func (x *apopServer) Name() string    { return x.name }
func (x *apopServer) Account() string { return x.account }

func (x *apopServer) Next(response []byte) (challenge []byte, done bool, err error) {
	sign := func(secret string) string { return apopDigest(x.stamp, secret) }
	x.name, x.account, err = signer(x.ctx, x.directory, response, sign)
	return nil, err == nil, err
}
