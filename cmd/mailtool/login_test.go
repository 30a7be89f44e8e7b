package main

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// An office is a sandbox where users hand in mail.
type office struct {
	*sandbox.Sandbox
	ca string // the file with the certificate of its authority
}

func submission(t *testing.T) office {
	t.Helper()
	dir := t.TempDir()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Dir: dir, SMTP: "127.0.0.1:0",
		Submission: "127.0.0.1:0", Submissions: "127.0.0.1:0",
		Now: testSystem().Now}) // else its certificate is not valid yet
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return office{box, filepath.Join(dir, pki.Folder, pki.CertFile)}
}

// doors are the ways in, and the flags for each.
func (o office) doors() map[string][]string {
	return map[string][]string{
		"clear":    {"-s", o.SubmissionAddr()},
		"starttls": {"-s", o.SubmissionAddr(), "--tls", "starttls", "--ca", o.ca},
		"implicit": {"-s", "smtps://" + o.SubmissionsAddr(), "--ca", o.ca},
	}
}

// imitate starts a server that offers what is named and answers as a test wants; "" ends the
// session.
func imitate(t *testing.T, extensions string, answer func(line string) string) *stranger {
	t.Helper()
	return newStranger(t, func(s *stranger, nc net.Conn) {
		io.WriteString(nc, "220 mimic.example\r\n")
		for in := bufio.NewScanner(nc); in.Scan(); {
			said := answer(in.Text())
			switch {
			case in.Text() == "QUIT":
				io.WriteString(nc, "221 bye\r\n")
				return
			case strings.HasPrefix(in.Text(), "EHLO"):
				said = "250-mimic.example\r\n250 " + extensions
			case said == "":
				return
			}
			io.WriteString(nc, said+"\r\n")
		}
	})
}

// TestLogIn: each mechanism lets a user in, in clear, with STARTTLS and in TLS, and no
// password shows.
func TestLogIn(t *testing.T) {
	box := submission(t)
	sent := 0
	for door, flags := range box.doors() {
		for _, mechanism := range sasl.Mechanisms(door != "clear") {
			args := append([]string{"smtp", "send", "-u", "alice", "-p", "sesame", "--auth",
				strings.ToLower(mechanism)}, flags...)
			status, out, errs := try(t, t.Context(), "", args...)
			if status != 0 || !strings.Contains(out, "C: AUTH "+mechanism) ||
				!strings.Contains(out, "S: 235 ") {
				t.Errorf("%s, %s: %d\n%s%s", mechanism, door, status, out, errs)
			}
			noSecret(t, out+errs, "sesame")
			sent++
		}
	}
	if n := box.Count("bob"); n != sent {
		t.Errorf("%d letters arrived, not %d", n, sent)
	}
}

// TestWrongPassword: each mechanism refuses a wrong one, with exit status 5, and neither the
// wrong nor the right one shows.
func TestWrongPassword(t *testing.T) {
	for _, mechanism := range sasl.Mechanisms(true) {
		box := submission(t) // too many at one are refused for another reason
		args := append([]string{"smtp", "send", "-u", "alice", "-p", "Sesam, open", "--auth", mechanism},
			box.doors()["implicit"]...)
		status, out, errs := try(t, t.Context(), "", args...)
		if status != exitAuth || strings.Contains(out, "C: MAIL") ||
			!strings.Contains(errs, "error: alice was not logged in by "+mechanism+": 535 ") {
			t.Errorf("%s: %d\n%s%s", mechanism, status, out, errs)
		}
		noSecret(t, out+errs, "Sesam, open")
	}
}

// noSecret looks for a password, as it is and in base64.
func noSecret(t *testing.T, text, password string) {
	t.Helper()
	for _, form := range formsOf(password) {
		if strings.Contains(text, form) {
			t.Errorf("%q shows in\n%s", form, text)
		}
	}
}

