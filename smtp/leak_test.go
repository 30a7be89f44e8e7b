package smtp

import (
	"math/rand/v2"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestNoSecretShowsAtRandom plays random sessions in which AUTH stands anywhere, in any
// segments, answered in any way. No DATA is accepted: what stands in a message is no secret.
func TestNoSecretShowsAtRandom(t *testing.T) {
	for seed := range uint64(600) {
		rng := rand.New(rand.NewPCG(seed, 4954))
		record := randomAuth(rng)
		marks, err := tracetest.Parse(trace.SMTP, record)
		if err != nil {
			t.Fatal(err)
		}
		d := NewDissector("1")
		for _, m := range tracetest.Cut(marks, rng) {
			d.Mark(m, func(ev *trace.Event) {
				if ev.Kind == trace.Data || ev.Kind == trace.DataEnd {
					return
				}
				said := string(ev.Raw) + ev.Text + "\n" + ev.Decoded
				for _, f := range ev.Findings {
					said += strings.Join(f.Args, " ")
				}
				if shows(said) {
					t.Fatalf("seed %d: %s\nin\n%s", seed, tracetest.Compact(ev), record)
				}
			})
			if d.mode != inData && d.mode != inSuspect && d.mode != inChunk &&
				shows(string(d.Pending(trace.Client))) || shows(string(d.Pending(trace.Server))) {
				t.Fatalf("seed %d: pending %q, %q\nin\n%s", seed, d.Pending(trace.Client),
					d.Pending(trace.Server), record)
			}
		}
	}
}

func shows(said string) bool {
	return strings.Contains(said, "sesame") || strings.Contains(said, "c2VzYW1l") ||
		strings.Contains(said, "AGJvYgBzZXNhbWU")
}

func randomAuth(rng *rand.Rand) string {
	var b strings.Builder
	pick := func(lines ...string) { b.WriteString(lines[rng.IntN(len(lines))] + "\n") }
	pick("S: 220 a", "S: 220 a", "S: 554 no", "-- midway", "")
	pick("C: EHLO b.test\nS: 250-a\nS+ 250 AUTH PLAIN LOGIN", "C: HELO b.test\nS: 250 a", "C: EHLO b.test", "")
	for range 1 + rng.IntN(6) {
		pick("C: MAIL FROM:<a@b.test>", "C+ NOOP", "C: DATA", "C+ DATA", "C: STARTTLS", "C+ STARTTLS",
			"C: BDAT 3\nC: a", "C: RSET", "-- gap S 7", `C* 70000 z`+"\n"+`C| \r\n`, "C: QUIT",
			"")
		pick("S: 250 Ok", "S: 503 no", "S: 220 go", "S: 334 ", "", "", "")
		pick("C: AUTH PLAIN AGJvYgBzZXNhbWU=", "C+ AUTH PLAIN AGJvYgBzZXNhbWU=",
			"C: AUTH PLAIN\nC+ AGJvYgBzZXNhbWU=", "C: AUTH LOGIN\nC: Ym9i\nC: c2VzYW1l",
			"C: AUTH LOGIN\nC+ Ym9i\nC+ c2VzYW1l", "C: AUTH LOGIN Ym9i\nS: 334 x\nC: c2VzYW1l",
			"C: AUTH LOGIN\nS: 334 x\nC: Ym9i\nS: 334 x\nC: c2VzYW1l",
			"C: AUTH LOGIN\nS: 504 x\nC: Ym9i\nS: 500 x\nC: c2VzYW1l",
			"C: PASS:sesame", "C+ PASS:sesame", "C: a1 PASS sesame", "C+ a1 LOGIN bob sesame",
			`C* 16384 \x20`+"\nC: a1 LOGIN bob sesame")
		pick("S: 235 hello sesame", "S: 535 no c2VzYW1l", "S: 500 no", "S: 334 c2VzYW1l",
			"C: RSET", "-- tls! no", "-- eof C", "", "")
	}
	pick("-- close reset", "-- close eof", "")
	return b.String()
}
