package main

import (
	"strings"
	"testing"

	"mailtool/sandbox"
)

// TestRoomIMAP: whoever has joined reads at the class's server, logged in and in TLS, and not as
// bob.
func TestRoomIMAP(t *testing.T) {
	c := inClass(t)
	status, out, errs := try(t, t.Context(), "", "imap", "folders", "--lang", "en")
	if status != 0 || !strings.Contains(out, "INBOX") {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	for _, said := range []string{"# to the class server " + c.box.IMAPAddr() + " as alice",
		"C: a001 STARTTLS\n", " AUTHENTICATE SCRAM-SHA-256-PLUS"} {
		if !strings.Contains(errs, said) {
			t.Errorf("it does not say %q:\n%s", said, errs)
		}
	}
	status, out, errs = try(t, t.Context(), "", "imap", "noop", "--tls", "implicit", "--lang", "en")
	if status != 0 || !strings.Contains(out, c.box.IMAPSAddr()) {
		t.Errorf("not in TLS from the first octet: %d\n%s%s", status, out, errs)
	}
	// The class's server had TLS: in clear nobody logs in.
	rekept(t, func(r *room) { r.Ports["imap"] = 0; r.Ports["imaps"] = 0 })
	status, _, errs = try(t, t.Context(), "", "imap", "folders", "--lang", "en")
	if status != exitNoConnection || !strings.Contains(errs, "mailtool join 127.0.0.1") {
		t.Errorf("a room without IMAP: %d\n%s", status, errs)
	}
}

// TestJoinIMAP: a class whose server only shows mail where it lies is a class, too; the password is
// proved at its door, in TLS.
func TestJoinIMAP(t *testing.T) {
	for _, o := range []sandbox.Options{{}, {IMAPS: sandbox.Off}, {IMAP: sandbox.Off}} {
		homeless(t)
		o.SMTP, o.Submission, o.Submissions = sandbox.Off, sandbox.Off, sandbox.Off
		o.POP3, o.POP3S = sandbox.Off, sandbox.Off
		c := newClass(t, o)
		status, out, errs := c.join("alice", "-p", "sesame", "--fingerprint", c.fingerprint)
		if status != 0 || !strings.Contains(out, "# joined 127.0.0.1 as alice@lab.test: ") {
			t.Fatalf("status %d: %s%s", status, out, errs)
		}
		if r := kept(t); r.Ports["imap"]+r.Ports["imaps"] == 0 || r.Ports["pop3"] != 0 || !r.TLS {
			t.Errorf("%+v", r)
		}
		if last, ok := c.box.Ring().Last(); !ok || last.Account != "alice" {
			t.Errorf("the password was not proved: %+v", last)
		}
		status, out, errs = c.join("alice", "-p", "wrong", "--fingerprint", c.fingerprint)
		if status != exitAuth || !strings.Contains(errs, "error: ") {
			t.Errorf("a wrong password: status %d: %s%s", status, out, errs)
		}
	}
}
