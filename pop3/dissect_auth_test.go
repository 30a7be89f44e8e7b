package pop3

import (
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
		"PLAIN": {"C: AUTH PLAIN b64(\\0alice\\0sesame)\nS: -ERR sesame no\n", []string{"\x00alice\x00********"}},
		"PLAIN, challenged": {"C: AUTH PLAIN\nS: + \nC: b64(bob\\0alice\\0sesame)\nS: +OK sesame\n",
			[]string{"bob\x00alice\x00********"}},
		"not PLAIN":           {"C: AUTH PLAIN b64(alice:sesame)\n", []string{trace.Mask}},
		"nothing at all":      {"C: AUTH PLAIN =\nS: + \nC: \n", nil},
		"no base64":           {"C: AUTH PLAIN alice:sesame\n", nil},
		"cancelled":           {"C: AUTH PLAIN\nS: + \nC: *\n", nil},
		"no challenge to it":  {"C: STAT\nS: + b64(Username:)\n", nil},
		"PASS is no base64":   {"C: USER alice\nS: +OK\nC: PASS sesame\n", nil},
		"LOGIN with the name": {"C: AUTH LOGIN b64(alice)\nS: + b64(Password:)\n", []string{"alice", "Password:"}},
		"LOGIN": {"C: AUTH LOGIN\nS: + b64(Username:)\nC: b64(alice)\nS: + b64(Password:)\n" +
			"C: b64(sesame)\nS: -ERR sesame\n", []string{"Username:", "alice", "Password:", trace.Mask}},
		"LOGIN that wants the password first": {"C: AUTH LOGIN\nS: + b64(Password:)\n" +
			"C: b64(sesame)\nS: -ERR sesame\n", []string{"Password:", trace.Mask}},
		"LOGIN that asks for something": {"C: AUTH LOGIN\nS: + b64(Hello)\nC: b64(sesame)\n",
			[]string{trace.Mask}},
		"CRAM-MD5": {"C: AUTH CRAM-MD5\nS: + b64(<1896.1@a>)\n" +
			"C: b64(alice b913a602c7eda7a495b4e6e7334d3890)\n", []string{"<1896.1@a>", "alice ********"}},
		"SCRAM": {"C: AUTH SCRAM-SHA-256 b64(n,,n=alice,r=abcdef)\nS: + b64(r=abcdefgh,s=QUJD,i=4096)\n" +
			"C: b64(c=biws,r=abcdefgh,p=c2VzYW1l)\nS: + b64(v=c2VzYW1l)\nC: \nS: +OK\n",
			[]string{"n,,n=alice,r=abcdef", "r=abcdefgh,s=QUJD,i=4096",
				"c=biws,r=abcdefgh,p=********", "v=********"}},
		"two log-ins": {"C: AUTH PLAIN b64(\\0alice\\0sesame)\nS: -ERR no\nC: AUTH LOGIN\n" +
			"S: + b64(Username:)\nC: b64(sesame)\n",
			[]string{"\x00alice\x00********", "Username:", trace.Mask}},
		"shown": {"-- show\nC: AUTH LOGIN\nS: + b64(Username:)\nC: b64(alice)\nS: + b64(Password:)\n" +
			"C: b64(sesame)\n", []string{"Username:", "alice", "Password:", "sesame"}},
	} {
		record := "S: +OK a\n" + c.record
		if show, ok := strings.CutPrefix(c.record, "-- show\n"); ok {
			record = "-- show\nS: +OK a\n" + show
		}
		marks, err := tracetest.Parse(trace.POP3, base64Of(record))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ev := range tracetest.Run(newDissector(), marks) {
			if ev.Decoded != "" {
				got = append(got, ev.Decoded)
			}
			if name != "shown" && strings.Contains(string(ev.Raw), "sesame") {
				t.Errorf("%s: %q", name, ev.Raw)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: decoded %q, want %q", name, got, c.want)
		}
		tracetest.Laws(t, newDissector, marks, 1)
	}
}

// TestSignatureIsMasked: from a server's signature, and what else is shown of SCRAM, the
// password could be guessed.
func TestSignatureIsMasked(t *testing.T) {
	const signature = "+ dj1jMlZ6WVcxbA==" // v=c2VzYW1l
	for record, hidden := range map[string]bool{
		"S: +OK a\nC: AUTH SCRAM-SHA-1\nS: " + signature:               true,
		"-- midway\nS: " + signature:                                   true,
		"S: +OK a\nC: STAT\nS: " + signature:                           true,  // whatever it is
		"S: +OK a\nC: AUTH PLAIN\nS: " + signature:                     false, // it means nothing there
		"-- show\nS: +OK a\nC: AUTH SCRAM-SHA-1\nS: " + signature:      false,
		"S: +OK a\nC: AUTH SCRAM-SHA-1\nS: + cj1hLHM9UVVKRCxpPTQwOTY=": false, // the salt
	} {
		marks, err := tracetest.Parse(trace.POP3, record+"\n")
		if err != nil {
			t.Fatal(err)
		}
		events := tracetest.Run(newDissector(), marks)
		last := ""
		for _, ev := range events {
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
