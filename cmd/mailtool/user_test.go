package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
)

// fits says whether somebody has that password.
func (m *mails) fits(name, password string) bool {
	m.t.Helper()
	store, err := sandbox.ViewMailbox(m.t.Context(), m.dir)
	if err != nil {
		m.t.Fatal(err)
	}
	defer store.Close()
	u, err := store.User(m.t.Context(), name)
	if err != nil {
		m.t.Fatal(err)
	}
	kept, err := store.Verifiers(m.t.Context(), u.ID)
	if err != nil || len(kept) == 0 {
		m.t.Fatalf("%s: %d verifiers, %v", name, len(kept), err)
	}
	for _, v := range kept {
		if v.Mechanism == sasl.CRAMMD5 {
			continue
		}
		if parsed, err := sasl.ParseVerifier(string(v.Value)); err != nil || !parsed.Fits(password) {
			return false
		}
	}
	return true
}

// TestUsersElsewhere: where a server runs that keeps its mail elsewhere, its accounts are meant.
func TestUsersElsewhere(t *testing.T) {
	dir := t.TempDir()
	box, err := sandbox.Start(t.Context(), sandbox.Options{SMTP: "0", Dir: dir, Temp: true})
	if err != nil {
		t.Fatal(err)
	}
	run := func(status int, words string, args ...string) {
		t.Helper()
		got, out, errs := try(t, t.Context(), "", append(args, "--dir", dir)...)
		if got != status || !strings.Contains(out+errs, words) {
			t.Errorf("%v: status %d, want %d and %q\n%s%s", args, got, status, words, out, errs)
		}
	}
	run(0, "bob@lab.test", "user", "list")
	run(0, "carol@lab.test has an account", "user", "add", "carol")
	run(0, "carol@lab.test", "user", "list")
	run(0, "carol", "mailbox")
	run(0, "mails of bob removed", "mailbox", "empty", "bob")
	if !slices.Contains(box.Users(), "carol") {
		t.Errorf("the server knows %v", box.Users())
	}
	p, err := sandbox.ReadPorts(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Error(err)
	}
	for range 2 { // what a crash leaves behind misleads nobody
		run(exitLocal, "there is no mailbox yet in", "user", "list")
		run(exitLocal, "there is no mailbox yet in", "mailbox", "empty", "bob")
		if err := os.WriteFile(filepath.Join(dir, sandbox.PortsFile), []byte(p.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUserPassword: a password may be anything that can be typed.
func TestUserPassword(t *testing.T) {
	m := makeMails(t)
	for _, password := range []string{" ", `a "b" 'c' \d`, "密码 пароль", "--password", strings.Repeat("x", 255)} {
		m.run(0, "# bob has another password", "user", "passwd", "bob", "--password="+password)
		if !m.fits("bob", password) {
			t.Errorf("%q does not fit", password)
		}
	}
	for _, password := range []string{"", "a\x00b", "a\tb", "\x1b[31m", "\xff", "😀", strings.Repeat("x", 256)} {
		for _, args := range [][]string{{"passwd", "bob"}, {"add", "carol"}} {
			m.run(exitUsage, "this cannot be a password",
				append(append([]string{"user"}, args...), "--password="+password)...)
		}
	}
	made := regexp.MustCompile(`(?m)^bob +(\S+)$`).FindStringSubmatch(m.run(0, "passwords are shown this once",
		"user", "passwd", "bob"))
	if made == nil || !m.fits("bob", made[1]) {
		t.Errorf("what is shown does not fit: %q", made)
	}
}

// TestUserMissing: where nothing was ever kept there is nobody, until somebody is added.
func TestUserMissing(t *testing.T) {
	m := &mails{t, filepath.Join(t.TempDir(), "box")}
	for _, args := range [][]string{{"list"}, {"passwd", "bob"}, {"remove", "bob", "--yes"}} {
		m.run(exitLocal, "there is no mailbox yet in "+m.dir, append([]string{"user"}, args...)...)
	}
	for _, name := range []string{"a b", "", "a@elsewhere.test", "\x1b[31m"} {
		m.run(exitUsage, "error: ", "user", "add", name)
	}
	if _, err := os.Stat(m.dir); !os.IsNotExist(err) {
		t.Fatal("the folder was made for nothing")
	}
	m.run(0, "# carol@lab.test has an account", "user", "add", "carol", "--password", "x")
	box, err := sandbox.New(t.Context(), sandbox.Options{Dir: m.dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := box.Users(); !slices.Equal(got, []string{"alice", "bob", "carol"}) {
		t.Errorf("the server has %q", got)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestUserBeside: beside a server that runs, accounts are its own at once.
func TestUserBeside(t *testing.T) {
	m := &mails{t, t.TempDir()}
	box, err := sandbox.Start(t.Context(), sandbox.Options{SMTP: "0", Dir: m.dir, Letters: true,
		Domain: "class.test", LegacyAuth: sandbox.Off})
	if err != nil {
		t.Fatal(err)
	}
	m.run(0, "# carol@class.test has an account", "user", "add", "carol@class.test", "--password", "a 密码")
	if !m.fits("carol", "a 密码") || !slices.Contains(box.Users(), "carol") {
		t.Errorf("the server has %q", box.Users())
	}
	m.run(0, "carol  carol@class.test  0      ", "user", "list")
	m.run(0, "SCRAM-SHA-256 PLAIN LOGIN\n", "user", "list")
	m.run(exitLocal, "carol has an account already", "user", "add", "carol")
	m.run(exitUsage, "this server takes mail for class.test", "user", "add", "carol@lab.test")
	m.run(exitUsage, "this cannot be a password", "user", "passwd", "carol", "--password", "")
	m.run(0, "has another password", "user", "passwd", "carol", "--password", "other")
	if !m.fits("carol", "other") {
		t.Error("the new password does not fit")
	}
	m.run(0, "# bob is removed, and 2 mails with it", "user", "remove", "bob", "--yes")
	if got := box.Users(); slices.Contains(got, "bob") {
		t.Errorf("the server has %q", got)
	}
	m.run(exitLocal, `there is no user "bob"`, "user", "remove", "bob", "--yes")
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	m.run(0, "# dave@class.test has an account", "user", "add", "dave")
}

// TestUserCharsets: a file may be in what a spreadsheet writes; what it is is told.
func TestUserCharsets(t *testing.T) {
	const text = "姓名,密码\r\n张三,x y\r\n李四,\r\n"
	encode := func(e interface{ String(string) (string, error) }, text string) string {
		out, err := e.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	little := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()
	big := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder()
	for _, test := range []struct{ name, text, charset string }{
		{"plain", text, ""},
		{"mark", "\ufeff" + text, ""},
		{"gbk", encode(simplifiedchinese.GBK.NewEncoder(), text), "GBK"},
		{"utf16le", encode(little, "\ufeff"+text), "UTF-16LE"},
		{"utf16be", encode(big, "\ufeff"+text), "UTF-16BE"},
		{"no mark", encode(little, "name,\n"+text[len("姓名,密码\r\n"):]), "UTF-16LE"},
		{"no mark, big", encode(big, "name,\n"+text[len("姓名,密码\r\n"):]), "UTF-16BE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := makeMails(t)
			file := m.file("class.csv", test.text)
			m.run(0, "# 张三@lab.test has an account\n# 李四@lab.test has an account\n", "user", "add", "--csv", file)
			if !m.fits("张三", "x y") {
				t.Error("the password does not fit")
			}
			_, _, errs := try(t, t.Context(), "", "user", "add", "--csv", file, "--dir", m.dir, "--lang", "en")
			if strings.Contains(errs, "is read as "+test.charset+"\n") != (test.charset != "") {
				t.Errorf("nothing is said of %q: %s", test.charset, errs)
			}
		})
	}
	m := makeMails(t)
	for name, text := range map[string]string{"is neither UTF-8": "Jos\xe9,x\n", "names nobody": "\ufeff\n \n,\n",
		`"a\x00b" cannot be`: "a\x00b,x\n", `"\u{FEFF}" cannot be`: "carol\n\ufeff\n", "this cannot be a password": "carol,a\x00b\n",
		"line 2: its quotes do not match": "carol,x\ndave,\"x\nerin,y\n",
		"line 1: its quotes":              "carol,a\"b\nerin,x\n",
		"and 3 more":                      strings.Repeat(",x\n", 13), "is no list of accounts": strings.Repeat("x", maxClass+1)} {
		m.run(exitLocal, name, "user", "add", "--csv", m.file("class.csv", text))
	}
	m.run(exitUsage, "error: ", "user", "add", "--csv", "")
	if out := m.run(0, "", "user", "list"); strings.Count(out, "\n") != 3 {
		t.Errorf("somebody got an account:\n%s", out)
	}
}

// TestUserHead: which first lines name the columns.
func TestUserHead(t *testing.T) {
	for text, want := range map[string]int{"name,password\ncarol": 1, "User Name\ncarol": 1,
		"用户名,密码\ncarol,x": 1, "Login,sesame\ncarol": 2, "carol\nname,password": 2, "name,\ncarol,,": 1,
		"\n\nname\ncarol": 1, "carol , x\n dave": 2} {
		if list, faults := classLines(text); len(list) != want || len(faults) != 0 {
			t.Errorf("%q: %+v, %v", text, list, faults)
		}
	}
}

// TestNewPassword: it can be read out, typed, and not guessed.
func TestNewPassword(t *testing.T) {
	form := regexp.MustCompile(`^([bcdfghjkmnprstxz][aeuy][bcdfghjkmnprstxz][aeuy](-|$)){4}$`)
	seen := map[string]bool{}
	for range 1000 {
		password, err := newPassword(rand.Reader)
		if err != nil || !form.MatchString(password) || seen[password] || sandbox.CheckPassword(password) != nil {
			t.Fatalf("%q, %v", password, err)
		}
		seen[password] = true
	}
	if _, err := newPassword(iotest.ErrReader(context.Canceled)); err == nil {
		t.Error("a password without chance")
	}
}

// TestConfirms: nothing but a yes is one.
func TestConfirms(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "Yes\r\n": true, "是\n": true, "y": true, "\n": false,
		"": false, "no\n": false, "yesterday\n": false} {
		p := testProgram(sentence.English)
		p.in = strings.NewReader(answer)
		if got, err := p.confirms("user/remove", "user", "bob", "n", "2"); got != want || err != nil {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
}
