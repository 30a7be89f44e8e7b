package interop

import (
	"bytes"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestPostfixChunks hands the letter to Postfix in chunks, of one octet and of many, in
// lock-step and in groups, and says what is to be reported of it. Postfix hands that on to
// our server, which offers DSN.
func TestPostfixChunks(t *testing.T) {
	s := serveAs(t, sandbox.Full)
	p := postfix(t, s)
	letter, err := os.ReadFile(writeLetter(t, "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	bob := smtp.Mailbox{Local: "bob", Domain: "lab.test"}
	e := smtp.Envelope{From: smtp.Path{Mailbox: smtp.Mailbox{Local: "alice", Domain: "lab.test"}},
		To: []smtp.Path{{Mailbox: bob}}, Return: smtp.ReturnHeaders, EnvID: "a+b c",
		Notices: []smtp.Notice{{Notify: smtp.NotifyFailure | smtp.NotifyDelay,
			Original: smtp.Original{Type: "rfc822", Address: "Bob+x@lab.test"}}}}
	all := []smtp.SendOptions{{Chunk: 1, Pipelining: true}, {Chunk: 1000}, {Chunk: 1 << 20},
		{Chunk: 997, Pipelining: true}}
	for _, how := range all {
		c, record := tapped(t, p.Host+":"+p.Port)
		if _, err := c.Hello(domain); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Send(t.Context(), e, bytes.NewReader(letter), how); err != nil {
			t.Fatalf("%+v: %v", how, err)
		}
		if _, err := c.Quit(); err != nil {
			t.Error(err)
		}
		for _, ev := range record() {
			if len(ev.Findings) > 0 {
				t.Errorf("%+v: %s", how, tracetest.Compact(ev))
			}
		}
	}
	for deadline := time.Now().Add(30 * time.Second); s.Count("bob") < len(all); {
		if time.Sleep(50 * time.Millisecond); time.Now().After(deadline) {
			t.Fatalf("%d mails arrived, want %d", s.Count("bob"), len(all))
		}
	}
	mails, err := s.Mails(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		_, text := divide(t, m.Data)
		sameBody(t, text)
	}
	var said strings.Builder
	for _, ev := range s.events(t, 0) {
		if ev.Kind == trace.Command {
			said.Write(ev.Raw)
		}
	}
	for _, want := range []string{"RET=HDRS", "ENVID=a+2Bb+20c", "NOTIFY=FAILURE,DELAY",
		"ORCPT=rfc822;Bob+2Bx@lab.test"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("Postfix did not hand on %q:\n%s", want, said.String())
		}
	}
	s.findings(t, 0)
}

// tapped is a client of the server at addr, and what a record of it shows.
func tapped(t *testing.T, addr string) (*smtp.Client, func() []*trace.Event) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var events []*trace.Event
	r := trace.NewRecorder(smtp.NewDissector("1"), trace.Opening{Protocol: trace.SMTP,
		Vantage: trace.AtClient, ClientAddr: nc.LocalAddr().String(), ServerAddr: addr}, time.Now,
		func(evs []*trace.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, evs...)
		})
	c := smtp.NewClient(trace.NewTap(nc, r, trace.Client))
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	return c, func() []*trace.Event {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(events)
	}
}
