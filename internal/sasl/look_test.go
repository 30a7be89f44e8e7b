package sasl

import (
	"strings"
	"testing"
)

// TestDialogue: what is said in turn, the server's lines behind "S ", and what of it is
// shown. In front of it stands ! where the base64 is to be masked, and behind it the secrets
// of the client's messages, N where it may be a name, ? where the form is not known.
func TestDialogue(t *testing.T) {
	for _, c := range []struct {
		name, mechanism string
		said, want      []string
	}{
		{"PLAIN", Plain, []string{"S ", "C \x00alice\x00sesame"}, []string{"", "\x00alice\x00******** sesame"}},
		{"not PLAIN", Plain, []string{"S ", "C alice:sesame"}, []string{"", "******** ?"}},
		{"PLAIN, too late", Plain, []string{"C x", "C \x00alice\x00sesame"}, []string{"******** ?", "******** ?"}},
		{"LOGIN", Login, []string{"S Username:", "C alice", "S Password:", "C sesame"},
			[]string{"Username:", "alice N", "Password:", "******** ?"}},
		{"LOGIN, the password first", Login, []string{"S Password:", "C sesame"},
			[]string{"Password:", "******** ?"}},
		{"LOGIN, asked for something", Login, []string{"S Hello", "C sesame"}, []string{"", "******** ?N"}},
		{"LOGIN, asked for nothing", Login, []string{"C sesame"}, []string{"******** ?N"}},
		{"LOGIN, asked twice", Login, []string{"S Username:", "S Password:", "C sesame"},
			[]string{"Username:", "Password:", "******** ?"}},
		{"CRAM-MD5", CRAMMD5, []string{"S <1@a>", "C tim b913a602c7eda7a495b4e6e7334d3890"},
			[]string{"<1@a>", "tim ******** b913a602c7eda7a495b4e6e7334d3890"}},
		{"SCRAM", SCRAMSHA256, []string{"S ", "C n,,n=alice,r=ab", "S r=abcd,s=QUJD,i=4096",
			"C c=biws,r=abcd,p=AAAA", "S v=BBBB"}, []string{"", "n,,n=alice,r=ab", "r=abcd,s=QUJD,i=4096",
			"c=biws,r=abcd,p=******** AAAA", "!v=********"}},
		{"v= means nothing in PLAIN", Plain, []string{"S v=BBBB"}, []string{""}},
		{"an unknown mechanism", "X", []string{"S hello", "C sesame"}, []string{"", "******** ?"}},
	} {
		var d Dialogue
		step := 0
		for i, line := range c.said {
			text := []byte(Encode([]byte(line[2:])))
			var got string
			if line[0] == 'S' {
				shown, hide := d.Challenge(c.mechanism, text, true)
				if got = shown; hide {
					got = "!" + got
				}
			} else {
				got = describe(d.Answer(c.mechanism, step, text, true))
				step++
			}
			if got != c.want[i] {
				t.Errorf("%s: %q: %q, want %q", c.name, line, got, c.want[i])
			}
		}
	}
}

func describe(a Answer) string {
	s := a.Shown + " " + strings.Join(a.Secrets, "|")
	if !a.Known {
		s += "?"
	}
	if a.Name {
		s += "N"
	}
	return strings.TrimSuffix(s, " ")
}

func TestInitial(t *testing.T) {
	for _, c := range []struct{ mechanism, text, want string }{
		{Plain, Encode([]byte("\x00alice\x00sesame")), "\x00alice\x00******** sesame"},
		{Plain, "=", ""},
		{Plain, "", " ?"},
		{Plain, "sesame", " ?"},
		{Login, Encode([]byte("alice")), "alice N"},
		{Login, "alice", " ?N"},
	} {
		var d Dialogue
		if got := describe(d.Initial(c.mechanism, []byte(c.text), true)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.mechanism, c.text, got, c.want)
		}
	}
}

// TestDialogueInPart: of what is not all there, or no base64, nothing is shown; and of what
// the record shows anyway all is.
func TestDialogueInPart(t *testing.T) {
	whole := Encode([]byte("\x00alice\x00sesame"))
	var d Dialogue
	for name, a := range map[string]Answer{
		"a part":                       d.Answer(Plain, 0, []byte(whole), false),
		"no base64":                    d.Answer(Plain, 0, []byte("sesame"), true),
		"cancelled":                    d.Answer(Plain, 0, []byte("*"), true),
		"an initial response, in part": d.Initial(Plain, []byte(whole), false),
	} {
		if a.Shown != "" || a.Known {
			t.Errorf("%s: %+v", name, a)
		}
	}
	signature := Encode([]byte("v=BBBB"))
	if shown, hide := d.Challenge(SCRAMSHA1, []byte(signature), false); shown != "" || hide {
		t.Errorf("a part of a challenge: %q", shown)
	}
	open := Dialogue{Open: true}
	open.Challenge(Login, []byte("Password:"), true)
	if a := open.Answer(Login, 0, []byte(Encode([]byte("sesame"))), true); a.Shown != "sesame" {
		t.Errorf("open: %+v", a)
	}
	if shown, hide := open.Challenge(SCRAMSHA1, []byte(signature), true); shown != "v=BBBB" || !hide {
		t.Errorf("open: %q", shown)
	}
	if a := open.Answer(Plain, 0, []byte(Encode([]byte{0xFF})), true); a.Shown != "" {
		t.Errorf("octets that are no text: %+v", a)
	}
}

// TestBareQuestion: some servers ask without base64.
func TestBareQuestion(t *testing.T) {
	var d Dialogue
	d.Challenge(Login, []byte("Password:"), true)
	if a := d.Answer(Login, 0, []byte(Encode([]byte("sesame"))), true); a.Name || a.Shown != Mask {
		t.Errorf("%+v", a)
	}
}

func TestIsSignature(t *testing.T) {
	for text, want := range map[string]bool{
		"v=BBBB": true, "r=abcd,s=QUJD,i=4096": false, "Username:": false, "": false, "e=invalid-proof": false,
		"e=sesame": true, "r=abcd,s=QUJD,i=4096,x=1": true,
	} {
		for _, blank := range []string{"", " ", "\t "} {
			if got := IsSignature([]byte(blank + Encode([]byte(text)) + blank)); got != want {
				t.Errorf("%q %q: %v", text, blank, got)
			}
		}
	}
	if IsSignature([]byte("v=BBBB")) {
		t.Error("no base64 is a signature")
	}
}
