package main

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"mailtool/sandbox"
)

// A whole is a file that has its name only when it is whole, and on the disk: who is
// interrupted leaves what was there before.
type whole struct {
	*os.File
	path string
}

// newWhole begins a file. What is no file, as a pipe or a device, is written to as it is.
func newWhole(path string) (*whole, error) {
	if at, err := filepath.EvalSymlinks(path); err == nil {
		path = at // the link stays one
	}
	before, err := os.Stat(path)
	if err == nil && !before.Mode().IsRegular() {
		f, err := create(path)
		return &whole{f, ""}, err
	}
	there := err == nil
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".mailtool-"+rand.Text()),
		os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fail(exitLocal, "error/file/no-folder", "file", path,
			"dir", filepath.Dir(path)).because(err)
	}
	if err != nil {
		return nil, err
	}
	w := &whole{f, path}
	if there { // whom it was hidden from must not read what comes
		if err := f.Chmod(before.Mode().Perm()); err != nil {
			return nil, errors.Join(err, w.discard())
		}
	}
	return w, nil
}

// keep gives the file its name.
func (w *whole) keep() error {
	if w.path == "" {
		return w.Close()
	}
	err := w.Sync()
	if closed := w.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = sandbox.Rename(w.Name(), w.path)
	}
	if err != nil {
		os.Remove(w.Name()) // the first error is the one to tell
	}
	return err
}

// discard removes what there is of the file.
func (w *whole) discard() error {
	err := w.Close()
	if w.path != "" {
		err = errors.Join(err, os.Remove(w.Name()))
	}
	return err
}
