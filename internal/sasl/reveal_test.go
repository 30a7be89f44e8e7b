package sasl

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestReveal(t *testing.T) {
	const client, server = false, true
	for _, c := range []struct {
		mechanism  string
		step       int
		fromServer bool
		decoded    string
		want       string // "-": nothing
	}{
		{Plain, 0, server, "", ""},
		{Plain, 0, client, "\x00alice\x00sesame", "\x00alice\x00********"},
		{Plain, 0, client, "bob\x00alice\x00sesame", "bob\x00alice\x00********"},
		{Plain, 0, client, "alice\x00sesame", "-"},
		{Plain, 0, client, "\x00alice\x00sesame\x00", "-"},
		{Plain, 0, client, "\x00sesame\x00", "-"},
		{Plain, 0, client, "alice:sesame", "-"},
		{Plain, 0, client, "\x00al\xFFice\x00sesame", "-"},
		{Plain, 0, client, "\x00ali\x01ce\x00sesame", "-"},
		{Plain, 1, client, "\x00alice\x00sesame", "-"},
		{Plain, 0, server, "sesame", "-"},

		{Login, 0, server, "Username:", "Username:"},
		{Login, 0, server, "User Name\x00", "User Name\x00"},
		{Login, 1, server, "Password:", "Password:"},
		{Login, 1, server, "sesame", "-"},
		{Login, 0, client, "alice", "alice"},
		{Login, 0, client, "\x00alice\x00sesame", "-"},
		{Login, 1, client, "sesame", "-"},
		{Login, 2, client, "sesame", "-"},

		{CRAMMD5, 0, server, "<1896.697170952@mci.net>", "<1896.697170952@mci.net>"},
		{CRAMMD5, 0, server, "sesame", "-"},
		{CRAMMD5, 1, server, "<sesame>", "-"},
		{CRAMMD5, 0, client, "tim b913a602c7eda7a495b4e6e7334d3890", "tim ********"},
		{CRAMMD5, 0, client, "a b b913a602c7eda7a495b4e6e7334d3890", "a b ********"},
		{CRAMMD5, 0, client, "alice sesame", "-"},
		{CRAMMD5, 0, client, "ali\x01ce b913a602c7eda7a495b4e6e7334d3890", "-"},

		{SCRAMSHA256, 0, client, "n,,n=user,r=abc", "n,,n=user,r=abc"},
		{SCRAMSHA256, 0, client, "y,a=bob,n=a=2Cb,r=abc,x=secret", "y,a=bob,n=a=2Cb,r=abc,x=********"},
		{SCRAMSHA256Plus, 0, client, "p=tls-exporter,,n=user,r=abc", "p=tls-exporter,,n=user,r=abc"},
		{SCRAMSHA256, 0, client, "\x00alice\x00sesame", "-"},
		{SCRAMSHA256, 0, client, "n,,n=user,sesame", "-"},
		{SCRAMSHA256, 0, server, "r=abc,s=QSXCR+Q6sek8bf92,i=4096", "r=abc,s=QSXCR+Q6sek8bf92,i=4096"},
		{SCRAMSHA256, 1, server, "r=abc,s=QSXCR+Q6sek8bf92,i=4096", "r=abc,s=QSXCR+Q6sek8bf92,i=4096"},
		{SCRAMSHA256, 1, client, "c=biws,r=abc,p=AAAA", "c=biws,r=abc,p=********"},
		{SCRAMSHA256, 1, client, "c=biws,r=abc,x=AAAA,p=AAAA", "c=biws,r=abc,x=********,p=********"},
		{SCRAMSHA256, 1, client, "c=biws,r=abc", "-"},
		{SCRAMSHA256, 2, server, "v=AAAA", "v=********"},
		{SCRAMSHA256, 2, server, "e=invalid-proof", "e=invalid-proof"},
		{SCRAMSHA256, 2, server, "e=sesame", "e=********"},
		{SCRAMSHA256, 2, server, "sesame", "-"},
		{SCRAMSHA256, 2, client, "", ""},
		{SCRAMSHA256, 2, client, "c=biws,r=abc,p=AAAA", "-"},

		{XOAuth2, 0, client, "user=alice\x01auth=Bearer abc==\x01\x01",
			"user=alice\x01auth=Bearer ********\x01\x01"},
		{XOAuth2, 0, client, "user=alice\x01auth=abc\x01\x01", "user=alice\x01auth=********\x01\x01"},
		{XOAuth2, 0, client, "user=alice\x01token=abc\x01\x01", "user=alice\x01token=********\x01\x01"},
		{XOAuth2, 0, client, "user=alice\x01Bearer abc==\x01\x01", "-"},
		{XOAuth2, 0, client, "user=alice\x01auth=Bearer abc==\x01", "-"},
		{XOAuth2, 0, client, "user=alice\x01port=abc\x01\x01", "user=alice\x01port=********\x01\x01"},
		{XOAuth2, 1, client, "", ""},
		{XOAuth2, 1, client, "abc", "-"},
		{XOAuth2, 0, server, `{"status":"401","schemes":"bearer","scope":"abc"}`, `{"status":"401"}`},
		{XOAuth2, 0, server, `{"status":"abc"}`, "-"},
		{XOAuth2, 0, server, `abc`, "-"},
		{OAuthBearer, 0, client, "n,a=a@b.test,\x01host=b.test\x01port=587\x01auth=Bearer abc\x01\x01",
			"n,a=a@b.test,\x01host=b.test\x01port=587\x01auth=Bearer ********\x01\x01"},
		{OAuthBearer, 0, client, "n,,\x01auth=bEaReR abc\x01\x01", "n,,\x01auth=bEaReR ********\x01\x01"},
		{OAuthBearer, 0, client, "n,abc,\x01auth=Bearer abc\x01\x01", "-"},
		{OAuthBearer, 0, client, "abc\x01auth=Bearer abc\x01\x01", "-"},
		{OAuthBearer, 0, client, "n,,abc\x01auth=Bearer abc\x01\x01", "-"},
		{OAuthBearer, 0, client, "user=alice\x01auth=Bearer abc\x01\x01", "-"},
		{OAuthBearer, 1, client, "\x01", "\x01"},
		{OAuthBearer, 1, server, `{"status":"invalid_token"}`, `{"status":"invalid_token"}`},

		{"DIGEST-MD5", 0, client, "anything", "-"},
		{Plain, 0, client, "\x00alice\x00" + strings.Repeat("x", MaxMessage), "-"},
	} {
		got, ok := Reveal(c.mechanism, c.step, c.fromServer, []byte(c.decoded))
		if !ok {
			got = "-"
		}
		if got != c.want {
			t.Errorf("%s %d %v %.60q: %q", c.mechanism, c.step, c.fromServer, c.decoded, got)
		}
	}
}

