package trace

import (
	"reflect"
	"testing"
	"time"

	"mailtool/trace/rule"
)

// packAll packs events as a Session does.
func packAll(evs ...Event) (b []byte) {
	var like likeness
	var tail [2]loss
	for i := range evs {
		end := &tail[index(evs[i].End)]
		b = pack(b, &evs[i], &like, end)
		end.reach(&evs[i])
	}
	return b
}

func TestPack(t *testing.T) {
	for _, ev := range []Event{
		{},
		{N: 1, Kind: Connect, Text: "127.0.0.1:2525", Phase: "handshake", State: "connected"},
		{N: 70000, End: Client, Layer: 2, Off: 1 << 40, Len: 16384, First: time.Hour,
			Last: 2 * time.Hour, Line: 9, Lines: 300, Kind: Data, Raw: []byte("a\r\n"), EOL: 2,
			More: true, Part: 7},
		{N: 2, End: Server, Kind: Reply, Verb: "334", Decoded: "Username:"},
		{N: 3, End: Server, Kind: Reply, Verb: "250", Raw: []byte{}, Final: true, Answers: 2},
		{N: 4, End: Client, Kind: DataEnd, Raw: []byte(".\r\n"), EOL: 2,
			Body: &Body{Octets: 1 << 33, Lines: 4, Longest: 998, SHA256: "abcdef"}},
		{N: 5, End: Client, Kind: Command, Verb: "AUTH", Raw: []byte("AUTH PLAIN ********"),
			Decoded: "\x00alice\x00********", Secrets: []Span{{11, 8}}, Findings: []rule.Finding{
				{ID: "smtp/x", Level: rule.Must, Section: "RFC 5321 §1", Off: -3, Len: 1, At: 11,
					Byte: 32, Args: []string{"one", ""}},
				{ID: "smtp/y", Level: rule.Note, Byte: -1},
			}},
		{N: 6, Kind: LayerChange, Verb: "tls", Text: "TLS 1.3", Security: &Security{
			Version: "TLS 1.3", Host: "mail.lab.test", Chain: []Certificate{{Subject: "CN=a",
				Names: []string{"b", "c"}, From: time.Unix(1, 0).UTC(), Until: time.Unix(2, 0).UTC()}},
			Faults: []Fault{{"name", []string{"host", "d"}}}, Anyway: true}},
	} {
		u := unpacker{b: packAll(Event{N: 98}, ev, ev, Event{N: 99})}
		u.event("")
		u.event("")
		if got := u.event(""); !reflect.DeepEqual(*got, ev) {
			t.Errorf("packed %+v\nunpacked %+v", ev, *got)
		}
		if next := u.event(""); next.N != 99 || len(u.b) != 0 {
			t.Errorf("event %d: what follows it is lost", ev.N)
		}
	}
}

// TestPackNext packs lines that follow each other, and such as nearly do.
func TestPackNext(t *testing.T) {
	line := Event{N: 7, End: Client, Kind: Data, Off: 30, Len: 3, Raw: []byte("a\r\n"), EOL: 2,
		First: time.Second, Last: time.Second, Line: 12, Lines: 1, Phase: "transfer", Part: 3}
	next := line
	next.N, next.Off, next.Line = 8, 33, 13
	short := len(packAll(line, next)) - len(packAll(line))
	for _, change := range []func(*Event){
		func(*Event) {},
		func(ev *Event) { ev.N++ },
		func(ev *Event) { ev.Off++ },
		func(ev *Event) { ev.Len++ },
		func(ev *Event) { ev.Raw = nil },
		func(ev *Event) { ev.Raw, ev.Len = nil, 0 },
		func(ev *Event) { ev.First = 0 },
		func(ev *Event) { ev.Last++ },
		func(ev *Event) { ev.Line++ },
		func(ev *Event) { ev.Lines = 2 },
		func(ev *Event) { ev.Lines = 0 },
		func(ev *Event) { ev.End = Server },
		func(ev *Event) { ev.Layer = 1 },
		func(ev *Event) { ev.State = "data" },
		func(ev *Event) { ev.Verb = "x" },
		func(ev *Event) { ev.Raw, ev.Len = []byte("longer\r\n"), 8 },
	} {
		second := next
		change(&second)
		b := packAll(line, second)
		u := unpacker{b: b}
		u.event("")
		if got := u.event(""); !reflect.DeepEqual(*got, second) {
			t.Errorf("packed %+v\nunpacked %+v", second, *got)
		}
	}
	if short != 2+1+3 {
		t.Errorf("a line of 3 octets takes %d", short)
	}
}
