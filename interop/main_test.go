package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// built is where the program of cmd/mailtool lies once a test has asked for it.
var built = struct {
	once sync.Once
	dir  string
	err  error
}{}

func TestMain(m *testing.M) {
	if os.Getenv(unsynced) != "" {
		serveUnsynced(os.Args[len(os.Args)-1])
	}
	status := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

// mailtool runs our program to its end and returns what it wrote and its exit status.
func mailtool(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	build(t)
	return run(t, "", program(), args...)
}

// build builds our program, once.
func build(t *testing.T) {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "mailtool-interop"); built.err != nil {
			return
		}
		build := exec.Command("go", "build", "-o", program(), "../cmd/mailtool")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
}

func program() string {
	name := "mailtool"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(built.dir, name)
}

// run runs a program to its end, or for a minute.
func run(t *testing.T, stdin, name string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, trouble strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &trouble
	// The programs must not find the configuration or the mail of whoever runs the test.
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "NO_COLOR=1",
		"MAILTOOL_LANG=en")
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", name, err, &trouble)
	}
	return out.String(), trouble.String(), cmd.ProcessState.ExitCode()
}

// must is run for a program that has to succeed. It returns all that it wrote.
func must(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	stdout, stderr, status := run(t, stdin, name, args...)
	if status != 0 {
		t.Fatalf("%s %s: status %d\n%s%s", name, strings.Join(args, " "), status, stdout, stderr)
	}
	return stdout + stderr
}

// need returns the path of a program. Where it is missing the test is skipped, or fails
// if nothing may be missing.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil { // Debian keeps servers where only root looks
		path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
	}
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

// missing ends a test that cannot be run here.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("MAILTOOL_CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}
