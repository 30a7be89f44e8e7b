package imap

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mailtool/trace/tracetest"
)

const ready = "S: * OK [CAPABILITY IMAP4rev1] ready\n"
const inbox = "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE LITERAL-] hi\n"

// broken is a record for each rule that breaks it.
var broken = map[string]string{
	"imap/3501-2.2-bare-lf":                    inbox + `C| a NOOP\n`,
	"imap/3501-2.2-bare-cr":                    inbox + `S| * OK a\rb\r\n`,
	"imap/3501-9-nul":                          inbox + `C| a LIST "" "\x00"\r\n`,
	"imap/3501-9-control-in-command":           inbox + `C| a LIST "\\\x22" \x08\r\n`,
	"imap/7162-4-line-too-long":                inbox + "C| a NOOP \nC* 8191 x\nC:",
	"imap/3501-2.2.1-tag-missing":              inbox + "C: NOOP",
	"imap/3501-9-tag-octet":                    inbox + "C: a+ NOOP",
	"imap/9051-2.2.1-tag-reused":               inbox + "C: a NOOP\nC: a NOOP",
	"imap/3501-2.2.1-no-command":               inbox + "C: a",
	"imap/3501-2.2.1-space":                    inbox + "C: a NOOP ",
	"imap/3501-6-unknown-command":              inbox + "C: a NOP",
	"imap/3501-2.2-before-greeting":            "C: a NOOP\n" + ready,
	"imap/3501-3-out-of-state":                 inbox + "C: a FETCH 1 ALL",
	"imap/3501-3.4-after-logout":               inbox + "C: a LOGOUT\nC: b NOOP",
	"imap/3501-4.3-literal-not-waited":         inbox + "C: a CREATE {1}\nC: x\nS: + go",
	"imap/7888-3-literal-not-offered":          ready + "C: a LOGIN {1+}",
	"imap/7888-5-literal-over-4096":            inbox + "C: a APPEND x {4097+}",
	"imap/7888-3-literal-from-server":          inbox + "S: * LIST () NIL {1+}",
	"imap/3501-6.2.3-login-in-clear":           ready + "C: a LOGIN alice sesame",
	"imap/3501-6.2.3-login-disabled":           "S: * OK [CAPABILITY LOGINDISABLED]\nC: a LOGIN a b",
	"imap/4959-3-initial-response-not-offered": ready + "C: a AUTHENTICATE PLAIN =",
	"imap/3501-2.2.1-before-continuation":      ready + "C: a AUTHENTICATE PLAIN\nC: AAAA\nS: +",
	"imap/3501-6.2.2-not-base64":               ready + "C: a AUTHENTICATE PLAIN\nS: + \nC: a b",
	"imap/2177-3-idle-not-offered":             "S: * PREAUTH [CAPABILITY IMAP4rev1] hi\nC: a IDLE",
	"imap/2177-3-not-done":                     inbox + "C: a IDLE\nS: + \nC: stop",
	"imap/2177-3-done-without-idle":            inbox + "C: DONE",
	"imap/3501-6.2.1-command-behind-starttls":  ready + "C: a STARTTLS\nC: b NOOP\nS: a BAD no",
	"imap/3501-6.2.1-clear-behind-starttls":    ready + "C: a STARTTLS\nC: b NOOP\nS: a OK go",
	"imap/4978-3-command-behind-compress":      inbox + "C: a COMPRESS DEFLATE\nC: b NOOP\nS: a NO no",
	"imap/8314-3-tls-on-plain-port":            `C| \x16\x03\x01` + "\n-- close eof",
	"imap/3501-7.1-greeting-form":              "S: * NO go away",
	"imap/3501-2.2.2-response-form":            inbox + "S: what",
	"imap/3501-2.2.2-unknown-tag":              inbox + "C: a NOOP\nS: b OK done",
	"imap/3501-7.5-nobody-waits":               inbox + "S: + go",
	"imap/3501-6.1.3-no-bye":                   inbox + "C: a LOGOUT\nS: a OK done",
	"imap/9051-3.4-no-logout":                  inbox + "-- close eof",
	"imap/3501-3.4-logout-not-read":            inbox + "C: a LOGOUT\n-- close eof",
	"imap/9051-3.4-closed-without-bye":         inbox + "-- eof S",
	"imap/3501-5.5-too-many-waiting":           inbox + "C* 4097 a NOOP\\r\\n",
}