func TestHidden(t *testing.T) {
	const client, server = false, true
	for _, c := range []struct {
		mechanism  string
		step       int
		fromServer bool
		message    string
		want       string // divided by |
	}{
		{Plain, 0, client, "\x00alice\x00sesame", "sesame"},
		{Plain, 0, client, "\x00********\x00sesame", "********|sesame"},
		{Plain, 0, client, "\x00alice\x00********", ""},
		{Plain, 0, client, "\x00alice\x00se ****\x01same", "se ****\x01same"},
		{Login, 0, client, "alice", ""},
		{CRAMMD5, 0, client, "tim b913a602c7eda7a495b4e6e7334d3890", "b913a602c7eda7a495b4e6e7334d3890"},
		{SCRAMSHA256, 0, client, "n,,n=user,r=abc", ""},
		{SCRAMSHA256, 1, client, "c=biws,r=abc,x=BBBB,p=AAAA", "BBBB|AAAA"},
		{SCRAMSHA256, 2, server, "v=AAAA", "AAAA"},
		{XOAuth2, 0, client, "user=alice\x01auth=Bearer abc==\x01\x01", "abc=="},
		{OAuthBearer, 0, client, "n,,\x01auth=Bearer abc\x01x=def\x01\x01", "abc|def"},
	} {
		shown, ok := Reveal(c.mechanism, c.step, c.fromServer, []byte(c.message))
		if got := strings.Join(Hidden([]byte(c.message), shown), "|"); !ok || got != c.want {
			t.Errorf("%s %q: %q", c.mechanism, c.message, got)
		}
	}
	if got := Hidden([]byte("sesame"), "x"+Mask); len(got) != 1 || got[0] != "sesame" {
		t.Errorf("of what Reveal has not made, %q is secret", got)
	}
}

