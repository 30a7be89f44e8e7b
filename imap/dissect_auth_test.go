package imap

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mailtool/internal/sasl"
	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// base64Of stands for the base64 of what is between its brackets, in the records below.
func base64Of(record string) string {
	for {
		head, rest, ok := strings.Cut(record, "b64(")
		if !ok {
			return record
		}
		said, rest, _ := strings.Cut(rest, ")")
		record = head + sasl.Encode([]byte(strings.ReplaceAll(said, `\0`, "\x00"))) + rest
	}
}

// TestDecoded: of a log-in is told what its base64 holds, but no secret.
func TestDecoded(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		want   []string
	}{
		"PLAIN": {"C: a AUTHENTICATE PLAIN b64(\\0alice\\0sesame)\nS: a NO sesame no\n",
			[]string{"\x00alice\x00********"}},
		"PLAIN, in small letters": {"C: a authenticate plain b64(\\0alice\\0sesame)\n",
			[]string{"\x00alice\x00********"}},
		"PLAIN, challenged": {"C: a AUTHENTICATE PLAIN\nS: + \nC: b64(bob\\0alice\\0sesame)\nS: a OK sesame\n",
			[]string{"bob\x00alice\x00********"}},
		"PLAIN, not waited for": {"C: a AUTHENTICATE PLAIN\nC+ b64(\\0alice\\0sesame)\nS: + \nS: a OK sesame\n",
			[]string{"\x00alice\x00********"}},
		"PLAIN, a wrong bare +": {"C: a AUTHENTICATE PLAIN\nS: +\nC: b64(\\0alice\\0sesame)\n",
			[]string{"\x00alice\x00********"}},
		"PLAIN, empty at first": {"C: a AUTHENTICATE PLAIN =\nS: + \nC: b64(\\0alice\\0sesame)\nS: a NO sesame\n",
			[]string{trace.Mask}},
		"not PLAIN":           {"C: a AUTHENTICATE PLAIN b64(alice:sesame)\n", []string{trace.Mask}},
		"not PLAIN, later":    {"C: a AUTHENTICATE PLAIN\nS: + \nC: b64(alice:sesame)\n", []string{trace.Mask}},
		"nothing at all":      {"C: a AUTHENTICATE PLAIN =\nS: + \nC: \n", nil},
		"no base64":           {"C: a AUTHENTICATE PLAIN alice:sesame\nS: a BAD no\n", nil},
		"a word too many":     {"C: a AUTHENTICATE PLAIN b64(\\0alice\\0sesame) sesame\n", nil},
		"in a literal":        {"C: a AUTHENTICATE PLAIN {6+}\nC: sesame\nS: a BAD sesame\n", nil},
		"without a tag":       {"C: AUTHENTICATE PLAIN b64(\\0alice\\0sesame)\n", []string{"\x00alice\x00********"}},
		"another's command":   {"C: a AUTH PLAIN b64(\\0alice\\0sesame)\nS: a BAD sesame\n", nil},
		"cancelled":           {"C: a AUTHENTICATE PLAIN\nS: + \nC: *\n", nil},
		"a command instead":   {"C: a AUTHENTICATE PLAIN\nS: + \nC: b LOGIN bob sesame\nS: a BAD sesame\n", nil},
		"no challenge to it":  {"C: a IDLE\nS: + b64(Username:)\n", nil},
		"LOGIN has no base64": {"C: a LOGIN alice sesame\nS: a OK\n", nil},
		"LOGIN with the name": {"C: a AUTHENTICATE LOGIN b64(alice)\nS: + b64(Password:)\nC: b64(sesame)\n",
			[]string{"alice", "Password:", trace.Mask}},
		"LOGIN": {"C: a AUTHENTICATE LOGIN\nS: + b64(Username:)\nC: b64(alice)\nS: + b64(Password:)\n" +
			"C: b64(sesame)\nS: a NO sesame\n", []string{"Username:", "alice", "Password:", trace.Mask}},
		"LOGIN that wants the password first": {"C: a AUTHENTICATE LOGIN\nS: + b64(Password:)\n" +
			"C: b64(sesame)\nS: a NO sesame\n", []string{"Password:", trace.Mask}},
		"LOGIN that asks without base64": {"C: a AUTHENTICATE LOGIN\nS: + Password:\n" +
			"C: b64(sesame)\nS: a NO sesame\n", []string{trace.Mask}},
		"LOGIN that asks for something": {"C: a AUTHENTICATE LOGIN\nS: + b64(Hello)\nC: b64(sesame)\n",
			[]string{trace.Mask}},
		"CRAM-MD5": {"C: a AUTHENTICATE CRAM-MD5\nS: + b64(<1896.1@a>)\n" +
			"C: b64(alice b913a602c7eda7a495b4e6e7334d3890)\n", []string{"<1896.1@a>", "alice ********"}},
		"SCRAM": {"C: a AUTHENTICATE SCRAM-SHA-256 b64(n,,n=alice,r=abcdef)\n" +
			"S: + b64(r=abcdefgh,s=QUJD,i=4096)\nC: b64(c=biws,r=abcdefgh,p=c2VzYW1l)\n" +
			"S: + b64(v=c2VzYW1l)\nC: \nS: a OK\n",
			[]string{"n,,n=alice,r=abcdef", "r=abcdefgh,s=QUJD,i=4096",
				"c=biws,r=abcdefgh,p=********", "v=********"}},
		"two log-ins": {"C: a AUTHENTICATE PLAIN b64(\\0alice\\0sesame)\nS: a NO no\nC: b AUTHENTICATE LOGIN\n" +
			"S: + b64(Username:)\nC: b64(sesame)\n",
			[]string{"\x00alice\x00********", "Username:", trace.Mask}},
		"nobody knows what goes on": {"-- gap C 7\nS: + b64(Username:)\nC: b64(\\0alice\\0sesame)\n", nil},
		"shown": {"-- show\nC: a AUTHENTICATE LOGIN\nS: + b64(Username:)\nC: b64(alice)\nS: + b64(Password:)\n" +
			"C: b64(sesame)\n", []string{"Username:", "alice", "Password:", "sesame"}},
	} {
		record := "S: * OK a\n" + c.record
		if show, ok := strings.CutPrefix(c.record, "-- show\n"); ok {
			record = "-- show\nS: * OK a\n" + show
		}
		marks := parse(t, base64Of(record))
		var got []string
		for _, ev := range tracetest.Run(newDissector(), marks) {
			if ev.Decoded != "" {
				got = append(got, ev.Decoded)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: decoded %q, want %q", name, got, c.want)
		}
		tracetest.Laws(t, newDissector, marks, 1)
		if name != "shown" {
			t.Run(name, func(t *testing.T) {
				tracetest.Hides(t, newDissector, marks, rand.New(rand.NewPCG(1, 2)), secretForms...)
			})
		}
	}
}

