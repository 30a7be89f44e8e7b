package sandbox

import (
	"os"
	"path/filepath"
	"runtime"
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
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		os.Remove(f.Name()) // the first error is the one to tell
	}
	return err
}
