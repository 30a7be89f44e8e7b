package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestWhole: a file is there when it is whole, or what was there before; who could not read it
// cannot, and a link stays a link.
func TestWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.eml")
	link := filepath.Join(dir, "link.eml")
	write := func(to, text string, keep bool) {
		t.Helper()
		f, err := newWhole(to)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(text)
		if keep {
			err = f.keep()
		} else {
			err = f.discard()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(path); string(got) != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	write(path, "one", true)
	holds("one")
	write(path, "two", false)
	holds("one")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	write(path, "three", true)
	holds("three")
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Symlink(path, link); err == nil { // which not everybody may on Windows
		write(link, "four", true)
		holds("four")
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link: %v, %v", info, err)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(dir, ".mailtool-*")); len(names) > 0 {
		t.Errorf("left: %q", names)
	}
}