// TestRevealNever lets ends talk with random passwords and tokens, right and wrong ones, and
// looks for any four octets of them, and any twelve of what is computed from them, in what is
// shown.
func TestRevealNever(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	// The secrets have no letter in common with anything else.
	word := func(letters string, n int) string {
		from := []rune(letters)
		var b strings.Builder
		for range n {
			b.WriteRune(from[dice.IntN(len(from))])
		}
		return b.String()
	}
	for i := range 200 {
		name := word("abcdefgh,= 学生", 1+dice.IntN(12)) + "x"
		secret := word(`!"#$%&'()*;<>?[]^_{|}~ абвгд密码`, 3+dice.IntN(20)) + "!"
		everybody := people{name: secret}
		if i%3 == 0 {
			everybody[name] = "another"
		}
		for _, mechanism := range Mechanisms(true) {
			binding := Binding(nil)
			if mechanism == SCRAMSHA256Plus {
				binding = fixed("x")
			}
			c, err := NewClient(mechanism, Credentials{Name: name, Password: secret}, binding)
			if err != nil {
				t.Fatalf("%q %q: %v", name, secret, err)
			}
			said, _ := converse(c, serve(t, mechanism, everybody, binding), i%2 == 0)
			shown := ""
			for _, m := range said {
				text, _ := Reveal(mechanism, m.step, m.fromServer, m.text)
				shown += text + "\n"
			}
			if got := common(shown, secret); len(got) >= 4 {
				t.Fatalf("%s shows %q of %q in %q", mechanism, got, secret, shown)
			}
			for _, computed := range signatures(said) {
				if got := common(shown, computed); len(got) >= 12 {
					t.Fatalf("%s shows %q of %q in %q", mechanism, got, computed, shown)
				}
			}
			if !strings.Contains(shown, name) && !strings.Contains(shown, escapeName(name)) {
				t.Fatalf("%s does not show %q in %q", mechanism, name, shown)
			}
		}
		for _, mechanism := range []string{XOAuth2, OAuthBearer} {
			token := word("IJKLMNOPQRSTUVWXYZ0123456789-._~+/", 4+dice.IntN(40)) + "=="
			c, err := NewClient(mechanism, Credentials{Name: name, Token: token, Host: "a.test"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			first, _ := c.Start()
			shown, ok := Reveal(mechanism, 0, false, first)
			if got := common(shown, token); !ok || len(got) >= 4 {
				t.Fatalf("%s shows %q of %q", mechanism, got, token)
			}
		}
	}
}

// signatures are the words of an exchange that are computed from the password: a digest, a
// proof, the signature of a server.
func signatures(said []message) (list []string) {
	for _, m := range said {
		text := string(m.text)
		if _, computed, ok := cutDigest(m.text); ok {
			list = append(list, computed)
		}
		if _, computed, ok := strings.Cut(text, ",p="); ok {
			list = append(list, computed)
		}
		if computed, ok := strings.CutPrefix(text, "v="); ok {
			list = append(list, computed)
		}
	}
	return list
}

// common is the longest piece of secret in shown, in octets.
func common(shown, secret string) (longest string) {
	for i := range len(secret) {
		for n := len(longest) + 1; i+n <= len(secret); n++ {
			if !strings.Contains(shown, secret[i:i+n]) {
				break
			}
			longest = secret[i : i+n]
		}
	}
	return longest
}

// FuzzReveal: the last of PLAIN, and all that a client says second in LOGIN, is hidden; and
// a message that is shown is one that a server could take, in which nothing was added.
func FuzzReveal(f *testing.F) {
	f.Add(uint8(0), 0, false, []byte("\x00alice\x00sesame"))
	f.Add(uint8(1), 1, false, []byte("sesame"))
	f.Add(uint8(2), 0, false, []byte("tim b913a602c7eda7a495b4e6e7334d3890"))
	f.Add(uint8(3), 1, false, []byte("c=biws,r=abc,p=AAAA"))
	f.Add(uint8(6), 0, false, []byte("user=alice\x01auth=Bearer abc==\x01\x01"))
	f.Add(uint8(7), 0, false, []byte("n,,\x01auth=Bearer abc==\x01\x01"))
	f.Fuzz(func(t *testing.T, which uint8, step int, fromServer bool, decoded []byte) {
		all := append(Mechanisms(true), XOAuth2, OAuthBearer)
		mechanism := all[int(which)%len(all)]
		shown, ok := Reveal(mechanism, step, fromServer, decoded)
		if !ok && shown != "" {
			t.Errorf("%q of %q, and it must not", shown, decoded)
		}
		if ok && mechanism == Plain && len(decoded) > 0 && !strings.HasSuffix(shown, "\x00"+Mask) {
			t.Errorf("%q", shown)
		}
		if ok && mechanism == Login && !fromServer && step > 0 && len(decoded) > 0 {
			t.Errorf("%q", shown)
		}
		if len(shown) > len(decoded)+len(Mask)*(strings.Count(string(decoded), "=")+1) {
			t.Errorf("%q of %q", shown, decoded)
		}
	})
}
