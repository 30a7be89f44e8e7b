package imap

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// Pieces of sessions, from which TestRandom makes records that no person would think of.
var (
	clientPieces = []string{"a1 NOOP\r\n", "a2 LOGIN alice s3kr3t!\r\n", "a2 LOGIN {5}\r\n", "alice",
		" {7+}\r\n", "s3kr3t!\r\n", "a3 AUTHENTICATE PLAIN\r\n", "czNrcjN0IXM=\r\n", "*\r\n",
		"a4 IDLE\r\n", "DONE\r\n", "a5 STARTTLS\r\n", "a6 COMPRESS DEFLATE\r\n", "a7 APPEND x {12}\r\n",
		"a7 APPEND x {3+}\r\n", "abc", "abc\r\n", "\r\n", "x {0}\r\n", "x {0+}\r\n", "a8 LOGOUT\r\n",
		"a2 LOGIN \"al", "ice\" \"s3kr3t!\"\r\n", "\x16\x03\x01", "\n", "a9 LIST \"\" ",
		strings.Repeat("0123456789abcdef", 1<<10), "a9 APPEND x {20000+}\r\n",
		"b1 SELECT x\r\n", "b2 UID FETCH 1 BODY[]\r\n", "b3 STORE 1 FLAGS ()\r\n", "b4 CLOSE\r\n",
		"b5 ENABLE UTF8=ACCEPT\r\n", "b6 RENAME \"&\" \xff\r\n",
		"a2 LOGIN alice " + strings.Repeat("s3kr3t!", 3000)}
	serverPieces = []string{"* OK hi\r\n", "* PREAUTH hi\r\n", "* BYE\r\n", "+ go\r\n", "a1 OK\r\n",
		"a2 OK s3kr3t! ok\r\n", "a2 NO no\r\n", "a3 NO no\r\n", "a3 OK yes\r\n", "a4 OK yes\r\n",
		"a4 BAD\r\n", "a5 OK go\r\n", "a5 BAD\r\n", "a6 OK go\r\n", "a6 NO\r\n", "a7 NO {5}\r\n",
		"a7 OK\r\n", "* BAD\r\n", "* 1 FETCH (BODY[] {5}\r\n", "abc\r\n", " X {0}\r\n", ")\r\n", "* OK x",
		"\r\n", "* CAPABILITY IMAP4rev1 LITERAL-\r\n", "a8 OK\r\n", "* 2 EXISTS\r\n",
		"* 3 EXPUNGE\r\n", "* 3 FETCH (UID 7 BODY[] {5}\r\n", " UID 8)\r\n", "b1 OK\r\n", "b1 NO\r\n",
		"b2 OK\r\n", "b4 OK\r\n", "* OK [CLOSED]\r\n", "* VANISHED 3\r\n", "* ENABLED UTF8=ACCEPT\r\n", "* LIST () NIL {20000}\r\n",
		strings.Repeat("0123456789abcdef", 1<<10)}
)

func randomRecord(rng *rand.Rand) []trace.Mark {
	marks := []trace.Mark{{Kind: trace.MarkOpen, When: tracetest.Start,
		Open: &trace.Opening{Protocol: trace.IMAP, Midway: rng.IntN(8) == 0}}}
	for range 3 + rng.IntN(40) {
		m := trace.Mark{Kind: trace.MarkBytes, End: trace.Client, When: tracetest.Start}
		b := clientPieces[rng.IntN(len(clientPieces))]
		if rng.IntN(2) == 0 {
			m.End, b = trace.Server, serverPieces[rng.IntN(len(serverPieces))]
		}
		m.B = []byte(b)
		switch rng.IntN(60) {
		case 0:
			m.Kind, m.N, m.B = trace.MarkGap, int64(rng.IntN(9)), nil
		case 1:
			m.Kind, m.B = trace.MarkEOF, nil
		case 2:
			m.Kind, m.B, m.Layer = trace.MarkLayer, nil, &trace.Layer{Name: "tls", Agreed: "x"}
		case 3:
			m.Kind, m.B, m.Layer = trace.MarkLayer, nil, &trace.Layer{Name: "deflate"}
		}
		marks = append(marks, m)
	}
	last := trace.Mark{Kind: trace.MarkClose, When: tracetest.Start, Why: trace.ClosedEOF}
	return append(marks, last)
}

// TestRandom checks the laws on records made by chance.
func TestRandom(t *testing.T) {
	n := uint64(300)
	if testing.Short() {
		n = 30
	}
	for seed := range n {
		marks := randomRecord(rand.New(rand.NewPCG(seed, 7)))
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			tracetest.Laws(t, newDissector, marks, seed)
		})
	}
}
