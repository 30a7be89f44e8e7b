package explain

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mailtool/trace"
)

// A session file holds wire lines and, below each, what is expected under it:
//
//	C 3 command -> 0 part 0 MAIL FROM:<>
//	# MAIL: opens
//
// " => " begins what was decoded of the line. A "#" line gives the beginning of a note; an event without them has none.
func TestSessions(t *testing.T) {
	names, err := filepath.Glob("testdata/*.events")
	if err != nil || len(names) < 3 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { playFile(t, name) })
	}
}

func playFile(t *testing.T, name string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	protocol, _, _ := strings.Cut(filepath.Base(name), "-")
	protocol, _, _ = strings.Cut(protocol, ".")
	x := New(English, trace.Protocol(protocol))
	var notes []Note
	line, n := "", 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		switch l := lines.Text(); {
		case l == "":
		case strings.HasPrefix(l, "# "):
			if len(notes) == 0 || !strings.HasPrefix(notes[0].Text, l[2:]) {
				t.Fatalf("under %q: want %q, have %+v", line, l[2:], notes)
			}
			notes = notes[1:]
		default:
			if len(notes) > 0 {
				t.Fatalf("under %q, also: %+v", line, notes)
			}
			n++
			line = l
			notes = x.Event(parseEvent(t, n, l))
		}
	}
	if len(notes) > 0 || n == 0 {
		t.Fatalf("under %q, also: %+v", line, notes)
	}
}

// parseEvent reads "S reply 3.1 250 text": end, kind, the event it answers and the one
// it is part of, the line. The number of the event is that of its line, from 1. A "+" behind
// the kind says that more lines of the reply follow.
func parseEvent(t *testing.T, n int, line string) *trace.Event {
	t.Helper()
	head := strings.SplitN(line, " ", 4)
	if len(head) < 4 {
		t.Fatalf("%q is no event", line)
	}
	answers, part, ok := strings.Cut(head[2], ".")
	if !ok {
		t.Fatalf("%q is no event", line)
	}
	kind, more := strings.CutSuffix(head[1], "+")
	ev := &trace.Event{N: n, End: trace.End(head[0][0]), Kind: trace.Kind(kind), Final: !more}
	ev.Answers, _ = strconv.Atoi(answers)
	ev.Part, _ = strconv.Atoi(part)
	if ev.Kind == trace.LayerChange {
		ev.End, ev.Verb, ev.Layer = trace.NoEnd, head[3], 1
		return ev
	}
	head[3], ev.Decoded, _ = strings.Cut(head[3], " => ")
	ev.Decoded = strings.ReplaceAll(ev.Decoded, `\0`, "\x00")
	ev.Raw = []byte(strings.ReplaceAll(head[3], `\n`, "\r\n") + "\r\n")
	ev.EOL, ev.Len = 2, int64(len(ev.Raw))
	verb, _, _ := strings.Cut(head[3], " ")
	if ev.End == trace.Server {
		verb, _, _ = strings.Cut(verb, "-")
	}
	ev.Verb = strings.ToUpper(verb)
	return ev
}

func TestWireTextIsNeverPrintedUnescaped(t *testing.T) {
	x := New(Chinese, trace.SMTP)
	line := "C command 0.0 MAIL FROM:<a> \u017fIZE=5 BODY=\u202e RET\x1b=FULL"
	notes := x.Event(parseEvent(t, 1, line))
	if len(notes) < 3 {
		t.Error(notes)
	}
	for _, n := range notes {
		if strings.ContainsAny(n.Text+n.Word, "\u017f\u202e\x1b") {
			t.Errorf("%q", n.Text)
		}
	}
}

func TestManyCapabilitiesGetFewNotes(t *testing.T) {
	x := New(English, trace.IMAP)
	line := "S reply 0.0 * CAPABILITY IMAP4rev1 IDLE ID MOVE UIDPLUS SORT ENABLE ACL QUOTA" +
		" NAMESPACE UNSELECT BINARY CHILDREN ESEARCH WITHIN PREVIEW"
	if notes := x.Event(parseEvent(t, 1, line)); len(notes) != maxNotes {
		t.Error(len(notes))
	}
}

func FuzzEvent(f *testing.F) {
	f.Add("smtp", "MAIL FROM:<> SIZE=1 =", byte('C'), uint8(2), 0)
	f.Add("imap", "a UID", byte('C'), uint8(2), 0)
	f.Add("imap", "* FETCH ( \"", byte('S'), uint8(3), 1)
	f.Add("imap", "\"a b\\", byte('C'), uint8(2), 0)
	f.Add("pop3", "+OK [", byte('S'), uint8(1), 0)
	f.Add("smtp", "Subject: =?x?b?", byte('C'), uint8(5), 1)
	kinds := []trace.Kind{trace.Connect, trace.Greeting, trace.Command, trace.Reply,
		trace.Continuation, trace.Data, trace.DataEnd, trace.LayerChange, trace.Closed}
	f.Fuzz(func(t *testing.T, protocol, line string, end byte, kind uint8, part int) {
		x := New(Chinese, trace.Protocol(protocol))
		x.Event(parseEvent(t, 1, "C command 0.0 a FETCH 1 BODY[]"))
		ev := &trace.Event{N: 2, End: trace.End(end), Kind: kinds[int(kind)%len(kinds)],
			Raw: []byte(line), Len: int64(len(line)), Part: part, Answers: part}
		if len(line) > 2 {
			ev.Verb = line[:3]
		}
		for range 2 {
			if notes := x.Event(ev); len(notes) > maxNotes+3 {
				t.Errorf("%d notes", len(notes))
			}
			Mark(English, ev)
		}
	})
}

// TestChunks: a chunk may end anywhere, so what it begins with is the rest of a line. The
// empty line is where the message has it, and nowhere else (RFC 3030 §2).
func TestChunks(t *testing.T) {
	for _, chunks := range [][]string{
		{"Subject: x\r", "\nTo: y\r\n|\r\nbody\r\n"},
		{"Subject: x", "\r\nTo: y\r\n|\r\nbody\r\n"},
		{"Subject: x\r\n", "|\r\nbody\r\n\r\n"},
		{"Subject: x\r\n\r", "|\nbody\r\n\r\n"},
		{"Sub", "ject: x\r\n|\r\n"},
		{"Subject: x\r\n\r", "", "|\n"},
		{"Subject: x", "", "\r\n", "|\r\n", "\r\n"},
		{"Subject: x\r\n|\r\n", "body", "\r\n\r\n"},
		{"Subject: x", "y", "z\r\n|\r\n"},
	} {
		x := New(English, trace.SMTP)
		for i, text := range chunks {
			want := strings.Index(text, "|")
			text = strings.Replace(text, "|", "", 1)
			line := "BDAT " + strconv.Itoa(len(text))
			if i == len(chunks)-1 {
				line += " LAST"
			}
			x.Event(&trace.Event{N: 2*i + 1, End: trace.Client, Kind: trace.Command, Verb: "BDAT",
				Raw: []byte(line + "\r\n"), EOL: 2, Len: int64(len(line) + 2)})
			at := -1
			for _, n := range x.Event(&trace.Event{N: 2*i + 2, End: trace.Client, Kind: trace.DataEnd,
				Part: 2*i + 1, Raw: []byte(text), Len: int64(len(text))}) {
				if n.Text == Say(English, "screen/empty-line") {
					at = n.At
				}
			}
			if at != want {
				t.Errorf("%q: in chunk %d the empty line is at %d, want %d", chunks, i, at, want)
			}
		}
	}
}
