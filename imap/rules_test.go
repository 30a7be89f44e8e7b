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

	"imap/3501-4.3-literal-length":       inbox + "S: * LIST () NIL {1}\nS: xy",
	"imap/3501-4.3-literal-within":       inbox + "S: * 1 FETCH (BODY[] {2}\nS: xy",
	"imap/2177-3-result-before-done":     inbox + "C: a IDLE\nS: + \nS: a OK enough",
	"imap/2177-3-closed-in-idle":         inbox + "C: a IDLE\nS: + \n-- close eof",
	"imap/3501-9-continuation-space":     inbox + "C: a IDLE\nS: +",
	"imap/3501-7.1.5-after-bye":          inbox + "S: * BYE bye\nC: a NOOP\nS: a OK done",
	"imap/3501-7.2.1-not-offered":        inbox + "C: a NAMESPACE",
	"imap/3501-6.2.1-stale-capabilities": ready + "C: a STARTTLS\nS: a OK go\n-- tls x\nC: b ID NIL\nC: c CREATE {1+}",
	"imap/3501-6.2.3-stale-capabilities": ready + "C: a LOGIN bob x\nS: a OK hi\nC: b IDLE",
	"imap/3501-9-eight-bit":              inbox + `C| a LIST "" "\xe4"\r\n`,
	"imap/3501-5.1.3-mailbox-name":       inbox + `C: a RENAME R&-D "R&D"`,
	"imap/3501-6.3.3-create-inbox":       inbox + `C: a CREATE "Inbox"`,
	"imap/3501-6.3.4-delete-inbox":       inbox + "C: a DELETE INBOX",
	"imap/3501-5.5-ambiguous":            chosen + "C: c NOOP\nC: d STORE 1 FLAGS ()",
	"imap/3501-6.3.2-read-only":          chosen + "C: c EXAMINE x\nC: d EXPUNGE",
	"imap/3501-6.4.5-marks-as-read":      chosen + "C: c FETCH 1 (FLAGS BODY[HEADER])",
	"imap/3501-6.3.1-select-data":        inbox + "C: b SELECT x\nS: * 2 EXISTS\nS: * FLAGS ()\nS: b OK",
	"imap/3501-5.2-exists-shrinks":       chosen + "C: c NOOP\nS: * 1 EXISTS",
	"imap/3501-7.4.1-expunge-now":        chosen + "C: c FETCH 1 ALL\nS: * 2 EXPUNGE",
	"imap/3501-7.4.1-no-such-message":    chosen + "C: c NOOP\nS: * 3 EXPUNGE",
	"imap/3501-7.4.2-no-such-message":    chosen + "C: c NOOP\nS: * 2 EXPUNGE\nS: * 2 FETCH (FLAGS ())",
	"imap/3501-6.4.8-uid-missing":        chosen + "C: c UID FETCH 7 BODY.PEEK[]\nS: * 1 FETCH (BODY[] {1}\nS| x)\\r\\n",
	"imap/3501-2.3.1.1-uid-order":        chosen + "C: c UID FETCH 7 FLAGS\nS: * 1 FETCH (UID 9 FLAGS ())\nS: * 2 FETCH (FLAGS () UID 9)",
}

// chosen is a session with a mailbox of two messages selected.
const chosen = inbox + "C: a SELECT x\nS: * 2 EXISTS\nS: * 0 RECENT\nS: * FLAGS ()\nS: a OK done\n"

