package term

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sentence"
	"mailtool/trace"
	"mailtool/trace/rule"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s differs from line %d on:\n%s", name, i+1, strings.Join(g[min(i, len(g)):], "\n"))
		}
	}
}

// A script makes the events of a session by hand, as a dissector would.
type script struct {
	events []*trace.Event
	now    time.Duration
	off    [2]int64
	line   int
	layer  int
	phase  string
	state  string
}

func (s *script) add(ev *trace.Event) *trace.Event {
	ev.N = len(s.events) + 1
	ev.Session, ev.Layer, ev.Phase, ev.State = "1", s.layer, s.phase, s.state
	ev.First, ev.Last = s.now, s.now
	if ev.End != trace.NoEnd {
		i := 0
		if ev.End == trace.Server {
			i = 1
		}
		ev.Off = s.off[i]
		s.off[i] += ev.Len
	}
	s.now += 250 * time.Microsecond
	s.events = append(s.events, ev)
	return ev
}

// unit adds an event of octets; a text without a line ending gets CRLF.
func (s *script) unit(end trace.End, kind trace.Kind, verb, text string) *trace.Event {
	ev := &trace.Event{End: end, Kind: kind, Verb: verb, Lines: 1, Line: s.line + 1}
	switch {
	case strings.HasSuffix(text, "\n"):
		ev.EOL = 1
	default:
		text, ev.EOL = text+"\r\n", 2
	}
	ev.Raw, ev.Len = []byte(text), int64(len(text))
	s.line++
	return s.add(ev)
}

func (s *script) c(text string) *trace.Event {
	verb, _, _ := strings.Cut(text, " ")
	return s.unit(trace.Client, trace.Command, verb, text)
}

func (s *script) s(text string) *trace.Event {
	return s.unit(trace.Server, trace.Reply, text[:3], text)
}

func (s *script) data(end trace.End, lines ...string) {
	for _, l := range lines {
		s.unit(end, trace.Data, "", l)
	}
}

func (s *script) dot(end trace.End) *trace.Event { return s.unit(end, trace.DataEnd, "", ".") }

func (s *script) mark(end trace.End, kind trace.Kind, verb, text string) *trace.Event {
	return s.add(&trace.Event{End: end, Kind: kind, Verb: verb, Text: text})
}

// sample is the session of the README: the first letter of alice's.
func sample() []*trace.Event {
	s := &script{phase: "handshake", state: "connected"}
	s.mark(trace.NoEnd, trace.Connect, "", "127.0.0.1:2525")
	s.s("220 mail.lab.test ESMTP mailtool").Kind = trace.Greeting
	s.state = "greeted"
	s.c("EHLO [127.0.0.1]")
	s.state = "ready"
	for _, l := range []string{"-mail.lab.test greets [127.0.0.1]", "-SIZE 52428800", "-8BITMIME",
		"-SMTPUTF8", "-PIPELINING", " ENHANCEDSTATUSCODES"} {
		s.s("250" + l)
	}
	s.phase = "transfer"
	s.c("MAIL FROM:<alice@lab.test>")
	s.state = "sender"
	s.s("250 2.1.0 Ok")
	s.c("RCPT TO:<bob@lab.test>")
	s.state = "recipient"
	s.s("250 2.1.5 Ok")
	s.c("DATA")
	s.state = "data"
	s.s("354 End data with <CR><LF>.<CR><LF>")
	s.data(trace.Client, "Date: Mon, 23 Nov 2026 10:15:02 +0800", "From: alice@lab.test",
		"To: bob@lab.test", "Subject: Hello from mailtool", "Message-ID: <k3v9.1@lab.test>", "",
		"Do you like ketchup?")
	s.dot(trace.Client).Body = &trace.Body{Octets: 158, Lines: 7, Longest: 37, SHA256: strings.Repeat("ab", 32)}
	s.state = "ready"
	s.s("250 2.0.0 Ok, stored for bob@lab.test")
	s.phase = "close"
	s.c("QUIT")
	s.state = "quit"
	s.s("221 2.0.0 Bye")
	s.mark(trace.Server, trace.Closed, "", "fin")
	s.mark(trace.NoEnd, trace.Closed, "", "eof")
	return s.events
}

var spaceAfterColon = rule.Rule{ID: "smtp/5321-3.3-space-after-colon", Level: rule.Must, Section: "RFC 5321 §3.3"}
var bareLF = rule.Rule{ID: "smtp/5321-4.1.1.4-bare-lf-in-data", Level: rule.Must, Section: "RFC 5321 §4.1.1.4"}
var noQuit = rule.Rule{ID: "smtp/5321-4.1.1.10-no-quit", Level: rule.Must, Section: "RFC 5321 §4.1.1.10"}
var onPlainPort = rule.Rule{ID: "smtp/8314-3-tls-on-plain-port", Level: rule.Note, Section: "RFC 8314 §3"}