// TestStrongest: without --auth the strongest mechanism is taken that both sides have and that
func TestStrongest(t *testing.T) {
	box := submission(t)
	for door, flags := range box.doors() {
		mechanism := sasl.SCRAMSHA256Plus
		if door == "clear" {
			mechanism = sasl.SCRAMSHA256
		}
		for _, user := range []string{"alice", "alice@lab.test"} {
			status, out, errs := try(t, t.Context(), "", append([]string{"smtp", "noop", "-u", user,
				"-p", "sesame"}, flags...)...)
			if status != 0 || !strings.Contains(out, "C: AUTH "+mechanism+" ") {
				t.Errorf("%s, %s: %d\n%s%s", user, door, status, out, errs)
			}
		}
	}
	// What SCRAM cannot say, PLAIN can: this character is younger than Unicode 3.2.
	m := imitate(t, "AUTH SCRAM-SHA-256 PLAIN", func(string) string { return "235 fine" })
	status, out, errs := try(t, t.Context(), "", "smtp", "probe", "-s", m.addr, "-u", "joe", "-p", "🚪🚪")
	if status != 0 || !strings.Contains(out, "C: AUTH PLAIN ") {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
}

// TestWriter: who logs in is who writes, unless --from says otherwise.
func TestWriter(t *testing.T) {
	box := submission(t)
	for _, c := range []struct {
		args   []string
		from   string
		status int
	}{
		{[]string{"-u", "bob"}, "bob@lab.test", 0},
		{[]string{"-u", "Bob@lab.test", "-p", "sesame"}, "Bob@lab.test", 0},
		{[]string{"-u", "bob", "-f", "alice@lab.test"}, "alice@lab.test", exitRefused},
	} {
		args := append([]string{"smtp", "send", "-s", box.SubmissionAddr()}, c.args...)
		status, out, errs := try(t, t.Context(), "", args...)
		if status != c.status || !strings.Contains(out, "C: MAIL FROM:<"+c.from+">") {
			t.Errorf("%v: status %d\n%s%s", c.args, status, out, errs)
		}
		if status != 0 && (!strings.Contains(errs, "handed in by bob only: leave --from") ||
			strings.Contains(errs, "passes nothing on")) {
			t.Errorf("%v: what helps is not said:\n%s", c.args, errs)
		}
	}
}

// TestNeedsLogIn: who has to log in is told so.
func TestNeedsLogIn(t *testing.T) {
	box := submission(t)
	status, _, errs := try(t, t.Context(), "", "smtp", "send", "-s", box.SubmissionAddr())
	if status != exitAuth || !strings.Contains(errs, "only after a log-in: --user USER") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// plainly refuses a log-in by PLAIN with words that are made of what came.
func plainly(words func(response, password string) string) func(string) string {
	return func(line string) string {
		response, ok := strings.CutPrefix(line, "AUTH PLAIN ")
		if !ok {
			return "500 what"
		}
		text, _ := base64.StdEncoding.DecodeString(response)
		return words(response, string(text[strings.LastIndexByte(string(text), 0)+1:]))
	}
}

// TestLogInRefused: what a server says to a log-in has its exit status and a hint.
func TestLogInRefused(t *testing.T) {
	for _, c := range []struct {
		offers, reply string
		args          []string
		status        int
		says          string
	}{
		{"AUTH PLAIN", "535 5.7.8 wrong", nil, exitAuth, "whole address as the name"},
		{"AUTH PLAIN", "534 5.7.9 too weak", nil, exitAuth, "another mechanism"},
		{"AUTH PLAIN", "538 5.7.11 encrypt", nil, exitAuth, "--tls starttls"},
		{"AUTH PLAIN", "530 5.7.0 STARTTLS first", nil, exitAuth, "--tls starttls"},
		{"AUTH PLAIN", "454 4.7.0 later", nil, exitLater, "not now"},
		{"AUTH PLAIN", "421 4.7.0 too often", nil, exitLater, "not now"},
		{"AUTH PLAIN", "504 5.5.4 no", nil, exitAuth, "joe was not logged in by PLAIN: 504 5.5.4 no"},
		{"AUTH PLAIN", "250 fine", nil, exitProtocol, "neither 235 nor a refusal"},
		{"AUTH PLAIN", "334 !", nil, exitProtocol, "the challenge is not base64"},
		{"AUTH PLAIN", "", nil, exitNoConnection, "AUTH"},
		{"SIZE", "", nil, exitAuth, "the server offers no AUTH here"},
		{"AUTH GSSAPI NTLM", "", nil, exitAuth, "GSSAPI, NTLM"},
		{"AUTH PLAIN LOGIN", "", []string{"--auth", "cram-md5"}, exitAuth, "--auth PLAIN"},
		{"AUTH XOAUTH2", "535 expired", []string{"--auth", "xoauth2"}, exitAuth, "get a new one"},
		{"AUTH XOAUTH2", "235 fine", []string{"--auth", "xoauth2"}, 0, "235 fine"},
		{"AUTH OAUTHBEARER", "235 fine", []string{"--auth", "oauthbearer"}, 0, "235 fine"},
		{"AUTH SCRAM-SHA-256", "235 come in", nil, exitAuth, "could not prove"},
		{"AUTH SCRAM-SHA-256", "334 eD15", nil, exitProtocol, "SCRAM-SHA-256 is not what"},
	} {
		t.Run(c.offers+" "+c.reply, func(t *testing.T) {
			m := imitate(t, c.offers, func(line string) string {
				switch {
				case strings.HasPrefix(line, "AUTH"):
					return c.reply
				case line == "*":
					return "501 cancelled"
				}
				return "250 ok"
			})
			args := append([]string{"smtp", "noop", "-s", m.addr, "-u", "joe", "-p", "secret"}, c.args...)
			status, out, errs := try(t, t.Context(), "", args...)
			if status != c.status || !strings.Contains(out+errs, c.says) {
				t.Errorf("status %d\n%s%s", status, out, errs)
			}
			if c.status != 0 && strings.Contains(out, "C: NOOP") {
				t.Errorf("it went on:\n%s", out)
			}
			if c.reply == "" && c.status == exitAuth && strings.Contains(m.all(), "AUTH") {
				t.Errorf("the server was told %q", m.all())
			}
			noSecret(t, out+errs, "secret")
		})
	}
}

// TestEchoedPassword: a server quotes what it was told, and nothing that is printed does.
func TestEchoedPassword(t *testing.T) {
	const password = "Sesame, öffne dich!"
	pieces := func(s string) string { return s[:len(s)/2] + "\r\n535 " + s[len(s)/2:] }
	for name, words := range map[string]func(response, password string) string{
		"raw":      func(_, p string) string { return "535 5.7.8 not <" + p + ">" },
		"base64":   func(_, p string) string { return "535 " + base64.StdEncoding.EncodeToString([]byte(p)) },
		"response": func(r, _ string) string { return "535 what is " + r + "?" },
		"lines":    func(r, p string) string { return "535-" + p + "\r\n535-" + r + "\r\n535 no" },
		"protocol": func(r, p string) string { return "250 " + p },
		"no reply": func(r, p string) string { return p },
		"challenge": func(r, p string) string {
			return "334 " + base64.StdEncoding.EncodeToString([]byte(p))
		},
		"later":  func(r, p string) string { return "421 4.7.0 " + r },
		"pieces": func(_, p string) string { return "535-" + pieces(p) },
	} {
		t.Run(name, func(t *testing.T) {
			m := imitate(t, "AUTH PLAIN", plainly(words))
			file := filepath.Join(t.TempDir(), "saved.ndjson")
			for _, how := range []string{"-q", "-e", "--step"} {
				status, out, errs := try(t, t.Context(), "", "smtp", "send", "-s", m.addr, "-u", "joe",
					"-p", password, how, "--save", file)
				saved, err := os.ReadFile(file)
				if status == 0 || err != nil {
					t.Errorf("status %d, %v\n%s%s", status, err, out, errs)
				}
				os.Remove(file)
				noSecret(t, out+errs+string(saved), password)
			}
			status, out, errs := try(t, t.Context(), "", "smtp", "send", "-s", m.addr, "-u", "joe",
				"-p", password, "--show-secrets")
			response := base64.StdEncoding.EncodeToString([]byte("\x00joe\x00" + password))
			if status == 0 || !strings.Contains(out, response) || strings.Contains(out+errs, trace.Mask) {
				t.Errorf("--show-secrets: status %d\n%s%s", status, out, errs)
			}
		})
	}
}

// TestLogInInClear: on another machine nobody logs in without TLS unless that is asked for, and
// then a loud line says what that means. (What servers may try: TestHostile.)
func TestLogInInClear(t *testing.T) {
	for mechanism, said := range map[string]string{
		sasl.Plain:   "# NOT ENCRYPTED: anybody on the way can read the password of joe, too",
		sasl.CRAMMD5: "# NOT ENCRYPTED: anybody on the way can read who joe is, and try passwords at home",
	} {
		m := imitate(t, "AUTH "+mechanism, func(line string) string {
			if line == "AUTH CRAM-MD5" {
				return "334 " + base64.StdEncoding.EncodeToString([]byte("<1@mimic.example>"))
			}
			return "235 fine"
		})
		status, out, errs := tryAt(t, m, "noop", "--tls", "none", "-u", "joe", "-p", "secret")
		if status != 0 || !strings.Contains(out, said) {
			t.Errorf("%s: status %d\n%s%s", mechanism, status, out, errs)
		}
	}
}

// TestMayTell: whatever was done about TLS before, a log-in looks at what there is.
func TestMayTell(t *testing.T) {
	k := call{p: testProgram("en"), who: credentials{user: "joe"}}
	for _, c := range []struct {
		addr, mode string
		fine       bool
	}{
		{"192.0.2.1:587", tlsAuto, false}, {"192.0.2.1:587", tlsStart, false},
		{"192.0.2.1:587", tlsNone, true}, {"127.0.0.1:587", tlsAuto, true}, {"", tlsAuto, true},
	} {
		l, err := k.p.newLive(&k.shown, liveOptions{})
		if err != nil {
			t.Fatal(err)
		}
		l.opening.ServerAddr, k.lock.mode = c.addr, c.mode
		err = k.mayTell(l, &smtpSession{Client: clientInClear(t)}, sasl.Plain)
		if (err == nil) != c.fine || err != nil && statusOf(err) != exitNoConnection {
			t.Errorf("%s, --tls %s: %v", c.addr, c.mode, err)
		}
	}
}

func clientInClear(t *testing.T) *smtp.Client {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return smtp.NewClient(ours)
}
