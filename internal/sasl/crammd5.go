package sasl

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CRAM-MD5 (RFC 2195): the server says something that it never said before, and the client
// signs it with the password:
//
//	S: <1896.697170952@postoffice.reston.mci.net>
//	C: tim b913a602c7eda7a495b4e6e7334d3890
//
// The second word is HMAC-MD5 of the challenge, keyed with the password, in lower-case
// hexadecimal. The password does not cross the wire, but whoever saw both lines can try
// passwords until one fits, and the server must keep the password itself.

// digest is the client's signature under a challenge.
func digest(challenge []byte, secret string) string {
	mac := hmac.New(md5.New, []byte(secret))
	mac.Write(challenge)
	return hex.EncodeToString(mac.Sum(nil))
}

// newChallenge has the form of a msg-id: something random, the time, a host (RFC 2195 §2).
// The host is to keep servers apart; 130 random bits do that better than a name.
func newChallenge() []byte {
	return []byte("<" + rand.Text() + "." + strconv.FormatInt(time.Now().Unix(), 10) + "@localhost>")
}

// cutDigest parts a response into name and digest. A name may have spaces, a digest has none.
func cutDigest(response []byte) (name, digest string, ok bool) {
	i := bytes.LastIndexByte(response, ' ')
	if i < 0 {
		return "", "", false
	}
	name, digest = string(response[:i]), string(response[i+1:])
	return name, digest, len(digest) == hex.EncodedLen(md5.Size) &&
		strings.Trim(digest, "0123456789abcdef") == ""
}

// signer is who has signed a challenge: the name that the response says, as far as there is
// one, and the account whose secret gives the same digest.
func signer(ctx context.Context, d Directory, response []byte, sign func(secret string) string) (
	name, account string, err error) {
	said, got, ok := cutDigest(response)
	if !ok {
		return "", "", fmt.Errorf("%w: not a name, a space, 32 hexadecimal digits", ErrSyntax)
	}
	if name, err = named(said); err != nil {
		return name, "", err
	}
	account, secret, err := d.Secret(ctx, name)
	fits := hmac.Equal([]byte(got), []byte(sign(secret))) // as long for a wrong name
	switch {
	case err != nil:
		return name, "", err
	case !fits:
		return name, "", ErrRefused
	}
	return name, account, nil
}

type crammd5Client struct {
	name, secret string
	answered     bool
}

func newCRAMMD5Client(c Credentials) (*crammd5Client, error) {
	if c.Authorize != "" && c.Authorize != c.Name {
		return nil, fmt.Errorf("%w: CRAM-MD5 cannot act as another", ErrCredentials)
	}
	for _, s := range []string{c.Name, c.Password} {
		if err := sayable(s); err != nil {
			return nil, err
		}
	}
	return &crammd5Client{name: c.Name, secret: c.Password}, nil
}

func (*crammd5Client) Mechanism() string { return CRAMMD5 }

func (*crammd5Client) Start() ([]byte, error) { return nil, nil }

func (x *crammd5Client) Next(challenge []byte) ([]byte, error) {
	switch {
	case x.answered:
		return nil, fmt.Errorf("%w: a second challenge", ErrSyntax)
	case len(challenge) == 0:
		return nil, fmt.Errorf("%w: an empty challenge", ErrSyntax)
	}
	x.answered = true
	return []byte(x.name + " " + digest(challenge, x.secret)), nil
}

type crammd5Server struct {
	ctx       context.Context
	directory Directory
	challenge []byte
	asked     bool
	name      string
	account   string
}

func (x *crammd5Server) Name() string    { return x.name }
func (x *crammd5Server) Account() string { return x.account }

func (x *crammd5Server) Next(response []byte) (challenge []byte, done bool, err error) {
	if !x.asked {
		x.asked = true
		if response != nil { // RFC 4954 §4
			return nil, false, fmt.Errorf("%w: CRAM-MD5 has no initial response", ErrSyntax)
		}
		return x.challenge, false, nil
	}
	sign := func(secret string) string { return digest(x.challenge, secret) }
	x.name, x.account, err = signer(x.ctx, x.directory, response, sign)
	return nil, err == nil, err
}
