package trace

import (
	"reflect"
	"testing"
	"time"

	"mailtool/trace/rule"
)

func TestPack(t *testing.T) {
	for _, ev := range []Event{
		{},
		{N: 1, Kind: Connect, Text: "127.0.0.1:2525", Phase: "handshake", State: "connected"},
		{N: 70000, End: Client, Layer: 2, Off: 1 << 40, Len: 16384, First: time.Hour,
			Last: 2 * time.Hour, Line: 9, Lines: 300, Kind: Data, Raw: []byte("a\r\n"), EOL: 2,
			More: true, Part: 7},
		{N: 3, End: Server, Kind: Reply, Verb: "250", Raw: []byte{}, Final: true, Answers: 2},
		{N: 4, End: Client, Kind: DataEnd, Raw: []byte(".\r\n"), EOL: 2,
			Body: &Body{Octets: 1 << 33, Lines: 4, Longest: 998, SHA256: "abcdef"}},
		{N: 5, End: Client, Kind: Command, Verb: "AUTH", Raw: []byte("AUTH PLAIN ********"),
			Secrets: []Span{{11, 8}}, Findings: []rule.Finding{
				{ID: "smtp/x", Level: rule.Must, Section: "RFC 5321 §1", Off: -3, Len: 1, At: 11,
					Byte: 32, Args: []string{"one", ""}},
				{ID: "smtp/y", Level: rule.Note, Byte: -1},
			}},
	} {
		var like likeness
		b := pack(nil, &Event{N: 98}, &like)
		b = pack(b, &ev, &like)
		b = pack(b, &ev, &like)
		b = pack(b, &Event{N: 99}, &like)
		u := unpacker{b: b}
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
