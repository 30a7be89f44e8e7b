package main

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts compare with anew")

// TestMain makes this binary the program that the scripts run: mailtool, with a clock
// that stands still and chance that always throws the same.
func TestMain(m *testing.M) {
	testscript.Main(away{m}, map[string]func(){"mailtool": func() {
		os.Exit(run(context.Background(), os.Args[1:], testSystem(), os.Stdin, os.Stdout, os.Stderr))
	}})
}

// away runs tests away from the files of whoever runs them.
type away struct{ *testing.M }

// places are where systems keep a user's data: see sandbox.DefaultDir.
var places = []string{"XDG_DATA_HOME", "LOCALAPPDATA", "HOME"}

func (m away) Run() int {
	home, err := os.MkdirTemp("", "mailtool-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	cache, _ := os.UserCacheDir() // go's own, before HOME is another
	os.Setenv("GOCACHE", cmp.Or(os.Getenv("GOCACHE"), filepath.Join(cache, "go-build")))
	for _, name := range places {
		os.Setenv(name, home)
	}
	return m.M.Run()
}

func testSystem() system {
	now := time.Date(2026, 11, 23, 10, 15, 2, 0, time.FixedZone("", 8*60*60))
	return system{Getenv: os.Getenv, Now: func() time.Time { return now },
		Random: func() uint64 { return 4711 }, Secrets: rand.NewChaCha8([32]byte{}), Clicked: func() bool { return false },
		Dial: thisSystem().Dial}
}

// TestScript runs the scripts of testdata/script: each is headed by what it guards.
// They ask a shell for the exit statuses, which on Windows is there beside git's own.
func TestScript(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the scripts need sh; on Windows git brings one, which Git Bash finds")
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/script", UpdateScripts: *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("TERM", "xterm")
			env.Setenv("TZ", "UTC")
			for _, name := range places {
				env.Setenv(name, filepath.Join(env.WorkDir, "home"))
			}
			env.Setenv("BYTES", filepath.Join(env.WorkDir, "bytes"))
			return writeBytes(filepath.Join(env.WorkDir, "bytes"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"plain":  plain,
			"says":   says,
			"plays":  plays,
			"nobody": nobody,
		}})
}

// writeBytes makes the files that a script cannot hold, since they are no text.
func writeBytes(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, octets := range map[string]string{
		"utf16le.txt": "\xff\xfeh\x00i\x00\n\x00",
		"endless":     "220 " + strings.Repeat("A", 3<<20),
		"garbage":     "\xff\x00\x80",
		"cat.png":     "\x89PNG\r\n\x1a\n\x00",
		"page.html":   "<p>\xc4\xe3\xba\xc3",          // in GB18030
		"alert":       "\x15\x03\x01\x00\x02\x02\x28", // TLS: handshake_failure (RFC 8446 §6)
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(octets), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var loopback = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// What of a lab's authority differs: the fingerprint, and its number in its name.
var (
	fingerprint = regexp.MustCompile(`([0-9A-F]{2}:){31}[0-9A-F]{2}`)
	labCA       = regexp.MustCompile(`mailtool lab CA [0-9A-F]{6}`)
	timestamp   = regexp.MustCompile(`<[0-9A-Z]+\.\d+@mail\.lab\.test>`) // RFC 1939 §7
)

// plain writes a file, or stdout, to another with what differs from run to run replaced:
// "plain stdout screen".
func plain(ts *testscript.TestScript, neg bool, args []string) {
	text := loopback.ReplaceAllString(ts.ReadFile(args[0]), "127.0.0.1:PORT")
	text = fingerprint.ReplaceAllString(text, "FINGERPRINT")
	text = labCA.ReplaceAllString(text, "mailtool lab CA NUMBER")
	text = timestamp.ReplaceAllString(text, "<STAMP@mail.lab.test>")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// says starts a server that says what a file holds to each client, and closes; its
// address is put into a variable: "says ADDR greeting". Without a file it says nothing
// for a while.
func says(ts *testscript.TestScript, neg bool, args []string) {
	words := ""
	if len(args) > 1 {
		words = strings.ReplaceAll(ts.ReadFile(args[1]), "\n", "\r\n")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			nc.Write([]byte(words))
			time.Sleep(100 * time.Millisecond) // the client reads before it learns of the end
			nc.Close()
		}
	}()
}

// plays starts a server that goes through the lines of a file with each client, and then
// closes: "plays ADDR dialogue". A line is a reply, and behind the last line of a reply
// stands what the client says to it: a line, or after 354 a message. A line in quotes is
// sent as it is.
func plays(ts *testscript.TestScript, neg bool, args []string) {
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[1]), "\n"), "\n")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go play(nc, lines)
		}
	}()
}

func play(nc net.Conn, lines []string) {
	defer nc.Close()
	in := bufio.NewScanner(nc)
	for _, line := range lines {
		if raw, err := strconv.Unquote(line); err == nil {
			nc.Write([]byte(raw))
			continue
		}
		nc.Write([]byte(line + "\r\n"))
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		for in.Scan() && strings.HasPrefix(line, "354") && in.Text() != "." {
		}
	}
}

// nobody puts an address on which nobody listens into a variable.
func nobody(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	l.Close()
}
