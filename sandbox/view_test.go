package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// TestViewReadOnly: mailboxes can be looked at in a folder that nothing can be written into,
// a backup for instance. Where a server keeps its log there, they cannot, and that is said.
func TestViewReadOnly(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("nothing is read-only there")
	}
	dir := t.TempDir()
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
