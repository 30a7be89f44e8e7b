package sasl

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/xdg-go/scram"
)

// one is a Directory that has one verifier.
type one struct {
	people
	v Verifier
}

func (o one) Stored(context.Context, string, string) (string, Verifier, error) {
	return "user", o.v, nil
}

// TestSCRAMVectors plays the examples of RFC 5802 §5 and RFC 7677 §3, user and pencil, to
// both ends.
func TestSCRAMVectors(t *testing.T) {
	for _, c := range []struct{ mechanism, clientNonce, serverNonce, verifier, talk string }{
		{SCRAMSHA1, "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j",
			"SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$" +
				"6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=",
			`n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL
r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096
c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=
v=rmF9pqV8S7suAoZWja4dJRkFsKQ=`},
		{SCRAMSHA256, "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
			"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
				"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
			`n,,n=user,r=rOprNGfwEbeRWgbNEkqO
r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,` +
				`p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=`},
	} {
		v, err := ParseVerifier(c.verifier)
		if err != nil {
			t.Fatal(err)
		}
		if !v.Fits("pencil") || v.Fits("pencils") || v.Mechanism() != c.mechanism {
			t.Error("the verifier of ", c.mechanism)
		}
		hash, _ := hashOf(c.mechanism)
		library, err := hash.NewClientUnprepped("user", "pencil", "")
		if err != nil {
			t.Fatal(err)
		}
		library.WithNonceGenerator(func() string { return c.clientNonce })
		x := &scramClient{mechanism: c.mechanism, conversation: library.NewConversation()}
		s := &scramServer{ctx: t.Context(), mechanism: c.mechanism, directory: one{v: v}}
		server, err := scram.HashGeneratorFcn(hash).NewServer(s.lookup)
		if err != nil {
			t.Fatal(err)
		}
		s.conversation = server.WithNonceGenerator(
			func() string { return c.serverNonce }).NewConversation()
		said, err := converse(x, s, true)
		if err != nil {
			t.Error(err)
		}
		for i, want := range append(strings.Split(c.talk, "\n"), "") {
			if i >= len(said) || string(said[i].text) != want {
				t.Errorf("%s, message %d of %v is not\n%s", c.mechanism, i, said, want)
			}
		}
	}
}

// TestCRAMVector is RFC 2195 §2.
func TestCRAMVector(t *testing.T) {
	x, err := NewClient(CRAMMD5, Credentials{Name: "tim", Password: "tanstaaftanstaaf"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	challenge, err := Decode([]byte("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := x.Next(challenge)
	if got := Encode(response); err != nil ||
		got != "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw" {
		t.Error(got, err)
	}
	s := &crammd5Server{ctx: t.Context(), directory: people{"tim": "tanstaaftanstaaf"},
		challenge: challenge}
	if got, _, err := s.Next(nil); err != nil || string(got) != string(challenge) {
		t.Error(got, err)
	}
	if _, done, err := s.Next(response); !done || err != nil {
		t.Error(err)
	}
}

// TestChallenge: a challenge is a msg-id, and never the same.
func TestChallenge(t *testing.T) {
	a, b := string(newChallenge()), string(newChallenge())
	if a == b || a[0] != '<' || a[len(a)-1] != '>' || strings.Count(a, "@") != 1 {
		t.Error(a, b)
	}
}

// TestPlainVector is RFC 4616 §4, and the line of RFC 4954 §4.1.
func TestPlainVector(t *testing.T) {
	for _, c := range []struct {
		Credentials
		want string
	}{
		{Credentials{Name: "tim", Password: "tanstaaftanstaaf"}, "\x00tim\x00tanstaaftanstaaf"},
		{Credentials{Authorize: "Ursel", Name: "Kurt", Password: "xipj3plmq"},
			"Ursel\x00Kurt\x00xipj3plmq"},
	} {
		x, err := NewClient(Plain, c.Credentials, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := x.Start(); err != nil || string(got) != c.want {
			t.Errorf("%q %v", got, err)
		}
	}
	s := serve(t, Plain, people{"Kurt": "xipj3plmq"}, nil)
	if _, _, err := s.Next([]byte("Ursel\x00Kurt\x00xipj3plmq")); !errors.Is(err, ErrRefused) {
		t.Error("Kurt is Ursel: ", err)
	}
	x, _ := NewClient(Plain, Credentials{Authorize: "test", Name: "test", Password: "1234"}, nil)
	if got, _ := x.Start(); EncodeInitial(got) != "dGVzdAB0ZXN0ADEyMzQ=" {
		t.Errorf("%q", got)
	}
}

// TestOAuth is RFC 7628 §4.1 and §4.3, and what Google says of XOAUTH2.
func TestOAuth(t *testing.T) {
	const token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
	full := Credentials{Name: "user@example.com", Token: token,
		Host: "server.example.com", Port: 587}
	for _, c := range []struct {
		mechanism    string
		Credentials  Credentials
		want, answer string
	}{
		{OAuthBearer, full, "n,a=user@example.com,\x01host=server.example.com\x01port=587\x01" +
			"auth=Bearer " + token + "\x01\x01", "\x01"},
		{OAuthBearer, Credentials{Token: "x"}, "n,,\x01auth=Bearer x\x01\x01", "\x01"},
		{OAuthBearer, Credentials{Name: "a", Authorize: "b,c=d", Token: "x"},
			"n,a=b=2Cc=3Dd,\x01auth=Bearer x\x01\x01", "\x01"},
		{XOAuth2, full, "user=user@example.com\x01auth=Bearer " + token + "\x01\x01", ""},
	} {
		x, err := NewClient(c.mechanism, c.Credentials, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Start()
		if string(got) != c.want || err != nil || x.Mechanism() != c.mechanism {
			t.Errorf("%s: %q %v", c.mechanism, got, err)
		}
		if Proved(x) != nil {
			t.Error("a token proves nothing of the server")
		}
		got, err = x.Next([]byte(`{"status":"invalid_token"}`))
		if got == nil || string(got) != c.answer || err != nil {
			t.Errorf("%s answers a failure with %q %v", c.mechanism, got, err)
		}
		if _, err := x.Next(nil); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s goes on: %v", c.mechanism, err)
		}
	}
	x, _ := NewClient(OAuthBearer, full, nil)
	got, _ := x.Start()
	if EncodeInitial(got) != "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcn"+
		"Q9NTg3AWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB" {
		t.Error("not the line of RFC 7628 §4.1")
	}
	for _, c := range []Credentials{
		{Name: "alice"},
		{Name: "alice", Token: "a b"},
		{Name: "alice", Token: "a\x01b"},
		{Name: "alice", Token: "é"},
		{Name: "al\x01ice", Token: "x"},
		{Name: "al\x00ice", Token: "x"},
	} {
		for _, mechanism := range []string{XOAuth2, OAuthBearer} {
			if _, err := NewClient(mechanism, c, nil); !errors.Is(err, ErrCredentials) {
				t.Errorf("%s %+v: %v", mechanism, c, err)
			}
		}
	}
	if _, err := NewClient(XOAuth2, Credentials{Token: "x"}, nil); !errors.Is(err, ErrCredentials) {
		t.Error("XOAUTH2 of nobody: ", err)
	}
	if _, err := NewClient(OAuthBearer,
		Credentials{Token: "x", Host: "a\x01b"}, nil); !errors.Is(err, ErrCredentials) {
		t.Error("a host with two lines: ", err)
	}
}
