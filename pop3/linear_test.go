package pop3

import (
	"strconv"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// hostileRecords grow with n; a careless dissector would read something again and again.
func hostileRecords(n int) map[string]string {
	var turns strings.Builder
	for i := range n / 40 {
		turns.WriteString("C| y\\n\nS: + " + strconv.Itoa(i) + "\n")
	}
	count, tenth := strconv.Itoa(n), strconv.Itoa(n/10)
	hi := "S: +OK ready\n"
	return map[string]string{
		"commands without reply": hi + "C* " + tenth + " DELE 60000\\r\\n",
		"deleted":                hi + "C* 4000 DELE 65000\\r\\n\nS* " + tenth + " +OK\\r\\n",
		"a line":                 hi + "C* " + count + " x",
		"a line of server":       hi + "S* " + count + " x",
		"replies":                hi + "S* " + tenth + " +OK\\r\\n",
		"dots":                   hi + "C: RETR 1\nS: +OK\nS* " + tenth + " ..\\r\\n",
		"lines with LF":          hi + "C: LIST\nS| +OK\\n\nS* " + tenth + " ..\\n",
		"held":                   hi + "C: AUTH PLAIN\nC* " + tenth + " y\\n",
		"held, in turns":         hi + "C: LIST\nS: +OK\nC: AUTH PLAIN\n" + turns.String(),
		"handshake, in turns":    hi + "C: STLS\nS: +OK\n" + turns.String(),
		"secrets": hi + "C: PASS sesame\nC* " + tenth + " PASS y z\\r\\n\nS* " + tenth +
			" -ERR c2VzYW1l\\r\\n",
	}
}

// TestLinear plays them: the time grows as they do, the memory does not.
func TestLinear(t *testing.T) {
	for name := range hostileRecords(0) {
		t.Run(name, func(t *testing.T) {
			tracetest.Linear(t, trace.POP3, newDissector, func(n int) string {
				return hostileRecords(n)[name]
			})
		})
	}
}
