package interop

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/sandbox"
	"mailtool/trace"
)

// loginCommand is LOGIN, which is no mechanism (RFC 3501 §6.2.3).
const loginCommand = "+LOGIN"

// folders starts a sandbox in which users read their mail where it lies.
func folders(t *testing.T, profile sandbox.Profile) (s *station, at func(door, mechanism string) visit) {
	t.Helper()
	s = &station{}
	dir := t.TempDir()
	s.start(t, sandbox.Options{Dir: dir, SMTP: "127.0.0.1:0", Profile: profile, Watch: s.watch})
	return s, func(door, mechanism string) visit {
		addr := s.IMAPAddr()
		if door == "tls" {
			addr = s.IMAPSAddr()
		}
		_, port, _ := net.SplitHostPort(addr)
		return visit{door, mechanism, port, filepath.Join(dir, pki.Folder, pki.CertFile)}
	}
}

// fill puts messages into a folder of bob's.
func (s *station) fill(t *testing.T, folder string, flags mailbox.Flags, all ...[]byte) {
	t.Helper()
	for _, m := range all {
		if err := s.Add(t.Context(), "bob", folder, time.Now(), flags, bytes.NewReader(m)); err != nil {
			t.Fatal(err)
		}
	}
}

// visited looks at the sessions from number first on, and returns how many there were by now:
// each is blameless, and logged in as v says.
func (s *station) visited(t *testing.T, first int, v visit) int {
	t.Helper()
	s.mu.Lock()
	n := len(s.sessions)
	s.mu.Unlock()
	if n == first {
		t.Errorf("%s, %s: there was no session", v.door, v.mechanism)
	}
	for session := first; session < n; session++ {
		s.findings(t, session)
		if !s.logsIn(t, session, v) {
			t.Errorf("%s, %s: no such log-in\n%s", v.door, v.mechanism, s.table(session))
		}
	}
	return n
}

// logsIn says that a session has logged in by the mechanism, through the door. No password may
// show.
func (s *station) logsIn(t *testing.T, session int, v visit) (found bool) {
	t.Helper()
	layer := 1
	if v.door == "clear" {
		layer = 0
	}
	for _, ev := range s.events(t, session) {
		for _, secret := range []string{sandbox.DefaultPassword, "c2VzYW1l", "AGJvYgBzZXNhbWU"} {
			if strings.Contains(string(ev.Raw)+ev.Text+ev.Decoded, secret) {
				t.Errorf("the password shows in %q", ev.Raw)
			}
		}
		if ev.Kind != trace.Command || ev.Layer != layer {
			continue
		}
		words := append(ev.Words(), "", "", "")
		found = found || v.mechanism == loginCommand && ev.Verb == "LOGIN" ||
			ev.Verb == "AUTHENTICATE" && slices.ContainsFunc(words, func(w string) bool {
				return strings.EqualFold(w, v.mechanism)
			})
	}
	return found
}

// doorsOf are the doors of a profile.
func doorsOf(profile sandbox.Profile) []string {
	if profile == sandbox.Textbook {
		return doors[:1]
	}
	return doors
}

// TestCurlReads: curl lists folders, fetches messages, searches, marks, and appends one.
func TestCurlReads(t *testing.T) {
	curl := need(t, "curl")
	for _, profile := range []sandbox.Profile{sandbox.Textbook, sandbox.Normal, sandbox.Full} {
		s, at := folders(t, profile)
		all := fetchable()
		s.fill(t, mailbox.Inbox, 0, all...)
		mechanisms := []string{sasl.Plain, sasl.Login, sasl.CRAMMD5}
		if profile == sandbox.Textbook {
			mechanisms = []string{loginCommand}
		}
		began := 0
		for _, door := range doorsOf(profile) {
			for _, mechanism := range mechanisms {
				v := at(door, mechanism)
				curlReads(t, curl, v, all)
				began = s.visited(t, began, v)
				if t.Failed() {
					t.Fatalf("%s, %s, %s", profile, door, mechanism)
				}
			}
		}
	}
}

