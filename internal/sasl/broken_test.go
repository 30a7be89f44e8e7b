package sasl

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// TestBroken has messages that a server must refuse. They are said one after the other; a
// nil stands for no initial response.
func TestBroken(t *testing.T) {
	everybody := people{"alice": "sesame"}
	long := strings.Repeat("a", MaxMessage+1)
	for _, c := range []struct {
		mechanism string
		responses []string // "nil": none
		want      error
	}{
		{Plain, []string{""}, ErrSyntax},
		{Plain, []string{"nil", "nil"}, ErrSyntax},
		{Plain, []string{"alice\x00sesame"}, ErrSyntax},
		{Plain, []string{"\x00alice\x00sesame\x00"}, ErrSyntax},
		{Plain, []string{"\x00\x00sesame"}, ErrSyntax},
		{Plain, []string{"\x00alice\x00"}, ErrSyntax},
		{Plain, []string{"alice\x00\x00"}, ErrSyntax},
		{Plain, []string{"\x00al\xFFice\x00sesame"}, ErrSyntax},
		{Plain, []string{"\x00alice\x00ses\xC3"}, ErrSyntax},
		{Plain, []string{"\xFF\x00alice\x00sesame"}, ErrSyntax},
		{Plain, []string{"\x00ali\nce\x00sesame"}, ErrRefused},
		{Plain, []string{"\x00\u00AD\x00sesame"}, ErrRefused},
		{Plain, []string{"bob\x00alice\x00sesame"}, ErrRefused},
		{Plain, []string{"\x00alice\x00" + long}, ErrLong},

		{Login, []string{""}, ErrSyntax},
		{Login, []string{"nil", ""}, ErrSyntax},
		{Login, []string{"nil", "nil"}, ErrSyntax},
		{Login, []string{"nil", "al\x00ice"}, ErrSyntax},
		{Login, []string{"nil", "al\xFFice"}, ErrSyntax},
		{Login, []string{"nil", "alice", ""}, ErrSyntax},
		{Login, []string{"nil", "alice", "ses\x00ame"}, ErrSyntax},
		{Login, []string{"alice", "ses\xFFame"}, ErrSyntax},
		{Login, []string{"nil", long}, ErrLong},
		{Login, []string{"alice", long}, ErrLong},

		{CRAMMD5, []string{""}, ErrSyntax},
		{CRAMMD5, []string{"alice 0123"}, ErrSyntax},
		{CRAMMD5, []string{"nil", ""}, ErrSyntax},
		{CRAMMD5, []string{"nil", "alice"}, ErrSyntax},
		{CRAMMD5, []string{"nil", "alice "}, ErrSyntax},
		{CRAMMD5, []string{"nil", "alice sesame"}, ErrSyntax},
		{CRAMMD5, []string{"nil", " b913a602c7eda7a495b4e6e7334d3890"}, ErrSyntax},
		{CRAMMD5, []string{"nil", "alice  b913a602c7eda7a495b4e6e7334d389"}, ErrSyntax},
		{CRAMMD5, []string{"nil", "alice B913A602C7EDA7A495B4E6E7334D3890"}, ErrSyntax},
		{CRAMMD5, []string{"nil", "al\x00ce b913a602c7eda7a495b4e6e7334d3890"}, ErrSyntax},
		{CRAMMD5, []string{"nil", "alice b913a602c7eda7a495b4e6e7334d3890"}, ErrRefused},
		{CRAMMD5, []string{"nil", "alice  b913a602c7eda7a495b4e6e7334d3890"}, ErrRefused},
		{CRAMMD5, []string{"nil", long}, ErrLong},

		{SCRAMSHA256, []string{""}, ErrSyntax},
		{SCRAMSHA256, []string{"nil", "nil"}, ErrSyntax},
		{SCRAMSHA256, []string{"n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"x,,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"N,,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"p=,,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,alice,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,a=,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,a=b=2,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r="}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=a c"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=aéc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,r=abc,n=alice"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,m=1,n=alice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc,m=1"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc,"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=al=ice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=al=2cice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=al\x00ice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=al\xFFice,r=abc"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc,x=\xFF"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=\u00AD,r=abc"}, ErrRefused},
		{SCRAMSHA256, []string{"p=tls-exporter,,n=alice,r=abc"}, ErrBinding},
		{SCRAMSHA256, []string{"p=tls-foo,,n=alice,r=abc"}, ErrBinding},
		{SCRAMSHA256Plus, []string{"p=tls-foo,,n=alice,r=abc"}, ErrBinding},
		{SCRAMSHA256Plus, []string{"p=tls-unique,,n=alice,r=abc"}, ErrBinding},
		{SCRAMSHA256Plus, []string{"n,,n=alice,r=abc"}, ErrBinding},
		{SCRAMSHA256, []string{"n,,n=" + long + ",r=abc"}, ErrLong},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", ""}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r={r}"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r={r},p="}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r={r},p=AAAA,x=1"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r={r},m=1,p=AAAA"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=bi\nws,r={r},p=AAAA"}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r={r},p=AAB="}, ErrSyntax},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r={r},p=AAAA"}, ErrRefused},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=biws,r=abc,p=AAAA"}, ErrRefused},
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", "c=eSws,r={r},p=AAAA"}, ErrBinding}, // "y,,"
		{SCRAMSHA256, []string{"n,,n=alice,r=abc", long}, ErrLong},
	} {
		binding := Binding(nil)
		if c.mechanism == SCRAMSHA256Plus {
			binding = fixed("x")
		}
		s := serve(t, c.mechanism, everybody, binding)
		var err error
		nonce := ""
		for i, text := range c.responses {
			if err != nil {
				t.Errorf("%s %q: refused before %d: %v", c.mechanism, c.responses, i, err)
			}
			var challenge []byte
			var response []byte
			if text != "nil" {
				response = []byte(strings.ReplaceAll(text, "{r}", nonce))
			}
			if challenge, _, err = s.Next(response); strings.HasPrefix(string(challenge), "r=") {
				nonce, _, _ = strings.Cut(string(challenge[2:]), ",")
			}
		}
		if !errors.Is(err, c.want) || s.Account() != "" {
			t.Errorf("%s %.80q: %v, want %v", c.mechanism, c.responses, err, c.want)
		}
		if _, done, err := s.Next([]byte("\x00alice\x00sesame")); done || !errors.Is(err, ErrSyntax) {
			t.Errorf("%s %.80q: goes on after an error: %v", c.mechanism, c.responses, err)
		}
	}
}

