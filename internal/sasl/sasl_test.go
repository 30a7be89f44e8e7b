package sasl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// people is a Directory in memory: names and passwords.
type people map[string]string

func account(name string) string { return strings.TrimSuffix(name, "@lab.test") + "@lab.test" }

func (p people) Password(_ context.Context, _, name, password string) (string, error) {
	if want, ok := p[name]; !ok || want != password {
		return "", ErrRefused
	}
	return account(name), nil
}

func (p people) Secret(_ context.Context, name string) (string, string, error) {
	secret, ok := p[name]
	if !ok {
		return "", "", ErrRefused
	}
	return account(name), secret, nil
}

// Stored makes up a verifier for whom it does not know. The rounds are few: tests make many.
func (p people) Stored(_ context.Context, mechanism, name string) (string, Verifier, error) {
	password, ok := p[name]
	if !ok {
		password = "nobody's"
	}
	hash, _ := hashOf(mechanism)
	v, err := derive(hash, password, 4096, []byte("salt of "+name))
	if !ok {
		v.StoredKey = bytes.Repeat([]byte{1}, len(v.StoredKey))
	}
	return account(name), v, err
}

func fixed(value string) Binding {
	return func() ([]byte, error) { return []byte(value), nil }
}

// A message is one that crossed the wire.
type message struct {
	fromServer bool
	step       int
	text       []byte
}

// converse lets a client and a server talk as SMTP does it, with an initial response or
// without, and returns what they said.
func converse(c Client, s Server, initial bool) (said []message, err error) {
	first, err := c.Start()
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	counts := map[bool]int{}
	say := func(fromServer bool, text []byte) {
		said = append(said, message{fromServer, counts[fromServer], text})
		counts[fromServer]++
	}
	var response []byte
	if initial {
		response = first
	}
	if response != nil {
		say(false, response)
	}
	for range 10 {
		challenge, done, err := s.Next(response)
		if err != nil {
			return said, fmt.Errorf("server: %w", err)
		}
		if done && challenge == nil {
			return said, Proved(c)
		}
		say(true, challenge)
		if !initial && first != nil && len(said) == 1 {
			response = first
		} else if response, err = c.Next(challenge); err != nil {
			return said, fmt.Errorf("client: %w", err)
		}
		say(false, response)
		if done {
			if len(response) != 0 {
				return said, errors.New("an answer after the end")
			}
			return said, Proved(c)
		}
	}
	return said, errors.New("no end")
}

// TestPairs lets each client talk to the server of the same mechanism.
func TestPairs(t *testing.T) {
	everybody := people{
		"alice":          "sesame",
		"bob builder":    ` a "b" \c\ `,
		"a,b=c":          "x=2C,y=,,=",
		"学生":             "pässword 密码",
		"bärbel@lab.tes": "$:*%\t~"[:4],
		"alice@lab.test": "n=user,r=1",
		"😀":              "fun",
	}
	for _, mechanism := range Mechanisms(true) {
		for name, password := range everybody {
			for _, initial := range []bool{true, false} {
				binding := Binding(nil)
				if mechanism == SCRAMSHA256Plus {
					binding = fixed("a connection")
				}
				c, err := NewClient(mechanism, Credentials{Name: name, Password: password}, binding)
				if err != nil {
					t.Errorf("%s %q: %v", mechanism, name, err)
					continue
				}
				if c.Mechanism() != mechanism {
					t.Errorf("%s calls itself %s", mechanism, c.Mechanism())
				}
				s := serve(t, mechanism, everybody, binding)
				if _, err := converse(c, s, initial); err != nil {
					t.Errorf("%s %q %q: %v", mechanism, name, password, err)
				}
				if s.Name() != name || s.Account() != account(name) {
					t.Errorf("%s %q: name %q, account %q", mechanism, name, s.Name(), s.Account())
				}
				again := []byte("\x00" + name + "\x00" + password)
				if _, done, err := s.Next(again); done || !errors.Is(err, ErrSyntax) {
					t.Errorf("%s goes on after the end: %v", mechanism, err)
				}
			}
		}
	}
}

