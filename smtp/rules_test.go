package smtp

import (
	"slices"
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/rule"
	"mailtool/trace/tracetest"
)

const (
	greets = "S: 220 a.test ESMTP\n"
	bare   = greets + "C: EHLO b.test\nS: 250 a.test\n" // nothing is offered
	offers = greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250-SIZE\nS+ 250-8BITMIME\n" +
		"S+ 250-SMTPUTF8\nS+ 250-PIPELINING\nS+ 250 ENHANCEDSTATUSCODES\n"
	chunking = greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250-PIPELINING\nS+ 250 CHUNKING\n"

	mails = "C: MAIL FROM:<a@b.test>\nS: 250 Ok\n"
	rcpts = "C: RCPT TO:<c@d.test>\nS: 250 Ok\n"
	sends = mails + rcpts + "C: DATA\nS: 354 go\n"
	head  = "C: From: a@b.test\nC: Date: Mon, 23 Nov 2026 10:15:02 +0800\nC: \n"
	// bdats is a transaction that is about to be sent with BDAT.
	bdats = greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250 CHUNKING\n" + mails + rcpts
	ends  = "C: .\nS: 250 Ok\n"
	quits = "C: QUIT\nS: 221 Bye\n"

	far        = "-- server 192.0.2.1:587\n"
	secret     = "AGJvYgBzZXNhbWU="
	logsIn     = "C: AUTH PLAIN " + secret + "\nS: 235 Ok\n"
	authAgain  = "C: EHLO b.test\nS: 250-a.test\nS+ 250-SIZE\nS+ 250 AUTH PLAIN LOGIN\n"
	auths      = greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250-STARTTLS\nS+ 250 AUTH PLAIN LOGIN\n"
	tlsBelow   = auths + "C: STARTTLS\nS: 220 go\n-- tls x\n"
	offersAuth = greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250-PIPELINING\nS+ 250 AUTH PLAIN LOGIN\n"
)

