package interop

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/sandbox"
	"mailtool/trace"
)

// The ways to log in over POP3 that are no mechanisms of AUTH (RFC 1939 §7).
const (
	userPass = "USER"
	apop     = "APOP"
)

// fetchable are the messages that lie in bob's mailbox for those who fetch them.
func fetchable() [][]byte {
	const utf8 = "From: Alice <alice@lab.test>\nSubject: " + subject + "\n\nhéllo\n"
	long := strings.Repeat(strings.Repeat("ketchup ", 9)+"\n.\n..x\n", 6000)
	var all [][]byte
	for _, text := range []string{header + "\n" + body(), utf8, header + "\n" + long,
		"Subject: a header alone\n\n", header + "\n.\n"} {
		all = append(all, []byte(strings.ReplaceAll(text, "\n", "\r\n")))
	}
	return all
}

// maildrops starts a sandbox from which users fetch their mail.
func maildrops(t *testing.T) (s *station, at func(door, mechanism string) visit) {
	t.Helper()
	s = &station{}
	dir := t.TempDir()
	s.start(t, sandbox.Options{Dir: dir, SMTP: "127.0.0.1:0", Profile: sandbox.Full, Watch: s.watch})
	return s, func(door, mechanism string) visit {
		addr := s.POP3Addr()
		if door == "tls" {
			addr = s.POP3SAddr()
		}
		_, port, _ := net.SplitHostPort(addr)
		return visit{door, mechanism, port, filepath.Join(dir, pki.Folder, pki.CertFile)}
	}
}

// A fetcher fetches all n messages as bob into files that path names, counted from 1, and
// deletes them.
type fetcher func(t *testing.T, v visit, n int, path func(i int) string)

// fetches has a program fetch and delete through each of the doors by each mechanism, and
// compares every octet; ending is what it makes of CRLF.
func fetches(t *testing.T, ending string, fetch fetcher, doors []string, mechanisms ...string) {
	t.Helper()
	s, at := maildrops(t)
	began := 0 // sessions before those of this visit
	for _, door := range doors {
		for _, mechanism := range mechanisms {
			v, all, dir := at(door, mechanism), fetchable(), t.TempDir()
			for _, m := range all {
				err := s.Add(t.Context(), "bob", mailbox.Inbox, time.Now(), 0, bytes.NewReader(m))
				if err != nil {
					t.Fatal(err)
				}
			}
			path := func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
			fetch(t, v, len(all), path)
			for i, want := range all {
				got, err := os.ReadFile(path(i + 1))
				if want := bytes.ReplaceAll(want, []byte("\r\n"), []byte(ending)); err != nil ||
					!bytes.Equal(got, want) {
					t.Errorf("%s, %s: message %d has %d octets, want %d: %v", door, mechanism, i+1,
						len(got), len(want), err)
				}
			}
			began = s.fetched(t, began, v)
			if n := s.Count("bob"); n != 0 {
				t.Fatalf("%s, %s: %d messages are left\n%s", door, mechanism, n, s.table(began-1))
			}
		}
	}
}

// fetched looks at the sessions from number first on, and returns how many there were by now:
// each has logged in by the mechanism, through the door, broke no rule, and shows no password.
func (s *station) fetched(t *testing.T, first int, v visit) int {
	t.Helper()
	s.mu.Lock()
	n := len(s.sessions)
	s.mu.Unlock()
	for session := first; session < n; session++ {
		s.findings(t, session)
		layer, found := 1, false
		if v.door == "clear" {
			layer = 0
		}
		for _, ev := range s.events(t, session) {
			for _, secret := range []string{sandbox.DefaultPassword, "c2VzYW1l", "AGJvYgBzZXNhbWU"} {
				if strings.Contains(string(ev.Raw)+ev.Text, secret) {
					t.Errorf("the password shows in %q", ev.Raw)
				}
			}
			if ev.Kind == trace.Command && ev.Layer == layer {
				words := append(ev.Words(), "")
				found = found || ev.Verb == v.mechanism ||
					ev.Verb == "AUTH" && strings.EqualFold(words[1], v.mechanism)
			}
		}
		if !found {
			t.Errorf("%s, %s: no such log-in\n%s", v.door, v.mechanism, s.table(session))
		}
	}
	if n == first {
		t.Errorf("%s, %s: there was no session", v.door, v.mechanism)
	}
	return n
}

func TestCurlFetches(t *testing.T) {
	curl := need(t, "curl")
	fetches(t, "\r\n", func(t *testing.T, v visit, n int, path func(int) string) {
		t.Helper()
		option, scheme := v.mechanism, "pop3"
		switch v.mechanism {
		case userPass:
			option = "+LOGIN" // so curl calls what is none of AUTH's
		case apop:
			option = "+APOP"
		}
		args := []string{"-sS", "--cacert", v.ca, "--login-options", "AUTH=" + option,
			"-u", "bob:" + sandbox.DefaultPassword}
		switch v.door {
		case "starttls":
			args = append(args, "--ssl-reqd")
		case "tls":
			scheme = "pop3s"
		}
		url := scheme + "://localhost:" + v.port + "/"
		fetch := args
		for i := range n {
			fetch = append(fetch, "-o", path(i+1), url+fmt.Sprint(i+1))
		}
		must(t, "", curl, fetch...)
		// A connection that is used again keeps its marks, and QUIT comes at its end.
		remove := append(args, "-I", "-X", "DELE")
		for i := range n {
			remove = append(remove, url+fmt.Sprint(i+1))
		}
		must(t, "", curl, remove...)
	}, doors, sasl.Plain, sasl.Login, sasl.CRAMMD5, apop)
}

