package session

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mailtool/internal/conversation"
	"mailtool/trace"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ wire, text string }{
		{"EHLO [127.0.0.1]\r\n", `C: EHLO [127.0.0.1]`},
		{"\r\n", `C:`},
		{"  indented\r\n", `C:   indented`},
		{`\Seen 你好 "x"` + "\r\n", `C: \Seen 你好 "x"`},
		{" \r\n", `C|  \r\n`},
		{"bare\n", `C| bare\n`},
		{"a\rb\r\n", `C| a\rb\r\n`},
		{"no end", `C| no end`},
		{"", `C| `},
		{"\xe4\x00\"\\\r\n", `C| \xe4\x00"\\\r\n`},
		{"\u202e\r\n", `C| \u202e\r\n`},
	} {
		if got := Line(trace.Client, []byte(c.wire)); got != c.text {
			t.Errorf("%q is written %s, want %s", c.wire, got, c.text)
		}
	}
}

func TestWriter(t *testing.T) {
	ev := func(end trace.End, kind trace.Kind, phase, raw string) *trace.Event {
		return &trace.Event{End: end, Kind: kind, Phase: phase, Raw: []byte(raw), Len: int64(len(raw))}
	}
	events := []*trace.Event{
		{Kind: trace.Connect, Phase: "handshake", Text: "127.0.0.1:2525"},
		ev(trace.Server, trace.Greeting, "handshake", "220 hi\r\n"),
		ev(trace.Client, trace.Command, "handshake", "STARTTLS\r\n"),
		{Kind: trace.LayerChange, Verb: "tls", Text: "TLS 1.3", Layer: 1, Phase: "handshake"},
		ev(trace.Client, trace.Data, "transfer", "two\nlines\r\nand a half"),
		{End: trace.Client, Kind: trace.Data, Len: 99, Phase: "transfer"}, // folded
		{End: trace.Server, Kind: trace.Closed, Text: "fin", Phase: "close"},
		{Kind: trace.Closed, Text: "eof", Phase: "close"},
	}
	var b bytes.Buffer
	w := NewWriter(&b, trace.Header{Protocol: trace.SMTP, Vantage: trace.AtClient,
		Start: time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC)})
	for _, e := range events {
		if err := w.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	want := `# mailtool session: smtp, client, 2026-11-23T10:15:02Z
# -- handshake
S: 220 hi
C: STARTTLS
# -- tls TLS 1.3
# -- transfer
C| two\n
C: lines
C| and a half
# -- gap C 99
# -- close
S~ close
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	script, err := conversation.Parse(b.String())
	if err != nil || len(script.Steps) != 6 {
		t.Errorf("conversation reads %+v, %v", script, err)
	}
}

// TestLayers: TLS, or why it failed, and the certificate are comments, as is what was decoded.
func TestLayers(t *testing.T) {
	own := trace.Certificate{Names: []string{"mail.lab.test", "localhost"}, Issuer: "CN=lab \x1bCA",
		Until: time.Date(2027, 2, 3, 0, 0, 0, 0, time.UTC)}
	chain := []trace.Certificate{own}
	faults := []trace.Fault{{Cause: "name"}, {Cause: "expired"}}
	var b bytes.Buffer
	w := NewWriter(&b, trace.Header{Protocol: trace.SMTP, Vantage: trace.AtClient})
	for _, ev := range []*trace.Event{
		{Kind: trace.LayerChange, Verb: "tls", Text: "dropped",
			Security: &trace.Security{Chain: chain, Faults: faults}},
		{Kind: trace.LayerChange, Verb: "tls", Text: "TLS 1.3", Layer: 1,
			Security: &trace.Security{Version: "TLS 1.3", Chain: chain, Root: "CN=lab"}},
		{End: trace.Client, Kind: trace.Command, Layer: 1, Raw: []byte("AUTH PLAIN ********\r\n"),
			Decoded: "\x00alice\x00********"},
		{End: trace.Client, Kind: trace.Continuation, Layer: 1, Raw: []byte("********\r\n"),
			Decoded: trace.Mask},
	} {
		if err := w.Event(ev); err != nil {
			t.Fatal(err)
		}
	}
	_, got, _ := strings.Cut(b.String(), "\n")
	want := `# -- tls! dropped
# -- certificate mail.lab.test,localhost, issuer "CN=lab \x1BCA", until 2027-02-03, not trusted: name, expired
# -- tls TLS 1.3
# -- certificate mail.lab.test,localhost, issuer "CN=lab \x1BCA", until 2027-02-03, trusted by "CN=lab"
C: AUTH PLAIN ********
# -- base64 of "\x00alice\x00********"
C: ********
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if script, err := conversation.Parse(b.String()); err != nil || len(script.Steps) != 2 {
		t.Errorf("conversation reads %+v, %v", script, err)
	}
}

// Whatever a line holds, what tests play is what was on the wire.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"a\r\n", "\n", `\"`, "\"\\\"", " ", "\x1b\r\n", "\u202e", "----\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			b = b[:i+1] // a line has one line ending, at its end
		}
		text := Line(trace.Server, b)
		script, err := conversation.Parse(text)
		if err != nil || len(script.Steps) != 1 {
			t.Fatalf("%q became %s: %v", b, text, err)
		}
		step := script.Steps[0]
		got := step.Text
		if step.Kind == conversation.Line {
			got += "\r\n"
		}
		if got != string(b) {
			t.Fatalf("%q became %s, which reads %q", b, text, got)
		}
		if strings.ContainsAny(text, "\x1b\r\n\u202e") {
			t.Fatalf("%q", text)
		}
	})
}
