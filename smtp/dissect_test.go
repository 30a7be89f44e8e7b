package smtp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sentence"
	"mailtool/trace"
	"mailtool/trace/explain"
	"mailtool/trace/tracetest"
)

func newDissector() trace.Dissector { return NewDissector("1") }

func TestHostile(t *testing.T) { tracetest.Hostile(t, trace.SMTP, newDissector) }

// TestEveryRule looks for a record that breaks each rule; that a session without fault
// breaks none is seen in the first.
func TestEveryRule(t *testing.T) {
	files, _ := filepath.Glob("testdata/records/*.txt")
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, events, _ := strings.Cut(string(data), "\n----\n")
		if strings.HasSuffix(file, "01-clean.txt") && strings.Contains(events, "!") {
			t.Error("a clean session has findings")
		}
		all.WriteString(events)
	}
	for _, r := range Rules() {
		if !strings.Contains(all.String(), "!"+r.ID+"@") {
			t.Errorf("no record breaks %s", r.ID)
		}
	}
}

// TestBounded plays what would fill a careless dissector's memory.
func TestBounded(t *testing.T) {
	hello := "S: 220 a\nC: EHLO b.test\nS: 250-a\nS+ 250 AUTH PLAIN\n"
	mail := hello + "C: MAIL FROM:<a@b.test>\nS: 250 Ok\nC: RCPT TO:<c@d.test>\nS: 250 Ok\nC: DATA\n"
	keywords := "S: 250-a\n" + strings.Repeat("S+ 250-X"+strings.Repeat("y", 480)+"\n", 70)
	for name, record := range map[string]string{
		"three replies to EHLO": hello + "C: EHLO b.test\nC+ EHLO b.test\nC+ EHLO b.test\n" + keywords +
			"S+ 250 AUTH\nC| N\n" + keywords + "S+ 250 AUTH\nC| OOP\\r\\n\n" +
			`C* 4080 NOOP\r\n` + "\nC: DATA\n" + keywords + `C* 65000 x` + "\n" + `S* 16000 2` + "\n",
		"a million commands without a reply":  hello + `C* 1000000 NOOP\r\n`,
		"a line without an end":               hello + `C* 1000000 xxxxxxxx`,
		"a reply without an end":              `S* 1000000 220-x\r\n`,
		"a secret without an end":             hello + "C| AUTH PLAIN \n" + `C* 1000000 AAAAAAAA`,
		"text behind DATA without a reply":    mail + `C* 1000000 xxxxxx\r\n`,
		"a message without an end":            mail + "S: 354 go\n" + `C* 1000000 xxxxxx\r\n`,
		"a message of ends that may be":       mail + "S: 354 go\n" + `C* 300000 x\n.\n`,
		"a dot that may be one, then silence": mail + "S: 354 go\nC| \\n.\\n\n" + `C* 1000000 x`,
		"all of it at once": hello + "C: EHLO b.test\nS: 250-a\n" + strings.Repeat("S+ 250-X"+strings.Repeat("y", 490)+
			"\n", 70) + "S+ 250 AUTH\n" + `C* 4000 NOOP\r\n` + "\n" + `S* 3900 250 Ok\r\n` + "\n" +
			`C* 3900 NOOP\r\n` + "\nC: DATA\n" + `C* 65000 x` + "\n" + `S* 16000 2` + "\n",
	} {
		marks, err := tracetest.Parse(trace.SMTP, record)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			tracetest.Bounded(t, newDissector, marks)
			single := tracetest.Join(marks)
			for i, m := range single { // the same, in small segments
				if len(m.B) > 100_000 {
					single = append(single[:i:i], pieces(m, 11, 200_000)...)
					break
				}
			}
			tracetest.Bounded(t, newDissector, single)
		})
	}
}

// pieces cuts the first of a mark's octets into marks of n, each at a time of its own.
func pieces(m trace.Mark, n, most int) []trace.Mark {
	var out []trace.Mark
	for b := m.B[:most]; len(b) > n; b = b[n:] {
		m.B = b[:n]
		m.When = m.When.Add(1)
		out = append(out, m)
	}
	return out
}

// TestHeldIsReadOnce plays a reply that does not end while much is held: what a dissector
// reads again at each of its lines takes minutes.
func TestHeldIsReadOnce(t *testing.T) {
	marks, err := tracetest.Parse(trace.SMTP, "S: 220 a\nC: EHLO b.test\nS: 250 a\nC: DATA\n"+
		`C* 30000 x\n`+"\n"+`S* 100000 550-x\r\n`)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	tracetest.Run(newDissector(), marks)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("%v", took)
	}
}

func FuzzDissector(f *testing.F) {
	tracetest.Seeds(f, trace.SMTP)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 6000 {
			return
		}
		tracetest.Laws(t, newDissector, tracetest.FromFuzz(trace.SMTP, b), uint64(len(b)))
	})
}

// TestSentences looks for what each rule says to a reader.
func TestSentences(t *testing.T) {
	for _, r := range Rules() {
		for _, lang := range []sentence.Lang{sentence.English, sentence.Chinese} {
			if s := explain.Rule(lang, r.Find()); s == r.ID {
				t.Errorf("%s has no sentence in %s", r.ID, lang)
			}
		}
	}
}
