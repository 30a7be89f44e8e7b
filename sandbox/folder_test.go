package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWhileOpen: what another program holds for a moment is waited for, and nothing else.
func TestWhileOpen(t *testing.T) {
	for _, held := range []error{fs.ErrPermission, windowsSharing} {
		tries := 0
		err := whileOpen(&os.LinkError{Op: "rename", Err: held}, func() error {
			if tries++; tries < 3 {
				return &os.LinkError{Op: "rename", Err: held}
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("%v: %v after %d tries", held, err, tries)
		}
	}
	never := func() error { t.Error("tried again"); return nil }
	if err := whileOpen(nil, never); err != nil {
		t.Error(err)
	}
	if err := whileOpen(fs.ErrNotExist, never); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := whileOpen(fs.ErrPermission, func() error { return fs.ErrPermission }); err == nil {
		t.Error("what is held for good")
	}
}

// TestRenameBesideReader: a file that somebody reads gets its new content all the same.
func TestRenameBesideReader(t *testing.T) {
	dir := t.TempDir()
	if err := WriteWhole(dir, "x", "one"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "x"))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, func() { f.Close() })
	if err := WriteWhole(dir, "x", "two"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "x")); string(got) != "two" {
		t.Errorf("%q, %v", got, err)
	}
}
