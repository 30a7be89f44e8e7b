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
