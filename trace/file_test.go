package trace

import (
	"bytes"
	"flag"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"mailtool/trace/rule"
)

var updateFile = flag.Bool("update", false, "write the golden file anew")

// fileEvents has one event of each kind, and every field at least once.
func fileEvents() []*Event {
	return []*Event{
		{N: 1, Session: "smtp-1", Kind: Connect, Phase: "handshake", State: "connected", Text: "127.0.0.1:2525"},
		{N: 2, Session: "smtp-1", End: Server, Len: 24, First: 1500, Last: 1500, Line: 1, Lines: 1, Kind: Greeting,
			Phase: "handshake", State: "greeted", Raw: []byte("220 <mail> & \u2028 机器\r\n"), EOL: 2, Verb: "220", Final: true},
		{N: 3, Session: "smtp-1", End: Client, Len: 21, First: 2 * time.Millisecond, Last: 3 * time.Millisecond,
			Line: 2, Lines: 1, Kind: Command, Phase: "handshake", Raw: []byte("AUTH PLAIN ********\r\n"), EOL: 2, Verb: "AUTH",
			Secrets: []Span{{11, 8}}, Findings: []rule.Finding{{ID: "smtp/x", Level: rule.Must,
				Section: "RFC 4954 §4", Off: 11, Len: 8, At: 12, Byte: -1, Args: []string{"PLAIN"}}}},
		{N: 4, Session: "smtp-1", End: Server, Off: 24, Len: 6, Line: 3, Lines: 1, Kind: Reply,
			Raw: []byte("\xff\xfe\x00 \r\n"), EOL: 2, Answers: 3},
		{N: 5, Session: "smtp-1", End: Client, Layer: 1, Len: 3, Line: 4, Kind: Data, Raw: []byte("abc"), More: true, Part: 3},
		{N: 6, Session: "smtp-1", End: Client, Layer: 1, Off: 3, Len: 800, Line: 4, Lines: 20, Kind: Data},
		{N: 7, Session: "smtp-1", End: Client, Layer: 1, Off: 803, Len: 0, Kind: DataEnd, Raw: []byte{},
			Body: &Body{Octets: 803, Lines: 20, Longest: 78, SHA256: "ab"}},
		{N: 8, Session: "other", Kind: Closed, Text: "eof"},
		{N: 9, Session: "smtp-1", Kind: LayerChange, Layer: 2, Verb: "tls", Text: "TLS 1.3 TLS_AES_128_GCM_SHA256",
			Security: &Security{Version: "TLS 1.3", Suite: "TLS_AES_128_GCM_SHA256", Group: "X25519",
				Host: "mail.lab.test", Root: "CN=lab", Anyway: true, Chain: []Certificate{{Subject: "CN=mail.lab.test",
					Issuer: "CN=lab", Names: []string{"mail.lab.test"}, Key: "ECDSA P-256", Fingerprint: "AB:CD",
					From: time.Unix(0, 0).UTC(), Until: time.Unix(1, 0).UTC(), SelfSigned: true}},
				Faults: []Fault{{"expired", []string{"until", "1970-01-01"}}}}},
	}
}

var fileHeader = Header{Format: fileFormat, Version: FileVersion, Tool: "mailtool", Session: "smtp-1", Protocol: SMTP,
	Vantage: AtClient, ClientAddr: "127.0.0.1:50112", ServerAddr: "127.0.0.1:2525",
	Start: time.Date(2026, 11, 23, 10, 15, 2, 0, time.UTC), Redacted: true, Folded: true}

