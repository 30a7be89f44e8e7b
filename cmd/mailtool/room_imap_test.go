package main

import (
	"strings"
	"testing"

	"mailtool/sandbox"
)

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
