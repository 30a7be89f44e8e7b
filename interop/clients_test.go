package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/trace"
)

// domain is the name that the clients are told to greet with, where they can be told.
const domain = "client.lab.test"

// swaksLetter writes the letter for swaks, which puts a line ending of its own behind what
// it reads.
func swaksLetter(t *testing.T) (path string) {
	t.Helper()
	path = writeLetter(t, "\n")
	if err := os.Truncate(path, int64(len(header+"\n"+body()))-1); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSwaks(t *testing.T) {
	swaks, s := need(t, "swaks"), serve(t)
	must(t, "", swaks, "--server", s.host, "--port", s.port, "--helo", domain,
		"--from", "alice@lab.test", "--to", "bob@lab.test", "--data", "@"+swaksLetter(t))
	s.letterArrived(t, 0)
	s.findings(t, 0)
}

func TestSwaksPipelining(t *testing.T) {
	swaks, s := need(t, "swaks"), serve(t)
	must(t, "", swaks, "--server", s.host, "--port", s.port, "--helo", domain, "--pipeline",
		"--from", "alice@lab.test", "--to", "bob@lab.test", "--data", "@"+swaksLetter(t))
	s.letterArrived(t, 0)
	s.findings(t, 0)
}

// A recipient that is refused does not keep the letter from the other.
func TestSwaksRefused(t *testing.T) {
	swaks, s := need(t, "swaks"), serve(t)
	out, _, _ := run(t, "", swaks, "--server", s.host, "--port", s.port, "--helo", domain,
		"--from", "alice@lab.test", "--to", "nobody@lab.test,bob@lab.test",
		"--data", "@"+swaksLetter(t))
	if !strings.Contains(out, "550 5.1.1") {
		t.Errorf("swaks was not told of the refusal:\n%s", out)
	}
	s.letterArrived(t, 0)
	s.findings(t, 0)
}

func TestCurl(t *testing.T) {
	curl, s := need(t, "curl"), serve(t)
	must(t, "", curl, "-sS", "--url", "smtp://"+s.Addr()+"/"+domain,
		"--mail-from", "alice@lab.test", "--mail-rcpt", "bob@lab.test",
		"--upload-file", writeLetter(t, "\r\n"))
	s.letterArrived(t, 0)
	s.findings(t, 0)
}

func TestMsmtp(t *testing.T) {
	msmtp, s := need(t, "msmtp"), serve(t)
	letter, err := os.ReadFile(writeLetter(t, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	must(t, string(letter), msmtp, "--file=/dev/null", "--host="+s.host, "--port="+s.port,
		"--domain="+domain, "--from=alice@lab.test", "--auth=off", "--tls=off",
		"--", "bob@lab.test")
	s.letterArrived(t, 0)
	s.findings(t, 0)
}

// pythonSends are the ways in which Python's smtplib hands over a letter.
const pythonSends = `
import smtplib, sys
host, port, domain, path, way = sys.argv[1:]
data = open(path, "rb").read()
with smtplib.SMTP(host, int(port), local_hostname=domain, timeout=20) as s:
    if way == "sendmail":
        s.sendmail("alice@lab.test", ["bob@lab.test"], data)
    elif way == "8bit":
        s.sendmail("alice@lab.test", ["bob@lab.test"],
                   data.replace(b"us-ascii", b"utf-8").replace(b" 7bit", b" 8bit"),
                   mail_options=["BODY=8BITMIME"])
    elif way == "twice":
        for to in ("alice@lab.test", "bob@lab.test"):
            s.sendmail("alice@lab.test", [to], data)
    elif way == "inquiries":
        s.helo(domain); s.noop(); s.verify("bob"); s.rset(); s.help(); s.ehlo(domain)
        s.sendmail("alice@lab.test", ["bob@lab.test"], data)
`

func TestPython(t *testing.T) {
	python := need(t, "python3")
	script := filepath.Join(t.TempDir(), "send.py")
	if err := os.WriteFile(script, []byte(pythonSends), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"sendmail", "8bit", "twice", "inquiries"} {
		t.Run(way, func(t *testing.T) {
			s := serve(t)
			must(t, "", python, script, s.host, s.port, domain, writeLetter(t, "\r\n"), way)
			s.letterArrived(t, 0)
			s.findings(t, 0)
		})
	}
	// smtplib sends bytes as they are: who reads a file of Unix and forgets the CRs sends
	// lone LFs, which a server has to refuse, and is told where.
	t.Run("LF", func(t *testing.T) {
		s := serve(t)
		_, stderr, status := run(t, "", python, script, s.host, s.port, domain,
			writeLetter(t, "\n"), "sendmail")
		if status == 0 || !strings.Contains(stderr, "554") {
			t.Errorf("status %d, want a refusal\n%s", status, stderr)
		}
		s.findings(t, 0,
			"smtp/5321-4.1.1.4-bare-lf-in-data",
			// An LF ends no line (RFC 5321 §2.3.8), so the whole letter is a single one,
			// which is too long, and no field but the first has a beginning.
			"smtp/5322-2.1.1-line-too-long", "message/5322-2.1.1-line-over-998",
			"message/5322-3.6-from-missing")
	})
}

// A client that speaks another protocol is told so, and the session says what it was.
func TestCurlTalksTLS(t *testing.T) {
	curl, s := need(t, "curl"), serve(t)
	_, _, status := run(t, "", curl, "-sS", "-k", "--max-time", "10", "--url",
		"smtps://"+s.Addr()+"/"+domain, "--mail-from", "alice@lab.test",
		"--mail-rcpt", "bob@lab.test", "--upload-file", writeLetter(t, "\r\n"))
	if status == 0 {
		t.Error("curl believes that TLS was spoken")
	}
	for _, ev := range s.events(t, 0) {
		for _, f := range ev.Findings {
			if ev.End == trace.Client && strings.Contains(f.ID, "tls") {
				return
			}
		}
	}
	t.Errorf("nothing says that the client began with TLS")
}
