package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// DefaultDir is the directory of the sandbox where nobody names another: "mailtool" in
// the place that the system has for a user's data. The error says that the system knows
// of none.
func DefaultDir(getenv func(string) string) (string, error) {
	var place string
	switch runtime.GOOS {
	case "windows":
		place = getenv("LOCALAPPDATA")
	case "darwin":
		if home := getenv("HOME"); home != "" {
			place = filepath.Join(home, "Library", "Application Support")
		}
	default: // the XDG base directories
		if place = getenv("XDG_DATA_HOME"); !filepath.IsAbs(place) {
			place = ""
			if home := getenv("HOME"); home != "" {
				place = filepath.Join(home, ".local", "share")
			}
		}
	}
	if place == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		place = home
	}
	return filepath.Join(place, "mailtool"), nil
}

// WriteWhole makes the file name in dir, and dir if need be. Whoever reads finds all of it
// or nothing: it gets its name when it is complete. Only the user may read it.
func WriteWhole(dir, name, text string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+"-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		os.Remove(f.Name()) // the first error is the one to tell
	}
	return err
}

// Rename gives a file its name, also where another has it. Windows refuses that as long as
// the other, or the file itself, is open anywhere: in a reader of ours, in a virus scanner.
// That is over in a moment as a rule, which is waited for.
func Rename(from, to string) error {
	err := os.Rename(from, to)
	if runtime.GOOS == "windows" {
		err = whileOpen(err, func() error { return os.Rename(from, to) })
	}
	return err
}

// windowsSharing is ERROR_SHARING_VIOLATION.
const windowsSharing = syscall.Errno(32)

// whileOpen tries again, for half a second, what has failed since a file was open.
func whileOpen(err error, again func() error) error {
	for wait := time.Millisecond; wait < 512*time.Millisecond; wait *= 2 {
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, windowsSharing) {
			break
		}
		time.Sleep(wait)
		err = again()
	}
	return err
}
