package interop

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"
)

// place is what the configuration of a private Postfix is filled with.
type place struct {
	Dir                string // where everything of it lies
	Host, Port         string // where it listens
	NextHost, NextPort string // where it hands its mail to
	// Where users hand in mail, with STARTTLS and in TLS: "" for nowhere. AuthPort is where
	// Dovecot checks their log-ins, Cert and Key are the files for TLS, CA is whom to trust.
	Submission, Submissions string
	AuthPort                string
	Cert, Key, CA           string
}

// Next is where the mail goes, for the configuration's comment.
func (p place) Next() string { return net.JoinHostPort(p.NextHost, p.NextPort) }

// postfix starts a Postfix that takes mail for lab.test and hands it on to next. It ends
// with the test.
func postfix(t *testing.T, next *station) place {
	t.Helper()
	p := place{Dir: t.TempDir(), Host: "127.0.0.1", Port: freePort(t),
		NextHost: next.host, NextPort: next.port}
	startPostfix(t, p)
	return p
}

// startPostfix starts the Postfix that p describes.
func startPostfix(t *testing.T, p place) {
	t.Helper()
	program := need(t, "postfix")
	owner, err := user.Lookup("postfix")
	if err != nil || os.Getuid() != 0 {
		missing(t, "only root can start a Postfix")
	}
	open(t, p.Dir)
	for _, dir := range []string{"etc", "queue", "data"} {
		if err := os.Mkdir(filepath.Join(p.Dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	uid, _ := strconv.Atoi(owner.Uid)
	if err := os.Chown(filepath.Join(p.Dir, "data"), uid, -1); err != nil {
		t.Fatal(err)
	}
	etc := filepath.Join(p.Dir, "etc")
	configure(t, filepath.Join("testdata", "postfix", "main.cf"), etc, p)
	configure(t, filepath.Join("testdata", "postfix", "master.cf"), etc, p)
	postfix := func(verb string) ([]byte, error) {
		return exec.Command(program, "-c", etc, verb).CombinedOutput()
	}
	out, err := postfix("start")
	for range 2 { // its script waits five seconds for the daemon, which a busy machine may exceed
		if err == nil {
			break
		}
		postfix("abort")
		time.Sleep(time.Second)
		out, err = postfix("start")
	}
	if err != nil {
		t.Fatalf("postfix start: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		out, err := postfix("stop")
		if err != nil {
			t.Errorf("postfix stop: %v\n%s", err, out)
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(p.Dir, "log"))
			t.Logf("Postfix's log:\n%s", log)
		}
	})
	listening(t, net.JoinHostPort(p.Host, p.Port))
}

// open lets Postfix's own user pass through the directories above dir.
func open(t *testing.T, dir string) {
	t.Helper()
	for ; dir != os.TempDir() && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// configure fills a file of testdata with what values say, into a folder.
func configure(t *testing.T, file, folder string, values any) {
	t.Helper()
	text, err := template.ParseFiles(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := text.Execute(&out, values); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, filepath.Base(file)), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// freePort returns a port of the loopback interface that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// listening waits until somebody listens on addr.
func listening(t *testing.T, addr string) {
	t.Helper()
	for range 100 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("nobody listens on ", addr)
}

// TestPostfix hands the letter to Postfix, which hands it to our server: the whole way
// of a mail, with a server of others in the middle.
func TestPostfix(t *testing.T) {
	s := serve(t)
	p := postfix(t, s)
	stdout, stderr, status := mailtool(t, "smtp", "send", "--server", p.Host+":"+p.Port,
		"--from", "alice@lab.test", "--to", "bob@lab.test", "--helo", domain,
		writeLetter(t, "\n"))
	if status != 0 {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	s.arrives(t, "bob")
	message := s.received(t)
	_, text := divide(t, message)
	sameBody(t, text)
	s.findings(t, 0) // Postfix is the client of this session
	for _, want := range []string{"S: 220 relay.lab.test ESMTP Postfix", "C: EHLO " + domain,
		"C: MAIL FROM:<alice@lab.test>", "S: 221 2.0.0 Bye", "accepted: 1 message"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the trace has no %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "MUST:") || strings.Contains(stdout, "SHOULD:") {
		t.Errorf("a session without fault has findings:\n%s", stdout)
	}
}

// TestPostfixPipelining is the same in groups.
func TestPostfixPipelining(t *testing.T) {
	s := serve(t)
	p := postfix(t, s)
	stdout, stderr, status := mailtool(t, "smtp", "send", "--server", p.Host+":"+p.Port,
		"--from", "alice@lab.test", "--to", "bob@lab.test", "--to", "alice@lab.test",
		"--pipelining", writeLetter(t, "\r\n"))
	if status != 0 {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	s.arrives(t, "bob")
	_, text := divide(t, s.received(t))
	sameBody(t, text)
	if strings.Contains(stdout, "MUST:") {
		t.Errorf("a session without fault has findings:\n%s", stdout)
	}
}

// TestPostfixSendChunks is the same in chunks, from the command line, with what DSN asks for: Postfix offers both.
func TestPostfixSendChunks(t *testing.T) {
	s := serve(t)
	p := postfix(t, s)
	stdout, stderr, status := mailtool(t, "smtp", "send", "--server", p.Host+":"+p.Port,
		"--from", "alice@lab.test", "--to", "bob@lab.test", "--helo", domain,
		"--chunking=37", "--notify", "never", "--ret", "hdrs", "--envid", "a=b", writeLetter(t, "\n"))
	if status != 0 {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	s.arrives(t, "bob")
	_, text := divide(t, s.received(t))
	sameBody(t, text)
	for _, want := range []string{"RET=HDRS ENVID=a+3Db", "NOTIFY=NEVER", "C: BDAT 37",
		" LAST\n", "accepted: 1 message"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the trace has no %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "MUST:") || strings.Contains(stdout, "SHOULD:") {
		t.Errorf("a session without fault has findings:\n%s", stdout)
	}
}

// TestPostfixAnswers asks Postfix what can be asked without a letter.
func TestPostfixAnswers(t *testing.T) {
	p := postfix(t, serve(t))
	for _, row := range []struct {
		command string
		status  int
		want    string
	}{
		{"probe -q", 0, "#   CHUNKING "},
		{"vrfy bob@lab.test -q", 0, "-- VRFY: 252, "},
		{"vrfy nobody@lab.test -q", 1, "-- VRFY: 550, "},
		{"expn friends -q", 1, "-- EXPN: 500, "},
		{"noop -q", 0, "-- NOOP: 250, "},
		{"help -q", 1, "-- HELP: 500, "},
	} {
		args := append([]string{"smtp"}, strings.Fields(row.command)...)
		stdout, stderr, status := mailtool(t, append(args, "--server", p.Host+":"+p.Port)...)
		if status != row.status || !strings.Contains(stdout, row.want) {
			t.Errorf("%s: status %d, want %d and %q\n%s%s", row.command, status, row.status, row.want,
				stdout, stderr)
		}
	}
}

// TestPostfixRefuses has Postfix refuse the recipient.
func TestPostfixRefuses(t *testing.T) {
	s := serve(t)
	p := postfix(t, s)
	stdout, stderr, status := mailtool(t, "smtp", "send", "--server", p.Host+":"+p.Port,
		"--from", "alice@lab.test", "--to", "nobody@lab.test", writeLetter(t, "\n"))
	if status != 1 {
		t.Errorf("status %d, want 1: refused for good\n%s%s", status, stdout, stderr)
	}
	if !strings.Contains(stdout, "!S: 550 5.1.1 <nobody@lab.test>") {
		t.Errorf("the refusal is not shown:\n%s", stdout)
	}
}

// arrives waits until user has a mail.
func (s *station) arrives(t *testing.T, user string) {
	t.Helper()
	for range 600 {
		if s.Count(user) > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("no mail arrived for ", user)
}

// TestSmtpSink hands the letter to a server that writes down what it got.
func TestSmtpSink(t *testing.T) {
	sink := need(t, "smtp-sink")
	dir := t.TempDir()
	addr := "127.0.0.1:" + freePort(t)
	args := []string{"-D", filepath.Join(dir, "mail"), addr, "100"}
	if os.Getuid() == 0 {
		owner, err := user.Lookup("postfix")
		if err != nil {
			missing(t, "no user for smtp-sink")
		}
		uid, _ := strconv.Atoi(owner.Uid)
		open(t, dir)
		if err := os.Chown(dir, uid, -1); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"-u", "postfix"}, args...)
	}
	cmd := exec.Command(sink, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	listening(t, addr)
	stdout, stderr, status := mailtool(t, "smtp", "send", "--server", addr,
		"--from", "alice@lab.test", "--to", "bob@lab.test", writeLetter(t, "\n"))
	if status != 0 {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	got, err := os.ReadFile(filepath.Join(dir, "mail"))
	if err != nil {
		t.Fatal(err)
	}
	// The file has the envelope on top and LF at each line's end.
	if want := header + "\n" + body(); !strings.Contains(string(got), want) {
		t.Errorf("the letter is not in what smtp-sink wrote:\n%.2000s", got)
	}
}
