package pop3

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

func newDissector() trace.Dissector { return NewDissector("1") }

func TestHostile(t *testing.T) { tracetest.Hostile(t, trace.POP3, newDissector) }

func octets(marks []trace.Mark) int {
	n := 0
	for _, m := range marks {
		n += len(m.B)
	}
	return n
}

// TestMillion is law 4: a client that never reads its replies, and a server that never
// ends a line, cost no more than they may.
func TestMillion(t *testing.T) {
	for _, record := range []string{
		"S: +OK ready\nC* 1000000 NOOP\\r\\n",
		"S: +OK ready\nC* 4095 DELE 60000\\r\\n\nC: AUTH PLAIN\nC* 65000 x",
		"S: +OK ready\nC: RETR 1\nS: +OK\nS* 300000 x\nS* 90000 .\\n\nS* 10000 ..\\r\\n",
		"S: +OK ready\nC: STLS\nC* 300000 x",
		"S: +OK ready\nC* 1 PASS \nC* 300000 x",
	} {
		marks, err := tracetest.Parse(trace.POP3, record)
		if err != nil {
			t.Fatal(err)
		}
		tracetest.Bounded(t, newDissector, marks)
	}
}

// TestNothingLeaks plays records with a password in many places, and looks for it in all
// that a dissector says.
func TestNothingLeaks(t *testing.T) {
	for _, record := range []string{
		"C: PASS sesame",
		"C: LOGIN bob sesame\nS: -ERR LOGIN bob sesame?\nC: sesame",
		"C: a1 login \"bob\" sesame\nS: -ERR sesame",
		"C: STLS\nC+ a1 LOGIN bob sesame\nS: -ERR sesame",
		"C| a1  LOGIN\\tbob  sesame\\r\\n\nS: -ERR sesame",
		"C: a1 LOGIN \"bob\" \"sesame\"\nS: -ERR sesame",
		"C: STLS\nC+ a1 LOGIN \"bob\" \"sesame\"\nS: -ERR sesame",
		"C: a1 AUTHENTICATE PLAIN AGJvYgBzZXNhbWU=\nS: -ERR sesame",
		"C: STLS\nC+ authenticate PLAIN AGJvYgBzZXNhbWU=\nS: -ERR sesame",
		"C: USER bob\nS: +OK\nC: pass sesame\nS: -ERR sesame\nC: PASSsesame\nC: sesame",
		"C: AUTH PLAIN AGJvYgBzZXNhbWU=\nS: +OK AGJvYgBzZXNhbWU= sesame",
		"C: AUTH PLAIN\nC+ AGJvYgBzZXNhbWU=\nS: -ERR no\nC: AGJvYgBzZXNhbWU=",
		"C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: Ym9i\nS: + UGFzc3dvcmQ6\nC: c2VzYW1l\nS: -ERR sesame",
		"C: STLS\nC+ PASS sesame\nS: -ERR no",
		"C: STLS\nC+ PASS sesame\n-- eof C\nS: -ERR sesame",
		"C: STLS\nC+ PASS sesame\nS: +OK",
		"C: STLS\nC| PASS sesa\nS: +OK\nC| me\\r\\nPASS sesame",
		"C: STLS\nC+ PASS sesame",
		"C: AUTH PLAIN\nC+ sesame\n-- gap S 5\nC: sesame",
		"-- gap C 5\nC| S sesame\\r\\nSTAT\\r\\n",
		"-- gap C 5\nC| SS sesame",
	} {
		for _, first := range []string{"", "-- midway\n", "S: +OK ready\n"} {
			marks, err := tracetest.Parse(trace.POP3, first+record)
			if err != nil {
				t.Fatal(err)
			}
			d := newDissector()
			var said strings.Builder
			for _, m := range tracetest.Cut(marks, rand.New(rand.NewPCG(1, 2))) {
				d.Mark(m, func(ev *trace.Event) { said.Write(ev.Raw); said.WriteByte('\n') })
				said.Write(d.Pending(trace.Client))
				said.WriteByte('\n')
			}
			previewed := newDissector()
			for _, m := range marks {
				for _, ev := range previewed.Preview(m.End, m.B) {
					said.Write(ev.Raw)
					said.WriteByte('\n')
				}
				previewed.Mark(m, func(*trace.Event) {})
			}
			d.Mark(trace.Mark{Kind: trace.MarkClose, Why: trace.ClosedReset},
				func(ev *trace.Event) { said.Write(ev.Raw) })
			for _, secret := range []string{"sesa", "AGJvYgBzZX", "c2VzYW"} {
				if i := strings.Index(said.String(), secret); i >= 0 {
					t.Errorf("%q: %q leaks: %.60q", first+record, secret, said.String()[max(0, i-20):])
				}
			}
		}
	}
}

