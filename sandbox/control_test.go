package sandbox

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sasl"
	"mailtool/mailbox"
	"mailtool/trace"
)

// TestRemote: another program asks the sandbox that runs.
func TestRemote(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	mail(t, b)
	r, err := Running(dir)
	if err != nil {
		t.Fatal(err)
	}
	var sessions []trace.Summary
	for range 100 { // the server may not have seen the client's end yet
		if sessions, err = r.Sessions(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(sessions) == 1 && !sessions[0].Live {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(sessions) != 1 || sessions[0].To != "bob@lab.test" || sessions[0].Live {
		t.Errorf("sessions %+v", sessions)
	}
	for _, n := range []int{0, 1} {
		in, err := r.Session(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		h, events, err := trace.ReadFile(in)
		in.Close()
		if err != nil || h.Session != "1" || !h.Redacted || !h.Folded || h.ClientAddr == "" ||
			len(events) < 10 {
			t.Errorf("session %d: header %+v, %d events, %v", n, h, len(events), err)
		}
	}
	if _, err := r.Session(t.Context(), 2); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session that there is not: %v", err)
	}
}

// TestRemoteChanges: it also has the sandbox change its mailboxes.
func TestRemoteChanges(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	r, err := Running(dir)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 2, 15, 2, 0, time.UTC)
	add := func(user, folder, text string) error {
		return r.Add(t.Context(), user, folder, at, mailbox.Seen|mailbox.Flagged, strings.NewReader(text))
	}
	for _, folder := range []string{"INBOX", "Old/我的 & ?"} {
		if err := add("bob", folder, "Subject: x\r\n\r\nx\r\n"); err != nil {
			t.Fatal(folder, err)
		}
		u, _ := b.accounts.find("bob")
		f, err := b.mailbox.Folder(t.Context(), u.ID, folder)
		if err != nil {
			t.Fatal(folder, err)
		}
		list, err := b.mailbox.List(t.Context(), f.ID, 0, 0)
		if err != nil || len(list) != 1 || !list[0].Internal.Equal(at) ||
			list[0].Flags != mailbox.Seen|mailbox.Flagged {
			t.Errorf("%s: %+v, %v", folder, list, err)
		}
	}
	for _, test := range []struct {
		user, folder, text string
		want               error
	}{
		{"nobody", "INBOX", "x\r\n", mailbox.ErrNoUser},
		{"bob", "a//b", "x\r\n", mailbox.ErrName},
		{"bob", "INBOX", "x\n", mailbox.ErrLines},
	} {
		if err := add(test.user, test.folder, test.text); !errors.Is(err, test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
	if n, err := r.Empty(t.Context(), "bob"); n != 2 || err != nil {
		t.Errorf("%d mails were removed, %v", n, err)
	}
	if _, err := r.Empty(t.Context(), "nobody"); !errors.Is(err, mailbox.ErrNoUser) {
		t.Errorf("nobody's mails: %v", err)
	}
}

// TestRemoteUsers: and who has an account.
func TestRemoteUsers(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	r, err := Running(dir)
	if err != nil {
		t.Fatal(err)
	}
	login := func(name, password string) error {
		_, err := b.logins.attempt(from("127.0.0.1")).Password(t.Context(), "", name, password)
		return err
	}
	for _, test := range []struct {
		what           func(ctx context.Context, name, password string) error
		name, password string
		want           error
	}{
		{r.AddUser, "学生/?#", "a \"密码\" & b", nil},
		{r.AddUser, "学生/?#", "x", mailbox.ErrExists},
		{r.AddUser, "carol", "", ErrPassword},
		{r.AddUser, "carol", "a\x00b", ErrPassword},
		{r.AddUser, "a b", "x", mailbox.ErrName},
		{r.AddUser, "carol@a.test", "x", ErrElsewhere},
		{r.SetPassword, "nobody", "x", mailbox.ErrNoUser},
		{r.SetPassword, "alice@lab.test", "other", nil},
		{r.SetPassword, "alice", "\n", ErrPassword},
	} {
		if err := test.what(t.Context(), test.name, test.password); !errors.Is(err, test.want) {
			t.Errorf("%s, %q: %v, want %v", test.name, test.password, err, test.want)
		}
	}
	for name, password := range map[string]string{"学生/?#": "a \"密码\" & b", "alice": "other"} {
		if err := login(name, password); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.RemoveUser(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := login(name, password); !errors.Is(err, sasl.ErrRefused) {
			t.Errorf("%s, removed: %v", name, err)
		}
	}
	if err := r.RemoveUser(t.Context(), "alice"); !errors.Is(err, mailbox.ErrNoUser) {
		t.Errorf("removed twice: %v", err)
	}
	if err := r.AddUser(t.Context(), "carol", strings.Repeat("x", 10_000)); err == nil {
		t.Error("a password of 10,000 octets")
	}
}

// TestControlToken: nobody gets in without the token, which only the user can read.
func TestControlToken(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	addr, token, err := readControl(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"", "Bearer", "Bearer x", "Bearer " + token + "x", token} {
		request, err := http.NewRequest(http.MethodPost, "http://"+addr+"/users/bob/empty", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", header)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized || strings.Contains(string(body), token) {
			t.Errorf("%q: %s %s", header, answer.Status, body)
		}
	}
	info, err := os.Stat(filepath.Join(dir, ControlFile))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Running(dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after the end: %v", err)
	}
}

// TestControlSilent: nor does another program that has the port now, and says nothing.
func TestControlSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := newRemote(l.Addr().String(), "x", 50*time.Millisecond)
	if _, err := r.Sessions(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a silent program: %v", err)
	}
}

// TestControlLeftBehind: a file that a crash left behind misleads nobody.
func TestControlLeftBehind(t *testing.T) {
	dir := t.TempDir()
	if err := writeControl(dir, "127.0.0.1:1", "x"); err != nil {
		t.Fatal(err)
	}
	r, err := Running(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sessions(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("nobody there: %v", err)
	}
	for _, text := range []string{"", "address 127.0.0.1:1\n", "token x\n", "address 192.0.2.1:1\ntoken x\n"} {
		if err := WriteWhole(dir, ControlFile, text); err != nil {
			t.Fatal(err)
		}
		if _, err := Running(dir); err == nil || errors.Is(err, ErrNotRunning) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestControlBeside: a sandbox whose mail is thrown away leaves the folder's files to the
// one that keeps its mail there. Those who change that mail would reach the wrong one.
func TestControlBeside(t *testing.T) {
	dir := t.TempDir()
	lasting := start(t, Options{Dir: dir})
	before, err := ReadPorts(dir)
	if err != nil {
		t.Fatal(err)
	}
	temp := start(t, Options{Dir: dir, Temp: true})
	if !lasting.Announced() || temp.Announced() {
		t.Errorf("announced: %v and %v", lasting.Announced(), temp.Announced())
	}
	reached := func() {
		t.Helper()
		r, err := Running(dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.addr != lasting.control.addr {
			t.Errorf("the control is at %s, want %s", r.addr, lasting.control.addr)
		}
		if now, err := ReadPorts(dir); err != nil || now != before {
			t.Errorf("ports %+v, %v, want %+v", now, err, before)
		}
	}
	reached()
	if err := temp.Close(); err != nil {
		t.Error(err)
	}
	reached()
}

// TestControlAfter: the one that keeps its mail takes the files over, and the other does
// not remove them at its end.
func TestControlAfter(t *testing.T) {
	dir := t.TempDir()
	temp := start(t, Options{Dir: dir, Temp: true})
	if !temp.Announced() {
		t.Error("alone, and not announced")
	}
	lasting := start(t, Options{Dir: dir})
	if err := temp.Close(); err != nil {
		t.Error(err)
	}
	if r, err := Running(dir); err != nil || r.addr != lasting.control.addr {
		t.Errorf("%+v, %v, want the control at %s", r, err, lasting.control.addr)
	}
	if _, err := ReadPorts(dir); err != nil {
		t.Error(err)
	}
}

// TestControlSlowReader: who asks and does not read the answer does not hold the end up.
func TestControlSlowReader(t *testing.T) {
	dir := t.TempDir()
	b := start(t, Options{Dir: dir})
	for range 50 {
		mail(t, b)
	}
	addr, token, err := readControl(dir)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.(*net.TCPConn).SetReadBuffer(1 << 10)
	for range 2000 { // answers that nobody reads fill every buffer
		nc.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		if _, err := io.WriteString(nc, "GET /sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+
			token+"\r\n\r\n"); err != nil {
			break
		}
	}
	time.Sleep(500 * time.Millisecond) // until they are full
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	from := time.Now()
	if err := b.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(from); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
}
