package pop3

import (
	"math/rand/v2"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestTypedLoginIsMasked plays log-ins as people type them who have another protocol in mind, or
// lines that are cut before the password comes, and looks for it in all that is shown.
func TestTypedLoginIsMasked(t *testing.T) {
	const hello = "S: +OK ready\n"
	const no = "\nS: -ERR what is sesame?\nC: sesame\nS: -ERR no\n"
	for name, record := range map[string]string{
		"PASS with a colon":     "C: PASS:sesame" + no,
		"PASS, colon and blank": "C: pass: sesame" + no,
		"PASSWORD":              "C: PASSWORD sesame" + no,
		"PASSWORD with a colon": "C: PASSWORD:sesame" + no,
		"PASS with a tag":       "C: a1 PASS sesame" + no,
		"PASS: with a tag":      "C: a1 PASS:sesame" + no,
		"APOP with a tag":       "C: a1 apop bob sesame" + no,
		"AUTH with a tag":       "C: a1 AUTH PLAIN c2VzYW1l" + no,
		"LOGIN with a tag":      "C: a1 LOGIN bob sesame" + no,
		"tagged PASS, held":     "C: STLS\nC+ a1 PASS sesame\nS: -ERR no sesame\n",
		"PASS, cut":             "C| PASS\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"tagged PASS, cut":      "C| a1 PASS\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"LOGIN, cut":            "C| a1 LOGIN bob\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"LOGIN, cut untagged":   "C| LOGIN bob\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"LOGIN, cut at the tag": "C| a1\n" + `C* 17000 \x20` + "\nC: LOGIN bob sesame" + no,
		"LOGIN, cut in itself":  "C| a1\n" + `C* 16380 \x20` + "\nC: LOGIN bob sesame" + no,
		"LOGIN, cut far before": "C| a1 LOGIN bob\n" + `C* 40000 \x20` + "\nC: sesame" + no,
	} {
		t.Run(name, func(t *testing.T) {
			marks, err := tracetest.Parse(trace.POP3, hello+record)
			if err != nil {
				t.Fatal(err)
			}
			tracetest.Hides(t, newDissector, marks, rand.New(rand.NewPCG(1, 2)), secretForms...)
		})
	}
}
