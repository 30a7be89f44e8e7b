package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	talk "mailtool/internal/conversation"
	"mailtool/internal/sasl"
)

// A desk lets in whom the sessions name: alice and bob by the password sesame, test by 1234.
type desk struct {
	clear, secure []string // mechanisms in clear, and those that are there in TLS besides
	challenge     string   // of CRAM-MD5, which is then answered as in RFC 4954 §4.1
	done          []string // how exchanges ended
}

func (d *desk) Mechanisms(p Peer) []string {
	if p.TLS == nil {
		return d.clear
	}
	return append(slices.Clone(d.clear), d.secure...)
}

func (d *desk) Begin(ctx context.Context, p Peer, mechanism string) (sasl.Server, error) {
	switch {
	case mechanism == "EXTERNAL":
		return &external{}, nil
	case mechanism == sasl.CRAMMD5 && d.challenge != "":
		return &recital{says: []string{d.challenge}, hears: []string{"rjs3 ec3a59fed395aba1ec6367c4f4b41ac0"}}, nil
	}
	return sasl.NewServer(ctx, mechanism, d, sasl.TLSExporter(p.TLS))
}

func (d *desk) Done(_ context.Context, p Peer, mechanism string, x sasl.Server, err error) error {
	d.done = append(d.done, fmt.Sprintf("%s %s: %v", mechanism, x.Name(), err))
	if x.Name() == "weak" {
		return NewReply(534, "5.7.9", "Authentication mechanism is too weak")
	}
	return nil
}

func (d *desk) Password(_ context.Context, _, name, password string) (string, error) {
	switch {
	case name == "trouble":
		return "", errors.New("the disk is full of secrets")
	case password == "sesame", name == "test" && password == "1234":
		return name + "@lab.test", nil
	}
	return "", sasl.ErrRefused
}

func (d *desk) Secret(_ context.Context, name string) (account, secret string, err error) {
	return name + "@lab.test", "sesame", nil
}

func (d *desk) Stored(_ context.Context, mechanism, name string) (string, sasl.Verifier, error) {
	v, err := sasl.NewVerifier(mechanism, "sesame", sasl.MinRounds, []byte("salt of the test"))
	return name + "@lab.test", v, err
}

// An external believes whoever is there.
type external struct{}

func (*external) Name() string    { return "external" }
func (*external) Account() string { return "external" }
func (*external) Next(response []byte) ([]byte, bool, error) {
	if response == nil || len(response) > 0 {
		return nil, false, sasl.ErrSyntax
	}
	return nil, true, nil
}

// A recital says its challenges and expects its responses.
type recital struct {
	says  []string
	hears []string
	asked bool
}

func (r *recital) Name() string    { return "recital" }
func (r *recital) Account() string { return "recital" }

func (r *recital) Next(response []byte) ([]byte, bool, error) {
	if r.asked && (len(r.hears) == 0 || string(response) != r.hears[0]) {
		return nil, false, sasl.ErrRefused
	}
	if r.asked {
		r.hears = r.hears[1:]
	}
	r.asked = true
	if len(r.says) == 0 {
		return nil, true, nil
	}
	challenge := r.says[0]
	r.says = r.says[1:]
	return []byte(challenge), false, nil
}

// A reciter is a client that answers with the lines that a script has for it.
type reciter struct {
	mechanism string
	initial   []byte
	lines     []string
	heard     string // the last challenge
}

var errEnough = errors.New("the script cancels here")

func (r *reciter) Mechanism() string      { return r.mechanism }
func (r *reciter) Start() ([]byte, error) { return r.initial, nil }
func (r *reciter) Next(challenge []byte) ([]byte, error) {
	r.heard = string(challenge)
	if len(r.lines) == 0 {
		return nil, errors.New("the script has no answer")
	}
	line := r.lines[0]
	r.lines = r.lines[1:]
	if line == sasl.Cancel {
		return nil, errEnough
	}
	return sasl.Decode([]byte(line))
}

// reciterFor is a reciter for an AUTH command and the lines that follow it.
func reciterFor(t *testing.T, c Command, lines []string) *reciter {
	mechanism, initial, ok := strings.Cut(c.Arg, " ")
	r := &reciter{mechanism: mechanism, lines: lines}
	if ok {
		var err error
		if r.initial, err = sasl.DecodeInitial([]byte(initial)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// secured are the ends of TLS in the tests.
func secured(t testing.TB) (server, client *tls.Config) {
	return talk.Certificates(t, "mail.lab.test")
}
