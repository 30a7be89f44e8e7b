package imap

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

func newDissector() trace.Dissector { return NewDissector("1") }

func TestHostile(t *testing.T) { tracetest.Hostile(t, trace.IMAP, newDissector) }

type record struct {
	file, text, want string
	marks            []trace.Mark
}

func records(t testing.TB) map[string]record {
	t.Helper()
	files, err := filepath.Glob("testdata/records/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no records", err)
	}
	m := make(map[string]record)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := record{file: file}
		r.text, r.want, _ = strings.Cut(string(data), "----\n")
		r.marks = parse(t, r.text)
		m[strings.TrimSuffix(filepath.Base(file), ".txt")] = r
	}
	return m
}

func parse(t testing.TB, text string) []trace.Mark {
	t.Helper()
	marks, err := tracetest.Parse(trace.IMAP, text)
	if err != nil {
		t.Fatal(err)
	}
	return marks
}

// TestNoSecretShows looks for the passwords of the records in what is shown of them, at
// every octet.
func TestNoSecretShows(t *testing.T) {
	secrets := []string{"sesame", "hunter2", "s3cret!", "otherpass", "geheim", "AGFsaWNl",
		"b3RoZXJw", "c2VjcmV0c2Vj", "ZG9udCBy", "AAAA", "QUFB", "SECR", "not base64"}
	for name, r := range records(t) {
		d := newDissector()
		look := func(what string, b []byte) {
			for _, s := range secrets {
				if strings.Contains(string(b), s) {
					t.Fatalf("%s: %s shows %q: %.80q", name, what, s, b)
				}
			}
		}
		for _, m := range r.marks {
			for i := range max(1, len(m.B)) {
				one := m
				if len(m.B) > 0 {
					one.B = m.B[i : i+1]
				}
				d.Mark(one, func(ev *trace.Event) { look("event "+strconv.Itoa(ev.N), ev.Raw) })
				if i < 200 || i%1000 == 0 {
					look("pending", d.Pending(trace.Client))
				}
			}
		}
	}
}

// TestBounded is the fourth law for records that try to fill the memory.
func TestBounded(t *testing.T) {
	var million strings.Builder
	million.WriteString("S: * PREAUTH hi\n")
	for i := range 20000 {
		million.WriteString("C: tag" + strconv.Itoa(i) + " NOOP\n")
	}
	tag := strings.Repeat("t", 60000)
	for name, text := range map[string]string{
		"million commands": million.String(),
		"one tag":          "S: * PREAUTH hi\nC* 1000000 a NOOP\\r\\n",
		"long tags":        "S: * PREAUTH hi\nC* 40 " + tag + "  NOOP\\r\\n",
		"no line end":      "S* 3000000 x\nC* 3000000 y",
		"giant literal":    "S: * PREAUTH hi\nC: a APPEND x {9000000000000000+}\nC* 3000000 y",
		"giant answer":     "S: * PREAUTH hi\nS: * 1 FETCH (BODY[] {9000000000000000}\nS* 3000000 y",
		"held":             "S: * PREAUTH hi\nC: a IDLE\nC* 300000 b NOOP\\r\\n",
		"handshake":        "S: * OK hi\nC: a STARTTLS\nS: a OK\nC* 300000 b NOOP\\r\\n",
	} {
		t.Run(name, func(t *testing.T) { tracetest.Bounded(t, newDissector, parse(t, text)) })
	}
}

// TestAnnouncementCut cuts a line that is too long within the longest announcement of a
// literal, at each of its octets.
func TestAnnouncementCut(t *testing.T) {
	const line = "a APPEND x "
	for pad := trace.MaxUnit - 24 - len(line); pad <= trace.MaxUnit-len(line); pad++ {
		evs := tracetest.Run(newDissector(), parse(t, "S: * PREAUTH hi\nC| "+line+
			strings.Repeat("y", pad)+"{0000000000000003+}\\r\\nabc\\r\\nb NOOP\\r\\n\n"))
		found := false
		for i := range evs {
			found = found || evs[i].Kind == trace.DataEnd && string(evs[i].Raw) == "abc"
		}
		if !found {
			t.Errorf("cut %d octets into the announcement, no literal", trace.MaxUnit-len(line)-pad)
		}
	}
}

// TestManyWaiting counts the commands that wait: beyond the limit nobody can tell any
// more what a result answers, until one answers a command that came after.
func TestManyWaiting(t *testing.T) {
	var b strings.Builder
	b.WriteString("S: * PREAUTH hi\n")
	for i := range maxSent + 1 {
		b.WriteString("C: t" + strconv.Itoa(i) + " NOOP\n")
	}
	b.WriteString("S: t0 OK\nC: last NOOP\nS: last OK\nS: t1 OK\n")
	evs := tracetest.Run(newDissector(), parse(t, b.String()))
	n := len(evs)
	last := strconv.Itoa(n - 2)
	for i, want := range map[int]string{
		n - 5: `C command NOOP authenticated/unknown "t4096 NOOP" !imap/3501-5.5-too-many-waiting@0`,
		n - 4: `S reply OK authenticated/unknown "t0 OK"`,
		n - 3: `C command NOOP /unknown "last NOOP"`,
		n - 2: `S reply OK >` + last + ` /unknown "last OK"`,
		n - 1: `S reply OK /unknown "t1 OK"`,
	} {
		if got := tracetest.Compact(&evs[i]); !strings.HasSuffix(got, want) {
			t.Errorf("event %d is\n%s\nwant\n%s", i+1, got, want)
		}
	}
}

func FuzzDissector(f *testing.F) {
	for _, r := range records(f) {
		if b := tracetest.ToFuzz(r.marks); len(b) < 8<<10 {
			f.Add(b, uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		if len(b) > 64<<10 {
			return
		}
		tracetest.Laws(t, newDissector, tracetest.FromFuzz(trace.IMAP, b), seed)
	})
}
