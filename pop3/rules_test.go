package pop3

import (
	"os"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/tracetest"
)

// Beginnings of records that the rules' tests share.
const (
	greets   = "S: +OK ready <1.2@lab.test>\n"
	logsIn   = greets + "C: APOP bob 0123456789abcdef0123456789abcdef\nS: +OK\n"
	pipeline = greets + "C: CAPA\nS: +OK\nS: TOP\nS: PIPELINING\nS: .\n"
	retr1    = "C: RETR 1\nS: +OK here it is\nS: ..ab\nS: ."
	accented = "S: Subject: Café\n"
	quits    = "\nC: QUIT\nS: +OK\n-- close eof"
)

// ruleTests breaks each rule once, and shows how it is kept.
var ruleTests = []struct {
	id     string
	breaks string
	keeps  string
}{
	{"pop3/1939-3-bare-lf", greets + "C| CAPA\\n", greets + "C| CAPA\\r\\n"},
	{"pop3/1939-3-bare-cr", greets + "C| USER a\\rb\\r\\n", greets + "C| USER ab\\r\\n"},
	{"pop3/1939-3-control-in-command", greets + "C| US\\bSER bob\\r\\n", greets + "C: USER bob"},
	{"pop3/2449-4-command-too-long",
		greets + "C* 1 USER \nC* 249 x\nC| \\r\\n", greets + "C* 1 USER \nC* 248 x\nC| \\r\\n"},
	{"pop3/1939-3-unknown-command", logsIn + "C: FIRST", logsIn + "C: stat"},
	{"pop3/1939-3-unknown-command", logsIn + "C: FIRST", logsIn + "C: LAST\nS: -ERR"},
	{"pop3/1460-5-last", logsIn + "C: last", logsIn + "C: UIDL"},
	{"pop3/1939-3-single-space", logsIn + "C: RETR  1", logsIn + "C: RETR 1"},
	{"pop3/1939-9-arguments", logsIn + "C: RETR", logsIn + "C: TOP 1 0"},
	{"pop3/1939-9-arguments", logsIn + "C: DELE one", logsIn + "C: DELE 1"},
	{"pop3/1939-9-arguments", logsIn + "C: RETR 0", logsIn + "C: UIDL"},
	{"pop3/1939-3-before-greeting", "C: CAPA\n" + greets, greets + "C: CAPA"},
	{"pop3/1939-3-out-of-state", greets + "C: STAT", logsIn + "C: STAT"},
	{"pop3/1939-3-out-of-state", logsIn + "C: STLS", greets + "C: STLS"},
	{"pop3/1939-7-pass-without-user", greets + "C: PASS sesame",
		greets + "C: USER bob\nS: +OK\nC: PASS sesame"},
	{"pop3/1939-7-pass-without-user", greets + "C: USER bob\nS: -ERR\nC: PASS sesame",
		pipeline + "C: USER bob\nC+ PASS sesame\nS: -ERR\nS: -ERR"},
	{"pop3/1939-5-deleted-message", logsIn + "C: DELE 1\nS: +OK\nC: LIST 1",
		logsIn + "C: DELE 1\nS: +OK\nC: RSET\nS: +OK\nC: LIST 1"},
	{"pop3/1939-5-deleted-message", logsIn + "C: DELE 70\nS: +OK\nC: TOP 70 1",
		logsIn + "C: DELE 70\nS: -ERR\nC: TOP 70 1"},
	{"pop3/1939-6-after-quit", logsIn + "C: QUIT\nS: +OK\nC: NOOP",
		logsIn + "C: NOOP\nS: +OK" + quits},
	{"pop3/2449-6.6-pipelining-not-offered", greets + "C: USER bob\nC+ QUIT",
		pipeline + "C: USER bob\nC+ QUIT"},
	{"pop3/2449-6.6-pipelining-not-offered", greets + "C: CAPA\nC+ QUIT",
		greets + "C: CAPA\nS: -ERR\nC: QUIT"},
	{"pop3/5034-4-before-challenge", greets + "C: AUTH PLAIN\nC+ AGJvYgBzZXNhbWU=\nS: + ",
		greets + "C: AUTH PLAIN\nS: + \nC: AGJvYgBzZXNhbWU="},
	{"pop3/2595-4-behind-stls", greets + "C: STLS\nC+ CAPA\nS: -ERR",
		greets + "C: STLS\nS: -ERR\nC: CAPA"},
	{"pop3/2595-4-behind-stls", greets + "C: STLS\nC+ CAPA\nS: +OK",
		greets + "C: STLS\nS: +OK\n-- tls TLS 1.3\nC: CAPA"},
	{"pop3/1939-3-lower-case-status", "S: +ok ready", "S: +OK ready"},
	{"pop3/1939-3-reply-form", "S: 220 ready", "S: -ERR busy"},
	{"pop3/1939-3-reply-form", "S: +OKAY", "S: +OK"},
	{"pop3/1939-3-reply-too-long", "S* 1 +OK \nS* 507 x\nS| \\r\\n",
		"S: +OK ready\nC: AUTH GSSAPI\nS* 1 + \nS* 600 x\nS| \\r\\n"},
	{"pop3/1939-3-reply-too-long", "S* 1 +OK \nS* 507 x\nS| \\r\\n", "S* 1 +OK \nS* 506 x\nS| \\r\\n"},
	{"pop3/1939-3-reply-bare-lf", "S| +OK\\n", "S| +OK\\r\\n"},
	{"pop3/1939-3-unasked-reply", greets + "S: -ERR time is up", greets + "C: CAPA\nS: -ERR"},
	{"pop3/1939-3-unasked-reply", greets + "C: NOOP\nS: + ", greets + "C: AUTH PLAIN\nS: + "},
	{"pop3/5034-4-challenge-form", greets + "C: AUTH PLAIN\nS: + go on",
		greets + "C: AUTH CRAM-MD5\nS: + PDE4OTYuNjk3MTcwOTUyQGxhYi50ZXN0Pg=="},
	{"pop3/5034-4-challenge-form", greets + "C: AUTH PLAIN\nS: +", greets + "C: AUTH X\nS: + YWJj"},
	{"pop3/1939-3-byte-stuffing", logsIn + "C: RETR 1\nS: +OK\nS: .x\nS: .",
		logsIn + "C: RETR 1\nS: +OK\nS: ..x\nS: ..\nS: ."},
	{"pop3/1939-3-bare-lf-in-answer", logsIn + "C: RETR 1\nS: +OK\nS| a\\nb\\r\\n.\\r\\n",
		logsIn + "C: RETR 1\nS: +OK\nS| a\\r\\nb\\r\\n.\\r\\n"},
	{"pop3/1939-11-bare-cr-in-answer", logsIn + "C: RETR 1\nS: +OK\nS| a\\rb\\r\\n.\\r\\n",
		logsIn + "C: RETR 1\nS: +OK\nS| a\\r\\n.\\r\\n"},
	{"pop3/1939-5-size-differs", logsIn + "C: LIST\nS: +OK\nS: 1 4\nS: 2 4\nS: .\n" + retr1,
		logsIn + "C: LIST\nS: +OK\nS: 1 5\nS: 2 4\nS: .\n" + retr1},
	{"pop3/1939-5-size-differs", logsIn + "C: LIST 1\nS: +OK 1 6 and so on\n" + retr1,
		logsIn + "C: LIST 2\nS: +OK 2 6\n" + retr1},
	{"pop3/6856-2.1-size-announced", logsIn + "C: RETR 1\nS: +OK 4 octets\nS: ..ab\nS: .",
		logsIn + "C: RETR 1\nS: +OK 5 octets\nS: ..ab\nS: ."},
	{"pop3/1939-5-stat-differs", logsIn + "C: STAT\nS: +OK 2 7\nC: LIST\nS: +OK\nS: 1 7\nS: .",
		logsIn + "C: STAT\nS: +OK 2 7\nC: LIST\nS: +OK\nS: 1 7\nS: 2 0 x\nS: ."},
	{"pop3/1939-5-stat-differs", logsIn + "C: STAT\nS: +OK 1 8\nC: LIST\nS: +OK\nS: 1 7\nS: .",
		logsIn + "C: STAT\nS: +OK 1 8\nC: DELE 2\nS: +OK\nC: LIST\nS: +OK\nS: 1 7\nS: ."},
	{"pop3/6856-2.1-header-without-utf8", logsIn + "C: RETR 1\nS: +OK\n" + accented + "S: .",
		logsIn + "C: RETR 1\nS: +OK\nS: Subject: e\nS: \n" + accented + "S: ."},
	{"pop3/6856-2.1-header-without-utf8", logsIn + "C: TOP 1 0\nS: +OK\n" + accented + "S: .",
		greets + "C: UTF8\nS: +OK\nC: APOP bob 0123456789abcdef0123456789abcdef\nS: +OK\n" +
			"C: RETR 1\nS: +OK\n" + accented + "S: ."},
	{"pop3/1939-6-no-quit", logsIn + "-- close eof", logsIn + quits},
	{"pop3/1939-6-no-quit", logsIn + "-- eof S", greets + "-- close reset"},
	{"pop3/1939-13-password-in-clear", greets + "C: USER bob\nS: +OK\nC: PASS sesame",
		"-- tls TLS 1.3\n" + greets + "C: USER bob\nS: +OK\nC: PASS sesame"},
	{"pop3/1939-13-password-in-clear", greets + "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: Ym9i\n" +
		"S: + UGFzc3dvcmQ6\nC: c2VzYW1l", greets + "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: Ym9i"},
	{"pop3/1939-13-password-in-clear", greets + "C: AUTH PLAIN AGJvYgBzZXNhbWU=",
		greets + "C: AUTH SCRAM-SHA-256 biwsbj1ib2Iscj1hYmM="},
	{"pop3/8314-3-tls-on-plain-port", greets + "C| \\x16\\x03\\x01\\x00\\x05hello\n-- close eof",
		"-- tls TLS 1.3\n" + greets + "C| \\x16\\x03\\x01\n-- close eof"},
}

