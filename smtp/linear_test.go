package smtp

import (
	"strconv"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestLinear plays a message of places that may be its end, to a server that takes none of
// them for it: what follows each must not be read again for each.
func TestLinear(t *testing.T) {
	tracetest.Linear(t, trace.SMTP, newDissector, func(n int) string {
		return "S: 220 a\nC: HELO b.test\nS: 250 a\nC: MAIL FROM:<a@b.test>\nS: 250 Ok\n" +
			"C: RCPT TO:<c@d.test>\nS: 250 Ok\nC: DATA\nS: 354 go\nC| A: b\\r\\n\\r\\n\n" +
			"C* " + strconv.Itoa(n/4) + " x\\n.\\n\nC| \\r\\n.\\r\\n\nS: 250 Ok\n"
	})
}