// ruleTests hold for each rule a record that breaks it and one that comes near, does not,
// and is right.
var ruleTests = []struct{ id, breaks, near string }{
	{"smtp/5321-2.3.8-bare-lf", bare + `C| NOOP\n`, bare + `C| NOOP\r\n`},
	{"smtp/5321-2.3.8-bare-cr", bare + `C| NO\rOP\r\n`, bare + `C| NOOP\r` + "\n" + `C| \n`},
	{"smtp/5321-4.1.2-control-in-command", bare + `C| NOOP \x08\r\n`, bare + `C| NOOP \x7e\r\n`},
	{"smtp/5321-2.4-command-not-ascii", bare + `C| NOOP \xe4\r\n`, bare + `C| NOOP \x7e\r\n`},
	{"smtp/5321-2.4-command-not-ascii", bare + "C: VRFY jürgen",
		greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250 SMTPUTF8\nC: VRFY jürgen"},
	{"smtp/5321-4.5.3.1.4-command-too-long", bare + "C* 1 NOOP \nC* 506 x\nC| \\r\\n",
		bare + "C* 1 NOOP \nC* 505 x\nC| \\r\\n"},
	{"smtp/5321-4.5.3.1.4-command-too-long", offers + "C* 1 MAIL FROM:<a@b.test> SIZE=\nC* 1200 1\nC| \\r\\n",
		offers + "C* 1 MAIL FROM:<a@b.test> SIZE=\nC* 600 1\nC| \\r\\n"},
	{"smtp/5321-2.3.8-auth-line-bare-lf", bare + "C: AUTH LOGIN\nS: 334 x\nC| Ym9i\\n",
		bare + "C: AUTH LOGIN\nS: 334 x\nC| Ym9i\\r\\n"},
	{"smtp/5321-2.3.8-reply-bare-lf", `S| 220 a.test\n`, `S| 220 a.test\r\n`},
	{"smtp/5321-4.5.3.1.5-reply-too-long", "S* 1 220 \nS* 507 x\nS| \\r\\n",
		"S* 1 220 \nS* 506 x\nS| \\r\\n"},

	{"smtp/5321-3.3-space-after-colon", bare + "C: RCPT TO: <c@d.test>", bare + "C: RCPT TO:<\" \"@d.test>"},
	{"smtp/5321-4.1.2-angle-brackets", bare + "C: RCPT TO:c@d.test", bare + "C: RCPT TO:<postmaster>"},
	{"smtp/5321-4.1.2-angle-brackets", bare + "C: RCPT TO:<c@d.test", bare + "C: RCPT TO:<@x.test,@y.test:c@d.test>"},
	{"smtp/5321-4.1.2-path", bare + "C: RCPT TO:<bob>", bare + "C: MAIL FROM:<>"},
	{"smtp/5321-4.1.2-path", bare + "C: RCPT TO:<>", bare + "C: RCPT TO:<\"a b\\\"@\"@[IPv6:::1]>"},
	{"smtp/5321-4.1.2-path", bare + "C: RCPT TO:<a..b@d.test>", bare + "C: RCPT TO:<!#$%&'*+-/=?^_`{|}~@d.test>"},
	{"smtp/5321-4.1.4-hello-argument", greets + "C: EHLO 127.0.0.1]", greets + "C: EHLO [127.0.0.1]"},
	{"smtp/5321-4.1.4-hello-argument", greets + "C: EHLO a_b.test", greets + "C: EHLO 127.0.0.1"},
	{"smtp/5321-2.3.5-unqualified-name", greets + "C: EHLO localhost", greets + "C: EHLO [IPv6:::1]"},
	{"smtp/5321-4.1.1-unknown-command", bare + "C: NOP", bare + "C: noop"},
	{"smtp/5321-4.1.1-unknown-command", bare + "C: GET / HTTP/1.1", bare + "C: XCLIENT NAME=a"},
	{"smtp/5321-4.1.1-missing-argument", greets + "C: EHLO", bare + "C: NOOP"},
	{"smtp/5321-4.1.1-missing-argument", bare + "C: MAIL FROM:", bare + "C: HELP"},
	{"smtp/5321-4.1.1-extra-argument", bare + "C: RSET now", bare + "C: NOOP now"},
	{"smtp/5321-4.1.1.2-colon", bare + "C: MAIL <a@b.test>", bare + "C: mail from:<a@b.test>"},
	{"smtp/5321-4.1.1.2-colon", bare + "C: RCPT FROM:<a@b.test>", bare + "C: rcpt To:<a@b.test>"},
	{"smtp/5321-4.1.1-space", bare + "C:   NOOP", bare + "C: HELP MAIL"},
	{"smtp/5321-4.1.1-trailing-space", bare + `C| NOOP \r\n`, bare + `C| NOOP x\r\n`},
	{"smtp/5321-4.5.3.1.3-path-too-long", bare + "C* 1 MAIL FROM:<\nC* 65 a\nC: @b.test>",
		bare + "C* 1 MAIL FROM:<\nC* 64 a\nC: @b.test>"},
	{"smtp/6531-3.4-address-not-ascii", offers + "C: MAIL FROM:<你@b.test>",
		offers + "C: MAIL FROM:<你@b.test> SMTPUTF8"},
	{"smtp/6531-3.4-address-not-ascii", offers + mails + "C: RCPT TO:<你@d.test>",
		offers + "C: MAIL FROM:<a@b.test> SMTPUTF8\nS: 250 Ok\nC: RCPT TO:<你@d.test>"},
	{"smtp/5321-4.1.2-parameter", offers + "C: MAIL FROM:<a@b.test> SIZE=", offers + "C: MAIL FROM:<a@b.test> SIZE=1"},
	{"smtp/5321-4.1.1.11-parameter-twice", offers + "C: MAIL FROM:<a@b.test> SIZE=1 size=1",
		offers + "C: MAIL FROM:<a@b.test> SIZE=1 BODY=7BIT"},

	{"smtp/5321-4.3.1-before-greeting", "C: EHLO b.test\n" + greets, greets + "C: EHLO b.test"},
	{"smtp/5321-4.1.4-hello-first", greets + "C: MAIL FROM:<a@b.test>", greets + "C: NOOP"},
	{"smtp/5321-4.1.4-hello-first", greets + "C: EHLO b.test\nS: 501 no\n" + mails,
		greets + "C: EHLO b.test\nS: 502 no\nC: HELO b.test\nS: 250 a.test\n" + mails},
	{"smtp/5321-4.1.4-mail-twice", bare + mails + mails, bare + mails + "C: RSET\nS: 250 Ok\n" + mails},
	{"smtp/5321-4.1.4-mail-twice", bare + mails + rcpts + mails, bare + mails + rcpts + "C: EHLO b.test\nS: 250 a.test\n" + mails},
	{"smtp/5321-3.3-rcpt-before-mail", bare + rcpts, bare + mails + rcpts + rcpts},
	{"smtp/5321-3.3-rcpt-before-mail", bare + sends + head + ends + rcpts,
		offers + "C: MAIL FROM:<a@b.test>\nC+ RCPT TO:<c@d.test>\nS: 550 no\nS: 503 no"},
	{"smtp/5321-3.3-data-before-rcpt", bare + mails + "C: DATA\nS: 503 no",
		offers + "C: MAIL FROM:<a@b.test>\nC+ RCPT TO:<c@d.test>\nC+ DATA\nS: 250 Ok\nS: 550 no\nS: 554 no"},
	{"smtp/5321-4.1.1.10-after-quit", bare + quits + "C: NOOP", bare + "C: QUIT\nS: 221 Bye"},
	{"smtp/2920-3.1-pipelining-not-offered", bare + "C: MAIL FROM:<a@b.test>\nC+ RCPT TO:<c@d.test>",
		offers + "C: MAIL FROM:<a@b.test>\nC+ RCPT TO:<c@d.test>"},
	{"smtp/2920-3.1-last-in-group", offers + "C: NOOP\nC+ RSET", offers + "C: RSET\nC+ NOOP"},
	{"smtp/5321-3.3-text-before-354", offers + mails + rcpts + "C: DATA\nC+ From: a@b.test\nS: 354 go",
		offers + mails + "C: RCPT TO:<c@d.test>\nC+ DATA\nS: 250 Ok\nS: 354 go\nC: From: a@b.test"},
	{"smtp/5321-4.1.1.3-not-offered", bare + "C: MAIL FROM:<a@b.test> SIZE=1",
		offers + "C: MAIL FROM:<a@b.test> SIZE=1"},
	{"smtp/5321-2.2.1-verb-not-offered", offers + "C: STARTTLS",
		greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250 STARTTLS\nC: STARTTLS"},
	{"smtp/5321-2.2.1-verb-not-offered", offers + "C: AUTH PLAIN", auths + "C: AUTH PLAIN"},
	{"smtp/5321-2.2.1-verb-not-offered", offers + "C: ETRN b.test",
		greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250 ETRN\nC: ETRN b.test"},

	{"smtp/5321-4.1.1.4-bare-lf-in-data", bare + sends + head + `C| a\nb\r\n` + "\n" + ends,
		bare + sends + head + `C| a\r\nb\r\n` + "\n" + ends},
	{"smtp/5321-2.3.8-bare-cr-in-data", bare + sends + head + `C| a\rb\r\n` + "\n" + ends,
		bare + sends + head + `C| a\r` + "\n" + `C| \nb\r\n` + "\n" + ends},
	{"smtp/5322-4-nul-in-data", bare + sends + head + `C| a\x00\r\n` + "\n" + ends,
		bare + sends + head + `C| a\x01\r\n` + "\n" + ends},
	{"smtp/5321-4.5.2-dot-stuffing", bare + sends + head + "C: .a\n" + ends,
		bare + sends + head + "C: ..a\nC: a.\n" + ends},
	{"smtp/3030-2-chunk-size", bdats + "C: BDAT many LAST\nS: 501 no\n",
		bdats + "C: BDAT 0 LAST\nS: 250 Ok\n"},
	{"smtp/3030-2-data-after-bdat", bdats + "C: BDAT 2\nC| \\r\\n\nS: 250 Ok\nC: DATA\nS: 503 no\n",
		bdats + "C: BDAT 2 LAST\nC| \\r\\n\nS: 250 Ok\n" + sends + head + ends},
	{"smtp/3030-2-chunk-after-refusal", bdats + "C: BDAT 2\nC| \\r\\n\nS: 552 no\nC: BDAT 0 LAST\nS: 503 no\n",
		bdats + "C: BDAT 2\nC| \\r\\n\nS: 552 no\nC: RSET\nS: 250 Ok\n"},
	{"smtp/5322-2.1.1-line-too-long", bare + sends + head + "C* 999 x\nC: \n" + ends,
		bare + sends + head + "C* 998 x\nC: \nC* 1 ..\nC* 997 x\nC: \n" + ends},
	{"smtp/5321-2.4-eight-bit-not-offered", bare + sends + head + "C: 你\n" + ends,
		offers + "C: MAIL FROM:<a@b.test> BODY=8BITMIME\nS: 250 Ok\n" + rcpts + "C: DATA\nS: 354 go\n" +
			head + "C: 你\n" + ends},
	{"smtp/6152-3-eight-bit-not-declared", offers + sends + head + "C: 你\n" + ends,
		offers + "C: MAIL FROM:<a@b.test> body=8bitmime\nS: 250 Ok\n" + rcpts + "C: DATA\nS: 354 go\n" +
			head + "C: 你\n" + ends},
	{"smtp/5321-4.1.1.4-desync", bare + sends + head + `C| x\n.\n` + "\nS: 250 Ok\nC: QUIT",
		bare + sends + head + `C| x\n.\nQUIT\r\n` + "\n" + ends},

	{"smtp/5321-4.2-reply-form", bare + "C: NOOP\nS: Ok", bare + "C: NOOP\nS: 250"},
	{"smtp/5321-4.2-reply-form", bare + "C: NOOP\nS: 250Ok", bare + "C: NOOP\nS: 250 "},
	{"smtp/5321-4.2.1-codes-differ", bare + "C: HELP\nS: 214-a\nS+ 211 b", bare + "C: HELP\nS: 214-a\nS+ 214 b"},
	{"smtp/2034-4-class-differs", offers + "C: NOOP\nS: 250 5.1.1 no", offers + "C: NOOP\nS: 250 5.1 no"},
	{"smtp/5321-4.2-unasked-reply", bare + "C: NOOP\nS: 250 Ok\nS: 250 Ok", bare + "S: 421 a.test closes"},
	{"smtp/5321-4.1.1.4-smuggled", bare + sends + head + `C| x\n.\nNOOP\r\n.\r\n` + "\nS: 250 Ok\nS: 250 Ok",
		bare + sends + head + `C| x\n.\nNOOP\r\n.\r\n` + "\nS: 250 Ok\nC: QUIT\nS: 221 Bye"},

	{"smtp/3030-2-chunk-size", chunking + "C: BDAT x", chunking + "C: BDAT 0"},
	{"smtp/3030-2-chunk-size", chunking + "C: BDAT -1", chunking + "C: BDAT 1 last\nC| x"},
	{"smtp/3030-2-data-after-bdat", chunking + mails + rcpts + "C: BDAT 1\nC| x\nS: 250 Ok\nC: DATA",
		chunking + mails + rcpts + "C: BDAT 1 LAST\nC| x\nS: 250 Ok\n" + sends},
	{"smtp/3030-2-chunk-after-refusal",
		chunking + mails + rcpts + "C: BDAT 1\nC| x\nS: 452 no\nC: BDAT 0 LAST",
		chunking + mails + rcpts + "C: BDAT 1\nC| xBDAT 0 LAST\\r\\n\nS: 452 no\nS: 452 no"},
	{"smtp/3030-2-chunk-after-refusal",
		chunking + mails + rcpts + "C: BDAT 1\nC| x\nS: 452 no\nC: BDAT 1\nC| x",
		chunking + mails + rcpts + "C: BDAT 1\nC| x\nS: 452 no\nC: RSET\nS: 250 Ok\n" + mails + rcpts +
			"C: BDAT 1\nC| x"},

	{"smtp/5321-4.1.1.10-no-quit", bare + "-- eof C", bare + "S: 421 a.test closes\n-- eof C"},
	{"smtp/5321-4.1.1.10-no-quit", bare + "C: NOOP\n-- wait 119s\n-- eof C",
		bare + "C: NOOP\n-- wait 2m\n-- eof C"},
	{"smtp/5321-4.1.1.10-no-quit", bare + "-- wait 2m\n-- eof C", bare + "C: NOOP\n-- close reset"},
	{"smtp/5321-4.1.1.10-no-quit", "S: 554 a.test no\n-- eof C", "S: +OK a.test POP3\n-- eof C"},
	{"smtp/5321-4.1.1.10-221-not-read", bare + "C: QUIT\n-- eof C", bare + quits + "-- eof C"},
	{"smtp/5321-3.8-closed-before-quit", bare + "-- eof S", bare + "C: QUIT\n-- eof S"},
	{"smtp/5321-3.8-closed-before-quit", bare + "-- wait 299s\n-- eof S", bare + "-- wait 5m\n-- eof S"},

	{"smtp/8314-3-tls-on-plain-port", `C| \x16\x03\x01\x02\x00` + "\nS: 220 a", greets + `C| \x17\x03\x01\r\n`},
	{"smtp/5321-2.2.1-auth-without-ehlo", greets + "C: AUTH PLAIN",
		greets + "C: EHLO b.test\nC: AUTH PLAIN"},
	{"smtp/5321-2.2.1-auth-without-ehlo", auths + "C: HELO b.test\nS: 250 a.test\nC: AUTH PLAIN",
		greets + "C: HELO b.test\nS: 250 a.test\n" + authAgain + "C: AUTH PLAIN"},
	{"smtp/4954-3-mechanism-not-offered", auths + "C: AUTH CRAM-MD5", auths + "C: auth Login"},
	{"smtp/4954-3-mechanism-not-offered", tlsBelow + authAgain + "C: AUTH CRAM-MD5",
		tlsBelow + "C: EHLO b.test\nS: 250-a.test\nS+ 250 AUTH CRAM-MD5\nC: AUTH CRAM-MD5"},
	{"smtp/4954-4-auth-twice", auths + logsIn + logsIn, auths + "C: AUTH PLAIN " + secret + "\nS: 535 no\n" + logsIn},
	{"smtp/4954-4-auth-twice", auths + logsIn + "C: EHLO b.test\nS: 250-a.test\nS+ 250 AUTH PLAIN\n" + logsIn,
		auths + logsIn + "-- tls x\n" + authAgain + logsIn},
	{"smtp/4954-4-auth-in-transaction", auths + mails + "C: AUTH PLAIN",
		auths + mails + "C: RSET\nS: 250 Ok\nC: AUTH PLAIN"},
	{"smtp/4954-4-initial-response-too-long", auths + "C* 1 AUTH PLAIN\\x20\nC* 500 A\nC| \\r\\n",
		auths + "C* 1 AUTH PLAIN\\x20\nC* 496 A\nC| \\r\\n"},
	{"smtp/4954-4-response-not-base64", auths + "C: AUTH PLAIN bob:sesame", auths + "C: AUTH PLAIN ="},
	{"smtp/4954-4-response-not-base64", auths + "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: bob",
		auths + "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: Ym9i\nS: 334 UGFzc3dvcmQ6\nC: *"},
	{"smtp/4954-4-response-not-base64", auths + "C: AUTH PLAIN\nS: 334 \nC: =", auths + "C: AUTH PLAIN\nS: 334 \nC: "},
	{"smtp/4954-4-challenge-not-base64", auths + "C: AUTH LOGIN\nS: 334 Username:",
		auths + "C: AUTH PLAIN\nS: 334 "},
	{"smtp/4954-4-password-in-clear", far + auths + logsIn, auths + logsIn},
	{"smtp/4954-4-password-in-clear", far + auths + "C: AUTH LOGIN\nS: 334 x\nC: Ym9i\nS: 334 x\nC: c2VzYW1l",
		far + auths + "C: AUTH LOGIN Ym9i\nS: 334 x\nC: *"},
	{"smtp/4954-4-password-in-clear", far + auths + "C: AUTH PLAIN\nS: 334 \nC: " + secret,
		far + tlsBelow + authAgain + logsIn},
	{"smtp/4954-4-password-in-clear", far + auths + "C: AUTH XOAUTH2 dXNlcj1h",
		far + tlsBelow + "-- gap S 5\n" + authAgain + logsIn},
	{"smtp/4954-4-password-in-clear", far + auths + "C: AUTH LOGIN Ym9i\nS: 334 x\nC: c2VzYW1l",
		far + auths + "C: AUTH CRAM-MD5\nS: 334 eA==\nC: Ym9iIDA="},
	{"smtp/4954-6-mail-after-530", auths + "C: MAIL FROM:<a@b.test>\nS: 530 no\n" + mails,
		auths + "C: MAIL FROM:<a@b.test>\nS: 530 no\n" + logsIn + mails},
	{"smtp/4954-6-mail-after-530", auths + "C: MAIL FROM:<a@b.test>\nS: 530 no\nC: RSET\nS: 250 Ok\n" + mails,
		auths + "C: MAIL FROM:<a@b.test>\nC+ MAIL FROM:<a@b.test>\nS: 530 no\nS: 530 no"},
	{"smtp/2920-3.1-last-in-group", offersAuth + "C: AUTH LOGIN\nC+ MAIL FROM:<a@b.test>\nS: 535 no",
		offersAuth + "C: AUTH PLAIN " + secret + "\nC+ MAIL FROM:<a@b.test>\nS: 235 Ok\nS: 250 Ok"},

	{"smtp/3207-4.2-stale-extensions", tlsBelow + logsIn, tlsBelow + authAgain + logsIn},
	{"smtp/3207-4.2-stale-extensions", tlsBelow + "C: MAIL FROM:<a@b.test> SIZE=1",
		tlsBelow + mails},
	{"smtp/3207-4.2-stale-extensions", tlsBelow + logsIn, "-- tls x\n" + greets + logsIn},
	{"smtp/3207-4.2-starttls-twice", tlsBelow + authAgain + "C: STARTTLS", tlsBelow + authAgain + "C: NOOP"},
	{"smtp/3207-4.2-starttls-twice", "-- tls x\n" + greets + "C: STARTTLS", greets + "C: STARTTLS"},
	{"smtp/3207-4.2-offered-in-tls", tlsBelow + "C: EHLO b.test\nS: 250-a.test\nS+ 250 STARTTLS",
		tlsBelow + "C: EHLO b.test\nS: 250-STARTTLS\nS+ 250 SIZE"},
	{"smtp/3207-4-clear-behind-starttls", auths + "C: STARTTLS\nS: 220 go\nS: 250 evil\n-- tls x",
		auths + "C: STARTTLS\nS: 220 go\n-- tls x\nS: 250 evil"},
	{"smtp/3207-4-clear-behind-starttls", auths + "C: STARTTLS\nS: 220 go\nC: NOOP\n-- tls! x\n-- close reset",
		auths + "C: STARTTLS\nS: 220 go\n" + `C| \x16\x03\x01\x00\x05hello\n` + "\n-- tls! x\n-- close reset"},
	{"smtp/3207-4-clear-behind-starttls",
		greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250 STARTTLS\nC: STARTTLS\nC+ NOOP\nS: 220 go",
		greets + "C: EHLO b.test\nS: 250-a.test\nS+ 250 STARTTLS\nC: STARTTLS\nC+ NOOP\nS: 454 no"},
}

func TestRules(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range ruleTests {
		tested[c.id] = true
		if got := broken(t, c.breaks); !slices.Contains(got, c.id) {
			t.Errorf("%s is not found, but %v, in\n%s", c.id, got, c.breaks)
		}
		if got := broken(t, c.near); slices.Contains(got, c.id) {
			t.Errorf("%s is found in\n%s", c.id, c.near)
		}
	}
	for _, r := range Rules() {
		if !tested[r.ID] {
			t.Errorf("nothing breaks %s", r.ID)
		}
		section := strings.NewReplacer("RFC ", "", " §", "-").Replace(r.Section)
		if !strings.HasPrefix(r.ID, "smtp/"+section+"-") {
			t.Errorf("%s does not carry its section, %s", r.ID, r.Section)
		}
	}
}

// broken is the rules that a record breaks.
func broken(t *testing.T, record string) []string {
	t.Helper()
	marks, err := tracetest.Parse(trace.SMTP, record)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, ev := range tracetest.Run(newDissector(), marks) {
		for _, f := range ev.Findings {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// TestLevels: what receivers must take at least and senders SHOULD not go beyond is no
// MUST (RFC 5321 §4.5.3.1); that a line of a message has at most 998 octets is one
// (RFC 5322 §2.1.1).
func TestLevels(t *testing.T) {
	for _, r := range Rules() {
		if strings.HasPrefix(r.Section, "RFC 5321 §4.5.3.1") && r.Level != rule.Should {
			t.Errorf("%s is a %s", r.ID, r.Level)
		}
	}
}
