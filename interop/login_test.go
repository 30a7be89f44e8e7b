package interop

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/sandbox"
)

// doors are the ways into a submission server: in clear, with STARTTLS, in TLS from the
// start.
var doors = []string{"clear", "starttls", "tls"}

// submission starts a sandbox where users hand in mail.
func submission(t *testing.T) (s *station, ca string, port func(door string) string) {
	t.Helper()
	s = &station{}
	dir := t.TempDir()
	s.start(t, sandbox.Options{Dir: dir, SMTP: "127.0.0.1:0", Submission: "127.0.0.1:0",
		Submissions: "127.0.0.1:0", Watch: s.watch})
	return s, filepath.Join(dir, pki.Folder, pki.CertFile), func(door string) string {
		addr := s.SubmissionAddr()
		if door == "tls" {
			addr = s.SubmissionsAddr()
		}
		_, port, _ := net.SplitHostPort(addr)
		return port
	}
}

// arrived looks at what came of a client: one letter more, no rule broken, and nothing in
// the events from which the password could be read.
func (s *station) arrived(t *testing.T, session int) {
	t.Helper()
	s.letterArrived(t, session)
	s.findings(t, session)
	if _, err := s.Empty(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range *s.sessions[session] {
		for _, secret := range []string{sandbox.DefaultPassword, "c2VzYW1l", "AGFsaWNlAHNlc2FtZQ"} {
			if strings.Contains(string(ev.Raw)+ev.Text, secret) {
				t.Errorf("the password shows in %q", ev.Raw)
			}
		}
	}
}

func TestCurlLogsIn(t *testing.T) {
	curl := need(t, "curl")
	s, ca, port := submission(t)
	letter, session := writeLetter(t, "\r\n"), 0
	for _, door := range doors {
		for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
			scheme := "smtp"
			args := []string{"-sS", "--cacert", ca, "--login-options", "AUTH=" + mechanism,
				"-u", "alice:" + sandbox.DefaultPassword, "--mail-from", "alice@lab.test",
				"--mail-rcpt", "bob@lab.test", "--upload-file", letter}
			switch door {
			case "starttls":
				args = append(args, "--ssl-reqd")
			case "tls":
				scheme = "smtps"
			}
			must(t, "", curl, append(args, "--url", scheme+"://localhost:"+port(door)+"/"+domain)...)
			s.arrived(t, session)
			session++
		}
	}
}

func TestMsmtpLogsIn(t *testing.T) {
	msmtp := need(t, "msmtp")
	s, ca, port := submission(t)
	letter, err := os.ReadFile(writeLetter(t, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	session := 0
	for _, door := range doors {
		for _, mechanism := range []string{"plain", "login", "cram-md5"} {
			args := []string{"--file=/dev/null", "--host=localhost", "--port=" + port(door),
				"--domain=" + domain, "--from=alice@lab.test", "--auth=" + mechanism, "--user=alice",
				"--passwordeval=echo " + sandbox.DefaultPassword, "--tls=off"}
			if door != "clear" {
				args = append(args, "--tls=on", "--tls-trust-file="+ca, "--tls-starttls=on")
			}
			if door == "tls" {
				args = append(args, "--tls-starttls=off")
			}
			must(t, string(letter), msmtp, append(args, "--", "bob@lab.test")...)
			s.arrived(t, session)
			session++
		}
	}
}

// pythonLogsIn hands a letter in after a log-in.
const pythonLogsIn = `
import smtplib, ssl, sys
port, domain, path, door, ca, password = sys.argv[1:]
data = open(path, "rb").read()
context = ssl.create_default_context(cafile=ca)
if door == "tls":
    s = smtplib.SMTP_SSL("localhost", int(port), local_hostname=domain, context=context, timeout=20)
else:
    s = smtplib.SMTP("localhost", int(port), local_hostname=domain, timeout=20)
with s:
    if door == "starttls":
        s.starttls(context=context)
    s.login("alice@lab.test", password)
    s.sendmail("alice@lab.test", ["bob@lab.test"], data)
`

func TestPythonLogsIn(t *testing.T) {
	python := need(t, "python3")
	script := filepath.Join(t.TempDir(), "login.py")
	if err := os.WriteFile(script, []byte(pythonLogsIn), 0o644); err != nil {
		t.Fatal(err)
	}
	s, ca, port := submission(t)
	for session, door := range doors {
		must(t, "", python, script, port(door), domain, writeLetter(t, "\r\n"), door, ca,
			sandbox.DefaultPassword)
		s.arrived(t, session)
	}
	// A wrong password is refused, and does not show either.
	_, stderr, status := run(t, "", python, script, port("starttls"), domain,
		writeLetter(t, "\r\n"), "starttls", ca, "Sesame, open!")
	if status == 0 || !strings.Contains(stderr, "535") && !strings.Contains(stderr, "421") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ev := range *s.sessions[len(s.sessions)-1] {
		if strings.Contains(string(ev.Raw), "open!") {
			t.Errorf("the password shows in %q", ev.Raw)
		}
	}
}
