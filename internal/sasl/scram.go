package sasl

import (
	"context"
	"fmt"
	"strconv"

	"github.com/xdg-go/scram"
)

// SCRAM (RFC 5802, RFC 7677) shows the server that the client knows the password, and the
// client that the server does, and tells it to nobody (scram_message.go has the letters):
//
//	C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
//	S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
//	C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9z...
//	S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
//
// Each end adds to r what it never said before. The proof p and the signature v are computed
// from the password, salt and rounds, and all that was said; c repeats the beginning of the
// first message, and with -PLUS the value of the TLS connection, so that nobody in between
// can change either. Whoever read along can try passwords, but each try costs the rounds.

type scramClient struct {
	mechanism    string
	conversation *scram.ClientConversation
	answers      int
}

func newSCRAMClient(mechanism string, c Credentials, binding Binding) (*scramClient, error) {
	hash, _ := hashOf(mechanism)
	name, err := prepareName(c.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: the name: %w", ErrCredentials, err)
	}
	authorize := ""
	if c.Authorize != "" {
		if authorize, err = prepareName(c.Authorize); err != nil {
			return nil, fmt.Errorf("%w: the name to act as: %w", ErrCredentials, err)
		}
	}
	password, err := preparePassword(c.Password)
	if err != nil {
		return nil, fmt.Errorf("%w: the password: %w", ErrCredentials, err)
	}
	client, err := hash.NewClientUnprepped(name, password, authorize)
	if err != nil {
		return nil, err
	}
	x := &scramClient{mechanism: mechanism}
	switch {
	case mechanism == SCRAMSHA256Plus:
		value, err := bind(binding)
		if err != nil {
			return nil, err
		}
		x.conversation = client.NewConversationWithChannelBinding(value)
	case binding != nil:
		x.conversation = client.NewConversationAdvertisingChannelBinding()
	default:
		x.conversation = client.NewConversation()
	}
	return x, nil
}

func (x *scramClient) Mechanism() string { return x.mechanism }

func (x *scramClient) Start() ([]byte, error) {
	first, err := x.conversation.Step("")
	return []byte(first), err
}

func (x *scramClient) Next(challenge []byte) ([]byte, error) {
	x.answers++
	switch x.answers {
	case 1:
		return x.final(string(challenge))
	case 2:
		return x.verify(string(challenge))
	}
	return nil, errOver
}

func (x *scramClient) final(challenge string) ([]byte, error) {
	list, err := parseServerFirst(challenge)
	if err != nil {
		return nil, err
	}
	// A server that asks for too many would keep the client busy for hours. One that asks
	// for fewer than 4,096, and makes guessing cheap, is refused by the library.
	if rounds, err := strconv.Atoi(list[2].value); err != nil || rounds > maxRounds {
		return nil, fmt.Errorf("%w: more than %d rounds", ErrSyntax, maxRounds)
	}
	final, err := x.conversation.Step(challenge)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err) // or r does not begin with ours
	}
	return []byte(final), nil
}

func (x *scramClient) verify(challenge string) ([]byte, error) {
	list, err := parseServerFinal(challenge)
	if err != nil {
		return nil, err
	}
	if list[0].letter == 'e' {
		return nil, ErrRefused
	}
	if _, err := x.conversation.Step(challenge); err != nil {
		return nil, ErrServer
	}
	return []byte{}, nil
}

type scramServer struct {
	ctx          context.Context
	mechanism    string
	directory    Directory
	conversation *scram.ServerConversation
	step         scramStep
	name         string
	trouble      error  // of lookup
	found        string // the account, before the proof
	account      string // after it
}

type scramStep int

const (
	beforeFirst scramStep = iota
	atFirst               // the client was asked for its first message
	atFinal
)

func newSCRAMServer(
	ctx context.Context, mechanism string, d Directory, binding Binding,
) (*scramServer, error) {
	hash, _ := hashOf(mechanism)
	x := &scramServer{ctx: ctx, mechanism: mechanism, directory: d}
	server, err := hash.NewServer(x.lookup)
	if err != nil {
		return nil, err
	}
	if mechanism != SCRAMSHA256Plus && binding == nil {
		x.conversation = server.NewConversation()
		return x, nil
	}
	value, err := bind(binding)
	if err != nil {
		return nil, err
	}
	if mechanism == SCRAMSHA256Plus {
		x.conversation = server.NewConversationWithChannelBindingRequired(value)
	} else {
		x.conversation = server.NewConversationWithChannelBinding(value)
	}
	return x, nil
}

func (x *scramServer) Name() string    { return x.name }
func (x *scramServer) Account() string { return x.account }

func (x *scramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.step == beforeFirst && response == nil {
		x.step = atFirst
		return []byte{}, false, nil
	}
	if x.step < atFinal {
		x.step = atFinal
		challenge, err = x.first(string(response))
		return challenge, false, err
	}
	challenge, err = x.final(string(response))
	return challenge, err == nil, err
}

// lookup is called by the library with the name of the first message.
func (x *scramServer) lookup(name string) (c scram.StoredCredentials, err error) {
	if x.name, x.trouble = named(name); x.trouble != nil {
		return c, x.trouble
	}
	account, v, err := x.directory.Stored(x.ctx, x.mechanism, x.name)
	if x.trouble = err; err != nil {
		return c, err
	}
	x.found = account
	c.KeyFactors = scram.KeyFactors{Salt: string(v.Salt), Iters: v.Rounds}
	c.StoredKey, c.ServerKey = v.StoredKey, v.ServerKey
	return c, nil
}

func (x *scramServer) first(response string) ([]byte, error) {
	m, err := parseClientFirst(response)
	switch {
	case err != nil:
		return nil, err
	case m.flag == "p" && x.mechanism != SCRAMSHA256Plus:
		return nil, fmt.Errorf("%w: that is for -PLUS", ErrBinding)
	case m.flag == "p" && m.binding != string(scram.ChannelBindingTLSExporter):
		return nil, fmt.Errorf("%w: only tls-exporter is known", ErrBinding)
	}
	challenge, err := x.conversation.Step(response)
	switch {
	case err == nil:
		return []byte(challenge), nil
	case x.trouble != nil:
		return nil, x.trouble
	case challenge == scram.ErrServerDoesSupportChannelBinding:
		return nil, fmt.Errorf("%w: the client was offered it, and says n or y", ErrBinding)
	}
	return nil, errMessage
}

// final checks the proof. What is wrong with it is not told to the client: a server may
// leave the server-final-message out when it refuses (RFC 5802 §5.1, e).
func (x *scramServer) final(response string) ([]byte, error) {
	if _, err := parseClientFinal(response); err != nil {
		return nil, err
	}
	challenge, err := x.conversation.Step(response)
	switch {
	case challenge == scram.ErrChannelBindingsDontMatch:
		return nil, fmt.Errorf("%w: c is of another connection or message", ErrBinding)
	case err != nil || !x.conversation.Valid():
		return nil, ErrRefused
	}
	// RFC 5802 §5: only now whether the client may act as whom it named.
	if err := itself(x.conversation.AuthzID(), x.name, x.found); err != nil {
		return nil, err
	}
	x.account = x.found
	return []byte(challenge), nil
}
