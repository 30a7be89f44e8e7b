package interop

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/sandbox"
	"mailtool/trace"
)

// A visit is a log-in by a program of others.
type visit struct {
	door, mechanism string
	port            string
	ca              string // the file with whom to trust
}

// doors are the ways into a submission server: in clear, with STARTTLS, in TLS from the
// start.
var doors = []string{"clear", "starttls", "tls"}

// submission starts a sandbox where users hand in mail.
func submission(t *testing.T) (s *station, at func(door, mechanism string) visit) {
	t.Helper()
	s = &station{}
	dir := t.TempDir()
	s.start(t, sandbox.Options{Dir: dir, SMTP: "127.0.0.1:0", Submission: "127.0.0.1:0",
		Submissions: "127.0.0.1:0", Watch: s.watch})
	return s, func(door, mechanism string) visit {
		addr := s.SubmissionAddr()
		if door == "tls" {
			addr = s.SubmissionsAddr()
		}
		_, port, _ := net.SplitHostPort(addr)
		return visit{door, mechanism, port, filepath.Join(dir, pki.Folder, pki.CertFile)}
	}
}

// arrived looks at what came of a visit: one letter more, and a log-in in order.
func (s *station) arrived(t *testing.T, session int, v visit) {
	t.Helper()
	s.letterArrived(t, session)
	if _, err := s.Empty(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	s.loggedIn(t, session, v)
}

// loggedIn looks at a log-in: by the mechanism, through the door, no rule broken, and nothing
// in the events from which the password could be read.
func (s *station) loggedIn(t *testing.T, session int, v visit) {
	t.Helper()
	s.findings(t, session)
	layer, found := 1, false
	if v.door == "clear" {
		layer = 0
	}
	for _, ev := range s.events(t, session) {
		for _, secret := range []string{sandbox.DefaultPassword, "c2VzYW1l", "AGFsaWNlAHNlc2FtZQ"} {
			if strings.Contains(string(ev.Raw)+ev.Text, secret) {
				t.Errorf("the password shows in %q", ev.Raw)
			}
		}
		if ev.Kind == trace.Command && ev.Verb == "AUTH" {
			word, _, _ := strings.Cut(strings.TrimSpace(string(ev.Raw[len("AUTH "):])), " ")
			found = strings.EqualFold(word, v.mechanism) && ev.Layer == layer
		}
		if ev.Kind == trace.Reply && ev.Verb == "AUTH" && !strings.HasPrefix(string(ev.Raw), "334") &&
			!strings.HasPrefix(string(ev.Raw), "235") {
			t.Errorf("the log-in was refused: %q", ev.Raw)
		}
	}
	if !found {
		t.Errorf("%s, %s: no such log-in\n%s", v.door, v.mechanism, s.table(session))
	}
}

// A caller hands the letter in to bob, after a log-in as alice.
type caller func(t *testing.T, v visit)

// visits has a program log in through each door by each mechanism that it and we have.
func visits(t *testing.T, call caller, mechanisms ...string) {
	t.Helper()
	s, at := submission(t)
	session := 0
	for _, door := range doors {
		for _, mechanism := range mechanisms {
			v := at(door, mechanism)
			call(t, v)
			s.arrived(t, session, v)
			session++
		}
	}
}

// TestCurlLogsIn: curl has SCRAM only where it was built with GNU SASL, and Debian's is not.
func TestCurlLogsIn(t *testing.T) {
	curl, letter := need(t, "curl"), writeLetter(t, "\r\n")
	visits(t, func(t *testing.T, v visit) {
		t.Helper()
		scheme := "smtp"
		args := []string{"-sS", "--cacert", v.ca, "--login-options", "AUTH=" + v.mechanism,
			"-u", "alice:" + sandbox.DefaultPassword, "--mail-from", "alice@lab.test",
			"--mail-rcpt", "bob@lab.test", "--upload-file", letter}
		switch v.door {
		case "starttls":
			args = append(args, "--ssl-reqd")
		case "tls":
			scheme = "smtps"
		}
		must(t, "", curl, append(args, "--url", scheme+"://localhost:"+v.port+"/"+domain)...)
	}, sasl.Plain, sasl.Login, sasl.CRAMMD5)
}

func TestMsmtpLogsIn(t *testing.T) {
	msmtp := need(t, "msmtp")
	letter, err := os.ReadFile(writeLetter(t, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	visits(t, func(t *testing.T, v visit) {
		t.Helper()
		args := []string{"--file=/dev/null", "--host=localhost", "--port=" + v.port,
			"--domain=" + domain, "--from=alice@lab.test", "--auth=" + strings.ToLower(v.mechanism),
			"--user=alice", "--passwordeval=echo " + sandbox.DefaultPassword, "--tls=off"}
		if v.door != "clear" {
			args = append(args, "--tls=on", "--tls-trust-file="+v.ca, "--tls-starttls=on")
		}
		if v.door == "tls" {
			args = append(args, "--tls-starttls=off")
		}
		must(t, string(letter), msmtp, append(args, "--", "bob@lab.test")...)
	}, sasl.Plain, sasl.Login, sasl.CRAMMD5, sasl.SCRAMSHA1, sasl.SCRAMSHA256)
}

func TestSwaksLogsIn(t *testing.T) {
	swaks, letter := needSwaks(t), swaksLetter(t)
	visits(t, func(t *testing.T, v visit) {
		t.Helper()
		args := []string{"--server", "localhost", "--port", v.port, "--helo", domain,
			"--from", "alice@lab.test", "--to", "bob@lab.test", "--data", "@" + letter,
			"--auth", v.mechanism, "--auth-user", "alice", "--auth-password", sandbox.DefaultPassword}
		switch v.door {
		case "starttls":
			args = append(args, "--tls")
		case "tls":
			args = append(args, "--tls-on-connect")
		}
		must(t, "", swaks, append(args, "--tls-verify", "--tls-ca-path", v.ca)...)
	}, sasl.Plain, sasl.Login, sasl.CRAMMD5)
}

// needSwaks returns the path of swaks, if it has what log-ins need: modules of Perl that its
// package does without.
func needSwaks(t *testing.T) string {
	t.Helper()
	swaks := need(t, "swaks")
	can := must(t, "", swaks, "--support")
	for _, what := range []string{"TLS", "AUTH CRAM-MD5"} {
		if !strings.Contains(can, what+" supported") {
			missing(t, "swaks has no "+what)
		}
	}
	return swaks
}

// pythonLogsIn hands a letter in after a log-in.
const pythonLogsIn = `
import smtplib, ssl, sys
port, domain, path, door, ca, mechanism, password = sys.argv[1:]
data = open(path, "rb").read()
context = ssl.create_default_context(cafile=ca)
if door == "tls":
    s = smtplib.SMTP_SSL("localhost", int(port), local_hostname=domain, context=context, timeout=20)
else:
    s = smtplib.SMTP("localhost", int(port), local_hostname=domain, timeout=20)
with s:
    if door == "starttls":
        s.starttls(context=context)
    if mechanism == "":
        s.login("alice@lab.test", password)  # by the first that both have
    else:
        s.ehlo_or_helo_if_needed()
        s.user, s.password = "alice@lab.test", password
        s.auth(mechanism, getattr(s, "auth_" + mechanism.lower().replace("-", "_")))
    s.sendmail("alice@lab.test", ["bob@lab.test"], data)
`

func TestPythonLogsIn(t *testing.T) {
	python, letter := need(t, "python3"), writeLetter(t, "\r\n")
	script := filepath.Join(t.TempDir(), "login.py")
	if err := os.WriteFile(script, []byte(pythonLogsIn), 0o644); err != nil {
		t.Fatal(err)
	}
	visits(t, func(t *testing.T, v visit) {
		t.Helper()
		must(t, "", python, script, v.port, domain, letter, v.door, v.ca, v.mechanism,
			sandbox.DefaultPassword)
	}, sasl.Plain, sasl.Login, sasl.CRAMMD5)

	s, at := submission(t)
	v := at("starttls", sasl.CRAMMD5)
	must(t, "", python, script, v.port, domain, letter, v.door, v.ca, "", sandbox.DefaultPassword)
	s.arrived(t, 0, v)
	// A wrong password is refused, and does not show either.
	_, stderr, status := run(t, "", python, script, v.port, domain, letter, v.door, v.ca, "",
		"Sesame, open!")
	if status == 0 || !strings.Contains(stderr, "535") && !strings.Contains(stderr, "421") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	for _, ev := range s.events(t, 1) {
		if strings.Contains(string(ev.Raw), "open!") {
			t.Errorf("the password shows in %q", ev.Raw)
		}
	}
}

// TestGNUSASLLogsIn logs in by GNU SASL's own program, which hands in no letter. It is the
// one that can be bound to TLS as we can (RFC 9266). Where it can be, it does not send that it
// was not offered what we offer: so offering -PLUS keeps none of its users out.
func TestGNUSASLLogsIn(t *testing.T) {
	gsasl := need(t, "gsasl")
	s, at := submission(t)
	for session, row := range []struct{ door, mechanism, args string }{
		{"clear", sasl.Plain, "--no-starttls"},
		{"clear", sasl.Login, "--no-starttls"},
		{"clear", sasl.CRAMMD5, "--no-starttls"},
		{"clear", sasl.SCRAMSHA1, "--no-starttls"},
		{"clear", sasl.SCRAMSHA256, "--no-starttls"},
		{"starttls", sasl.Plain, ""},
		{"starttls", sasl.Login, ""},
		{"starttls", sasl.CRAMMD5, ""},
		{"starttls", sasl.SCRAMSHA1, "--no-cb"},
		{"starttls", sasl.SCRAMSHA256, "--no-cb"},
		{"starttls", sasl.SCRAMSHA256Plus, ""},
	} {
		v := at(row.door, row.mechanism)
		args := append(strings.Fields(row.args), "--smtp", "--connect=localhost:"+v.port,
			"--x509-ca-file="+v.ca, "--mechanism="+v.mechanism, "--authentication-id=alice",
			"--password="+sandbox.DefaultPassword, "--quiet")
		must(t, "", gsasl, args...)
		s.loggedIn(t, session, v)
	}
}
