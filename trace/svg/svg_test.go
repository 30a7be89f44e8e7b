package svg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/term"
)

var update = flag.Bool("update", false, "write the golden file anew")

func events() []*trace.Event {
	evs := []*trace.Event{
		{Kind: trace.Connect, Text: "127.0.0.1:2525"},
		{End: trace.Server, Kind: trace.Greeting, Verb: "220", Raw: []byte("220 mail.lab.test & <friends>\r\n")},
		{End: trace.Client, Kind: trace.Command, Verb: "EHLO", Raw: []byte("EHLO 机器.测试\r\n")},
		{End: trace.Server, Kind: trace.Reply, Verb: "250", Raw: []byte("250 \x1b[31m]]>\r\n")},
		{End: trace.Client, Kind: trace.Command, Verb: "MAIL", Phase: "transfer", Raw: []byte("MAIL FROM: <alice@lab.test>\r\n"),
			Findings: []rule.Finding{{ID: "smtp/5321-3.3-space-after-colon", Level: rule.Must, Section: "RFC 5321 §3.3", Off: 10, Len: 1, At: 11, Byte: ' '}}},
		{End: trace.Server, Kind: trace.Reply, Verb: "550", Raw: []byte("550 5.7.1 no\r\n")},
		{End: trace.Client, Kind: trace.Command, Verb: "NOOP", Raw: []byte("NOOP " + strings.Repeat("long ", 60) + "\r\n")},
		{End: trace.Server, Kind: trace.Reply, Verb: "450", Raw: []byte("450 4.2.1 later\r\n")},
	}
	line := 0
	for i, ev := range evs {
		ev.N, ev.Len = i+1, int64(len(ev.Raw))
		if ev.Phase == "" {
			ev.Phase = "handshake"
		}
		if ev.Raw != nil {
			line++
			ev.Line, ev.Lines, ev.EOL = line, 1, 2
		}
	}
	return evs
}

// TestReasons: why a server is not trusted is not cut off.
func TestReasons(t *testing.T) {
	security := &trace.Security{Version: "TLS 1.3", Anyway: true, Chain: []trace.Certificate{{
		Issuer: "CN=lab CA", Names: []string{"mail.lab.test", "localhost", "127.0.0.1"}}},
		Faults: []trace.Fault{{Cause: "name", Args: []string{"names", "mail.lab.test, localhost, 127.0.0.1",
			"host", "mail.example"}}, {Cause: "issuer", Args: []string{"issuer", "lab CA"}}}}
	var b strings.Builder
	if err := Write(&b, term.Options{Protocol: trace.SMTP}, []*trace.Event{{N: 1, Kind: trace.LayerChange,
		Verb: "tls", Text: "TLS 1.3", Layer: 1, Security: security}}, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "signed the certificate: lab CA</text>") {
		t.Error(b.String())
	}
}

func TestPicture(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, term.Options{Lang: "en", Protocol: trace.SMTP}, events(), "refused"); err != nil {
		t.Fatal(err)
	}
	const name = "testdata/picture.svg"
	if *update {
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the picture is not %s:\n%s", name, b.String())
	}
}

// Whatever the wire holds, the picture is XML, and its texts are the screen's.
func FuzzPicture(f *testing.F) {
	f.Add([]byte("250 <&>\"'\r\n"))
	f.Add([]byte("\x00\xff\ufffe\u202e]]>\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b bytes.Buffer
		ev := &trace.Event{N: 1, End: trace.Server, Kind: trace.Reply, Phase: "handshake",
			Raw: raw, Len: int64(len(raw)), Line: 1, Lines: 1}
		if err := Write(&b, term.Options{Protocol: trace.SMTP}, []*trace.Event{ev}, ""); err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(&b); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%q: %v", raw, err)
			}
		}
	})
}
