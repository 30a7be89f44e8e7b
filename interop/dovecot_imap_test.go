package interop

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtool/internal/sasl"
)

// mailboxDovecot starts a Dovecot in which its user, bob, reads mail where it lies.
func mailboxDovecot(t *testing.T) *dovecot {
	t.Helper()
	need(t, "/usr/lib/dovecot/imap")
	return startMail(t, passphrase, "imap-tls.conf")
}

// imap runs an imap command of ours at Dovecot, through a door; it has to succeed, to find no
// fault but those that notes tell of, and to show no secret.
func (d *dovecot) imap(t *testing.T, door string, args ...string) (stdout string) {
	t.Helper()
	return d.typed(t, "", d.imapArgs(door, args...)...)
}

// typed is imap with all its arguments, for a command that is told by somebody what to say.
func (d *dovecot) typed(t *testing.T, lines string, args ...string) (stdout string) {
	t.Helper()
	build(t)
	record := filepath.Join(t.TempDir(), "session.ndjson")
	stdout, stderr, status := run(t, lines, program(), append(args, "--save", record)...)
	if status != 0 {
		t.Errorf("imap %q: status %d\n%s%s", args, status, stdout, stderr)
		return stdout
	}
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for line := range bytes.Lines(text) {
		var ev struct {
			Raw      string
			Findings []struct{ ID, Level string }
		}
		if err := json.Unmarshal(line, &ev); err != nil {
			t.Fatal(err)
		}
		events++
		for _, f := range ev.Findings {
			if f.Level != "note" {
				t.Errorf("imap %q: %s: %q", args, f.ID, ev.Raw)
			}
		}
	}
	for _, secret := range []string{d.Password, d.token()} {
		if strings.Contains(string(text)+stdout+stderr, secret) {
			t.Errorf("imap %q: the secret shows", args)
		}
	}
	if events < 5 {
		t.Errorf("imap %q: only %d events", args, events)
	}
	return stdout
}

// imapArgs are the arguments of an imap command of ours at Dovecot, in which bob logs in.
func (d *dovecot) imapArgs(door string, args ...string) []string {
	return append(d.doorArgs(door, args...), "--user", d.User)
}

// doorArgs are those of one in which nobody does.
func (d *dovecot) doorArgs(door string, args ...string) []string {
	port, kind := d.Port, map[string]string{"clear": "none", "starttls": "starttls", "tls": "implicit"}[door]
	if door == "tls" {
		port = d.TLSPort
	}
	all := append([]string{"imap"}, args...)
	return append(all, "--server", net.JoinHostPort("localhost", port), "--tls", kind, "--ca", d.CA)
}

// secret are the arguments that say by what a user logs in.
func (d *dovecot) secret(mechanism string) []string {
	switch mechanism {
	case "":
		return []string{"--password", d.Password}
	case sasl.XOAuth2, sasl.OAuthBearer:
		return []string{"--auth", mechanism, "--password", d.token()}
	}
	return []string{"--auth", mechanism, "--password", d.Password}
}

// TestDovecotIMAPLogsIn: our client logs in through each door by each mechanism that both have,
// and by LOGIN; with a wrong password by none.
func TestDovecotIMAPLogsIn(t *testing.T) {
	d := mailboxDovecot(t)
	for _, door := range doors {
		for _, mechanism := range append([]string{""}, common...) {
			d.imap(t, door, append([]string{"noop"}, d.secret(mechanism)...)...)
			if door != "tls" {
				continue
			}
			wrong := d.imapArgs(door, "noop", "--password", "wrong")
			if mechanism != "" {
				wrong = append(wrong, "--auth", mechanism)
			}
			if _, _, status := mailtool(t, wrong...); status == 0 {
				t.Errorf("%s: a wrong password is taken", mechanism)
			}
		}
	}
}

