package main

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"mailtool/internal/pki"
	"mailtool/internal/sasl"
	"mailtool/internal/sentence"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// logsIn logs in in clear at the submission server of the sandbox in dir.
func logsIn(t *testing.T, dir, name, password string) error {
	t.Helper()
	ports, err := sandbox.ReadPorts(dir)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := net.Dial("tcp", ports.Submission)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClient(nc)
	defer c.Close()
	if err := c.Greet(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Hello("[127.0.0.1]"); err != nil {
		t.Fatal(err)
	}
	x, err := sasl.NewClient(sasl.Plain, sasl.Credentials{Name: name, Password: password}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Auth(x)
	return err
}

// passwordsIn reads the file with the passwords.
func passwordsIn(t *testing.T, dir string) []newcomer {
	t.Helper()
	s := &serving{program: testProgram(sentence.English)}
	s.o.Dir, s.o.Domain = dir, sandbox.DefaultDomain
	list, err := s.enrolled()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestServeClass: students are made, with passwords that a file keeps from one lesson to the
// next, and the screen says what a teacher has to tell.
func TestServeClass(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, &shared{}, "--class", "3", "--dir", dir, "--lang", "en")
	list := passwordsIn(t, dir)
	if len(list) != 3 || list[0].name != "s001" || list[2].name != "s003" || list[0].password == list[1].password {
		t.Fatalf("the class: %+v", list)
	}
	file := filepath.Join(dir, passwordsFile)
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := logsIn(t, dir, "s002", list[1].password); err != nil {
		t.Error(err)
	}
	if err := logsIn(t, dir, "alice", "sesame"); err == nil {
		t.Error("alice has the password that everybody knows")
	}
	ca, err := pki.LoadCertificate(filepath.Join(dir, pki.ClassFolder))
	if err != nil {
		t.Fatal(err)
	}
	screen := s.end()
	for _, want := range []string{"LESSON: passwords may cross", "(3), to print and to cut: " + file,
		pki.Fingerprint(ca)} {
		if !strings.Contains(screen, want) {
			t.Errorf("not said: %q\n%s", want, screen)
		}
	}
	if strings.Contains(screen, list[0].password) {
		t.Error("a password stands on the screen")
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = startServe(t, &shared{}, "--class", "2", "--dir", dir, "--require-tls", "--lang", "zh")
	if err := logsIn(t, dir, "s002", list[1].password); err == nil {
		t.Error("a password passes in clear")
	}
	if screen := s.end(); strings.Contains(screen, "课堂演示") || !strings.Contains(screen, "（2 个）") {
		t.Errorf("the screen:\n%s", screen)
	}
	if now, err := os.ReadFile(file); err != nil || string(now) != string(before) {
		t.Errorf("the file is another: %s, %v", now, err)
	}
}

// TestServeClassFile: names and passwords come from a spreadsheet; who is not in it keeps
// what the file with the passwords has.
func TestServeClassFile(t *testing.T) {
	dir := t.TempDir()
	text, err := simplifiedchinese.GBK.NewEncoder().String("姓名,密码\r\n张三,\r\n李四,open the door\r\nS001,other\r\n")
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list.csv")
	old := "user,password\r\ns001,one\r\ns002,two\r\n"
	for name, text := range map[string]string{list: text, filepath.Join(dir, passwordsFile): old} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startServe(t, &shared{}, "--class", list, "--dir", dir)
	got := passwordsIn(t, dir)
	if len(got) != 4 || got[2].name != "张三" || got[2].password == "" {
		t.Fatalf("the file: %+v", got)
	}
	for name, password := range map[string]string{"s001": "other", "李四": "open the door", "张三": got[2].password} {
		if err := logsIn(t, dir, name, password); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got[1].password != "two" || logsIn(t, dir, "s002", "two") == nil {
		t.Error("who is not in the class logs in, or is forgotten")
	}
	s.end()
	written, err := os.ReadFile(filepath.Join(dir, passwordsFile))
	if err != nil || !strings.HasPrefix(string(written), "\ufeffuser,password\r\n") {
		t.Errorf("a spreadsheet would not read %q, %v", written, err)
	}
}

// TestServeClassRefuses: what is no class, and what would open more than a class needs.
func TestServeClassRefuses(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("carol\ncarol\na b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"--class=", exitUsage, `"" is no number of students: 1 to 999`},
		{"--class 0", exitUsage, `"0" is no number of students: 1 to 999`},
		{"--class 1000", exitUsage, "is no number of students"},
		{"--class missing.csv", exitLocal, "missing.csv"},
		{"--class " + list, exitLocal, "line 2: carol stands on line 1, too"},
		{"--class 3 --accept all", exitUsage, "--accept all"},
		{"--class 3 --host 0.0.0.0", exitUsage, "--host"},
		{"--class 3 --profile textbook", exitUsage, "--profile textbook"},
		{"--class 3 --smtp 0.0.0.0:0", exitUsage, "so --smtp takes a port only"},
		{"--class 3 --submissions [::]:0", exitUsage, "so --submissions takes a port only"},
		{"--require-tls --profile textbook", exitUsage, "--require-tls"},
	} {
		dir := t.TempDir()
		args := append([]string{"serve", "--dir", dir, "--smtp", "0", "--lang", "en"}, strings.Fields(test.args)...)
		status, _, errs := try(t, t.Context(), "", args...)
		if status != test.status || !strings.Contains(errs, test.want) {
			t.Errorf("%s: status %d, %s", test.args, status, errs)
		}
		if _, err := os.Stat(filepath.Join(dir, passwordsFile)); err == nil {
			t.Errorf("%s: passwords were made for nothing", test.args)
		}
	}
}

// TestEnrol: whose password is which when a class begins anew.
func TestEnrol(t *testing.T) {
	a, b := newcomer{name: "a", password: "1"}, newcomer{name: "b", password: "2"}
	fresh := func(name string) newcomer { return newcomer{name: name, made: true} }
	for _, test := range []struct {
		what               string
		kept, wanted, want []newcomer
		changed            bool
	}{
		{"the first time", nil, []newcomer{fresh("a"), b}, []newcomer{fresh("a"), b}, true},
		{"again", []newcomer{a, b}, []newcomer{fresh("A"), fresh("b")}, []newcomer{a, b}, false},
		{"the same password", []newcomer{a}, []newcomer{a}, []newcomer{a}, false},
		{"another password", []newcomer{a}, []newcomer{{name: "a", password: "9"}},
			[]newcomer{{name: "a", password: "9"}}, true},
		{"one more", []newcomer{a}, []newcomer{b}, []newcomer{a, b}, true},
		{"none yet", []newcomer{fresh("a")}, []newcomer{a}, []newcomer{a}, true},
	} {
		if got, changed := enrol(test.kept, test.wanted); !slices.Equal(got, test.want) || changed != test.changed {
			t.Errorf("%s: %+v, %v", test.what, got, changed)
		}
	}
}

// TestClassAddress: what the class types finds the server and its ports.
func TestClassAddress(t *testing.T) {
	s := &serving{program: testProgram(sentence.English)}
	for _, test := range []struct {
		standard bool
		offset   int
		want     string
	}{{false, 0, ""}, {false, 100, " --port-offset 100"}, {true, 0, " --standard-ports"}} {
		if got := movedPorts(test.standard, test.offset); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	s.o.Class = &sandbox.Class{}
	if got := s.atClass("127.0.0.1:2625"); got != "127.0.0.1:2625" {
		t.Errorf("without a network: %s", got)
	}
	s.o.Class.Addrs = []netip.Addr{netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("fd00::2")}
	if got := s.atClass("127.0.0.1:2625"); got != "192.168.1.5:2625" {
		t.Errorf("the class is told %s", got)
	}
}

// TestServeCertificateTrouble: what is wrong with a certificate is said in the language of
// the rest, at the start and later.
func TestServeCertificateTrouble(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	rubbish := put("rubbish.pem", "x")
	put("tls/ca.pem", "x")
	english := regexp.MustCompile(`[a-z]{3,} [a-z]{2,}`) // two words of it
	for _, args := range []string{"--cert " + rubbish + " --key " + rubbish, "--cert missing.pem --key missing.key",
		"--submission 0", "--require-tls"} {
		status, _, errs := try(t, t.Context(), "", append([]string{"serve", "--dir", dir, "--smtp", "0", "--lang",
			"zh"}, strings.Fields(args)...)...)
		if first, _, _ := strings.Cut(errs, "\n"); status != exitLocal || english.MatchString(first) ||
			!strings.HasPrefix(first, "error: TLS 没有可用的证书：") {
			t.Errorf("%s: status %d, %s", args, status, errs)
		}
	}
	s := startServe(t, &shared{}, "--dir", dir, "--lang", "zh")
	if screen := s.end(); !strings.Contains(screen, "ca.pem 已损坏") {
		t.Errorf("the screen:\n%s", screen)
	}
	for _, err := range []error{sandbox.ErrNoAuthority, pki.ErrScope, pki.ErrOver} {
		s := &serving{program: testProgram(sentence.Chinese)}
		if text := s.whyNoTLS(err); english.MatchString(text) || text == "" {
			t.Errorf("%v: %s", err, text)
		}
	}
}