// find adds a finding about octet i of ev's line, or about the whole with i < 0.
func find(ev *trace.Event, r *rule.Rule, i int) *trace.Event {
	f := r.Find()
	if i >= 0 {
		f = r.FindAt(ev.Raw, i, 1)
	}
	f.Off += ev.Off
	ev.Findings = append(ev.Findings, f)
	return ev
}

// faulty is a session in which much goes wrong.
func faulty() []*trace.Event {
	s := &script{phase: "handshake"}
	s.mark(trace.NoEnd, trace.Connect, "", "mail.lab.test:25")
	s.now += 1234 * time.Millisecond
	s.s("220 mail.lab.test").Kind = trace.Greeting
	s.c("EHLO 机器.测试")
	s.s("250-STARTTLS")
	s.s("250 AUTH PLAIN")
	find(s.c("\x16\x03\x01"), &onPlainPort, 0)
	s.s("500 5.5.2 \x1b[31mWhat?")
	auth := s.c("AUTH PLAIN ********")
	auth.Secrets = []trace.Span{{At: 11, Len: 8}}
	s.s("454 4.7.0 try later")
	s.c("STARTTLS")
	s.s("220 go on")
	s.layer = 1
	s.mark(trace.NoEnd, trace.LayerChange, "tls", "TLS 1.3 TLS_AES_128_GCM_SHA256")
	s.off = [2]int64{}
	s.c("EHLO [127.0.0.1]")
	s.s("250 mail.lab.test")
	s.phase = "transfer"
	m := find(s.c("MAIL FROM: <alice@lab.test>"), &spaceAfterColon, 10)
	s.s("501 5.5.4 no space there").Answers = m.N
	find(s.c("MAIL FROM:<爱丽丝> <a@lab.test>"), &spaceAfterColon, 22)
	s.s("250 ok")
	s.c("RCPT TO:<bbo@lab.test>")
	s.s("550 5.1.1 <bbo@lab.test>: no such user here")
	s.c("RCPT TO:<bob@lab.test>")
	s.s("250 ok")
	s.c("DATA")
	s.s("354 go on")
	s.data(trace.Client, "Subject: long", "")
	for i := range 60 {
		if i == 44 {
			find(s.unit(trace.Client, trace.Data, "", "bare\n"), &bareLF, 4)
			continue
		}
		s.data(trace.Client, "a line of the body")
	}
	s.dot(trace.Client)
	s.now += 300 * time.Millisecond
	s.s("250 ok")
	gap := s.mark(trace.Server, trace.Gap, "", "")
	gap.Len = 1500
	s.phase = "close"
	find(s.mark(trace.Client, trace.Closed, "", "fin"), &noQuit, -1)
	s.mark(trace.NoEnd, trace.Closed, "", "reset")
	return s.events
}

func screen(o Options, verdict string, events []*trace.Event) string {
	var b bytes.Buffer
	s := New(&b, o)
	for _, ev := range events {
		s.Event(ev)
	}
	if verdict != "" {
		s.Summary(verdict)
	}
	return b.String()
}

func TestGoldenScreens(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []*trace.Event
		o      Options
	}{
		{"sample", sample(), Options{}},
		{"sample-explained", sample(), Options{Explain: true}},
		{"sample-columns", sample(), Options{Time: true, State: true, Bytes: true}},
		{"sample-quiet", sample(), Options{Quiet: true}},
		{"faulty", faulty(), Options{}},
		{"faulty-columns", faulty(), Options{Time: true, State: true, Bytes: true, Data: DataFull}},
	} {
		c.o.Protocol, c.o.Vantage, c.o.Messages = trace.SMTP, trace.AtClient, 1
		if c.name != "sample" {
			c.o.Messages = 0
		}
		for _, l := range []sentence.Lang{sentence.English, sentence.Chinese} {
			verdict := map[sentence.Lang]string{sentence.English: "accepted: 1 message, 1 recipient",
				sentence.Chinese: "已接收：1 封邮件，1 个收件人"}[l]
			c.o.Lang = l
			for _, colour := range []bool{false, true} {
				name := c.name + "." + string(l)
				if c.o.Colour = colour; colour {
					name += ".colour"
				}
				t.Run(name, func(t *testing.T) { golden(t, name+".txt", screen(c.o, verdict, c.events)) })
			}
		}
	}
}
