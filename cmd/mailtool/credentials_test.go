package main

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

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
		{"file of PowerShell", "", "", []string{"-u", "bob", "--password-file",
			write(utf16LE("\ufeff" + bob + "\r\n"))}, 0, ""},
		{"input of PowerShell", utf16LE("\ufeff" + bob + "\r\n"), "",
			[]string{"-u", "bob", "--password-file", "-"}, 0, ""},
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

// utf16LE is a text as PowerShell 5 writes it behind >.
func utf16LE(text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
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
