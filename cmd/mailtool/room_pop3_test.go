package main

import (
	"strings"
	"testing"

	"mailtool/sandbox"
)

// TestRoomPOP3: whoever has joined fetches from the class's server, logged in and in TLS, and
// not as bob.
func TestRoomPOP3(t *testing.T) {
	c := inClass(t)
	if status, out, errs := try(t, t.Context(), "", "smtp", "send", "--lang", "en"); status != 0 {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	out, errs := pop(t, 0, "list", "--headers", "--lang", "en")
	if !strings.Contains(out, "alice@class.test") {
		t.Errorf("the letter is not in the table:\n%s", out)
	}
	for _, said := range []string{"# to the class server " + c.box.POP3Addr() + " as alice",
		"C: STLS\n", "C: AUTH SCRAM-SHA-256-PLUS ", "C: TOP 1 0\n"} {
		if !strings.Contains(errs, said) {
			t.Errorf("it does not say %q:\n%s", said, errs)
		}
	}
	if out, _ := pop(t, 0, "noop", "--tls", "implicit", "--lang", "en"); !strings.Contains(out, c.box.POP3SAddr()) {
		t.Errorf("not in TLS from the first octet:\n%s", out)
	}
	// The class's server had TLS: in clear nobody logs in.
	rekept(t, func(r *room) { r.Ports["pop3"] = 0; r.Ports["pop3s"] = 0 })
	if _, errs := pop(t, exitNoConnection, "list", "--lang", "en"); !strings.Contains(errs, "mailtool join 127.0.0.1") {
		t.Errorf("a room without POP3:\n%s", errs)
	}
}

// TestJoinPOP3: a class whose server only hands out mail is a class, too.
func TestJoinPOP3(t *testing.T) {
	homeless(t)
	c := newClass(t, sandbox.Options{SMTP: sandbox.Off, Submission: sandbox.Off,
		Submissions: sandbox.Off})
	status, out, errs := c.join("alice", "-p", "sesame", "--fingerprint", c.fingerprint)
	if status != 0 || !strings.Contains(out, "# pop3: ") {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	if r := kept(t); r.Ports["pop3"] == 0 || r.Ports["smtp"] != 0 || !r.TLS {
		t.Errorf("%+v", r)
	}
	pop(t, 0, "stat")
	if status, _, _ := c.join("alice", "-p", "wrong", "--fingerprint", c.fingerprint); status != exitAuth {
		t.Errorf("a wrong password: status %d", status)
	}
}