func TestRules(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range ruleTests {
		tested[c.id] = true
		if !finds(t, c.breaks, c.id) {
			t.Errorf("%s is not found in\n%s", c.id, c.breaks)
		}
		if finds(t, c.keeps, c.id) {
			t.Errorf("%s is found in\n%s", c.id, c.keeps)
		}
	}
	for _, r := range Rules() {
		if !tested[r.ID] {
			t.Errorf("nothing breaks %s", r.ID)
		}
		if r.Level != rule.Must && r.Level != rule.Should && r.Level != rule.Note ||
			!strings.HasPrefix(r.Section, "RFC ") || r.Protocol() != "pop3" {
			t.Errorf("%+v", r)
		}
	}
}

func finds(t *testing.T, record, id string) bool {
	t.Helper()
	marks, err := tracetest.Parse(trace.POP3, record)
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range tracetest.Run(newDissector(), marks) {
		for _, f := range ev.Findings {
			if f.ID == id {
				return true
			}
		}
	}
	return false
}

// TestClean plays sessions that break nothing: no rule may say otherwise.
func TestClean(t *testing.T) {
	for _, record := range []string{
		logsIn + "C: STAT\nS: +OK 0 0" + quits,
		"-- tls TLS 1.3\n" + greets + "C: USER bob\nS: +OK\nC: PASS  open  sesame \nS: +OK" + quits,
		pipeline + "C: APOP bob 0123456789abcdef0123456789abcdef\nS: +OK\nC: LIST\nC+ RETR 1\n" +
			"C+ DELE 1\nC+ RETR 7\nC+ QUIT\nS: +OK\nS: 1 3\nS: .\nS: +OK\nS: ..\nS: .\nS: +OK\n" +
			"S: -ERR no such message\nS: +OK bye\n-- eof S\n-- eof C\n-- close eof",
		pipeline + "C: STLS\nS: +OK\n-- tls TLS 1.3\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\n" +
			"C: AUTH PLAIN\nS: + \nC: AGJvYgBzZXNhbWU=\nS: +OK\nC: UIDL\nS: +OK\nS: 1 x\nS: ." + quits,
		greets + "C: AUTH CRAM-MD5\nS: + PDE4OTYuNjk3MTcwOTUyQGxhYi50ZXN0Pg==\nC: *\nS: -ERR" + quits,
	} {
		marks, err := tracetest.Parse(trace.POP3, record)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range tracetest.Run(newDissector(), marks) {
			if len(ev.Findings) > 0 {
				t.Errorf("%s\n%s", record, tracetest.Compact(&ev))
			}
		}
	}
}

// TestSentences looks for the sentence of each rule in each language, and for sentences
// that no rule needs.
func TestSentences(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		data, err := os.ReadFile("../trace/explain/data/rules-pop3." + lang + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			if id, text, ok := strings.Cut(line, "\t"); ok && text != "" {
				have[id] = true
			}
		}
		for _, r := range Rules() {
			if !have[r.ID] {
				t.Errorf("%s: no sentence for %s", lang, r.ID)
			}
			delete(have, r.ID)
		}
		for id := range have {
			t.Errorf("%s: no rule for %s", lang, id)
		}
	}
}
