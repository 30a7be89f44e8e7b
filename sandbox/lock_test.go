package sandbox

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// holder names a folder that a process locks until it is killed.
const holder = "SANDBOX_TEST_HOLDER"

// TestHoldFolder is no test: it is what the other process of TestLock does.
func TestHoldFolder(t *testing.T) {
	dir := os.Getenv(holder)
	if dir == "" {
		return
	}
	if _, err := lockFolder(dir); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("locked\n")
	select {}
}

// TestLock: another process holds the folder; when it is killed, the lock is gone.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestHoldFolder$")
	cmd.Env = append(os.Environ(), holder+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	_, err = lockFolder(dir)
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Process != cmd.Process.Pid || locked.Dir != dir {
		t.Fatalf("a folder that process %d has: %v", cmd.Process.Pid, err)
	}
	if !strings.Contains(err.Error(), strconv.Itoa(cmd.Process.Pid)) {
		t.Errorf("the error names no process: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatalf("the other process was killed: %v", err)
	}
	if _, err := lockFolder(dir); !errors.As(err, &locked) || locked.Process != os.Getpid() {
		t.Errorf("twice in one process: %v", err)
	}
	if err := lock.unlock(); err != nil {
		t.Error(err)
	}
	if lock, err = lockFolder(dir); err != nil {
		t.Fatal(err)
	}
	lock.unlock()
	if text, _ := os.ReadFile(filepath.Join(dir, LockFile)); len(text) != 0 {
		t.Errorf("in the lock file of nobody: %q", text)
	}
}

func TestLockFileIsNotThere(t *testing.T) {
	if _, err := lockFolder(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}
