package imap

import (
	"math/rand/v2"
	"testing"

	"mailtool/trace/tracetest"
)

// TestTypedLoginIsMasked plays log-ins as people type them who have another protocol in mind, or
// lines that are cut before the password comes, and looks for it in all that is shown.
func TestTypedLoginIsMasked(t *testing.T) {
	const hello = "S: * OK hi\n"
	const no = "\nS: * BAD what is sesame?\nC: sesame\nS: * BAD no\n"
	for name, record := range map[string]string{
		"PASS with a colon":     "C: PASS:sesame" + no,
		"PASS, colon and blank": "C: pass: sesame" + no,
		"PASS=":                 "C: PASS=sesame" + no,
		"PASS and a quote":      `C: PASS"sesame"` + no,
		"PASSWORD":              "C: PASSWORD sesame" + no,
		"PASSWORD with a colon": "C: a1 PASSWORD:sesame" + no,
		"PASS with a tag":       "C: a1 PASS sesame" + no,
		"PASS: with a tag":      "C: a1 PASS:sesame" + no,
		"APOP with a tag":       "C: a1 apop bob sesame" + no,
		"tagged PASS, held":     "C: a1 STARTTLS\nC+ a2 PASS:sesame\nS: a1 BAD no sesame\n",
		"PASS, cut":             "C| PASS\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"PASS: cut":             "C| PASS:\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"PASS: cut at once":     `C* 16379 \x20` + "\nC: PASS:sesame" + no,
		"LOGIN, cut":            "C| a1 LOGIN bob\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"LOGIN, cut untagged":   "C| LOGIN bob\n" + `C* 17000 \x20` + "\nC: sesame" + no,
		"LOGIN, cut at the tag": "C| a1\n" + `C* 17000 \x20` + "\nC: LOGIN bob sesame" + no,
		"LOGIN, cut in a tag":   `C* 16384 a` + "\nC:  LOGIN bob sesame" + no,
		"LOGIN, cut far before": "C| a1 LOGIN bob\n" + `C* 40000 \x20` + "\nC: sesame" + no,
	} {
		t.Run(name, func(t *testing.T) {
			tracetest.Hides(t, newDissector, parse(t, hello+record), rand.New(rand.NewPCG(1, 2)),
				secretForms...)
		})
	}
}