// pythonFetches fetches and deletes by poplib, which knows no AUTH.
const pythonFetches = `
import poplib, ssl, sys
port, door, ca, how, password, *paths = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
if door == "tls":
    p = poplib.POP3_SSL("localhost", int(port), context=context, timeout=20)
else:
    p = poplib.POP3("localhost", int(port), timeout=20)
if door == "starttls":
    p.stls(context)
assert "UIDL" in p.capa(), p.capa()
if how == "APOP":
    p.apop("bob", password)
else:
    p.user("bob")
    p.pass_(password)
count, size = p.stat()
listed = [int(line.split()[1]) for line in p.list()[1]]
assert count == len(paths) == len(listed) == len(set(p.uidl()[1])), (count, listed)
assert size == sum(listed), (size, listed)
for i, path in enumerate(paths, 1):
    text = b"".join(line + b"\r\n" for line in p.retr(i)[1])
    assert len(text) == listed[i - 1], (i, len(text), listed)
    head = b"".join(line + b"\r\n" for line in p.top(i, 0)[1])
    assert text.startswith(head) and head.endswith(b"\r\n\r\n"), head
    open(path, "wb").write(text)
    p.dele(i)
p.rset()
for i in range(1, count + 1):
    p.dele(i)
p.noop()
p.quit()
`

func TestPythonFetches(t *testing.T) {
	python := need(t, "python3")
	script := filepath.Join(t.TempDir(), "fetch.py")
	if err := os.WriteFile(script, []byte(pythonFetches), 0o644); err != nil {
		t.Fatal(err)
	}
	fetches(t, "\r\n", func(t *testing.T, v visit, n int, path func(int) string) {
		t.Helper()
		args := []string{script, v.port, v.door, v.ca, v.mechanism, sandbox.DefaultPassword}
		for i := range n {
			args = append(args, path(i+1))
		}
		must(t, "", python, args...)
	}, doors, userPass, apop)
}

// TestFetchmailFetches: fetchmail hands each message to a program, which counts them. By APOP
// it goes on in clear, though told to have STLS.
func TestFetchmailFetches(t *testing.T) {
	fetchmail := need(t, "fetchmail")
	fetch := func(t *testing.T, v visit, _ int, path func(int) string) {
		t.Helper()
		runFetchmail(t, fetchmail, v, filepath.Dir(path(1)), "fetchall")
	}
	fetches(t, "\n", fetch, doors, userPass, sasl.CRAMMD5)
	fetches(t, "\n", fetch, []string{"clear", "tls"}, apop)
}

// runFetchmail has fetchmail hand each message that it fetches to a program, which puts it into a
// folder, numbered from 1.
func runFetchmail(t *testing.T, fetchmail string, v visit, folder, options string) {
	t.Helper()
	home := t.TempDir()
	protocol, auth := "pop3", "password"
	switch v.mechanism {
	case apop:
		protocol = "apop"
	case sasl.CRAMMD5:
		auth = "cram-md5"
	}
	tls := map[string]string{"clear": "sslproto ''", "starttls": "sslproto 'auto' sslcertck",
		"tls": "ssl sslcertck"}[v.door]
	control := fmt.Sprintf("set no bouncemail\nset no spambounce\nset no syslog\nset invisible\n"+
		"poll localhost service %s protocol %s timeout 20 auth %s\n"+
		"  user bob password %q %s sslcertfile %q\n  %s no rewrite\n"+
		"  mda \"n=$(ls %s | wc -l); cat >%s/$((n+1))\"\n", v.port, protocol, auth,
		sandbox.DefaultPassword, tls, v.ca, options, folder, folder)
	rc := filepath.Join(home, "rc")
	if err := os.WriteFile(rc, []byte(control), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "", "env", "FETCHMAILHOME="+home, fetchmail, "-f", rc, "--nosyslog",
		"--pidfile", filepath.Join(home, "pid"))
}

// TestFetchmailAsks: fetchmail that keeps mail asks by LAST, a command of older POP3, what it has
// fetched before. The server has no such command, and fetchmail goes on without.
func TestFetchmailAsks(t *testing.T) {
	fetchmail := need(t, "fetchmail")
	s, at := maildrops(t)
	for _, m := range fetchable() {
		err := s.Add(t.Context(), "bob", mailbox.Inbox, time.Now(), 0, bytes.NewReader(m))
		if err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	runFetchmail(t, fetchmail, at("clear", userPass), folder, "keep")
	if got, err := os.ReadDir(folder); err != nil || len(got) != len(fetchable()) {
		t.Errorf("%d messages were fetched of %d: %v", len(got), len(fetchable()), err)
	}
	if n := s.Count("bob"); n != len(fetchable()) {
		t.Errorf("%d messages are left of %d", n, len(fetchable()))
	}
	s.fetched(t, 0, at("clear", userPass))
	asked := false
	for _, ev := range s.events(t, 0) {
		asked = asked || strings.HasPrefix(string(ev.Raw), "LAST")
	}
	if !asked {
		t.Errorf("LAST was not said\n%s", s.table(0))
	}
}