// TestCutBeforeSecret cuts a line between its verb and its password: a mask stands where the
// first piece ends, and nothing of the second shows.
func TestCutBeforeSecret(t *testing.T) {
	marks, err := tracetest.Parse(trace.POP3, "S: +OK ready\nC* 16379 \\x20\nC: PASS sesame\n")
	if err != nil {
		t.Fatal(err)
	}
	evs := tracetest.Run(newDissector(), marks)
	first := evs[2]
	if len(first.Secrets) != 1 || !strings.HasSuffix(string(first.Raw), " "+trace.Mask) {
		t.Errorf("masks %v, and the piece ends in %q", first.Secrets, first.Raw[len(first.Raw)-12:])
	}
}

// TestShown: what looks like base64 is no secret once AUTH has succeeded.
func TestShown(t *testing.T) {
	marks, err := tracetest.Parse(trace.POP3, "S: +OK ready\nC: AUTH PLAIN AGJvYgBzZXNhbWU=\n"+
		"S: +OK\nC: XYZZYABC\n")
	if err != nil {
		t.Fatal(err)
	}
	evs := tracetest.Run(newDissector(), marks)
	if last := evs[len(evs)-1]; string(last.Raw) != "XYZZYABC\r\n" {
		t.Errorf("shown as %q", last.Raw)
	}
}

// TestHeldIsReadOnce plays many replies while much is held: what a dissector reads again
// at each of them takes seconds.
func TestHeldIsReadOnce(t *testing.T) {
	marks, err := tracetest.Parse(trace.POP3, "S: +OK ready\nC* 4090 NOOP\\r\\n\nC: AUTH PLAIN\n"+
		"C* 30000 x\\n\nS* 4000 +OK\\r\\n")
	if err != nil {
		t.Fatal(err)
	}
	held, free := read(marks), read(append(marks[:4:4], marks[5]))
	if held > 4*free+time.Second {
		t.Errorf("%v, without what is held %v", held, free)
	}
}

func read(marks []trace.Mark) time.Duration {
	began := time.Now()
	tracetest.Run(newDissector(), marks)
	return time.Since(began)
}

func TestWaiting(t *testing.T) {
	d := newDissector()
	steps := []struct {
		record string
		want   trace.Waiting
	}{
		{"", trace.Waiting{Client: "greeting"}},
		{"S: +OK ready", trace.Waiting{Server: "command"}},
		{"C| US", trace.Waiting{Server: "crlf"}},
		{"C| ER bob\\r\\n", trace.Waiting{Client: "reply"}},
		{"S: +OK", trace.Waiting{Server: "command"}},
		{"C: AUTH PLAIN", trace.Waiting{Client: "reply"}},
		{"S: + ", trace.Waiting{Server: "auth"}},
		{"C: *", trace.Waiting{Client: "reply"}},
		{"S: -ERR", trace.Waiting{Server: "command"}},
		{"C: CAPA", trace.Waiting{Client: "reply"}},
		{"S: +OK", trace.Waiting{Client: "end-of-data"}},
		{"S: .", trace.Waiting{Server: "command"}},
		{"C: STLS", trace.Waiting{Client: "reply"}},
		{"S: +OK", trace.Waiting{Client: "tls", Server: "tls"}},
		{"-- close eof", trace.Waiting{}},
	}
	for i, s := range steps {
		marks, err := tracetest.Parse(trace.POP3, s.record)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			marks = marks[1:]
		}
		tracetest.Run(d, marks)
		if got := d.Waiting(); got != s.want {
			t.Errorf("after %q: %+v, want %+v", s.record, got, s.want)
		}
	}
}

func FuzzDissector(f *testing.F) {
	files, _ := filepath.Glob("testdata/records/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		record, _, _ := strings.Cut(string(data), "\n----\n")
		marks, err := tracetest.Parse(trace.POP3, record)
		if err != nil {
			f.Fatal(err)
		}
		if octets(marks) < 4000 {
			f.Add(tracetest.ToFuzz(marks), uint64(1), false)
			f.Add(tracetest.ToFuzz(marks), uint64(2), true)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64, midway bool) {
		if len(b) > 4<<10 {
			return
		}
		marks := tracetest.FromFuzz(trace.POP3, b)
		marks[0].Open.Midway = midway
		tracetest.Laws(t, newDissector, marks, seed)
	})
}