func writeFile(t testing.TB, h Header, evs []*Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewFileWriter(&b, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range evs {
		if err := w.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestFileGolden(t *testing.T) {
	const name = "testdata/session.ndjson"
	got := writeFile(t, fileHeader, fileEvents())
	if *updateFile {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("what is written is not %s:\n%s", name, got)
	}
}

func TestFileRoundTrip(t *testing.T) {
	h, evs, err := ReadFile(bytes.NewReader(writeFile(t, fileHeader, fileEvents())))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(h, fileHeader) {
		t.Errorf("header %+v", h)
	}
	want := fileEvents()
	if len(evs) != len(want) {
		t.Fatalf("%d events", len(evs))
	}
	for i := range want {
		if !reflect.DeepEqual(evs[i], want[i]) {
			t.Errorf("event %d: %+v, want %+v", i+1, evs[i], want[i])
		}
	}
}

// Another program, or a newer version of this one, may add fields; an editor may add a
// byte order mark, carriage returns and empty lines.
func TestFileTolerates(t *testing.T) {
	text := "\uFEFF" + `{"format":"mailtool-trace","version":1,"protocol":"pop3","new":[1]}` + "\r\n\r\n" +
		`{"n":1,"kind":"reply","end":"S","raw":"+OK\r\n","eol":2,"colour":{"a":1}}`
	h, evs, err := ReadFile(strings.NewReader(text))
	if err != nil || h.Protocol != POP3 || len(evs) != 1 || string(evs[0].Payload()) != "+OK" {
		t.Errorf("%+v, %v, %v", h, evs, err)
	}
}

func TestFileErrors(t *testing.T) {
	head := `{"format":"mailtool-trace","version":1}` + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":       {"", "line 1: no header"},
		"other file":  {"From: alice@lab.test\n", "line 1: no header"},
		"other json":  {`{"a":1}`, "line 1: no header"},
		"newer":       {`{"format":"mailtool-trace","version":2}`, "line 1: version 2"},
		"cut":         {head + "\n" + `{"n":1,"kind":"re`, "line 3: no event"},
		"no kind":     {head + `{"n":1}`, "line 2: an event needs a kind"},
		"end":         {head + `{"n":1,"kind":"reply","end":"Q"}`, `line 2: end "Q"`},
		"negative":    {head + `{"n":1,"kind":"reply","len":-1}`, "line 2: a negative"},
		"eol":         {head + `{"n":1,"kind":"reply","raw":"a","eol":2}`, "line 2: eol 2"},
		"eol without": {head + `{"n":1,"kind":"data","eol":1}`, "line 2: eol 1"},
		"eol wrong":   {head + `{"n":1,"kind":"reply","raw":"abc","eol":1}`, "line 2: eol 1"},
		"secret":      {head + `{"n":1,"kind":"reply","raw":"abc","secrets":[{"at":2,"len":2}]}`, "line 2: secrets"},
		"secret huge": {head + `{"n":1,"kind":"reply","raw":"abc","secrets":[{"at":1,"len":9223372036854775807}]}`, "line 2: secrets"},
		"long":        {head + strings.Repeat("x", MaxFileLine+1), "line 2: longer than"},
	} {
		_, _, err := ReadFile(strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s ...", name, err, c.want)
		}
	}
}

func TestFileKeepsWhatWasWhole(t *testing.T) {
	whole := writeFile(t, fileHeader, fileEvents())
	_, evs, err := ReadFile(bytes.NewReader(whole[:len(whole)-10]))
	if err == nil || len(evs) != len(fileEvents())-1 {
		t.Errorf("%d events, error %v", len(evs), err)
	}
}

// The longest event that a dissector can make still fits in a line.
func TestFileLongestLine(t *testing.T) {
	ev := &Event{N: 1, Kind: Command, End: Client, Raw: bytes.Repeat([]byte{1}, MaxUnit), Len: MaxUnit}
	if n := len(writeFile(t, fileHeader, []*Event{ev})); n > MaxFileLine {
		t.Errorf("%d octets, more than MaxFileLine", n)
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add(writeFile(f, fileHeader, fileEvents()))
	f.Add([]byte(`{"format":"mailtool-trace","version":1}` + "\n" + `{"kind":"data","raw64":"////","eol":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewFileReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		for {
			ev, err := r.Next()
			if err != nil {
				if err != io.EOF && !strings.HasPrefix(err.Error(), "line ") {
					t.Fatalf("the error names no line: %v", err)
				}
				return
			}
			ev.Payload() // what a reader hands out is safe to use
			ev.Words()
			again, err := NewFileReader(bytes.NewReader(writeFile(t, r.Header(), []*Event{ev})))
			if err != nil {
				t.Fatal(err)
			}
			back, err := again.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(back.Raw, ev.Raw) || back.First != ev.First || back.Kind != ev.Kind || back.End != ev.End {
				t.Fatalf("%+v came back as %+v", ev, back)
			}
		}
	})
}