// sound is a record for each rule that comes close to breaking it, and does not.
var sound = map[string]string{
	"imap/3501-9-control-in-command": inbox + `C| a LIST "" "\x08"\r\n`,
	"imap/7162-4-line-too-long":      inbox + "C| a NOOP \nC* 8183 x\nC:",
	"imap/3501-2.2.1-tag-missing":    inbox + "C: NOOP NOOP",
	"imap/9051-2.2.1-tag-reused":     inbox + "C: a NOOP\nS: a OK\nC: a NOOP\nC: A NOOP",
	"imap/3501-6-unknown-command":    inbox + "C: a uid fetch 1 ALL\nC: b XNOP\nC: c noop",
	"imap/3501-3-out-of-state": ready +
		"C: a LOGIN a b\nC: b SELECT x\nC: c FETCH 1 ALL",
	"imap/3501-3.4-after-logout":               inbox + "C: a NOOP\nC: b LOGOUT",
	"imap/3501-4.3-literal-not-waited":         inbox + "C: a CREATE {1}\nS: + go\nC: x",
	"imap/7888-3-literal-not-offered":          "S: * OK hi\nC: a LOGIN {1+}",
	"imap/7888-5-literal-over-4096":            inbox + "C: a APPEND x {4096+}\nC* 4096 x\nC:",
	"imap/7888-3-literal-from-server":          inbox + "S: * OK {1+}",
	"imap/3501-6.2.3-login-in-clear":           "-- tls x\n" + ready + "C: a LOGIN alice sesame",
	"imap/4959-3-initial-response-not-offered": ready + "C: a AUTHENTICATE PLAIN",
	"imap/3501-2.2.1-before-continuation":      ready + "C: a AUTHENTICATE PLAIN\nS: +\nC: AAAA",
	"imap/3501-6.2.2-not-base64": ready +
		"C: a AUTHENTICATE PLAIN\nS: + \nC:\nS: + \nC: *",
	"imap/2177-3-not-done":           inbox + "C: a IDLE\nS: + \nC: dOnE",
	"imap/3501-7.1-greeting-form":    "S: * BYE go away",
	"imap/3501-2.2.2-unknown-tag":    "-- midway\nC: a NOOP\nS: b OK done\nS: a OK\nS: c OK",
	"imap/9051-3.4-no-logout":        inbox + "S: * BYE\n-- close eof",
	"imap/3501-5.5-too-many-waiting": inbox + "C* 4096 a NOOP\\r\\n",
}

func findings(t *testing.T, record string) []string {
	t.Helper()
	var ids []string
	for _, ev := range tracetest.Run(newDissector(), parse(t, record)) {
		for _, f := range ev.Findings {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func TestRules(t *testing.T) {
	for _, r := range Rules() {
		record, ok := broken[r.ID]
		if got := findings(t, record); !ok || !slices.Contains(got, r.ID) {
			t.Errorf("%s: not found, but %v", r.ID, got)
		}
		if got := findings(t, sound[r.ID]); slices.Contains(got, r.ID) {
			t.Errorf("%s: found in a record that does not break it", r.ID)
		}
		if !strings.HasPrefix(r.Section, "RFC ") || !strings.Contains(r.Section, " §") {
			t.Errorf("%s: section %q", r.ID, r.Section)
		}
		section := strings.NewReplacer("RFC ", "", " §", "-").Replace(r.Section)
		if !strings.HasPrefix(r.ID, "imap/"+section+"-") {
			t.Errorf("%s does not carry its section, %s", r.ID, r.Section)
		}
	}
	if len(broken) != len(Rules()) {
		t.Errorf("%d records for %d rules", len(broken), len(Rules()))
	}
	if got := findings(t, records(t)["01-clean"].text); len(got) > 0 {
		t.Errorf("a clean session has findings: %v", got)
	}
}

func TestRulesHaveSentences(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		data, err := os.ReadFile("../trace/explain/data/rules-imap." + lang + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range Rules() {
			if !strings.Contains(string(data), "\n"+r.ID+"\t") {
				t.Errorf("%s has no sentence in %s", r.ID, lang)
			}
		}
		if n := strings.Count(string(data), "\nimap/"); n != len(Rules()) {
			t.Errorf("%s: %d sentences for %d rules", lang, n, len(Rules()))
		}
	}
}