func curlReads(t *testing.T, curl string, v visit, all [][]byte) {
	t.Helper()
	args, url := []string{"-sS", "-u", "bob:" + sandbox.DefaultPassword}, "imap://localhost:"+v.port+"/"
	if v.mechanism != loginCommand { // curl takes LOGIN where it is offered nothing else
		args = append(args, "--login-options", "AUTH="+v.mechanism)
	}
	switch v.door {
	case "starttls":
		args = append(args, "--ssl-reqd", "--cacert", v.ca)
	case "tls":
		args = append(args, "--cacert", v.ca)
		url = "imaps" + strings.TrimPrefix(url, "imap")
	}
	said := func(more ...string) string { return must(t, "", curl, append(slices.Clone(args), more...)...) }
	dir := t.TempDir()
	for i, want := range all {
		path := filepath.Join(dir, fmt.Sprint(i))
		said("-o", path, url+fmt.Sprintf("INBOX/;UID=%d", i+1))
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("message %d has %d octets, want %d: %v", i+1, len(got), len(want), err)
		}
	}
	if list := said(url); !strings.Contains(list, `* LIST `) || !strings.Contains(list, "INBOX") {
		t.Errorf("LIST: %q", list)
	}
	if found := said(url + "INBOX?SUBJECT%20header"); found != "* SEARCH 4\r\n" {
		t.Errorf("SEARCH: %q", found)
	}
	if part := said(url + "INBOX/;MAILINDEX=1;SECTION=TEXT"); !bytes.HasSuffix(all[0], []byte(part)) || part == "" {
		t.Errorf("TEXT: %q", part)
	}
	if flags := said(url+"INBOX", "-X", `STORE 1 +FLAGS (\Flagged)`); !strings.Contains(flags, `\Flagged`) {
		t.Errorf("STORE: %q", flags)
	}
	said(url+"Sent", "-T", filepath.Join(dir, "0"))
	if status := said(url, "-X", "STATUS Sent (MESSAGES)"); !strings.Contains(status, "(MESSAGES ") ||
		strings.Contains(status, "(MESSAGES 0)") {
		t.Errorf("STATUS: %q", status)
	}
}

// pythonReadsFolders does with imaplib what IMAP4rev1 has.
const pythonReadsFolders = `
import imaplib, ssl, sys, time
port, door, ca, how, password, *paths = sys.argv[1:]
context = ssl.create_default_context(cafile=ca) if door != "clear" else None
if door == "tls":
    m = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context, timeout=20)
else:
    m = imaplib.IMAP4("localhost", int(port), timeout=20)
if door == "starttls":
    m.starttls(context)
def ok(answer, *want):
    assert answer[0] == "OK", answer
    assert not want or list(answer[1]) == list(want), (answer, want)
    return answer[1]
if how == "+LOGIN":
    ok(m.login("bob", password))
elif how == "CRAM-MD5":
    ok(m.login_cram_md5("bob", password))
else:
    ok(m.authenticate("PLAIN", lambda _: b"\0bob\0" + password.encode()))
name = '"&Tk1tCw- ' + how.strip("+") + door + '"'
ok(m.create(name))
ok(m.subscribe(name))
assert any(name.encode() in x for x in ok(m.list())), m.list()
assert any(name.encode() in x for x in ok(m.lsub())), m.lsub()
texts = [open(p, "rb").read() for p in paths]
for t in texts:
    ok(m.append(name, r"(\Draft)", imaplib.Time2Internaldate(time.time()), t))
n = str(len(texts)).encode()
ok(m.select(name), n)
for i, t in enumerate(texts):
    got = ok(m.fetch(str(i + 1), "(RFC822.SIZE BODY.PEEK[])"))
    assert got[0][1] == t, (i, len(got[0][1]), len(t))
ok(m.search(None, "DRAFT"), b" ".join(str(i + 1).encode() for i in range(len(texts))))
ok(m.search("UTF-8", "SUBJECT", "header"), b"4")
ok(m.uid("SEARCH", "UNSEEN", "LARGER", "100000"), b"3")
ok(m.store("1", "+FLAGS", r"(\Seen \Flagged own)"))
assert b"own" in ok(m.fetch("1", "FLAGS"))[0]
ok(m.copy("1:2", "Archive"))
ok(m.uid("COPY", "1", "Archive"))
ok(m.noop())
ok(m.check())
ok(m.store("1,2", "+FLAGS.SILENT", r"\Deleted"))
ok(m.expunge(), b"1", b"1")
ok(m.status(name, "(MESSAGES UIDNEXT UNSEEN)"))
ok(m.close())
new = name[:-1] + '2"'
ok(m.rename(name, new))
ok(m.select(new, readonly=True), str(len(texts) - 2).encode())
ok(m.unselect() if "UNSELECT" in m.capabilities else m.close())
ok(m.unsubscribe(name))
ok(m.delete(new))
ok(m.namespace() if "NAMESPACE" in m.capabilities else m.noop())
assert m.logout()[0] == "BYE"
`

// TestPythonReadsFolders: imaplib does all that it can do.
func TestPythonReadsFolders(t *testing.T) {
	python := need(t, "python3")
	script := filepath.Join(t.TempDir(), "reads.py")
	if err := os.WriteFile(script, []byte(pythonReadsFolders), 0o644); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i, m := range fetchable() {
		paths = append(paths, filepath.Join(filepath.Dir(script), fmt.Sprint(i)))
		if err := os.WriteFile(paths[i], m, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, profile := range []sandbox.Profile{sandbox.Textbook, sandbox.Normal, sandbox.Full} {
		s, at := folders(t, profile)
		mechanisms := []string{sasl.Plain, sasl.CRAMMD5, loginCommand}
		if profile == sandbox.Textbook {
			mechanisms = []string{loginCommand}
		}
		began := 0
		for _, door := range doorsOf(profile) {
			for _, mechanism := range mechanisms {
				v := at(door, mechanism)
				must(t, "", python, append([]string{script, v.port, v.door, v.ca, v.mechanism,
					sandbox.DefaultPassword}, paths...)...)
				began = s.visited(t, began, v)
			}
		}
	}
}
