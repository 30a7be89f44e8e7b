package smtp

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"

	talk "mailtool/internal/conversation"
	"mailtool/trace"
)

// Whatever a client says, each message ends once, what was kept was answered so and the
// other way round, how it was cut into reads changes nothing, and a record of the session
// is in step with the server.
func FuzzServer(f *testing.F) {
	const envelope = "EHLO a.test\r\nMAIL FROM:<alice@lab.test>\r\nRCPT TO:<bob@lab.test>\r\n"
	for _, s := range []string{
		envelope + "DATA\r\nx\r\n.\r\nQUIT\r\n",
		envelope + "BDAT 3\r\na\r\nBDAT 0 LAST\r\nBDAT 1\r\nxQUIT\r\n",
		envelope + "BDAT 3\r\na\nbBDAT 3\r\nabcBDAT 1 LAST\r\nx" + envelope + "BDAT 1 LAST\r\nx",
		envelope + "BDAT 5 NEXT\r\nQUIT\rBDAT 9 LAST\r\nabc",
		envelope + "BDAT 5\n1234\nBDAT x\r\nRSET\r\n",
		envelope + "DATA\r\nBDAT 5 LAST\r\n\n.\r\n.\r\nDATA\r\n",
		"MAIL FROM:<>\r\nBDAT 4\r\nQUITRSET\r\nHELO a\r\nBDAT 4 LAST\r\nQUIT\r\n",
		"EHLO a\r\nAUTH LOGIN YWxpY2U=\r\nc2VzYW1l\r\n" + envelope + "DATA\r\nx\r\n.\r\nQUIT\r\n",
		"EHLO a\r\nAUTH PLAIN\r\n*\r\nAUTH PLAIN =\r\nAUTH PLAIN AGFsaWNlAHNlc2FtZQ==\r\nSTARTTLS\r\nNOOP\r\n",
		"EHLO a\r\nMAIL FROM:<> RET=FULL ENVID=+2B\r\nRCPT TO:<bob@lab.test> NOTIFY=NEVER ORCPT=x;y\r\nQUIT\r\n",
	} {
		f.Add([]byte(s))
	}
	script, err := talk.Parse("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		var heard, mail []string
		for _, piece := range []int{len(said) + 1, 1} {
			s, o := testServer(t, script)
			s.Extensions = FullExtensions()
			s.Login = &desk{clear: []string{"PLAIN", "LOGIN"}}
			c := &talk.Caller{Said: said, Piece: piece}
			var events []*trace.Event
			r := trace.NewRecorder(newDissector(), trace.Opening{Protocol: trace.SMTP,
				Vantage: trace.AtServer}, nil, func(evs []*trace.Event) { events = append(events, evs...) })
			s.Tap = func(nc net.Conn) net.Conn { return trace.NewTap(nc, r, trace.Server) }
			s.ServeConn(c)
			heard, mail = append(heard, c.Heard.String()), append(mail, o.mail.String())
			if o.open != 0 {
				t.Fatalf("%d messages did not end", o.open)
			}
			kept := strings.Count(o.mail.String(), "Received: from ")
			if told := strings.Count(c.Heard.String(), "250 2.0.0 Ok, stored for"); told != kept &&
				!bytes.Contains(said, []byte("Received: from ")) {
				t.Fatalf("%d messages were kept, the client was told of %d", kept, told)
			}
			inStep(t, events)
		}
		if heard[0] != heard[1] || mail[0] != mail[1] {
			t.Fatalf("in single octets:\n%s%s\nat once:\n%s%s", heard[1], mail[1], heard[0], mail[0])
		}
	})
}

// inStep fails where a record takes a reply of the server for one that nothing asked for.
func inStep(t *testing.T, events []*trace.Event) {
	for _, ev := range events {
		for _, f := range ev.Findings {
			if slices.Contains([]string{"smtp/5321-4.2-unasked-reply", "smtp/5321-4.1.1.4-smuggled",
				"smtp/5321-4.1.1.4-desync"}, f.ID) {
				t.Fatalf("%s: %q", f.ID, ev.Raw)
			}
		}
	}
}
