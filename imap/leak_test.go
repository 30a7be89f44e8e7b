package imap

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mailtool/trace/tracetest"
)

// TestNoSecretShowsAtRandom plays random sessions in which a password stands anywhere, in
// any segments, answered in any way. No other literal is sent: what stands in a message is
// no secret.
func TestNoSecretShowsAtRandom(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 3501))
		record := randomLogin(rng)
		if tracetest.Hides(t, newDissector, parse(t, record), rng, secretForms...); t.Failed() {
			t.Fatalf("seed %d\n%s", seed, record)
		}
	}
}

// TestAnswerTooLate: the result came first, and the client answers the challenge all the same.
func TestAnswerTooLate(t *testing.T) {
	for _, challenge := range []string{"", "S: + \n"} {
		marks := parse(t, "S: * OK hi\nC: a AUTHENTICATE X\n"+challenge+"S: a NO\nC: sesame\n"+
			"S: * BAD sesame\nC: b NOOP\nS: b OK c2VzYW1l")
		tracetest.Hides(t, newDissector, marks, rand.New(rand.NewPCG(1, 2)), secretForms...)
	}
}

// TestHeldForLiteral: what was sent before the server asked for the literal is looked at as
// the literal and what follows it, too.
func TestHeldForLiteral(t *testing.T) {
	marks := parse(t, "S: * OK hi\nC: a LOGIN {3}\nC: bob sesame\nS: + go sesame\nS: a NO c2VzYW1l")
	tracetest.Hides(t, newDissector, marks, rand.New(rand.NewPCG(1, 2)), secretForms...)
}

// secretForms are the forms in which the sessions say the password: as it is, in base64
// alone, in base64 behind the name.
var secretForms = []string{"sesame", "c2VzYW1l", "AGJvYgBzZXNhbWU", "opendoor", "b3Blb"}

