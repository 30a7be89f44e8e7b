package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"mailtool/internal/sentence"
)

// someRoom is a room as it may be kept.
func someRoom() *room {
	return &room{Host: "192.168.7.5", Ports: map[string]int{"smtp": 2525, "submission": 2587,
		"submissions": 2465}, Domain: "class.test", User: "s001", Password: ` a "b" 密码`,
		Authority: "-----BEGIN CERTIFICATE-----\n", TLS: true, Lesson: true}
}

// homeless puts the user's folder elsewhere for a test, and returns it.
func homeless(t *testing.T) (p *program, dir string) {
	t.Helper()
	for _, name := range places {
		t.Setenv(name, t.TempDir())
	}
	p = testProgram(sentence.English)
	path, err := p.roomPath()
	if err != nil {
		t.Fatal(err)
	}
	return p, filepath.Dir(path)
}

// TestRoomKept: what is kept is read again, by the user alone, and takes the place of what
// was kept before.
func TestRoomKept(t *testing.T) {
	p, dir := homeless(t)
	if r, err := p.room(); r != nil || err != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	before := someRoom()
	before.Host = "10.0.0.1"
	for _, r := range []*room{before, someRoom()} {
		if err := p.enter(r); err != nil {
			t.Fatal(err)
		}
		got, err := p.room()
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, roomFile))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestRoomDamaged: a file that says nothing of use is told of, and leave ends it.
func TestRoomDamaged(t *testing.T) {
	_, dir := homeless(t)
	for _, text := range []string{"", "{", "[]", "{}", `{"Host":"a","User":"b"}`,
		`{"Host":"a","User":"b","Ports":{"pop9":1}}`, `{"Host":"a","Ports":{"smtp":25}}`} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, roomFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := testProgram(sentence.English).room(); err == nil || statusOf(err) != exitLocal {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
		status, out, _ := try(t, t.Context(), "", "leave", "--lang", "en")
		if _, err := os.Stat(file); status != 0 || !os.IsNotExist(err) || !strings.Contains(out, file) {
			t.Errorf("%q: status %d, %v: %s", text, status, err, out)
		}
	}
}

// TestLeave: it says what was.
func TestLeave(t *testing.T) {
	p, _ := homeless(t)
	const nowhere = "# no class is joined\n"
	if status, out, errs := try(t, t.Context(), "", "leave", "--lang", "en"); status != 0 || out != nowhere {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	if err := p.enter(someRoom()); err != nil {
		t.Fatal(err)
	}
	const left = "# left 192.168.7.5, where you were s001@class.test; what was kept of it is removed\n"
	if status, out, errs := try(t, t.Context(), "", "leave", "--lang", "en"); status != 0 || out != left {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	if r, err := p.room(); r != nil || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestRoomService: users hand in mail where they can log in, and with TLS from the first octet
// where that is wanted, or the only way.
func TestRoomService(t *testing.T) {
	all := map[string]int{"smtp": 2525, "submission": 2587, "submissions": 2465}
	for _, row := range []struct {
		without  string
		user     bool
		tls      string
		addr     string
		implicit bool
	}{
		{"", true, tlsAuto, "192.168.7.5:2587", false},
		{"", true, tlsStart, "192.168.7.5:2587", false},
		{"", true, tlsNone, "192.168.7.5:2587", false},
		{"", true, tlsImplicit, "192.168.7.5:2465", true},
		{"", false, tlsAuto, "192.168.7.5:2525", false},
		{"", false, tlsImplicit, "192.168.7.5:2465", true},
		{"submission", true, tlsAuto, "192.168.7.5:2465", true},
		{"submission", true, tlsStart, "", false},
		{"submission", true, tlsNone, "", false},
		{"submissions", true, tlsImplicit, "", false},
		{"smtp", false, tlsAuto, "", false},
	} {
		r := someRoom()
		r.Ports = map[string]int{}
		for name, port := range all {
			if name != row.without {
				r.Ports[name] = port
			}
		}
		d, ok := r.service(&smtpProtocol, row.user, row.tls)
		if d.addr != row.addr || d.implicit != row.implicit || ok != (row.addr != "") {
			t.Errorf("%+v: %+v", row, d)
		}
	}
}

// TestRoomAgain: who is to join again is told the ports, too.
func TestRoomAgain(t *testing.T) {
	for want, ports := range map[string]map[string]int{"": {"smtp": 2525}, " --port-offset 100": {"smtp": 2625},
		" --standard-ports": {"smtp": 25}} {
		r := &room{Host: "192.0.2.1", User: "s001", Ports: ports}
		_, err := r.destination(&target{user: true}, nil)
		var p *problem
		if !errors.As(err, &p) || p.hints[0].command != "mailtool join 192.0.2.1 s001"+want {
			t.Errorf("%v: %+v", ports, p)
		}
	}
}
