package pop3

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestNoSecretShowsAtRandom plays random sessions in which a password stands anywhere, in
// any segments, answered in any way. No message is sent: what stands in one is no secret.
func TestNoSecretShowsAtRandom(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 5034))
		record := randomLogin(rng)
		marks, err := tracetest.Parse(trace.POP3, record)
		if err != nil {
			t.Fatal(err)
		}
		if tracetest.Hides(t, newDissector, marks, rng, secretForms...); t.Failed() {
			t.Fatalf("seed %d\n%s", seed, record)
		}
	}
}

// secretForms are the forms in which the sessions say the password: as it is, in base64
// alone, in base64 behind the name, as a digest.
var secretForms = []string{"sesame", "c2VzYW1l", "AGJvYgBzZXNhbWU", "c4c9334bac56",
	"open", "b3Bl"}

// randomLogin writes a session. What repeats the password stands behind what says it.
func randomLogin(rng *rand.Rand) string {
	var b strings.Builder
	pick := func(lines ...string) { b.WriteString(lines[rng.IntN(len(lines))] + "\n") }
	pick("S: +OK ready", "S: +OK ready <1.2@a.test>", "S: -ERR no", "-- midway",
		"-- midway\nC: NOOP", "")
	pick("C: CAPA\nS: +OK\nS: PIPELINING\nS: .", "C: CAPA\nS: +OK\nS: UIDL", "C: CAPA", "", "")
	for range 1 + rng.IntN(6) {
		pick("C: NOOP", "C+ NOOP", "C: STLS", "C+ STLS", "C: STAT", "C: QUIT", "-- gap S 7",
			"-- gap C 7",
			"C: AUTH", "C: AUTH PLAIN", "C: *", `C* 66000 z`+"\n"+`C| \r\n`, "C: USER bob",
			"C+ USER bob",
			"C: LIST", `C| \n`, "C: STLS\nS: +OK", "")
		pick("S: +OK", "S: -ERR no", "S: + ", "S: +OK 2 320", "S: .", "", "", "")
		if rng.IntN(20) == 0 { // a line that is cut, in blanks or in the verb
			pick(`C* 16384 \x20`, `C* 16382 \x20`, `C* 16376 \x20`, `C* 16380 \x20`)
			pick("C: PASS opendoor", "C: a LOGIN bob opendoor", "C: AUTH PLAIN b3BlbmRvb3I=", "C: APOP bob opendoor")
			continue
		}
		if rng.IntN(6) == 0 {
			pick("C: APOP bob c4c9334bac560ecc979e58001b3e22fb",
				"C+ APOP bob c4c9334bac560ecc979e58001b3e22fb")
			pick("S: -ERR c4c9334bac560ecc979e58001b3e22fb", "S: -ERR", "")
			continue
		}
		pick("C: PASS sesame", "C+ PASS sesame", "C: pass sesame", `C|  PASS\tsesame\n`,
			"C: AUTH PLAIN AGJvYgBzZXNhbWU=", "C+ AUTH PLAIN AGJvYgBzZXNhbWU=",
			`C| AUTH\tPLAIN  AGJvYgBzZXNhbWU=\r\n`, "C: AUTH PLAIN\nC+ AGJvYgBzZXNhbWU=",
			"C: AUTH PLAIN\nC: AGJvYgBzZXNhbWU=", "C: AUTH LOGIN\nC: Ym9i\nC: c2VzYW1l",
			"C: AUTH LOGIN\nC+ Ym9i\nC+ c2VzYW1l", "C: AUTH LOGIN Ym9i\nS: + x\nC: c2VzYW1l",
			"C: AUTH LOGIN\nS: + x\nC: Ym9i\nS: + x\nC: c2VzYW1l",
			"C: AUTH LOGIN\nS: -ERR x\nC: Ym9i\nS: -ERR x\nC: c2VzYW1l",
			"C: AUTH NTLM\nC: c2VzYW1l\nS: + x", "C: AUTH PLAIN =\nS: + \nC: AGJvYgBzZXNhbWU=",
			"C: AUTH PLAIN\nS: + \nC: *\nS: -ERR no\nC: PASS sesame",
			"C: PASS sesame\nC+ PASS sesame",
			"C: PASS:sesame", "C+ a1 PASS sesame", "C: a1 LOGIN bob sesame",
			"C: STLS\nC+ PASS sesame", "C: STLS\nS: +OK\nC: PASS sesame",
			"C: STLS\nS: +OK\nC: AUTH PLAIN AGJvYgBzZXNhbWU=", "C| PASS ses\nS: -ERR\nC: ame")
		pick("S: +OK hello sesame", "S: -ERR no c2VzYW1l", "S: -ERR <sesame>", "S: + c2VzYW1l",
			"C: USER sesame",
			"C: USER c2VzYW1l\nS: -ERR \"c2VzYW1l\"", "C: sesame", "-- tls TLS 1.3",
			"-- tls! no", "-- eof C",
			"S: -ERR AGJvYgBzZXNhbWU=", "", "")
	}
	pick("-- close reset", "-- close eof", "")
	return b.String()
}
