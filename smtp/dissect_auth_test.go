package smtp

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
		said = strings.NewReplacer(`\0`, "\x00", `\1`, "\x01").Replace(said)
		record = head + sasl.Encode([]byte(said)) + rest
	}
}

// TestDecoded: of a log-in is told what its base64 holds, but no secret.
func TestDecoded(t *testing.T) {
	const begins = "S: 220 a\nC: EHLO b.test\nS: 250-a\n" +
		"S+ 250 AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER\n"
	for name, c := range map[string]struct {
		record string
		want   []string
	}{
		"PLAIN": {"C: AUTH PLAIN b64(\\0alice\\0sesame)\n", []string{"\x00alice\x00********"}},
		"in small letters": {"C: auth plain b64(\\0alice\\0sesame)\n",
			[]string{"\x00alice\x00********"}},
		"PLAIN, challenged": {"C: AUTH PLAIN\nS: 334 \nC: b64(bob\\0alice\\0sesame)\n",
			[]string{"bob\x00alice\x00********"}},
		"the name is the password": {"C: AUTH PLAIN b64(\\0sesame\\0sesame)\n",
			[]string{"\x00********\x00********"}},
		"not PLAIN":            {"C: AUTH PLAIN b64(alice:sesame)\n", []string{trace.Mask}},
		"nothing at all":       {"C: AUTH PLAIN =\nS: 334 \nC: \n", nil},
		"no base64":            {"C: AUTH PLAIN alice:sesame\n", nil},
		"cancelled":            {"C: AUTH PLAIN\nS: 334 \nC: *\n", nil},
		"not known":            {"C: AUTH NTLM b64(alice sesame)\n", []string{trace.Mask}},
		"no 334 to AUTH":       {"C: NOOP\nS: 334 b64(Username:)\n", nil},
		"refused, then a line": {"C: AUTH LOGIN\nS: 504 no\nC: b64(alice)\n", nil},
		"LOGIN": {"C: AUTH LOGIN\nS: 334 b64(Username:)\nC: b64(alice)\nS: 334 b64(Password:)\n" +
			"C: b64(sesame)\n", []string{"Username:", "alice", "Password:", trace.Mask}},
		"LOGIN with the name": {"C: AUTH LOGIN b64(alice)\nS: 334 b64(Password:)\nC: b64(sesame)\n",
			[]string{"alice", "Password:", trace.Mask}},
		"LOGIN, asked without base64": {"C: AUTH LOGIN\nS: 334 Username:\nC: b64(alice)\n",
			[]string{"alice"}},
		"LOGIN that wants the password first": {"C: AUTH LOGIN\nS: 334 b64(Password:)\n" +
			"C: b64(sesame)\nS: 535 sesame\n", []string{"Password:", trace.Mask}},
		"LOGIN that asks for something": {"C: AUTH LOGIN\nS: 334 b64(Hello)\nC: b64(sesame)\n",
			[]string{trace.Mask}},
		"CRAM-MD5": {"C: AUTH CRAM-MD5\nS: 334 b64(<1896.1@a>)\n" +
			"C: b64(alice b913a602c7eda7a495b4e6e7334d3890)\n",
			[]string{"<1896.1@a>", "alice ********"}},
		"SCRAM": {"C: AUTH SCRAM-SHA-256 b64(n,,n=alice,r=abcdef)\nS: 334 b64(r=abcdefgh,s=QUJD,i=4096)\n" +
			"C: b64(c=biws,r=abcdefgh,p=c2VzYW1l)\nS: 334 b64(v=c2VzYW1l)\nC: \nS: 235 Ok\n",
			[]string{"n,,n=alice,r=abcdef", "r=abcdefgh,s=QUJD,i=4096",
				"c=biws,r=abcdefgh,p=********", "v=********"}},
		"XOAUTH2": {"C: AUTH XOAUTH2 b64(user=alice\\1auth=Bearer sesame\\1\\1)\nS: 535 sesame no\n",
			[]string{"user=alice\x01auth=Bearer ********\x01\x01"}},
		"OAUTHBEARER": {"C: AUTH OAUTHBEARER b64(n,,\\1auth=Bearer sesame\\1\\1)\n" +
			"S: 334 b64({\"status\":\"invalid_token\",\"scope\":\"sesame\"})\nC: b64(\\1)\nS: 535 no\n",
			[]string{"n,,\x01auth=Bearer ********\x01\x01", `{"status":"invalid_token"}`, "\x01"}},
		"two log-ins": {"C: AUTH PLAIN b64(\\0alice\\0sesame)\nS: 535 no\nC: AUTH LOGIN\n" +
			"S: 334 b64(Username:)\nC: b64(sesame)\n",
			[]string{"\x00alice\x00********", "Username:", trace.Mask}},
		"shown": {"-- show\nC: AUTH LOGIN\nS: 334 b64(Username:)\nC: b64(alice)\nS: 334 b64(Password:)\n" +
			"C: b64(sesame)\n", []string{"Username:", "alice", "Password:", "sesame"}},
	} {
		record := c.record
		if show, rest, ok := strings.Cut(record, "-- show\n"); ok {
			record = "-- show\n" + begins + show + rest
		} else {
			record = begins + record
		}
		marks, err := tracetest.Parse(trace.SMTP, base64Of(record))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ev := range tracetest.Run(newDissector(), marks) {
			if ev.Decoded != "" {
				got = append(got, ev.Decoded)
			}
			if name != "shown" && strings.Contains(string(ev.Raw), "sesame") && name != "no base64" {
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
	const signature = "334 dj1jMlZ6WVcxbA==" // v=c2VzYW1l
	const begins = "S: 220 a\nC: EHLO b.test\nS: 250-a\nS+ 250 AUTH SCRAM-SHA-1 PLAIN\n"
	for record, hidden := range map[string]bool{
		begins + "C: AUTH SCRAM-SHA-1\nS: " + signature:               true,
		"-- midway\nS: " + signature:                                  true,
		begins + "C: AUTH PLAIN\nS: " + signature:                     false, // it means nothing there
		"-- show\n" + begins + "C: AUTH SCRAM-SHA-1\nS: " + signature: false,
	} {
		marks, err := tracetest.Parse(trace.SMTP, record)
		if err != nil {
			t.Fatal(err)
		}
		evs := tracetest.Run(newDissector(), marks)
		last := string(evs[len(evs)-1].Payload())
		if want := map[bool]string{true: "334 ********", false: signature}[hidden]; last != want {
			t.Errorf("%s\nshows %q, want %q", record, last, want)
		}
	}
}

// TestRememberedParts: what a log-in shows of itself may be said by others; its secrets not.
func TestRememberedParts(t *testing.T) {
	const begins = "S: 220 a\nC: EHLO b.test\nS: 250-a\nS+ 250 AUTH PLAIN XOAUTH2\n"
	for record, want := range map[string]string{
		"C: AUTH PLAIN b64(\\0alice\\0sesame)\nS: 535 alice b64(sesame) sesame no":             "535 alice ******** ******** no",
		"C: AUTH XOAUTH2 b64(user=alice\\1auth=Bearer sesame\\1\\1)\nS: 535 alice, sesame: no": "535 alice, ********: no",
		"C: AUTH PLAIN b64(\\0alice\\0sesame\\0)\nS: 535 sesame no":                            "535 ******** no",
		"C: AUTH PLAIN b64(sesame\\0)\nS: 535 sesame no":                                       "535 ******** no",
	} {
		marks, err := tracetest.Parse(trace.SMTP, base64Of(begins+record))
		if err != nil {
			t.Fatal(err)
		}
		evs := tracetest.Run(newDissector(), marks)
		if got := string(evs[len(evs)-1].Payload()); got != want {
			t.Errorf("%s: %q, want %q", record, got, want)
		}
	}
}

// TestSpread: who quotes a password may do so in several lines of a reply.
func TestSpread(t *testing.T) {
	const begins = "S: 220 a\nC: EHLO b.test\nS: 250-a\nS+ 250 AUTH PLAIN\n" +
		"C: AUTH PLAIN b64(\\0alice\\0open sesame)\n"
	for said, want := range map[string][]string{
		"S: 535-5.7.8 not open s\nS: 535 5.7.8 esame!":    {"535-5.7.8 not ********", "535 5.7.8 ********!"},
		"S: 535-not open\nS: 535 sesame, no":              {"535-not ********", "535 ********, no"},
		"S: 535-o\nS: 535-pen ses\nS: 535-ame\nS: 535 no": {"535-o", "535-********", "535-********", "535 no"},
		"S: 535-b3BlbiBz\nS: 535 ZXNhbWU= no":             {"535-********", "535 ******** no"},
		"S: 535-5.7.8 open s\nS: 535 5.7.8 ay it":         {"535-5.7.8 ********", "535 5.7.8 ay it"},
		"S: 535-op\nS: 535 no\nC: NOOP\nS: 250 en sesame": {"535-op", "535 no", "250 en sesame"},
		"S: 535-5.7.8 \nS: 535 5.7.8":                     {"535-5.7.8 ", "535 5.7.8"},
	} {
		spreads(t, begins+said, want)
	}
	const blanks = "S: 220 a\nC: EHLO b.test\nS: 250-a\nS+ 250 AUTH PLAIN\n" +
		"C: AUTH PLAIN b64(\\0alice\\0  lead and  trail  )\n"
	for said, want := range map[string][]string{ // blanks at the ends of a line may be the password's
		"S: 535-5.7.8   lead an\nS: 535 5.7.8 d  trail  ": {"535-5.7.8 ********", "535 5.7.8 ********"},
		"S: 535-it is   lead and \nS: 535  trail  , no":   {"535-it is ********", "535 ********, no"},
	} {
		spreads(t, blanks+said, want)
	}
}

// spreads wants these lines of the server behind the log-in that a record begins with.
func spreads(t *testing.T, record string, want []string) {
	t.Helper()
	marks, err := tracetest.Parse(trace.SMTP, base64Of(record))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ev := range tracetest.Run(newDissector(), marks)[6:] {
		if ev.End == trace.Server {
			got = append(got, string(ev.Payload()))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", record, got, want)
	}
	tracetest.Laws(t, newDissector, marks, 1)
}

// TestLayerHidesSecrets: why TLS failed may hold what the server said in its place.
func TestLayerHidesSecrets(t *testing.T) {
	marks, err := tracetest.Parse(trace.SMTP, base64Of("S: 220 a\nC: EHLO b.test\nS: 250-a\n"+
		"S+ 250-STARTTLS\nS+ 250 AUTH PLAIN\nC: AUTH PLAIN b64(\\0alice\\0sesame)\nS: 535 no\n"+
		"C: STARTTLS\nS: 220 go\n-- tls! heard sesame\n"))
	if err != nil {
		t.Fatal(err)
	}
	security := &trace.Security{Faults: []trace.Fault{{Cause: "not-tls", Args: []string{"heard", "535 sesame"}}}}
	marks[len(marks)-1].Layer.Security = security
	evs := tracetest.Run(newDissector(), marks)
	last := evs[len(evs)-1]
	if last.Text != "heard ********" || last.Security.Faults[0].Args[1] != "535 ********" {
		t.Errorf("%q, %+v", last.Text, last.Security)
	}
	if security.Faults[0].Args[1] != "535 sesame" {
		t.Error("what the record holds was changed")
	}
}
