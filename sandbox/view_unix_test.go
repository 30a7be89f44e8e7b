//go:build unix

package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestViewReadOnly: mailboxes can be looked at in a folder that nothing can be written into,
// a backup for instance. Where a server keeps its log there, they cannot, and that is said.
func TestViewReadOnly(t *testing.T) {
	dir := t.TempDir()
	asNobody(t, dir)
	s, err := OpenMailbox(background, dir, MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "bob", hello)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mode := func(mode fs.FileMode) {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	defer mode(0o700) // it has to be removed
	mode(0o500)
	s, err = ViewMailbox(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(t, s, "bob"); !slices.Equal(got, []string{hello}) {
		t.Errorf("bob has %q", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	mode(0o700)
	if err := os.WriteFile(filepath.Join(dir, DatabaseFile+"-wal"), make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	mode(0o500)
	if s, err := ViewMailbox(background, dir); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("beside a log: %v, %v", s, err)
	}
}

// asNobody makes this process another user's until the test ends, if it is root's: to root
// nothing is read-only. The directory is that user's.
func asNobody(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chown(dir, nobody, -1),
		syscall.Seteuid(nobody))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Seteuid(0); err != nil {
			t.Fatal(err)
		}
	})
}