// TestNamesStayReadable: of a log-in that has its form only the password is masked where it
// is repeated.
func TestNamesStayReadable(t *testing.T) {
	marks := parse(t, base64Of("S: * OK a\nC: a AUTHENTICATE PLAIN b64(\\0alice\\0sesame)\n"+
		"S: a OK alice is in, sesame is right\nC: b SELECT alice\n"))
	var said []string
	for _, ev := range tracetest.Run(newDissector(), marks) {
		said = append(said, string(ev.Payload()))
	}
	for _, want := range []string{"a OK alice is in, ******** is right", "b SELECT alice"} {
		if !slices.Contains(said, want) {
			t.Errorf("%q is not in %q", want, said)
		}
	}
}

// TestSignatureIsMasked: from a server's signature, and what else is shown of SCRAM, the
// password could be guessed.
func TestSignatureIsMasked(t *testing.T) {
	const signature = "+ dj1jMlZ6WVcxbA==" // v=c2VzYW1l
	for record, hidden := range map[string]bool{
		"S: * OK a\nC: a AUTHENTICATE SCRAM-SHA-1\nS: " + signature:               true,
		"S: * OK a\nC: a AUTHENTICATE scram-sha-1\nS: " + signature:               true,
		"S: * OK a\nC: a AUTHENTICATE SCRAM-SHA-1\nS: " + signature + " ":         true,
		"S: * OK a\nC: a AUTHENTICATE SCRAM-SHA-1\nS: + \nS: " + signature:        true, // out of turn
		"-- midway\nS: " + signature:                                              true,
		"S: * OK a\nC: a NOOP\nS: " + signature:                                   true,  // whatever it is
		"S: * OK a\nC: a IDLE\nS: " + signature:                                   true,  // the same
		"S: * OK a\nC: a AUTHENTICATE PLAIN\nS: " + signature:                     false, // it means nothing there
		"-- show\nS: * OK a\nC: a AUTHENTICATE SCRAM-SHA-1\nS: " + signature:      false,
		"S: * OK a\nC: a AUTHENTICATE SCRAM-SHA-1\nS: + cj1hLHM9UVVKRCxpPTQwOTY=": false, // the salt
	} {
		marks := parse(t, record+"\n")
		last := ""
		for _, ev := range tracetest.Run(newDissector(), marks) {
			if ev.End == trace.Server && len(ev.Raw) > 0 {
				last = string(ev.Payload())
			}
		}
		if (last == "+ ********") != hidden {
			t.Errorf("%q: %q", record, last)
		}
		tracetest.Laws(t, newDissector, marks, 1)
	}
}
