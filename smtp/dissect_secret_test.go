package smtp

import (
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/tracetest"
)

// TestNoSecretShows plays records in which a password is said, and looks for it in all
// that is shown, after each octet.
func TestNoSecretShows(t *testing.T) {
	const hello = "S: 220 a\nC: EHLO b.test\nS: 250-a\nS+ 250-PIPELINING\nS+ 250 AUTH PLAIN LOGIN\n"
	const plain = "AGJvYgBzZXNhbWU=" // NUL bob NUL sesame
	mail := hello + "C: MAIL FROM:<a@b.test>\nS: 250 Ok\nC: RCPT TO:<c@d.test>\nS: 250 Ok\n" +
		"C: DATA\n"
	for name, record := range map[string]string{
		"lower case":            hello + "C: auth plain " + plain + "\nS: 535 no\n",
		"tabs":                  hello + `C| AUTH\tPLAIN\t` + plain + `\r\n` + "\nS: 535 no\n",
		"spaces":                hello + "C|   AUTH   PLAIN   " + plain + ` \r\n` + "\nS: 535 no\n",
		"a lone LF":             hello + "C| AUTH PLAIN " + plain + `\n` + "\nS: 500 no\n",
		"a lone CR":             hello + `C| AUTH PLAIN\r` + plain + `\r\n` + "\nS: 500 no\n",
		"NUL":                   hello + `C| AUTH\x00PLAIN\x00` + plain + `\r\n` + "\nS: 500 no\n",
		"without base64":        hello + "C: AUTH PLAIN bob sesame\nS: 501 no\n",
		"not offered":           "S: 220 a\nC: HELO b.test\nS: 250 a\nC: AUTH PLAIN " + plain + "\nS: 502 no\n",
		"before the hello":      "S: 220 a\nC: AUTH PLAIN " + plain + "\nS: 503 no\n",
		"challenge":             hello + "C: AUTH PLAIN\nS: 334 \nC: " + plain + "\nS: 535 no sesame\n",
		"LOGIN":                 hello + "C: AUTH LOGIN Ym9i\nS: 334 x\nC: c2VzYW1l\nS: 535 sesame\n",
		"a mistyped AUTH":       hello + `C| AUTH LOX\x08GIN` + `\r\nYm9i\r\nc2VzYW1l\r\n` + "\nS: 500 no\nS: 500 no\n",
		"two AUTHs at once":     hello + "C: AUTH LOGIN\nC+ Ym9i\nC+ c2VzYW1l\nC+ AUTH PLAIN " + plain + "\nS: 504 no\nS: 500 sesame\n",
		"echoed raw":            hello + "C: AUTH PLAIN " + plain + "\nS: 535 sesame! no <sesame>\nC: VRFY sesame\nS: 252 " + plain + "\n",
		"echoed, in marks":      hello + "C: AUTH PLAIN " + plain + "\nS: 535 \"c2VzYW1l\", p=c2VzYW1l\n",
		"cut before it":         hello + "C| AUTH PLAIN\n" + `C* 17000 \x20` + "\nC: " + plain + "\nS: 500 no\n",
		"cut in blanks":         hello + `C* 17000 \x20` + "\nC: AUTH PLAIN " + plain + "\nS: 500 no\n",
		"cut in the word":       hello + "C| AUTH \n" + `C* 17000 P` + "\nC:  " + plain + "\nS: 500 no\n",
		"reply cut":             hello + "C: AUTH PLAIN " + plain + "\nS| 535 \n" + `S* 16377 x` + "\nS: sesame\n",
		"behind STARTTLS":       hello + "C: STARTTLS\nC+ AUTH PLAIN " + plain + "\nS: 220 sesame\n-- tls TLS 1.3\n",
		"behind DATA":           mail + "C+ AUTH PLAIN " + plain + "\nS: 503 no sesame\n",
		"an end that may be":    mail + "S: 354 go\nC| x\\n.\\nAUTH PLAIN " + plain + "\\r\\n\nS: 250 ok\nS: 535 no\n",
		"too much is held":      mail + `C* 65527 x` + "\nC| \\r\\nAUTH PLAIN " + plain + "\\r\\n\n" + `C* 17000 x` + "\nC| \\r\\n\nS: 503 no\n",
		"unsynchronised":        "-- midway\nC: Ym9iYm9i\nC: c2VzYW1l\nS: 535 no\n",
		"within it":             "-- midway\nC: PLAIN NhbWU=\nS: 535 no\n",
		"behind a gap":          hello + "C: AUTH LOGIN\n-- gap S 5\nC: Ym9iYm9i\nC: c2VzYW1l\nS: 535 no\n",
		"LOGIN behind DATA":     mail + "C+ AUTH LOGIN\nC+ Ym9i\nC+ c2VzYW1l\nS: 503 no\n",
		"LOGIN behind STARTTLS": hello + "C: STARTTLS\nC+ AUTH LOGIN\nC+ Ym9i\nC+ c2VzYW1l\nS: 220 sesame\n",
		"LOGIN behind no TLS":   hello + "C: STARTTLS\nS: 220 go\nC: AUTH LOGIN\nC: Ym9i\nC: c2VzYW1l\nS: 503 no\n",
		"TLS never came":        hello + "C: STARTTLS\nS: 220 go\n" + `C* 17000 x\r\n` + "\nC: AUTH PLAIN " + plain + "\n" + `C* 17000 x\r\n` + "\n",
		"LOGIN in too much":     mail + `C* 65527 x` + "\nC: \nC: AUTH LOGIN\nC: Ym9i\nC: c2VzYW1l\n" + `C* 17000 x` + "\nC| \\r\\n\nS: 503 no\n",
		"LOGIN, then too much":  mail + "C: AUTH LOGIN\n" + `C* 65500 x` + "\nC: \nC: Ym9i\nC: c2VzYW1l\n" + `C* 17000 x` + "\nC| \\r\\n\nS: 503 no\n",
		"behind BDAT":           hello + "C: BDAT 5\nC| abcde\nC: AUTH PLAIN " + plain + "\nS: 503 no\nS: 503 no\n",
		"unknown mechanism":     hello + "C: AUTH NTLM\nC: c2VzYW1l\nS: 504 c2VzYW1l\nS: 500 sesame\n",
		"a challenge, raw":      hello + "C: AUTH LOGIN\nS: 334 x\nC: bob\nS: 334 x\nC: sesame\nS: 535 sesame c2VzYW1l\nC: sesame\nS: 500 no\n",
		"a challenge, cut":      hello + "C: AUTH LOGIN\nS: 334 x\nC: bob\nS: 334 x\nC| sesa\n-- gap S 3\nC: me\nS: 535 no\n",
		"an upper-case verb":    hello + "C: AUTH PLAIN\nS: 334 x\nC: c2VzYW1l=\nS: 500 sesame\n",
		"in MAIL":               hello + "C: AUTH PLAIN " + plain + "\nS: 535 no\nC: MAIL FROM:<sesame@a.test>\nS: 550 no <sesame@a.test>\n",
		"percent":               hello + "C: AUTH PLAIN " + plain + "\nS: 535 no\nC: MAIL FROM:<a@b.test> X=sesame\nS: 550 no\nC: RCPT TO:<sesame\nS: 501 no\n",
		"PASS of POP3":          hello + "C: PASS sesame\nS: 500 what is PASS sesame?\nC: sesame\nS: 500 no\n",
		"PASS, cut":             hello + "C| pass\n" + `C* 17000 \x20` + "\nC: sesame\nS: 500 no\n",
		"PASS behind DATA":      mail + "C+ PASS sesame\nS: 503 no sesame\n",
		"APOP of POP3":          hello + "C: APOP bob sesame\nS: 500 no sesame\n",
		"LOGIN of IMAP":         hello + "C: LOGIN bob sesame\nS: 500 no sesame\n",
		"LOGIN with a tag":      hello + "C: a1 login \"bob\" \"sesame\"\nS: 500 no sesame\n",
		"LOGIN in quotes, held": mail + "C+ a1 LOGIN bob \"sesame\"\nS: 503 no sesame\n",
		"AUTHENTICATE of IMAP":  hello + "C: a1 authenticate PLAIN " + plain + "\nS: 500 no sesame\n",
		"AUTHENTICATE, cut":     hello + "C| AUTHENTICATE PLAIN\n" + `C* 17000 \x20` + "\nC: " + plain + "\nS: 500 no\n",
		"LOGIN, cut":            hello + "C| a1 LOGIN bob\n" + `C* 17000 \x20` + "\nC: sesame\nS: 500 no sesame\n",
		"LOGIN, cut at the tag": hello + "C| a1\n" + `C* 17000 \x20` + "\nC: LOGIN bob sesame\nS: 500 no sesame\n",
		"LOGIN, cut in itself":  hello + "C| a1\n" + `C* 16380 \x20` + "\nC: LOGIN bob sesame\nS: 500 no sesame\n",
		"LOGIN, cut untagged":   hello + `C* 16381 \x20` + "\nC: LOGIN bob sesame\nS: 500 no sesame\n",
		"LOGIN, cut far before": hello + "C| a1 LOGIN bob\n" + `C* 40000 \x20` + "\nC: sesame\nS: 500 no sesame\n",
		"PASS with a colon":     hello + "C: PASS:sesame\nS: 500 what is PASS:sesame?\nC: sesame\nS: 500 no\n",
		"PASS, colon and blank": hello + "C: pass: sesame\nS: 500 what is sesame?\n",
		"PASS=":                 hello + "C: PASS=sesame\nS: 500 what is sesame?\n",
		"PASSWORD":              hello + "C: PASSWORD sesame\nS: 500 what is sesame?\n",
		"PASSWORD with a colon": hello + "C: PASSWORD:sesame\nS: 500 what is sesame?\n",
		"PASS with a tag":       hello + "C: a1 PASS sesame\nS: 500 what is sesame?\n",
		"PASS: with a tag":      hello + "C: a1 PASS:sesame\nS: 500 what is sesame?\n",
		"APOP with a tag":       hello + "C: a1 apop bob sesame\nS: 500 what is sesame?\n",
		"AUTH with a tag":       hello + "C: a1 AUTH PLAIN " + plain + "\nS: 500 what is " + plain + "?\n",
		"PASS: behind DATA":     mail + "C+ PASS:sesame\nS: 503 no sesame\n",
		"tagged PASS, held":     mail + "C+ a1 PASS sesame\nS: 503 no sesame\n",
		"tagged PASS, cut":      hello + "C| a1 PASS\n" + `C* 17000 \x20` + "\nC: sesame\nS: 500 no sesame\n",
		"after a refusal":       hello + "C: AUTH LOGIN\nS: 504 no\nC: c2VzYW1l\nS: 500 no\n",
	} {
		for _, end := range []string{"", "-- close reset\n"} {
			t.Run(name, func(t *testing.T) { hidden(t, record+end) })
		}
	}
}

func hidden(t *testing.T, record string) {
	marks, err := tracetest.Parse(trace.SMTP, record)
	if err != nil {
		t.Fatal(err)
	}
	look := func(where string, b []byte) {
		for _, secret := range []string{"sesame", "c2VzYW1l", "AGJvYgBzZXNhbWU", "NhbWU"} {
			if strings.Contains(string(b), secret) {
				t.Fatalf("%s shows the password: %.200q", where, b)
			}
		}
	}
	d := newDissector()
	event := func(ev *trace.Event) {
		look("an event", ev.Raw)
		look("what was decoded", []byte(ev.Decoded))
	}
	for _, m := range marks {
		pieces := []trace.Mark{m}
		if m.Kind == trace.MarkBytes && len(m.B) < 1000 {
			pieces = nil
			for i := range m.B {
				one := m
				one.B = m.B[i : i+1]
				pieces = append(pieces, one)
			}
			for _, ev := range d.Preview(m.End, m.B) {
				look("a preview", ev.Raw)
			}
		}
		for _, p := range pieces {
			d.Mark(p, event)
			look("what the client has not ended", d.Pending(trace.Client))
			look("what the server has not ended", d.Pending(trace.Server))
		}
	}
}