func serve(t *testing.T, mechanism string, d Directory, binding Binding) Server {
	t.Helper()
	s, err := NewServer(context.Background(), mechanism, d, binding)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSamePassword: what looks the same is the same, however it was typed.
func TestSamePassword(t *testing.T) {
	everybody := people{"jürgen": "pässword"}
	decomposed := Credentials{Name: "ju\u0308rgen", Password: "pa\u0308ssword"}
	c, err := NewClient(SCRAMSHA256, decomposed, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := converse(c, serve(t, SCRAMSHA256, everybody, nil), true); err != nil {
		t.Error(err)
	}
	s := serve(t, Plain, people{"jürgen": "pa\u0308ssword"}, nil)
	if _, _, err := s.Next([]byte("\x00ju\u0308rgen\x00pa\u0308ssword")); err != nil {
		t.Error("the name of PLAIN: ", err)
	}
}

// TestRefused has wrong names and passwords look alike, and nobody act as another.
func TestRefused(t *testing.T) {
	everybody := people{"alice": "sesame", "bob": "sesame"}
	for _, mechanism := range Mechanisms(true) {
		for _, c := range []struct {
			Credentials
			ok bool
		}{
			{Credentials{Name: "alice", Password: "sesam"}, false},
			{Credentials{Name: "alice", Password: "sesame "}, false},
			{Credentials{Name: "Alice", Password: "sesame"}, false},
			{Credentials{Name: "nobody", Password: "sesame"}, false},
			{Credentials{Name: "nobody", Password: "nobody's"}, false},
			{Credentials{Name: "alice", Password: "sesame", Authorize: "alice"}, true},
			{Credentials{Name: "alice", Password: "sesame", Authorize: "alice@lab.test"}, true},
			{Credentials{Name: "alice", Password: "sesame", Authorize: "bob"}, false},
			{Credentials{Name: "alice", Password: "sesame", Authorize: "bob@lab.test"}, false},
		} {
			x, err := NewClient(mechanism, c.Credentials, fixed("x"))
			if (mechanism == Login || mechanism == CRAMMD5) &&
				c.Authorize != "" && c.Authorize != c.Name {
				if !errors.Is(err, ErrCredentials) {
					t.Errorf("%s says whom to act as: %v", mechanism, err)
				}
				continue
			}
			if mechanism != SCRAMSHA256Plus {
				x, err = NewClient(mechanism, c.Credentials, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, mechanism, everybody, fixed("x"))
			_, err = converse(x, s, true)
			if c.ok && err != nil || !c.ok && !errors.Is(err, ErrRefused) {
				t.Errorf("%s %+v: %v", mechanism, c.Credentials, err)
			}
			if (s.Account() != "") != c.ok {
				t.Errorf("%s %+v: account %q", mechanism, c.Credentials, s.Account())
			}
			if s.Name() != c.Name {
				t.Errorf("%s %+v: tried %q", mechanism, c.Credentials, s.Name())
			}
		}
	}
}

// TestTrouble: what the Directory says is not taken for a wrong password.
func TestTrouble(t *testing.T) {
	for _, mechanism := range Mechanisms(true) {
		c, err := NewClient(mechanism, Credentials{Name: "alice", Password: "sesame"}, fixed("x"))
		if err != nil {
			t.Fatal(err)
		}
		s := serve(t, mechanism, broken{}, fixed("x"))
		if mechanism != SCRAMSHA256Plus {
			s = serve(t, mechanism, broken{}, nil)
		}
		if _, err = converse(c, s, true); !errors.Is(err, errDisk) || errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", mechanism, err)
		}
	}
}

var errDisk = errors.New("disk")

type broken struct{ Directory }

func (broken) Password(context.Context, string, string, string) (string, error) {
	return "", errDisk
}
func (broken) Secret(context.Context, string) (string, string, error) { return "", "", errDisk }
func (broken) Stored(context.Context, string, string) (string, Verifier, error) {
	return "", Verifier{}, errDisk
}

// TestNew has what cannot begin.
func TestNew(t *testing.T) {
	full := Credentials{Name: "alice", Password: "sesame", Token: "abc"}
	for _, name := range []string{"", "plain", "DIGEST-MD5", "SCRAM-SHA-1-PLUS"} {
		if _, err := NewClient(name, full, nil); !errors.Is(err, ErrMechanism) {
			t.Errorf("client %q: %v", name, err)
		}
	}
	for _, name := range []string{"", XOAuth2, OAuthBearer, "SCRAM-SHA-1-PLUS"} {
		if _, err := NewServer(context.Background(), name, people{}, nil); !errors.Is(err, ErrMechanism) {
			t.Errorf("server %q: %v", name, err)
		}
	}
	dead := func() ([]byte, error) { return nil, errDisk }
	for _, b := range []Binding{nil, fixed(""), dead} {
		if _, err := NewClient(SCRAMSHA256Plus, full, b); !errors.Is(err, ErrBinding) {
			t.Error("client without binding: ", err)
		}
		_, err := NewServer(context.Background(), SCRAMSHA256Plus, people{}, b)
		if !errors.Is(err, ErrBinding) {
			t.Error("server without binding: ", err)
		}
	}
	for _, c := range []Credentials{
		{Name: "", Password: "sesame"},
		{Name: "alice", Password: ""},
		{Name: "al\x00ice", Password: "sesame"},
		{Name: "alice", Password: "ses\x00ame"},
		{Name: "alice", Password: "ses\xFFame"},
		{Name: "\xFF", Password: "sesame"},
	} {
		for _, mechanism := range Mechanisms(true) {
			_, err := NewClient(mechanism, c, fixed("x"))
			if !errors.Is(err, ErrCredentials) {
				t.Errorf("%s %+v: %v", mechanism, c, err)
			} else if strings.Contains(err.Error(), "ame") && strings.Contains(err.Error(), "ses") {
				t.Errorf("%s tells: %v", mechanism, err)
			}
		}
	}
	long := Credentials{Name: "alice", Password: strings.Repeat("x", MaxMessage)}
	c, err := NewClient(Plain, long, nil)
	if err == nil {
		_, err = c.Start()
	}
	if !errors.Is(err, ErrLong) {
		t.Error("a long password: ", err)
	}
}

func TestMechanisms(t *testing.T) {
	if got := Mechanisms(true); got[0] != SCRAMSHA256Plus || got[len(got)-1] != Login {
		t.Error(got)
	}
	for _, m := range Mechanisms(false) {
		if m == SCRAMSHA256Plus {
			t.Error("bound to nothing")
		}
		serve(t, m, people{}, nil)
	}
}
