package imap

import (
	"strconv"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// hostile are records that grow with n, of which a careless dissector would read something again
// and again.
func hostileRecords(n int) map[string]string {
	var tags, turns strings.Builder
	for i := range n / 20 {
		tags.WriteString("C: t" + strconv.Itoa(i) + " NOOP\n")
	}
	for i := range n / 40 {
		turns.WriteString("C| y\\n\nS: * " + strconv.Itoa(i) + " EXISTS\n")
	}
	count := strconv.Itoa(n)
	tenth := strconv.Itoa(n / 10)
	hi := "S: * PREAUTH hi\n"
	return map[string]string{
		"commands without reply": hi + "C* " + tenth + " a NOOP\\r\\n",
		"tags":                   hi + tags.String(),
		"tags, answered backwards": hi + tags.String() +
			"S* " + tenth + " t1 OK\\r\\n",
		"literals":           hi + "C* " + tenth + " x {1+}\\r\\ny",
		"a literal":          hi + "C: a APPEND x {900000000+}\nC* " + count + " y",
		"server literals":    hi + "S* " + tenth + " * 1 FETCH (X {1}\\r\\ny)\\r\\n",
		"a line":             hi + "C* " + count + " x",
		"a line of server":   hi + "S* " + count + " x",
		"untagged":           hi + "S* " + tenth + " * 1 EXISTS\\r\\n",
		"expunges":           hi + tags.String() + "S* " + tenth + " * 1 EXPUNGE\\r\\n",
		"fetches":            hi + tags.String() + "S* " + tenth + " * 1 FETCH (UID 1 X ((( FLAGS ())\\r\\n",
		"a fetch":            hi + "S: * 1 FETCH (UID {1}\nS* " + count + " x",
		"unknown tags":       hi + tags.String() + "S* " + tenth + " zz OK\\r\\n",
		"held, in turns":     hi + "C: a IDLE\n" + turns.String(),
		"prompt, in turns":   hi + "C: a AUTHENTICATE PLAIN\n" + turns.String(),
		"handshake in turns": "S: * OK hi\nC: a STARTTLS\nS: a OK\n" + turns.String(),
		"idle lines":         hi + "C: a IDLE\nS: + \nC* " + tenth + " x {1}\\r\\n",
		"secrets": hi + "C: a LOGIN bob sesame\nC* " + tenth + " a LOGIN x y\\r\\n" +
			"S* " + tenth + " * NO c2VzYW1l\\r\\n",
	}
}

// TestLinear plays them: the time grows as they do, the memory does not.
func TestLinear(t *testing.T) {
	for name := range hostileRecords(0) {
		t.Run(name, func(t *testing.T) {
			tracetest.Linear(t, trace.IMAP, newDissector, func(n int) string {
				return hostileRecords(n)[name]
			})
		})
	}
}
