package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"testing"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// A desk lets in whom the sessions name: mrose by the password of RFC 1939 §7, others by
// sesame.
type desk struct {
	clear, secure []string // mechanisms in clear, and those that are there in TLS besides
	done          []string // how exchanges ended
}

func (d *desk) Mechanisms(p Peer) []string {
	if p.TLS == nil {
		return d.clear
	}
	return append(slices.Clone(d.clear), d.secure...)
}

func (d *desk) Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error) {
	if mechanism == sasl.APOP {
		return sasl.NewAPOPServer(ctx, d, p.Stamp), nil
	}
	return sasl.NewServer(ctx, mechanism, d, sasl.TLSExporter(p.TLS))
}

func (d *desk) Done(_ context.Context, p Peer, mechanism string, x sasl.Server, err error) error {
	d.done = append(d.done, fmt.Sprintf("%s %s: %v", mechanism, x.Name(), err))
	if x.Name() == "tired" {
		return Refuse(CodeLoginDelay, "You were here a moment ago")
	}
	return nil
}

func (d *desk) Password(_ context.Context, _, name, password string) (string, error) {
	switch {
	case name == "trouble":
		return "", errors.New("the disk is full of secrets")
	case password == "sesame", password == " two  words ":
		return name + "@lab.test", nil
	}
	return "", sasl.ErrRefused
}

func (d *desk) Secret(_ context.Context, name string) (account, secret string, err error) {
	if name == "mrose" {
		return "mrose@lab.test", "tanstaaf", nil
	}
	return name + "@lab.test", "sesame", nil
}

func (d *desk) Stored(_ context.Context, mechanism, name string) (string, sasl.Verifier, error) {
	v, err := sasl.NewVerifier(mechanism, "sesame", sasl.MinRounds, []byte("salt of the test"))
	return name + "@lab.test", v, err
}

func secured(t testing.TB) (server, client *tls.Config) {
	server, client, err := talk.Certificates("mail.lab.test")
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}