// sound is a record for each rule that comes close to breaking it, and does not.
var sound = map[string]string{
	"imap/3501-2.2-bare-lf":         inbox + "S: * LIST () NIL {3}\n" + `S| a\nb\r\n`,
	"imap/3501-2.2-bare-cr":         inbox + "C: a CREATE {2+}\n" + `C| \ra\r\n`,
	"imap/3501-9-nul":               inbox + "S: * 1 FETCH (BINARY[] ~{1}\n" + `S| \x00)\r\n`,
	"imap/3501-9-tag-octet":         inbox + "C: ].A:/ NOOP",
	"imap/3501-2.2.1-no-command":    inbox + "C: a IDLE\nS: + \nC: DONE",
	"imap/3501-2.2.1-space":         inbox + `C: a LIST "" " a  b "`,
	"imap/3501-2.2-before-greeting": ready + "C: a NOOP",
	"imap/3501-6.2.3-login-disabled": "S: * OK [CAPABILITY LOGINDISABLED STARTTLS] hi\nC: a STARTTLS\n" +
		"S: a OK go\n-- tls x\nC: b LOGIN a b",
	"imap/2177-3-idle-not-offered":            "S: * PREAUTH hi\nC: a IDLE",
	"imap/2177-3-done-without-idle":           inbox + "C: a IDLE\nS: + \nC: DONE",
	"imap/3501-6.2.1-command-behind-starttls": ready + "C: a STARTTLS\nS: a BAD no\nC: b NOOP",
	"imap/3501-6.2.1-clear-behind-starttls":   ready + "C: a STARTTLS\nS: a OK go\n-- tls x\nC: b NOOP",
	"imap/4978-3-command-behind-compress":     inbox + "C: a COMPRESS DEFLATE\nS: a NO no\nC: b NOOP",
	"imap/8314-3-tls-on-plain-port":           `C| \x16\x02\x01` + "\n-- close eof",
	"imap/3501-2.2.2-response-form":           inbox + "C: a XWHAT\nS: * XWHAT\nS: a OK",
	"imap/3501-7.5-nobody-waits":              inbox + "C: a CREATE {1}\nS: + go",
	"imap/3501-6.1.3-no-bye":                  inbox + "C: a LOGOUT\nS: * BYE x\nS: a OK done",
	"imap/3501-3.4-logout-not-read":           inbox + "C: a LOGOUT\nS: * BYE x\nS: a OK done\n-- close eof",
	"imap/9051-3.4-closed-without-bye":        inbox + "S: * BYE x\n-- eof S",
	"imap/3501-9-control-in-command":          inbox + `C| a LIST "" "\x08"\r\n`,
	"imap/7162-4-line-too-long":               inbox + "C| a NOOP \nC* 8183 x\nC:",
	"imap/3501-2.2.1-tag-missing":             inbox + "C: NOOP NOOP",
	"imap/9051-2.2.1-tag-reused":              inbox + "C: a NOOP\nS: a OK\nC: a NOOP\nC: A NOOP",
	"imap/3501-6-unknown-command":             inbox + "C: a uid fetch 1 ALL\nC: b XNOP\nC: c noop",
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

	"imap/3501-4.3-literal-length": inbox + "S: * LIST () NIL {1}\nS| x\\r\\n\nC: a CREATE {1+}\n" +
		`C| x\r\n` + "\n" + `C| b SEARCH (FROM {1+}\r\nx)\r\n`,
	"imap/3501-4.3-literal-within": inbox + "S: * 1 FETCH (BODY[] {4}\nS: xy\nS: )\nS: * LIST () NIL {1}\nS| x\\r\\n",
	"imap/2177-3-result-before-done": inbox + "C: a IDLE\nS: + \nC: DONE\nS: a OK enough\n" +
		"C: b IDLE\nS: + \nS: b NO the mailbox is gone",
	"imap/2177-3-closed-in-idle":         inbox + "C: a IDLE\nS: + \nS: * BYE\n-- close eof",
	"imap/3501-9-continuation-space":     inbox + "C: a IDLE\nS: + ",
	"imap/3501-7.1.5-after-bye":          inbox + "C: a NOOP\nS: * BYE bye\nS: a OK done\nC: b LOGOUT\nS: b OK",
	"imap/3501-7.2.1-not-offered":        inbox + `C: a SEARCH SUBJECT "RETURN (" TEXT RETURN`,
	"imap/3501-6.2.1-stale-capabilities": ready + "C: a STARTTLS\nS: a OK go\n-- tls x\nC: b ID NIL\nC: c CREATE x",
	"imap/3501-6.2.3-stale-capabilities": ready + "C: a LOGIN bob x\nS: * CAPABILITY IDLE\nS: a OK hi\nC: b IDLE",
	"imap/3501-9-eight-bit": inbox + "C: a ENABLE UTF8=ACCEPT\n" + `C| a LIST "" "\xe4"\r\n` + "\n" +
		`S: * ENABLED UTF8=ACCEPT` + "\nS: a OK\n" + `C| a LIST "" "\xe4"\r\n` + "\n" +
		`C| b LOGIN "b" "\xe4"\r\n`,
	"imap/3501-5.1.3-mailbox-name": inbox + `C: a RENAME R&-D "&ZeVnLIqe-"` + "\nC: b LIST {1+}\n" +
		`C| x &*\r\n` + "\n" + `S: * LIST (\\Noselect) "&" a`,
	"imap/3501-6.3.3-create-inbox": inbox + "C: a CREATE INBOX/x\nC: b SUBSCRIBE INBOX",
	"imap/3501-6.3.4-delete-inbox": inbox + `C: a DELETE "INBOX\\"`,
	"imap/3501-5.5-ambiguous": chosen + "C: c FETCH 1 FLAGS\nC: d STORE 1 FLAGS ()\nC: e COPY 1 x\n" +
		"S: c OK\nS: d OK\nS: e OK\nC: f NOOP\nC: g UID STORE 1 FLAGS ()\nC: h FETCH $ FLAGS",
	"imap/3501-6.3.2-read-only": chosen + "C: c EXAMINE x\nC: d FETCH 1 FLAGS\nC: e COPY 1 y\nC: f CLOSE",
	"imap/3501-6.4.5-marks-as-read": chosen + "C: c FETCH 1 (BODY.PEEK[] BODY RFC822.SIZE RFC822.HEADER)\n" +
		`C: d SEARCH TEXT BODY[` + "\nC: e EXAMINE x\nC: f FETCH 1 RFC822",
	"imap/3501-6.3.1-select-data": chosen + "C: b SELECT y\nS: b NO no\nC: c SELECT z\nS: * 2 EXISTS\n" +
		"S: * FLAGS ()\nS: * 0 RECENT\nS: c OK",
	"imap/3501-5.2-exists-shrinks": chosen + "C: c EXPUNGE\nS: * 2 EXPUNGE\nS: * 1 EXISTS\nS: c OK\n" +
		"C: d SELECT y\nS: * 0 EXISTS",
	"imap/3501-7.4.1-expunge-now": chosen + "C: c UID FETCH 1 ALL\nS: * 2 EXPUNGE\nS: c OK\n" +
		"C: d FETCH 1 ALL\nC: e NOOP\nS: d OK\nS: * 1 EXPUNGE\nS: e OK\nC: f IDLE\nS: + \nS: * 1 EXISTS\nS: * 1 EXPUNGE",
	"imap/3501-7.4.1-no-such-message": chosen + "C: c NOOP\nS: * 3 EXISTS\nS: * 3 EXPUNGE\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE",
	"imap/3501-7.4.2-no-such-message": inbox + "S: * 7 FETCH (FLAGS ())\nC: a SELECT x\nS: * 1 EXISTS\n" +
		"S: * 7 FETCH (FLAGS ())",
	"imap/3501-6.4.8-uid-missing": chosen + "C: c UID FETCH 7 BODY.PEEK[]\nS: * 2 FETCH (FLAGS (\\Seen))\n" +
		"S: * 1 FETCH (BODY[HEADER.FIELDS (UID)] {1}\n" + `S| x UID 7)\r\n` + "\nS: c OK\n" +
		"C: d FETCH 7 BODY.PEEK[]\nC: e UID FETCH 7 FLAGS\nS: * 1 FETCH (BODY[] NIL)",
	"imap/3501-2.3.1.1-uid-order": chosen + "C: c UID FETCH 7 FLAGS\nS: * 2 FETCH (UID 9 FLAGS ())\n" +
		"S: * 1 FETCH (FLAGS () UID 8)\nS: * 1 FETCH (UID 8)\nS: * 1 EXPUNGE\nS: * 1 FETCH (UID 9)",
}

