package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
)

// inClass joins a class's server as alice.
func inClass(t *testing.T) *class {
	t.Helper()
	homeless(t)
	c := newClass(t, sandbox.Options{Domain: "class.test"})
	if status, out, errs := c.join("alice", "-p", "sesame", "--fingerprint", c.fingerprint); status != 0 {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	return c
}

// rekept changes what is kept.
func rekept(t *testing.T, change func(*room)) {
	t.Helper()
	p := testProgram(sentence.English)
	r := kept(t)
	change(r)
	if err := p.enter(r); err != nil {
		t.Fatal(err)
	}
}

// TestRoomSend: whoever has joined sends through the class's server, logged in and in TLS,
// without a flag; and sees where it goes.
func TestRoomSend(t *testing.T) {
	c := inClass(t)
	status, out, errs := try(t, t.Context(), "", "smtp", "send", "--lang", "en")
	if status != 0 {
		t.Fatalf("status %d: %s%s", status, out, errs)
	}
	for _, said := range []string{
		"# to the class server " + c.box.SubmissionAddr() + " as alice (mailtool leave ends this)\n",
		"C: STARTTLS\n", "C: AUTH SCRAM-SHA-256-PLUS ", "S: 235 ", "C: MAIL FROM:<alice@class.test>",
		"C: RCPT TO:<alice@class.test>", "# trusted: this program believes what mailtool lab CA "} {
		if !strings.Contains(out, said) {
			t.Errorf("it does not say %q:\n%s", said, out)
		}
	}
	if n := c.box.Count("alice"); n != 1 {
		t.Errorf("alice has %d mails", n)
	}
	if strings.Contains(out, "sesame") {
		t.Errorf("it says the password:\n%s", out)
	}
	status, out, errs = try(t, t.Context(), "", "smtp", "send", "--lang", "en", "--tls", "implicit", "-t",
		"bob@class.test", "--auth", "PLAIN")
	if status != 0 || !strings.Contains(out, "# to the class server "+c.box.SubmissionsAddr()+" as alice ") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	status, _, errs = try(t, t.Context(), "", "why", "--lang", "en")
	if status != exitNoConnection || !strings.Contains(errs, "hint:  the class's server is on another machine") {
		t.Errorf("why: status %d: %s", status, errs)
	}
	try(t, t.Context(), "", "leave")
	if status, out, _ := try(t, t.Context(), "", "smtp", "noop"); strings.Contains(out, c.box.Addr()) {
		t.Errorf("status %d: %s", status, out)
	}
}

// TestRoomCommands: every client goes there, and says so.
func TestRoomCommands(t *testing.T) {
	c := inClass(t)
	for _, args := range [][]string{{"probe"}, {"noop"}, {"vrfy", "bob"}, {"help"}} {
		status, out, errs := try(t, t.Context(), "", append([]string{"smtp", "--lang", "en"}, args...)...)
		if status != 0 || !strings.Contains(out, "# to the class server "+c.box.SubmissionAddr()+" as alice ") {
			t.Errorf("%q: status %d: %s%s", args, status, out, errs)
		}
	}
	if _, _, errs := try(t, t.Context(), "", "mailbox", "--lang", "en"); !strings.HasSuffix(errs,
		"\nhint:  your mail lies on the class's server: mailtool pop3 list\n") {
		t.Errorf("mailbox: %s", errs)
	}
	status, out, errs := try(t, t.Context(), "EHLO me\nQUIT\n", "smtp", "shell", "--lang", "en")
	if status != 0 || !strings.Contains(out, "# to the class server "+c.box.Addr()+" (mailtool leave ends this)\n") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	status, out, errs = try(t, t.Context(), "", "smtp", "send", "--textbook", "-t", "bob@class.test", "--lang", "en")
	if status != 0 || !strings.Contains(out, "# to the class server "+c.box.Addr()+" (") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// TestRoomNamed: a server that is named, or in this process, comes first, and is told nothing
// of what the class's is told.
func TestRoomNamed(t *testing.T) {
	inClass(t)
	b := newBareServer(t, "hello")
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(sandbox.SubmissionPort+b.offset))
	for _, args := range [][]string{{"-s", addr}, {}} {
		if len(args) == 0 {
			t.Setenv("MAILTOOL_SERVER", addr)
		}
		status, out, _ := try(t, t.Context(), "", append([]string{"smtp", "probe", "--lang", "en"}, args...)...)
		if status != 0 || strings.Contains(out, "class server") {
			t.Errorf("%q: status %d: %s", args, status, out)
		}
	}
	if strings.Contains(b.log(), "AUTH") || strings.Count(b.log(), "EHLO") != 2 {
		t.Errorf("the server heard\n%s", b.log())
	}
	t.Setenv("MAILTOOL_SERVER", "")
	for _, flag := range []string{"--sandbox", "--offline"} {
		status, out, errs := try(t, t.Context(), "", "smtp", "send", flag, "--lang", "en")
		if status != 0 || strings.Contains(out, "class server") || !strings.Contains(out, "RCPT TO:<bob@lab.test>") {
			t.Errorf("%s: status %d: %s%s", flag, status, out, errs)
		}
	}
}

// TestRoomOther: another user's password is not the one who joined.
func TestRoomOther(t *testing.T) {
	c := inClass(t)
	status, out, errs := try(t, t.Context(), "", "smtp", "noop", "-u", "bob", "--lang", "en")
	if status != exitUsage || out != "" || !strings.HasPrefix(errs, "error: ") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	status, out, errs = try(t, t.Context(), "", "smtp", "noop", "-u", "bob", "-p", "sesame", "--lang", "en")
	if status != 0 || !strings.Contains(out, "# to the class server "+c.box.SubmissionAddr()+" as bob ") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// TestRoomImpostor: another server in the class's place gets no password: neither one that has
// no TLS any more, nor one with another authority's certificate.
func TestRoomImpostor(t *testing.T) {
	inClass(t)
	b := newBareServer(t, "mailtool "+sandbox.LessonWords)
	rekept(t, func(r *room) { r.Ports["submission"], r.Lesson = sandbox.SubmissionPort+b.offset, true })
	status, out, errs := try(t, t.Context(), "", "smtp", "send", "--lang", "en")
	if status != exitNoConnection || strings.Contains(b.log(), "AUTH") || strings.Contains(b.log(), "MAIL") {
		t.Errorf("status %d: %s%s\nthe server heard\n%s", status, out, errs, b.log())
	}
	checkAdvice(t, errs)
	other := newClass(t, sandbox.Options{Domain: "class.test"})
	offset, _ := strconv.Atoi(other.offset)
	rekept(t, func(r *room) {
		r.Ports["submission"], r.Ports["submissions"] = sandbox.SubmissionPort+offset, sandbox.SubmissionsPort+offset
	})
	for _, mode := range []string{"auto", "starttls", "implicit"} {
		status, out, errs = try(t, t.Context(), "", "smtp", "send", "--lang", "en", "--tls", mode)
		if status != exitNoConnection || strings.Contains(out, "C: AUTH") {
			t.Errorf("%s: status %d: %s%s", mode, status, out, errs)
		}
		checkAdvice(t, errs)
	}
}

// checkAdvice: nobody is told to go on with whoever stands in the place of the class's server.
func checkAdvice(t *testing.T, errs string) {
	t.Helper()
	if !strings.Contains(errs, "\nhint:  the class's server was another when you joined: ask your teacher\n") ||
		strings.Contains(errs, "--tls none") || strings.Contains(errs, "-k") || strings.Contains(errs, "--ca") {
		t.Errorf("what is advised:\n%s", errs)
	}
}

// TestRoomAway: who is not in the room any more is told how to leave it, by clients that find
// nobody there and by a server on this machine.
func TestRoomAway(t *testing.T) {
	c := inClass(t)
	c.box.Close()
	status, out, errs := try(t, t.Context(), "", "smtp", "send", "--lang", "en")
	if status != exitNoConnection || strings.Contains(errs, "serve") ||
		!strings.HasSuffix(errs, "\nhint:  if the class is over: mailtool leave\n") {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	dir, err := sandbox.DefaultDir(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	s := startServe(t, &shared{}, "--lang", "en", "--dir", dir)
	if screen := s.end(); !strings.Contains(screen, "mailtool smtp send --server 127.0.0.1:") {
		t.Errorf("what is offered leads to the class:\n%s", screen)
	}
}

// TestRoomClear: beyond this machine a password goes in clear in a lesson without TLS, which
// is said loudly, and else not.
func TestRoomClear(t *testing.T) {
	p, _ := homeless(t)
	const loud = "# THE SERVER HAS NO TLS: "
	plain := "AUTH PLAIN " + sasl.Encode([]byte("\x00s001\x00a horse")) + "\n"
	for _, row := range []struct {
		lesson, tls bool
		args        []string
		told        bool
		said        string
	}{
		{lesson: true, told: true, said: loud},
		{},
		{lesson: true, tls: true},
		{lesson: true, args: []string{"--tls", "starttls"}},
		{lesson: true, tls: true, args: []string{"--tls", "none"}, told: true, said: "# NOT ENCRYPTED, "},
	} {
		b := newBareServer(t, sandbox.LessonWords)
		r := someRoom()
		r.Password, r.TLS, r.Lesson, r.Authority = "a horse", row.tls, row.lesson, ""
		if err := p.enter(r); err != nil {
			t.Fatal(err)
		}
		status, out, errs := inRoom(t, b, append([]string{"smtp", "noop", "--lang", "en"}, row.args...)...)
		if strings.Contains(b.log(), plain) != row.told || strings.Contains(b.log(), "AUTH") != row.told {
			t.Errorf("%+v: status %d: %s%s\nthe server heard\n%s", row, status, out, errs, b.log())
		}
		if !row.told && status != exitNoConnection {
			t.Errorf("%+v: status %d: %s", row, status, errs)
		}
		if !strings.Contains(out, row.said) || strings.Contains(out+errs, "horse") {
			t.Errorf("%+v: %s%s", row, out, errs)
		}
	}
}

// inRoom runs mailtool where the host of someRoom is a bare server, which seems to be another
// machine.
func inRoom(t *testing.T, b *bareServer, args ...string) (status int, out, errs string) {
	t.Helper()
	sys := testSystem()
	sys.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr != "192.168.7.5:2587" {
			return nil, fmt.Errorf("%s is not to be asked", addr)
		}
		nc, err := thisSystem().Dial(ctx, network,
			net.JoinHostPort("127.0.0.1", strconv.Itoa(sandbox.SubmissionPort+b.offset)))
		return elsewhere{nc}, err
	}
	var o, e strings.Builder
	status = run(t.Context(), args, sys, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

// TestRoomUnreadable: a damaged file is told of before anything is said to anybody.
func TestRoomUnreadable(t *testing.T) {
	_, dir := homeless(t)
	if err := os.WriteFile(filepath.Join(dir, roomFile), []byte("{"), 0o600); err != nil {
		if err = os.MkdirAll(dir, 0o700); err == nil {
			err = os.WriteFile(filepath.Join(dir, roomFile), []byte("{"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"smtp", "send"}, {"smtp", "noop"}, {"smtp", "shell"}, {"join"}} {
		status, _, errs := try(t, context.Background(), "", append(args, "--lang", "en")...)
		if status != exitLocal || !strings.Contains(errs, "mailtool leave") {
			t.Errorf("%q: status %d: %s", args, status, errs)
		}
	}
}
