package interop

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/sandbox"
)

// pythonAppends appends a file by imaplib, which makes CRLF of each line's ending.
const pythonAppends = `
import imaplib, sys
port, password, path = sys.argv[1:]
m = imaplib.IMAP4("localhost", int(port), timeout=20)
m.login("bob", password)
print(m.append("INBOX", r"(\Seen)", None, open(path, "rb").read()))
m.logout()
`

// TestAppends: what Python and curl append is kept octet for octet where its lines end in CRLF. curl
// sends a file as it is: one with lone LFs is for a lenient server.
func TestAppends(t *testing.T) {
	curl, python := need(t, "curl"), need(t, "python3")
	script := filepath.Join(t.TempDir(), "append.py")
	if err := os.WriteFile(script, []byte(pythonAppends), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		program, ending string
		lenient, kept   bool
	}{
		{"python", "\r\n", false, true}, {"python", "\n", false, true}, {"python", "\n", true, true},
		{"curl", "\r\n", false, true}, {"curl", "\n", false, false}, {"curl", "\n", true, true},
	} {
		s := &station{}
		s.start(t, sandbox.Options{SMTP: "127.0.0.1:0", Lenient: row.lenient, Watch: s.watch})
		_, port, _ := net.SplitHostPort(s.IMAPAddr())
		letter := writeLetter(t, row.ending)
		name, args := python, []string{script, port, sandbox.DefaultPassword, letter}
		if row.program == "curl" {
			name, args = curl, []string{"-sS", "-v", "-u", "bob:" + sandbox.DefaultPassword, "-T", letter,
				"imap://localhost:" + port + "/INBOX"}
		}
		out, errs, status := run(t, "", name, args...)
		got, err := s.Mails(t.Context(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case !row.kept:
			if status == 0 || !strings.Contains(errs, "ends in LF alone: end each line with CRLF") || len(got) != 0 {
				t.Errorf("%+v: status %d, %q, and %d messages: %s", row, status, out, len(got), errs)
			}
		case status != 0 || len(got) != 1 ||
			string(got[0].Data) != strings.ReplaceAll(header+"\n"+body(), "\n", "\r\n"):
			t.Errorf("%+v: status %d, %q, and %d messages: %s", row, status, out, len(got), errs)
		}
	}
}