// randomLogin writes a session. What repeats the password stands behind what says it.
func randomLogin(rng *rand.Rand) string {
	var b strings.Builder
	pick := func(lines ...string) { b.WriteString(lines[rng.IntN(len(lines))] + "\n") }
	pick("S: * OK hi", "S: * OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+ IDLE] hi", "S: * PREAUTH hi",
		"S: * BYE no", "-- midway", "-- midway\nC: n NOOP", "")
	for range 1 + rng.IntN(6) {
		pick("C: a NOOP", "C+ b NOOP", "C: c STARTTLS", "C+ c STARTTLS",
			"C: c STARTTLS\nS: c OK", "C: d LOGOUT",
			"-- gap S 7", "-- gap C 7", "C: e AUTHENTICATE PLAIN", "C: e IDLE", "C: DONE", "C: *",
			"C: f COMPRESS DEFLATE", `C* 66000 z`+"\n"+`C| \r\n`, "C: g SELECT INBOX",
			"C: LOGIN", "C: h LOGIN {3}",
			"C: h LOGIN bob {6}", `C| \n`, "")
		pick("S: a OK", "S: c NO", "S: + ", "S: * BAD", "S: h BAD", "S: e BAD no", "", "", "")
		if rng.IntN(20) == 0 { // a line that is cut, in blanks or in a word
			pick(`C* 16384 \x20`, `C* 16382 \x20`, `C* 16376 \x20`, `C* 16371 \x20`)
			pick("C: a LOGIN bob opendoor", "C: a AUTHENTICATE PLAIN b3BlbmRvb3I=",
				"C: LOGIN bob opendoor",
				"C: a LOGIN bob {9+}\nC| opendoor", "C: a LOGIN bob {9}\nS: + \nC| opendoor",
				"C: a LOGIN bob {16000+}\nC* 2000 opendoor")
			break
		}
		pick("C: a LOGIN bob sesame", "C+ a LOGIN bob sesame", `C| a login "bob" "sesame"\r\n`,
			`C| a LOGIN\tbob\tsesame\n`,
			`C| a LOGIN "b o\\"b" "sesame"\r\n`, "C: LOGIN bob sesame",
			"C: a LOGIN {3}\nS: + go\nC: bob sesame",
			"C: a LOGIN {3}\nS: + go\nC: bob {6}\nS: + go\nC: sesame",
			"C: a LOGIN bob {6}\nS: + go\nC: sesame",
			"C: a LOGIN {3+}\nC+ bob {6+}\nC+ sesame", "C: a LOGIN {3}\nC+ bob {6}\nC+ sesame",
			"C: a LOGIN {3}\nC: bob {6}\nC: sesame\nS: a BAD",
			"C: a LOGIN bob {6}\nS: a NO\nC: sesame",
			"C: a LOGIN bob {6}\nS: * BAD\nC: sesame", "C: a LOGIN bob ~{6+}\nC: sesame",
			"C: a LOGIN bob {6}\nC: sesame", `C| a LOGIN bob "sesame`+`\r\n`,
			`C| a LOGIN "bob\r\nsesame"\r\n`,
			"C: a AUTHENTICATE PLAIN AGJvYgBzZXNhbWU=", "C+ a AUTHENTICATE PLAIN AGJvYgBzZXNhbWU=",
			"C: a AUTHENTICATE PLAIN\nC+ AGJvYgBzZXNhbWU=",
			"C: a AUTHENTICATE PLAIN\nC: AGJvYgBzZXNhbWU=",
			"C: a AUTHENTICATE PLAIN\nS: + \nC: AGJvYgBzZXNhbWU=",
			"C: a AUTHENTICATE PLAIN =\nS: + \nC: AGJvYgBzZXNhbWU=",
			"C: a AUTHENTICATE PLAIN\nS: a NO\nC: AGJvYgBzZXNhbWU=",
			"C: a AUTHENTICATE PLAIN\nS: + \nC: a LOGIN bob sesame",
			"C: a AUTHENTICATE PLAIN\nS: + \nC: *\nS: a BAD\nC: b LOGIN bob sesame",
			"C: a AUTHENTICATE PLAIN\nS: + \nC: c2VzYW1l\nS: + c2VzYW1l\nC: *",
			"C: a AUTHENTICATE LOGIN\nC: Ym9i\nC: c2VzYW1l",
			"C: a AUTHENTICATE LOGIN\nC+ Ym9i\nC+ c2VzYW1l",
			"C: a AUTHENTICATE LOGIN Ym9i\nS: + x\nC: c2VzYW1l",
			"C: a AUTHENTICATE LOGIN\nS: + x\nC: Ym9i\nS: + x\nC: c2VzYW1l",
			"C: a AUTHENTICATE LOGIN\nS: a NO\nC: Ym9i\nS: * BAD\nC: c2VzYW1l",
			"C: a AUTHENTICATE LOGIN\nS: + UGFzc3dvcmQ6\nC: c2VzYW1l\nS: + UGFzc3dvcmQ6",
			"C: a AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: Ym9i\nS: + UGFzc3dvcmQ6\nC+ c2VzYW1l",
			"C: a AUTHENTICATE X\nS: + x\nC: c2VzYW1l",
			"C: a AUTHENTICATE XOAUTH2 dXNlcj1ib2IBYXV0aD1CZWFyZXIgc2VzYW1lAQE=",
			"C: AUTHENTICATE PLAIN AGJvYgBzZXNhbWU=",
			"C: a AUTH PLAIN AGJvYgBzZXNhbWU=", "C: AUTH PLAIN\nS: + \nC: AGJvYgBzZXNhbWU=",
			"C: PASS sesame", "C: PASS: sesame", "C+ a PASS: sesame", "C: APOP bob sesame", "C: a apop bob sesame",
			"C: a STARTTLS\nC+ b LOGIN bob sesame", "C: a STARTTLS\nS: a OK\nC: b LOGIN bob sesame",
			"C: a STARTTLS\nC+ b AUTHENTICATE PLAIN AGJvYgBzZXNhbWU=\nS: a OK",
			"C: a IDLE\nS: + \nC: b LOGIN bob sesame",
			"C: a IDLE\nC: b LOGIN bob sesame",
			"C: a COMPRESS DEFLATE\nC+ b LOGIN bob sesame\nS: a OK",
			"C| a LOGIN bob ses\nS: a NO\nC: ame")
		pick("S: a OK hello sesame", "S: a NO no c2VzYW1l", "S: * BAD <sesame>",
			"S: + c2VzYW1l", "C: sesame",
			"C: b SELECT sesame", "C: b SELECT \"c2VzYW1l\"\nS: b NO \"c2VzYW1l\"",
			"-- tls TLS 1.3", "-- tls! no",
			"-- deflate", "-- eof C", "S: a BAD AGJvYgBzZXNhbWU=", "S: * LIST () NIL sesame",
			"", "")
	}
	pick("-- close reset", "-- close eof", "")
	return b.String()
}