// TestBehindSTARTTLS: a command behind STARTTLS is found where the server says BYE because of it, too.
// TLS that begins too early is none.
func TestBehindSTARTTLS(t *testing.T) {
	const rule = "imap/3501-6.2.1-clear-behind-starttls"
	const asked = ready + "C: a STARTTLS\n"
	for _, end := range []string{"-- eof S\n-- close eof", "-- close reset"} {
		if got := findings(t, asked+"C: b NOOP\nS: * BYE [CLIENTBUG] no\n"+end); !slices.Contains(got, rule) {
			t.Errorf("%s: findings %v", end, got)
		}
	}
	if got := findings(t, asked+`C| \x16\x03\x01`+"\nS: * BYE no\n-- close eof"); slices.Contains(got, rule) {
		t.Errorf("TLS: findings %v", got)
	}
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

// TestStrayDone: of DONE while nobody is idle, a server may take the word for a tag. That is no
// fault of the server's.
func TestStrayDone(t *testing.T) {
	const refused = inbox + "C: a IDLE\nS: + \nC: NOOP\nS: a BAD no\n"
	if got := findings(t, refused+"C: DONE\nS: DONE BAD what?"); slices.Contains(got, "imap/3501-2.2.2-unknown-tag") {
		t.Errorf("findings %v", got)
	}
	if got := findings(t, refused+"S: DONE BAD what?"); !slices.Contains(got, "imap/3501-2.2.2-unknown-tag") {
		t.Errorf("nobody said DONE: findings %v", got)
	}
}

func TestRules(t *testing.T) {
	for _, r := range Rules() {
		record, ok := broken[r.ID]
		if got := findings(t, record); !ok || !slices.Contains(got, r.ID) {
			t.Errorf("%s: not found, but %v", r.ID, got)
		}
		near, ok := sound[r.ID]
		if got := findings(t, near); !ok || slices.Contains(got, r.ID) {
			t.Errorf("%s: found in a record that comes near, or there is none", r.ID)
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

// TestStrangeGreeting: a server that is none of IMAP is left without a word.
func TestStrangeGreeting(t *testing.T) {
	got := findings(t, "S: 220 mx.example ESMTP\n-- close eof")
	if slices.Contains(got, "imap/9051-3.4-no-logout") {
		t.Errorf("%v", got)
	}
}
