package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mailtool/internal/sasl"
	"mailtool/sandbox"
	"mailtool/smtp"
	"mailtool/trace"
)

// submission starts a sandbox where users hand in mail.
func submission(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Dir: t.TempDir(), SMTP: "127.0.0.1:0",
		Submission: "127.0.0.1:0", Submissions: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// A mimic is a server that answers as a test wants, and keeps all that it is told.
type mimic struct {
	addr   string
	answer func(line string) string // "" ends the session

	mu    sync.Mutex
	heard strings.Builder
}

// imitate starts a server that says hello and offers what is named.
func imitate(t *testing.T, offers string, answer func(line string) string) *mimic {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m := &mimic{addr: l.Addr().String(), answer: func(line string) string {
		switch {
		case strings.HasPrefix(line, "EHLO"):
			return "250-mimic.example\r\n250 " + offers
		case line == "QUIT":
			return "221 bye"
		}
		return answer(line)
	}}
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go m.serve(nc)
		}
	}()
	return m
}

func (m *mimic) serve(nc net.Conn) {
	defer nc.Close()
	nc.Write([]byte("220 mimic.example\r\n"))
	for in := bufio.NewScanner(nc); in.Scan(); {
		m.mu.Lock()
		m.heard.WriteString(in.Text() + "\n")
		m.mu.Unlock()
		said := m.answer(in.Text())
		if said == "" {
			return
		}
		nc.Write([]byte(said + "\r\n"))
		if in.Text() == "QUIT" {
			return
		}
	}
}

func (m *mimic) told() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.String()
}

// TestLogIn: each mechanism lets a user in, and no password shows.
func TestLogIn(t *testing.T) {
	box := submission(t)
	for _, mechanism := range sasl.Mechanisms(false) {
		status, out, errs := try(t, t.Context(), "", "smtp", "send", "-s", box.SubmissionAddr(),
			"-u", "alice", "-p", "sesame", "--auth", strings.ToLower(mechanism))
		if status != 0 || !strings.Contains(out, "C: AUTH "+mechanism) ||
			!strings.Contains(out, "S: 235 ") {
			t.Errorf("%s: %d\n%s%s", mechanism, status, out, errs)
		}
		noSecret(t, out+errs, "sesame")
	}
	if n := box.Count("bob"); n != len(sasl.Mechanisms(false)) {
		t.Errorf("%d letters arrived", n)
	}
}

// noSecret looks for a password, as it is and in base64 wherever it may stand in it.
func noSecret(t *testing.T, text, password string) {
	t.Helper()
	forms := []string{password}
	for shift := range 3 {
		whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + password))
		forms = append(forms, whole[(shift*8+5)/6:len(whole)-4])
	}
	for _, form := range forms {
		if strings.Contains(text, form) {
			t.Errorf("%q shows in\n%s", form, text)
		}
	}
}

// TestStrongest: without --auth the strongest mechanism is taken that both sides have.
func TestStrongest(t *testing.T) {
	box := submission(t)
	for _, c := range []struct{ user, password, mechanism string }{
		{"alice", "sesame", sasl.SCRAMSHA256},
		{"alice@lab.test", "sesame", sasl.SCRAMSHA256},
	} {
		status, out, errs := try(t, t.Context(), "", "smtp", "noop", "-s", box.SubmissionAddr(),
			"-u", c.user, "-p", c.password)
		if status != 0 || !strings.Contains(out, "C: AUTH "+c.mechanism) {
			t.Errorf("%s: %d\n%s%s", c.user, status, out, errs)
		}
	}
}