// TestBinding has each flag of a client meet each server (RFC 5802 §6).
func TestBinding(t *testing.T) {
	everybody := people{"alice": "sesame"}
	for _, c := range []struct {
		client      string
		clientBound Binding
		server      string
		serverBound Binding
		want        error
	}{
		{SCRAMSHA256, nil, SCRAMSHA256, nil, nil},                              // n
		{SCRAMSHA256, nil, SCRAMSHA256, fixed("x"), nil},                       // n
		{SCRAMSHA256, fixed("x"), SCRAMSHA256, nil, nil},                       // y, not offered
		{SCRAMSHA256, fixed("x"), SCRAMSHA256, fixed("x"), ErrBinding},         // y, but offered
		{SCRAMSHA1, fixed("x"), SCRAMSHA1, fixed("x"), ErrBinding},             // the same
		{SCRAMSHA256Plus, fixed("x"), SCRAMSHA256Plus, fixed("x"), nil},        // p
		{SCRAMSHA256Plus, fixed("x"), SCRAMSHA256Plus, fixed("y"), ErrBinding}, // p, two connections
		{SCRAMSHA256Plus, fixed("x"), SCRAMSHA256, fixed("x"), ErrBinding},     // p without -PLUS
		{SCRAMSHA256Plus, fixed("x"), SCRAMSHA256, nil, ErrBinding},            // p without TLS
		{SCRAMSHA256, nil, SCRAMSHA256Plus, fixed("x"), ErrBinding},            // n in -PLUS
		{SCRAMSHA256, fixed("x"), SCRAMSHA256Plus, fixed("x"), ErrBinding},     // y in -PLUS
		{SCRAMSHA1, nil, SCRAMSHA256, nil, ErrRefused},                         // another hash
	} {
		x, err := NewClient(c.client, Credentials{Name: "alice", Password: "sesame"}, c.clientBound)
		if err != nil {
			t.Fatal(err)
		}
		s := serve(t, c.server, everybody, c.serverBound)
		_, err = converse(x, s, true)
		if !errors.Is(err, c.want) || (s.Account() != "") != (c.want == nil) {
			t.Errorf("%s to %s: %v, want %v", c.client, c.server, err, c.want)
		}
	}
}

