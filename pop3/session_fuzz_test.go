package pop3

import (
	"bytes"
	"net"
	"strings"
	"testing"

	talk "mailtool/internal/conversation"
	"mailtool/trace"
)

// Whatever a client says, each maildrop is given back once, what was removed was answered so
// and the other way round, how it was cut into reads changes nothing, and a record of the
// session is in step with the server and finds no fault with it.
func FuzzServer(f *testing.F) {
	for _, s := range []string{
		"USER bob\r\nPASS sesame\r\nDELE 1\r\nDELE 2\r\nRSET\r\nDELE 3\r\nQUIT\r\n",
		"USER bob\r\nPASS sesame\r\nRETR 1\r\nTOP 1 1\r\nLIST\r\nUIDL\r\nSTAT\r\nQUIT\r\nQUIT\r\n",
		"CAPA\r\nAUTH\r\nAUTH PLAIN\r\nAGJvYgBzZXNhbWU=\r\nLIST 3\r\nUIDL 9\r\nDELE 0\r\nQUIT\n",
		"AUTH LOGIN\r\nYm9i\r\nc2VzYW1l\r\nRETR 2\r\nRETR\r\nTOP 2\r\n",
		"AUTH PLAIN =\r\nAUTH PLAIN\r\n*\r\nAUTH CRAM-MD5\r\nx\r\nUTF8\r\nSTAT\n\rUSER\r\n",
		"APOP bob 0123456789abcdef0123456789abcdef\r\nUSER a\x00\r\nPASS \r\nQUIT\r\n",
		"user bob\r\npass sesame\r\ndele 1\r\ncapa\r\nauth\r\nlang\r\nquit\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		if bytes.HasPrefix(said, []byte{tlsHandshake}) { // is told so, and the record is blind
			return
		}
		var heard, log []string
		for _, piece := range []int{len(said) + 1, 1} {
			s, o := testServer(t, map[string]string{"login": "PLAIN LOGIN CRAM-MD5 APOP",
				"stamp": "<1.2@lab.test>"})
			c := &talk.Caller{Said: said, Piece: piece}
			var events []*trace.Event
			r := trace.NewRecorder(newDissector(), trace.Opening{Protocol: trace.POP3,
				Vantage: trace.AtServer}, nil, func(evs []*trace.Event) {
				for _, ev := range evs {
					events = append(events, ev.Clone())
				}
			})
			s.Tap = func(nc net.Conn) net.Conn { return trace.NewTap(nc, r, trace.Server) }
			s.ServeConn(c)
			said, happened := c.Heard.String(), o.log.String()
			heard, log = append(heard, said), append(log, happened)
			if strings.Count(happened, "open ") != strings.Count(happened, "close") {
				t.Fatalf("opened and not closed:\n%s", happened)
			}
			removed := strings.Contains(happened, "update ")
			told := strings.Contains(said, " deleted, ") && !strings.Contains(said, "Bye: 0 deleted")
			if removed != told {
				t.Fatalf("removed is %v, told is %v:\n%s", removed, told, said)
			}
			flawless(t, events)
		}
		random := bytes.Contains(bytes.ToUpper(said), []byte("CRAM-MD5")) // so is its challenge
		if !random && (heard[0] != heard[1] || log[0] != log[1]) {
			t.Fatalf("in single octets:\n%s%s\nat once:\n%s%s", heard[1], log[1], heard[0], log[0])
		}
	})
}

// flawless fails where a record finds fault with the server.
func flawless(t *testing.T, events []*trace.Event) {
	for _, ev := range events {
		for _, f := range ev.Findings {
			if ev.End == trace.Server && !strings.HasSuffix(f.ID, "no-quit") {
				t.Fatalf("%s: %q", f.ID, ev.Raw)
			}
		}
	}
}