// TestDovecotIMAPCommands: each imap command once, and what it did.
func TestDovecotIMAPCommands(t *testing.T) {
	d := mailboxDovecot(t)
	all := fetchable()
	dir := t.TempDir()
	var files []string
	for _, m := range all {
		files = append(files, filepath.Join(dir, string(rune('a'+len(files)))+".eml"))
		if err := os.WriteFile(files[len(files)-1], m, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := filepath.Join(dir, "got.eml")
	for _, x := range []struct {
		command string // its words divided by blanks; $FILES are the messages
		want    []string
	}{
		{"capability", []string{"IMAP4rev1"}},
		{"append $FILES --flag seen", nil},
		{"status", []string{"5"}},
		{"messages", []string{"ketchup"}},
		{"select", []string{"EXISTS"}},
		{"examine", []string{"READ-ONLY"}},
		{"fetch 1 -o " + got, nil},
		{"fetch 1 --headers", []string{"Message-ID"}},
		{"fetch 1 --structure", []string{"text/plain"}},
		{"fetch 1 --part 1", []string{"ketchup"}},
		{"mark 1,2 flagged homework", nil},
		{"search flagged", []string{"1"}},
		{"search subject 你好", []string{"1"}},
		{"unmark 2 flagged", nil},
		{"create 中文/测试", nil},
		{"folders", []string{"中文/测试"}},
		{"copy 1:2 中文/测试", nil},
		{"move 3 中文/测试", nil},
		{"status 中文/测试", []string{"3"}},
		{"rename 中文/测试 中文/改名", nil},
		{"subscribe 中文/改名", nil},
		{"folders --subscribed", []string{"中文/改名"}},
		{"unsubscribe 中文/改名", nil},
		{"mark last deleted", nil},
		{"expunge", nil},
		{"status", []string{"3"}},
		{"delete 中文/改名", nil},
		{"probe", []string{"IMAP4rev1"}},
		{"noop", nil},
	} {
		args := []string{}
		for _, word := range strings.Fields(x.command) {
			if word == "$FILES" {
				args = append(args, files...)
				continue
			}
			args = append(args, word)
		}
		out := d.imap(t, "starttls", append(args, d.secret(sasl.SCRAMSHA256)...)...)
		for _, want := range x.want {
			if !strings.Contains(out, want) {
				t.Errorf("imap %s: no %q in\n%s", x.command, want, out)
			}
		}
	}
	if text, err := os.ReadFile(got); err != nil || !bytes.Equal(text, all[0]) {
		t.Errorf("the first message came as %d octets, want %d: %v", len(text), len(all[0]), err)
	}
	out := d.imap(t, "clear", append([]string{"raw", "SELECT INBOX", "UID FETCH 1 FLAGS"},
		d.secret("")...)...)
	if !strings.Contains(out, "homework") {
		t.Errorf("raw: %s", out)
	}
	out = d.typed(t, "LOGIN bob {}\n"+passphrase+"\n\nSELECT INBOX\nUID FETCH 1 FLAGS\nLOGOUT\n",
		d.doorArgs("tls", "shell")...)
	if !strings.Contains(out, "homework") {
		t.Errorf("shell: %s", out)
	}
}

// TestDovecotIdle: one client idles while another appends and marks: it is told of both.
func TestDovecotIdle(t *testing.T) {
	d := mailboxDovecot(t)
	build(t)
	began := make(chan string, 1)
	args := d.imapArgs("clear", append([]string{"idle", "--for", "8s"}, d.secret("")...)...)
	go func() {
		out, trouble, _ := run(t, "", program(), args...)
		began <- out + trouble
	}()
	other := dialIMAP(t, net.JoinHostPort(d.Host, d.Port))
	r := &replica{server: other}
	r.ask(t, "LOGIN bob "+quoted(d.Password))
	r.ask(t, "SELECT INBOX")
	idles := func() bool {
		log, _ := os.ReadFile(filepath.Join(d.Dir, "log"))
		return strings.Count(string(log), "Login: user=<bob>") > 1
	}
	for end := time.Now().Add(patience); !idles() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	r.ask(t, "APPEND INBOX {10}\r\nSubject: x")
	r.ask(t, `STORE 1 +FLAGS (\Flagged)`)
	out := <-began
	for _, want := range []string{"IDLE", "1 EXISTS", `\Flagged`, "DONE"} {
		if !strings.Contains(out, want) {
			t.Errorf("who idles is not told %q:\n%s", want, out)
		}
	}
}

// quoted is a password as a quoted string.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
