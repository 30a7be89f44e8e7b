//go:build !windows

package explain

// systemLocale is "": elsewhere than on Windows the environment holds the locale.
func systemLocale() string { return "" }
