package term

import (
	"strings"
	"testing"

	"mailtool/trace"
	"mailtool/trace/explain"
)

// logIn shows a session in which the client says lines after EHLO, each answered by 334 and
// what follows it in the list.
func logIn(o Options, show bool, lines ...string) string {
	texts := []string{"S 220 mail.lab.test ESMTP\r\n", "C EHLO [127.0.0.1]\r\n",
		"S 250-mail.lab.test\r\n250 AUTH PLAIN LOGIN SCRAM-SHA-256 XOAUTH2\r\n"}
	for _, l := range lines {
		texts = append(texts, l+"\r\n")
	}
	o.Protocol = trace.SMTP
	return screen(o, "", record(trace.Opening{Protocol: trace.SMTP, ShowSecrets: show}, texts...))
}

// TestDecoded: under a line of base64 stands what it holds, and, once, that it is no
// encryption.
func TestDecoded(t *testing.T) {
	const plain, wrong = "C AUTH PLAIN AGFsaWNlAHNlc2FtZQ==", "S 535 5.7.8 no"
	const truth = "base64 is no encryption, anyone who saw this line has the password"
	wide := Options{Width: 120}
	got := logIn(wide, false, plain, wrong, plain)
	has(t, got, " 5  C: AUTH PLAIN ********\n    #  base64 of: alice, ********\n    #  hidden by mailtool only: "+truth)
	if strings.Count(got, "no encryption") != 1 || strings.Contains(got, "readable by anyone") ||
		strings.Count(got, "base64 of: alice, ********") != 2 {
		t.Errorf("that base64 is no encryption is to stand once:\n%s", got)
	}
	got = logIn(wide, true, plain)
	has(t, got, "C: AUTH PLAIN AGFsaWNlAHNlc2FtZQ==\n    #  base64 of: alice, sesame\n"+
		"    #  base64 is no encryption: anyone who saw this line has the password")
	got = logIn(wide, false, "C AUTH LOGIN", "S 334 VXNlcm5hbWU6", "C YWxpY2U=", "S 334 UGFzc3dvcmQ6", "C c2VzYW1l")
	has(t, got, "S: 334 VXNlcm5hbWU6\n    #  base64 of: Username:\n", "C: ********\n    #  base64 of: alice\n 8 ",
		"S: 334 UGFzc3dvcmQ6\n    #  base64 of: Password:\n 9  C: ********\n    #  base64 of: ********\n"+
			"    #  hidden by mailtool only: "+truth)
	got = logIn(wide, false, "C AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPWFiY2RlZg==", "S 334 cj1hYmNkZWZnaCxzPVFVSkQsaT00MDk2",
		"C Yz1iaXdzLHI9YWJjZGVmZ2gscD1jMlZ6WVcxbA==", "S 334 dj1jMlZ6WVcxbA==")
	has(t, got, "base64 of: n,, n=alice, r=abcdef\n 6 ", "base64 of: r=abcdefgh, s=QUJD, i=4096\n 7 ",
		"base64 of: c=biws, r=abcdefgh, p=********\n    #  hidden by mailtool only: not the password, but a proof",
		"S: 334 ********\n    #  base64 of: v=********\n")
	if strings.Contains(got, "no encryption") {
		t.Errorf("whoever saw SCRAM has no password:\n%s", got)
	}
	has(t, logIn(wide, false, "C AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBhYmNkZQEB"),
		"base64 of: user=alice, auth=Bearer ********\n", "anyone who saw this line has the token")
	wide.Bytes = true
	has(t, logIn(wide, false, plain), `base64 of: \x00alice\x00********`)
	wide.Bytes, wide.Lang = false, explain.Chinese
	has(t, logIn(wide, false, plain), "Base64 解码：alice, ********", "Base64 不是加密")
}

// TestDecodedInTLS: under TLS nobody on the wire saw the base64.
func TestDecodedInTLS(t *testing.T) {
	got := screen(Options{Protocol: trace.SMTP}, "", record(trace.Opening{}, submission...))
	_, below, _ := strings.Cut(got, "TLS handshake done")
	has(t, below, "C: AUTH PLAIN ********\n    #  base64 of: alice, ********\n    #  hidden by mailtool; on the wire TLS hid it")
	if strings.Contains(below, "no encryption") {
		t.Error(below)
	}
}