// TestChangedHeader: somebody in between makes "y" of the client's "n". The server finds out
// from c, which repeats it.
func TestChangedHeader(t *testing.T) {
	for _, change := range []struct{ from, to string }{
		{"n,,", "y,,"},
		{"n,,", "n,a=alice,"},
		{"n,,n=alice,", "n,,n=alice@lab.test,"},
	} {
		c, err := NewClient(SCRAMSHA256, Credentials{Name: "alice", Password: "sesame"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := serve(t, SCRAMSHA256, people{"alice": "sesame", "alice@lab.test": "sesame"}, nil)
		first, _ := c.Start()
		changed := strings.Replace(string(first), change.from, change.to, 1)
		challenge, _, err := s.Next([]byte(changed))
		if err != nil {
			t.Fatal(err)
		}
		final, err := c.Next(challenge)
		if err != nil {
			t.Fatal(err)
		}
		_, done, err := s.Next(final)
		if done || !errors.Is(err, ErrBinding) && !errors.Is(err, ErrRefused) {
			t.Errorf("%q for %q: %v", change.to, change.from, err)
		}
	}
}

// TestHostileServer has challenges that a client must not answer.
func TestHostileServer(t *testing.T) {
	salt := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))
	for _, c := range []struct {
		challenges []string
		want       error
	}{
		{[]string{""}, ErrSyntax},
		{[]string{"r=abc,s=" + salt + ",i=4096"}, ErrSyntax},
		{[]string{"r={r},s=" + salt + ",i=4096"}, nil},
		{[]string{"r={r}x,s=" + salt + ",i=4095"}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=2147483647"}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=99999999999999999999"}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=+4096"}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=04096"}, ErrSyntax},
		{[]string{"r={r}x,s=,i=4096"}, ErrSyntax},
		{[]string{"r={r}x,s=!,i=4096"}, ErrSyntax},
		{[]string{"m=x,r={r}x,s=" + salt + ",i=4096"}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=4096,m=1"}, ErrSyntax},
		{[]string{"e=other-error"}, ErrSyntax},
		{[]string{"v=AAAA"}, ErrSyntax},
		{[]string{strings.Repeat("a", MaxMessage+1)}, ErrLong},
		{[]string{"r={r}x,s=" + salt + ",i=4096", ""}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=4096", "v="}, ErrSyntax},
		{[]string{"r={r}x,s=" + salt + ",i=4096", "v=AAAA"}, ErrServer},
		{[]string{"r={r}x,s=" + salt + ",i=4096", "e=invalid-proof"}, ErrRefused},
		{[]string{"r={r}x,s=" + salt + ",i=4096", "e=something"}, ErrRefused},
	} {
		x, err := NewClient(SCRAMSHA256, Credentials{Name: "alice", Password: "sesame"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := x.Start()
		_, nonce, _ := strings.Cut(string(first), "r=")
		for _, challenge := range c.challenges {
			if err != nil {
				t.Errorf("%q: too early: %v", c.challenges, err)
			}
			_, err = x.Next([]byte(strings.ReplaceAll(challenge, "{r}", nonce)))
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%.80q: %v, want %v", c.challenges, err, c.want)
		}
		// "235" at this point is worth nothing.
		if !errors.Is(Proved(x), ErrServer) {
			t.Errorf("%.80q: believed", c.challenges)
		}
		if c.want != nil {
			if _, err := x.Next([]byte("v=AAAA")); !errors.Is(err, ErrSyntax) {
				t.Errorf("%.80q: goes on: %v", c.challenges, err)
			}
		}
	}
	for mechanism, challenges := range map[string][]string{
		Plain:   {""},
		Login:   {"Username:", "Password:", "Once more:"},
		CRAMMD5: {"<1@a>", "<2@a>"},
	} {
		x, err := NewClient(mechanism, Credentials{Name: "alice", Password: "sesame"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, challenge := range challenges {
			if err != nil {
				t.Errorf("%s: too early: %v", mechanism, err)
			}
			_, err = x.Next([]byte(challenge))
		}
		if !errors.Is(err, ErrSyntax) {
			t.Errorf("%s answers too much: %v", mechanism, err)
		}
	}
	x := &crammd5Client{}
	if _, err := x.Next(nil); !errors.Is(err, ErrSyntax) {
		t.Error("CRAM-MD5 signs nothing: ", err)
	}
}

// FuzzServer says anything to each server. None panics, and none is persuaded.
func FuzzServer(f *testing.F) {
	f.Add(uint8(0), false, []byte("\x00alice\x00sesame"), []byte(""), []byte(""))
	f.Add(uint8(1), true, []byte("alice"), []byte("sesame"), []byte("sesame"))
	f.Add(uint8(2), true, []byte(""), []byte("alice b913a602c7eda7a495b4e6e7334d3890"), []byte(""))
	proof := ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	f.Add(uint8(3), false, []byte("n,,n=alice,r=abc"), []byte("c=biws,r={r}"+proof), []byte(""))
	f.Add(uint8(5), false, []byte("p=tls-exporter,,n=alice,r=abc"),
		[]byte("c=cD10bHMtZXhwb3J0ZXIsLHg=,r={r}"+proof), []byte(""))
	secret := "a password of 32 octets, no less" // too long to be guessed
	everybody := people{"alice": secret}
	f.Fuzz(func(t *testing.T, which uint8, ask bool, a, b, c []byte) {
		mechanisms := []string{Plain, Login, CRAMMD5, SCRAMSHA256, SCRAMSHA1, SCRAMSHA256Plus}
		mechanism := mechanisms[int(which)%len(mechanisms)]
		binding := Binding(nil)
		if mechanism == SCRAMSHA256Plus {
			binding = fixed("x")
		}
		s, err := NewServer(context.Background(), mechanism, everybody, binding)
		if err != nil {
			t.Fatal(err)
		}
		responses := [][]byte{a, b, c}
		if ask {
			responses = append([][]byte{nil}, responses...)
		}
		nonce := ""
		for _, response := range responses {
			if response != nil {
				response = []byte(strings.ReplaceAll(string(response), "{r}", nonce))
			}
			if strings.Contains(string(response), secret) {
				t.Skip()
			}
			challenge, done, err := s.Next(response)
			if done || s.Account() != "" {
				t.Fatalf("%s believes %q", mechanism, responses)
			}
			if err != nil && !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrRefused) &&
				!errors.Is(err, ErrBinding) {
				t.Fatalf("%s %q: %v", mechanism, responses, err)
			}
			if err != nil && challenge != nil || err == nil && challenge == nil {
				t.Fatalf("%s %q: challenge %q with %v", mechanism, responses, challenge, err)
			}
			if strings.HasPrefix(string(challenge), "r=") {
				nonce, _, _ = strings.Cut(string(challenge[2:]), ",")
			}
		}
	})
}