// TestPasswordFrom: where a password comes from.
func TestPasswordFrom(t *testing.T) {
	box := submission(t)
	if err := box.SetPassword(t.Context(), "bob", "a \"b\" 'c' 密码"); err != nil {
		t.Fatal(err)
	}
	write := func(text string) string {
		name := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const bob = "a \"b\" 'c' 密码"
	for _, c := range []struct {
		name, input, env string
		args             []string
		status           int
		says             string
	}{
		{"flag", "", "", []string{"-u", "bob", "-p", bob}, 0, ""},
		{"file", "", "", []string{"-u", "bob", "--password-file", write(bob + "\n")}, 0, ""},
		{"file of Windows", "", "", []string{"-u", "bob", "--password-file",
			write("\ufeff" + bob + "\r\nmore\r\n")}, 0, ""},
		{"input", bob + "\nEHLO", "", []string{"-u", "bob", "--password-file", "-"}, 0, ""},
		{"environment", "", bob, []string{"-u", "bob"}, 0, ""},
		{"flag before environment", "", "wrong", []string{"-u", "bob", "-p", bob}, 0, ""},
		{"plain text", "", "", []string{"-u", "bob", "-p", bob, "--auth", "plain"}, 0, ""},
		{"assumed", "", "", []string{"-u", "alice"}, 0,
			`# no --password: alice of the test server has "sesame"`},
		{"user assumed", "", "", []string{"--auth", "plain"}, 0,
			"# no --user: alice@lab.test logs in"},
		{"changed", "", "", []string{"-u", "bob"}, exitAuth, "mailtool user list"},
		{"nobody's", "", "", []string{"-u", "carol"}, exitUsage, "no terminal to ask at"},
		{"two", "", "", []string{"-u", "bob", "-p", "x", "--password-file", "y"}, exitUsage, "together"},
		{"no file", "", "", []string{"-u", "bob", "--password-file", "none"}, exitLocal, "none"},
		{"empty", "", "", []string{"-u", "bob", "-p", ""}, exitUsage, "the password is empty"},
		{"nobody", "", "", []string{"-u", ""}, exitUsage, "--user is empty"},
		{"NUL", "", "", []string{"-u", "bob", "--password-file", write("se\x00same")}, exitUsage, "NUL"},
		{"CR", "", "", []string{"-u", "bob", "-p", "se\rsame"}, exitUsage, "CR"},
		{"LF in the name", "", "", []string{"-u", "bob\nQUIT", "-p", "x"}, exitUsage, "LF"},
		{"GBK", "", "", []string{"-u", "bob", "--password-file", write("\xc3\xdc\xc2\xeb")}, exitUsage, "UTF-8"},
		{"long", "", "", []string{"-u", "bob", "-p", strings.Repeat("x", 1<<16)}, exitUsage, "too long"},
		{"no mechanism", "", "", []string{"--auth", "md5"}, exitUsage, "SCRAM-SHA-256"},
		{"a token for nobody", "", "", []string{"--auth", "xoauth2", "-p", "x"}, exitUsage, "who logs in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("MAILTOOL_PASSWORD", c.env)
			args := append([]string{"smtp", "noop", "-s", box.SubmissionAddr()}, c.args...)
			status, out, errs := try(t, t.Context(), c.input, args...)
			if status != c.status || !strings.Contains(out+errs, c.says) ||
				status == 0 && !strings.Contains(out, "S: 235 ") {
				t.Errorf("status %d\n%s%s", status, out, errs)
			}
			noSecret(t, out+errs, "密码")
		})
	}
}

// TestUserFromEnvironment: MAILTOOL_USER logs in wherever there is a log-in, and --textbook
// has none.
func TestUserFromEnvironment(t *testing.T) {
	box := submission(t)
	t.Setenv("MAILTOOL_USER", "alice")
	t.Setenv("MAILTOOL_SERVER", box.SubmissionAddr())
	if status, out, errs := try(t, t.Context(), "", "smtp", "noop"); status != 0 ||
		!strings.Contains(out, "S: 235 ") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	if status, out, _ := try(t, t.Context(), "", "smtp", "send", "--textbook"); status != exitAuth ||
		strings.Contains(out, "AUTH") {
		t.Errorf("--textbook: status %d\n%s", status, out)
	}
	if status, _, errs := try(t, t.Context(), "", "smtp", "send", "--textbook", "-u", "bob"); status != exitUsage {
		t.Errorf("--textbook -u: status %d\n%s", status, errs)
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
			if c.reply == "" && c.status == exitAuth && strings.Contains(m.told(), "AUTH") {
				t.Errorf("the server was told %q", m.told())
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
				if name == "pieces" { // each is masked where the record masks it
					continue
				}
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

// TestNoCredentialsInClear: beyond this machine nothing is told without encryption.
func TestNoCredentialsInClear(t *testing.T) {
	var k call
	k.p = testProgram("en")
	k.who = credentials{user: "joe", secret: "x"}
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
		err = k.mayTell(l, clientInClear(t), sasl.Plain)
		if (err == nil) != c.fine || err != nil && statusOf(err) != exitNoConnection {
			t.Errorf("%s, --tls %s: %v", c.addr, c.mode, err)
		}
	}
}

// TestInputLine: of the input no more is read than a line, and where there is no terminal
// nobody is asked. (Who is asked at a terminal: testdata/script/login.txtar.)
func TestInputLine(t *testing.T) {
	p := testProgram("en")
	in := strings.NewReader("one\ntwo")
	p.in = in
	for _, want := range []string{"one\n", "two", ""} {
		if line, err := p.inputLine(); string(line) != want || err != nil {
			t.Errorf("%q, %v, not %q", line, err, want)
		}
	}
	if _, err := p.askPassword(context.Background(), "joe", "here"); statusOf(err) != exitUsage {
		t.Error(err)
	}
}

func clientInClear(t *testing.T) *smtp.Client {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return smtp.NewClient(ours)
}
